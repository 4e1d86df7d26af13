#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/statistics/moments.hpp>

/// Networks that never learned, beside others that did.
namespace pstar {

/// What becomes of them in a curve.
enum class StuckNetworks { leave_out, keep };

/// The one of a name, `leave-out` or `keep`. Throws std::invalid_argument for any other word.
inline StuckNetworks stuck_networks_named(std::string_view name) {
    require(name == "leave-out" || name == "keep", "stuck_networks_named", "name", name, "be leave-out or keep");
    return name == "keep" ? StuckNetworks::keep : StuckNetworks::leave_out;
}

/// Which of the runs of one network at one strength, trained with cross-entropy on K classes, never learned: its
/// training loss is log K to 2%, that of equal odds for all classes, and its accuracy on these test images at most 1.5
/// / K; while the runs fall into two groups: all others have a loss below 0.8 log K, and their mean lies five of their
/// standard deviations (where there are three or more) below that of the stuck ones. A strength at which no run, or
/// every run, is at chance has none: there the images tell nothing, or nothing tells the groups apart.
///
/// Runs that diverged or failed must not be among them. Throws std::invalid_argument for fewer than two classes.
inline std::vector<bool> never_learned(std::span<const RunResult* const> runs, TestImages images, std::size_t classes) {
    require(classes >= 2, "never_learned", "classes", classes, "be at least 2");
    const double chance = 1 / static_cast<double>(classes), loss_of_chance = -std::log(chance);
    std::vector<bool> stuck;
    std::vector<double> learned;  // training losses, in units of log K
    double least_stuck = 2;
    for (const auto* run : runs) {
        const double loss = run->train_loss / loss_of_chance;
        stuck.push_back(std::abs(loss - 1) <= 0.02 && test_accuracy(*run, images) <= 1.5 * chance);
        if (stuck.back())
            least_stuck = std::min(least_stuck, loss);
        else
            learned.push_back(loss);
    }
    const auto others = moments(learned);
    const bool apart = std::ranges::all_of(learned, [](double loss) { return loss < 0.8; }) &&
                       (others.n < 3 || others.mean + 5 * others.stddev < least_stuck);
    if (learned.empty() || !apart) stuck.assign(stuck.size(), false);
    return stuck;
}

}  // namespace pstar
