#include <pstar/sweep/run_store.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/io/json_file.hpp>
#include <pstar/sweep/mpi.hpp>

#include "catch.hpp"
#include "sweep/mpi/ranks.hpp"

namespace {

namespace fs = std::filesystem;

struct Run {
    double strength = 0;
    std::size_t repeat = 0;
};

pstar::Grid<Run> grid() {
    return pstar::Grid<Run>().axis("strength", &Run::strength, {0, 0.5, 1}).repeats("repeat", &Run::repeat, 8);
}
double body(const Run& run) {
    return run.strength / 3 + 1 / static_cast<double>(run.repeat + 1);
}

/// One start of the program. The root has the store; it stops after `at_most` runs and returns the final state.
std::string start(const fs::path& folder, std::size_t at_most) {
    const auto executor = ranks().executor(2);
    if (!ranks().is_root()) {
        for (const auto& outcome : pstar::sweep(grid(), body, {.executor = executor})) CHECK(outcome.skipped());
        return {};
    }
    pstar::RunStore store(grid(), {.folder = {.path = folder, .name = "ranks", .settings = {{"seed", 1}}}});
    std::size_t done = 0;
    const auto outcomes = store.run(
        body, {.executor = executor, .stop = [&] { return done >= at_most; }, .on_run = [&](const auto&) { ++done; }});
    store.finish();
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (!outcomes[i].skipped()) CHECK(outcomes[i].value == body(grid()[i]));
    return pstar::read_json(folder / "config.json").at("state");
}

}  // namespace

TEST_CASE("a store on the root is filled by all ranks, stopped and started again") {
    const auto folder = fs::temp_directory_path() / ("pstar_store_ranks_" + std::to_string(::getpid()));
    const auto first = start(folder, 6), second = start(folder, 24);
    if (!ranks().is_root()) return;
    CHECK(first == "partial");
    CHECK(second == "complete");
    CHECK(pstar::recorded_runs(grid(), pstar::find_journals(folder), {{"seed", 1}}) == std::vector<bool>(24, true));
    fs::remove_all(folder);
}
