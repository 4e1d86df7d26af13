#include "common/run/study_program.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include <pstar/sweep/journal_files.hpp>

#include "common/cli/text.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {
namespace {

/// The memory that this process has now: the program and the data.
double resident_bytes() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// `0.8 s`, `5:12`.
std::string duration(double seconds) {
    return seconds < 10 ? fmt::format("{:.2g} s", seconds) : minutes(seconds);
}
/// `a`, or `a to b`.
std::string from_to(const std::string& least, const std::string& most) {
    return least == most ? least : least + " to " + most;
}

/// What each network of the grid costs, by point; every network is measured once, whatever its strengths.
std::vector<pstar::RunCost> costs_of_points(const Grid& grid, const Flags& flags, const StudyRuns& runs) {
    const auto strengths = all_strengths(flags);
    const auto points_of_network = strengths.size();
    const auto networks = grid.points() / points_of_network;
    constexpr double all = 4, most = 0.3;  // seconds
    std::map<decltype(pstar::curve_key(grid[0])), pstar::RunCost> measured;
    std::vector<pstar::RunCost> costs;
    for (std::size_t point = 0; point < grid.points(); ++point) {
        auto run = grid[point * grid.repeats()];
        const auto [place, is_new] = measured.try_emplace(pstar::curve_key(run));
        if (is_new) {
            run.strength = strengths[points_of_network / 2];
            place->second = runs.measure_cost(run, std::min(most, all / static_cast<double>(networks)));
        }
        costs.push_back(place->second);
    }
    return costs;
}

/// Some of the runs: all of them, and what those take that no journal has.
struct Part {
    std::size_t runs = 0, already = 0;
    double seconds = 0;

    void add(bool done, double run) {
        ++runs;
        already += done;
        if (!done) seconds += run;
    }
    /// On `at_once` cores; the longest run cannot be split.
    double wall(std::size_t at_once, double longest) const {
        return seconds == 0 ? 0 : std::max(seconds / static_cast<double>(at_once), longest);
    }
};

/// The runs that are to be done in any case, and all that adaptive repeats may come to.
struct Ahead {
    Part known, possible;
    std::size_t longest = 0;  ///< the run that takes most
    double bytes = 0;         ///< of the run that needs most
};

Ahead ahead_of(const Grid& grid, const Flags& flags, const StudyRuns& runs, const std::vector<bool>& done,
               const std::vector<pstar::RunCost>& costs) {
    auto all_repeats = flags;
    all_repeats.repeats.least = flags.repeats.most;
    all_repeats.refinement.reset();
    const auto expected = runs.costs(grid);
    const auto known = known_runs(grid, flags, expected), possible = known_runs(grid, all_repeats, expected);
    Ahead ahead;
    for (std::size_t i = 0; i < grid.size(); ++i) {
        if (!possible[i]) continue;
        const auto& cost = costs[i / grid.repeats()];
        ahead.possible.add(done[i], cost.seconds);
        if (known[i]) ahead.known.add(done[i], cost.seconds);
        if (cost.seconds > costs[ahead.longest / grid.repeats()].seconds) ahead.longest = i;
        ahead.bytes = std::max(ahead.bytes, cost.bytes);
    }
    return ahead;
}

/// The runs that journals in the folder have.
std::vector<bool> done_already(const OutputFolder& out, const Grid& grid, const Flags& flags, const StudyRuns& runs) {
    std::vector<std::filesystem::path> journals{pstar::journal_path(out.path(), flags.shard)};
    if (!flags.shard)
        for (const auto& part : pstar::shard_journals(out.path())) journals.push_back(part);
    return pstar::recorded_runs(grid, journals, runs.configuration());
}

std::string in_words(const pstar::RunKey& run) {
    const auto activation = to_string(run.activation);
    if (run.model == "cnn")
        return fmt::format("{}, cnn, {}, {}", activation, counted(run.width, "channel"), counted(run.depth, "block"));
    if (run.model == "rbm_plain") return fmt::format("rbm by plain CD-1, {}", counted(run.width, "component"));
    if (run.model == "rbm") return fmt::format("rbm, {}", counted(run.width, "component"));
    if (run.model == "softmax") return "softmax regression";
    if (is_kernel(run.model))
        return fmt::format("{}, {}, {}, {}", activation, run.model,
                           run.width == 0 ? "infinite width" : fmt::format("width {}", run.width),
                           counted(run.depth, "hidden layer"));
    return fmt::format("{}, width {}, {}", activation, run.width, counted(run.depth, "hidden layer"));
}

}  // namespace

void estimate_cost(const std::string& program, const Flags& flags, const StudyRuns& runs, const Workers& workers) {
    const OutputFolder out(folder_options(program, flags));
    const auto grid = grid_of(flags);
    const auto done = done_already(out, grid, flags, runs);
    const double shared = resident_bytes();
    const auto costs = costs_of_points(grid, flags, runs);
    const auto ahead = ahead_of(grid, flags, runs, done, costs);
    const auto &known = ahead.known, &possible = ahead.possible;
    const auto at_once = workers.runs_at_once(std::max<std::size_t>(possible.runs - possible.already, 1));
    const auto processes = static_cast<double>(workers.processes());
    const auto run = grid[ahead.longest];
    const auto& largest = costs[ahead.longest / grid.repeats()];
    fmt::print("runs      {} in all, {} of them done already\n",
               from_to(std::to_string(known.runs), std::to_string(possible.runs)), possible.already);
    fmt::print(
        "time      {} of one core; {} with {} at once\n", from_to(duration(known.seconds), duration(possible.seconds)),
        from_to(duration(known.wall(at_once, largest.seconds)), duration(possible.wall(at_once, largest.seconds))),
        counted(at_once, "run"));
    fmt::print("memory    {}: {} for the program and the data{}, up to {} for each run at once\n",
               bytes(processes * shared + static_cast<double>(at_once) * ahead.bytes), bytes(shared),
               workers.processes() > 1 ? " in each process" : "", bytes(ahead.bytes));
    fmt::print("largest   {}, {} training images: {} and {}\n", in_words(run), run.train_samples,
               duration(largest.seconds), bytes(largest.bytes));
    fmt::print("Measured on this host just now. Nothing was written.\n");
}

}  // namespace study
