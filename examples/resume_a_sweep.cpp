/// A sweep of your own whose results live in a folder: stop it at any time, start it again, and it runs what is
/// missing.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <pstar/core/random.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/sweep/run_store.hpp>

namespace walk {

struct Run {  // what varies: one member per axis
    double drift = 0;
    std::size_t repeat = 0;
};
struct Result {  // what a run finds; the next two write it to the journal and read it
    double end = 0, furthest = 0;
};
void to_json(nlohmann::ordered_json& json, const Result& result) {
    json = {{"end", result.end}, {"furthest", result.furthest}};
}
void from_json(const nlohmann::ordered_json& json, Result& result) {
    result = {json.at("end"), json.at("furthest")};
}

/// A random walk of 10,000 steps from 0.
Result random_walk(const Run& run) {
    pstar::RandomSequence random({pstar::repeat_seed(pstar::Seed{1}, run.repeat)});
    Result result;
    for (int step = 0; step < 10'000; ++step) {
        result.end += random.normal() + run.drift;
        result.furthest = std::max(result.furthest, std::abs(result.end));
    }
    return result;
}

/// What the program does each time it is started. Returns how many runs it did.
std::size_t start(const std::filesystem::path& folder, std::size_t at_most) {
    const auto grid = pstar::Grid<Run>().axis("drift", &Run::drift, {0, 0.01}).repeats("repeat", &Run::repeat, 20);
    pstar::RunStore store(grid, {.folder = {.path = folder, .name = "random_walk", .settings = {{"steps", 10'000}}}});
    std::size_t done = 0;
    const auto outcomes = store.run(random_walk, {.stop = [&] { return done >= at_most; },
                                                  .on_run = [&](const pstar::RunEnded<Result>&) { ++done; }});
    for (std::size_t i = 0; i < grid.size(); i += 20)
        if (const auto* first = pstar::usable(outcomes[i]))
            std::printf("drift %.2f, first repeat: ends at %.1f\n", grid[i].drift, first->end);
    store.finish();  // config.json now says whether all is there
    return done;
}

}  // namespace walk

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "pstar_resume_a_sweep";
    std::filesystem::remove_all(folder);
    const auto before = walk::start(folder, 15), after = walk::start(folder, 40);
    std::printf("%zu runs before the stop, %zu after it\n", before, after);
    return before + after == 40 ? 0 : 1;
}
