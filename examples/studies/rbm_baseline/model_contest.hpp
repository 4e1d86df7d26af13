#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>
#include <pstar/statistics/estimate.hpp>

#include "common/cli/flags.hpp"
#include "common/report/curve_report.hpp"
#include "common/run/sweep_runs.hpp"

/// Models of several kinds at one strength: which is best?
namespace study {

/// The machines of `--components`, softmax regression on pixels, and the MLPs of `--width`.
std::vector<pstar::ModelSpec> models_to_compare(const Flags& flags);

/// The accuracy of one model over its seeds.
struct RankedModel {
    pstar::RunKey run;  ///< its repeat means nothing
    pstar::Estimate accuracy;
    std::size_t seeds;
};

/// By how much the accuracy of one model is above that of another, seed by seed.
struct AccuracyDifference {
    std::size_t first, second;  ///< of `ModelRanking::models`
    pstar::Estimate difference;
    std::size_t seeds;  ///< that both have
    pstar::Comparison verdict;
};

/// All models with the same training images at one strength, tested on the same images.
struct ModelRanking {
    pstar::TestImages images;
    std::vector<RankedModel> models;
    std::vector<AccuracyDifference> differences;  ///< each pair once
    std::optional<std::size_t> best;              ///< the one that is above every other
};

/// Contests by test images, then training images, then strength. Intervals are 95%, Student's t over seeds; a
/// difference needs `least_seeds` and is decided when its interval leaves out 0. The scatter of differences is taken to
/// be one test image at least: fewer cannot be told apart.
inline constexpr std::size_t least_seeds = 3;
std::vector<ModelRanking> rank_models(const CurveStory& story, const Grid& grid, const Outcomes& outcomes);

/// `comparison.csv`: a row a difference.
void write_rankings_csv(const std::filesystem::path& path, std::span<const ModelRanking> rankings);

}  // namespace study
