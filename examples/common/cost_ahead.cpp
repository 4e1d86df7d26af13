#include "cost_ahead.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include <pstar/sweep/accuracy_sweep.hpp>
#include <pstar/sweep/calibration.hpp>

#include "journals.hpp"
#include "output_folder.hpp"
#include "sweep_runs.hpp"
#include "words.hpp"

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
std::string range(const std::string& least, const std::string& most) {
    return least == most ? least : least + " to " + most;
}

/// What each network of the grid costs, by point; every network is measured once, whatever its strengths.
std::vector<pstar::RunCost> costs_of_points(const Grid& grid, const Flags& flags, const pstar::TrainTest& data) {
    const auto settings = settings_of_runs(flags);
    const auto points_of_network = flags.strength.size();
    const auto networks = grid.points() / points_of_network;
    constexpr double all = 4, most = 0.3;  // seconds
    std::map<decltype(pstar::detail::curve_key(grid[0])), pstar::RunCost> measured;
    std::vector<pstar::RunCost> costs;
    for (std::size_t point = 0; point < grid.points(); ++point) {
        auto run = grid[point * grid.repeats()];
        const auto [place, is_new] = measured.try_emplace(pstar::detail::curve_key(run));
        if (is_new) {
            run.strength = flags.strength[points_of_network / 2];
            place->second =
                pstar::measure_cost(run, settings, data, std::min(most, all / static_cast<double>(networks)));
        }
        costs.push_back(place->second);
    }
    return costs;
}

/// The runs still to be done: those that are known, and all that adaptive repeats may come to.
struct Ahead {
    std::size_t runs = 0;
    double seconds = 0;

    void add(double run) {
        ++runs;
        seconds += run;
    }
    /// On `at_once` cores; the longest run cannot be split.
    double wall(std::size_t at_once, double longest) const {
        return runs == 0 ? 0 : std::max(seconds / static_cast<double>(at_once), longest);
    }
};

}  // namespace

void foretell(const std::string& program, const Flags& flags, const pstar::TrainTest& data, const Workers& workers) {
    const OutputFolder out(program, flags);
    const auto grid = grid_of(flags);
    auto journals = part_journals(out.path());
    journals.push_back(journal_path(out.path(), {}));
    if (flags.shard) journals = {journal_path(out.path(), flags.shard)};
    const auto done = recorded(journals, grid, pstar::accuracy_configuration(settings_of_runs(flags), data));
    const double shared = resident_bytes();
    const auto costs = costs_of_points(grid, flags, data);

    auto most_flags = flags;
    most_flags.repeats.least = flags.repeats.most;
    const auto least = known_runs(grid, flags, data), most = known_runs(grid, most_flags, data);
    Ahead known, possible;
    std::size_t all_known = 0, all_possible = 0, already = 0, longest = 0;
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const auto& cost = costs[i / grid.repeats()];
        all_known += least[i];
        all_possible += most[i];
        already += most[i] && done[i];
        if (most[i] && cost.seconds > costs[longest / grid.repeats()].seconds) longest = i;
        if (least[i] && !done[i]) known.add(cost.seconds);
        if (most[i] && !done[i]) possible.add(cost.seconds);
    }
    const auto at_once = workers.runs_at_once(std::max<std::size_t>(possible.runs, 1));
    const auto run = grid[longest];
    const auto& largest = costs[longest / grid.repeats()];
    double bytes_of_run = 0;
    for (const auto& cost : costs) bytes_of_run = std::max(bytes_of_run, cost.bytes);
    const auto per_process = static_cast<double>(workers.processes());
    const auto seconds = [](double s) { return duration(s); };
    fmt::print("runs      {} in all, {} of them done already\n",
               range(std::to_string(all_known), std::to_string(all_possible)), already);
    fmt::print("time      {} of one core; {} with {} at once\n",
               range(seconds(known.seconds), seconds(possible.seconds)),
               range(seconds(known.wall(at_once, largest.seconds)), seconds(possible.wall(at_once, largest.seconds))),
               counted(at_once, "run"));
    fmt::print("memory    {}: {} for the program and the data{}, up to {} for each run at once\n",
               bytes(per_process * shared + static_cast<double>(at_once) * bytes_of_run), bytes(shared),
               workers.processes() > 1 ? " in each process" : "", bytes(bytes_of_run));
    fmt::print("largest   {}, width {}, {}, {} training images: {} and {}\n", to_string(run.activation), run.width,
               counted(run.depth, "hidden layer"), run.train_samples, seconds(largest.seconds), bytes(largest.bytes));
    fmt::print("Measured on this machine just now. Nothing was written.\n");
}

}  // namespace study
