#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <pstar/scaling/estimate.hpp>
#include <pstar/scaling/midpoint_difference.hpp>
#include <pstar/sweep/accuracy_run.hpp>
#include <pstar/sweep/accuracy_summary.hpp>
#include <pstar/sweep/network_size.hpp>

#include "../common/curve_report.hpp"
#include "../common/flags.hpp"
#include "../common/sweep_runs.hpp"

/// Models of several kinds at one strength: which is best?
namespace study {

/// The machines of `--components`, softmax regression on pixels, and the MLPs of `--width`.
std::vector<pstar::NetworkSize> models_to_compare(const Flags& flags);

/// The accuracy of one model over its seeds.
struct Standing {
    pstar::AccuracyRun run;  ///< its repeat means nothing
    pstar::Estimate accuracy;
    std::size_t seeds;
};

/// By how much the accuracy of one model is above that of another, seed by seed.
struct AccuracyDifference {
    std::size_t first, second;  ///< of `Contest::standings`
    pstar::Estimate difference;
    std::size_t seeds;  ///< that both have
    pstar::Comparison verdict;
};

/// All models with the same training images at one strength, tested on the same images.
struct Contest {
    pstar::TestImages images;
    std::vector<Standing> standings;
    std::vector<AccuracyDifference> differences;  ///< each pair once
    std::optional<std::size_t> best;              ///< the one that is above every other
};

/// Contests by test images, then training images, then strength. Intervals are 95%, Student's t over seeds; a
/// difference needs `least_seeds` and is decided when its interval leaves out 0. The scatter of differences is taken to
/// be one test image at least: fewer cannot be told apart.
inline constexpr std::size_t least_seeds = 3;
std::vector<Contest> hold_contests(const CurveStory& story, const Grid& grid, const Outcomes& outcomes);

/// `comparison.csv`: a row a difference.
void write_contests_csv(const std::filesystem::path& path, std::span<const Contest> contests);

}  // namespace study
