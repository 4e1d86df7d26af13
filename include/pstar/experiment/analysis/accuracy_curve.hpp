#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/stuck_networks.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/sweep/outcome.hpp>

/// From single runs to accuracy curves A(strength), seed by seed.
namespace pstar {

/// The test accuracies of one model at all strengths, from all repeats, on one kind of test images.
struct AccuracyCurve {
    RunKey run;  ///< its strength and repeat have no meaning
    TestImages images = TestImages::clean;
    /// Strengths in increasing order, those with at least one usable run; the accuracies at each in [0, 1], in the
    /// order of repeats; and the repeat that gave each.
    CurveRuns runs = {};
    std::size_t left_out = 0;     ///< runs that failed or diverged
    std::size_t stuck = 0;        ///< runs that never learned where others did, left out or kept as was asked
    std::size_t classes = 0;      ///< of the data; chance is 1/classes
    std::size_t test_images = 0;  ///< behind each accuracy

    /// The accuracy of guessing, 1/K.
    double chance() const { return 1 / static_cast<double>(classes); }
};

namespace detail {

/// Accuracies of one curve by strength, then by repeat.
using AccuraciesBySeed = std::map<double, std::map<std::size_t, double>>;

inline CurveRuns curve_runs(const AccuraciesBySeed& points) {
    CurveRuns runs;
    for (const auto& [strength, accuracies] : points) {
        runs.strength.push_back(strength);
        auto& values = runs.accuracy.emplace_back();
        auto& seeds = runs.seed.emplace_back();
        for (const auto& [repeat, accuracy] : accuracies) {
            values.push_back(accuracy);
            seeds.push_back(repeat);
        }
    }
    return runs;
}

}  // namespace detail

/// The kinds of test images that the runs measured, clean ones first.
inline std::vector<TestImages> measured_images(const ExperimentSettings& settings) {
    std::vector<TestImages> images;
    if (settings.test_clean) images.push_back(TestImages::clean);
    if (settings.test_corrupted) images.push_back(TestImages::corrupted);
    return images;
}

/// One curve for each combination of all that a run's key has but strength and repeat, in the order of the runs. Runs
/// that failed or diverged are left out and counted; those that were never started are ignored. Networks that never
/// learned (`never_learned`, where the loss is cross-entropy) are counted, and left out unless they are to be kept:
/// among others that learned they say how often training fails, not what the corruption does. Throws
/// std::invalid_argument unless there is one outcome per run and the accuracy on such images was measured.
inline std::vector<AccuracyCurve> accuracy_curves(const Results& results, TestImages images,
                                                  StuckNetworks stuck = StuckNetworks::leave_out) {
    detail::check_results("accuracy_curves", results);
    const auto measured = measured_images(results.settings);
    require(std::find(measured.begin(), measured.end(), images) != measured.end(), "accuracy_curves", "images",
            to_string(images), "be among the test images that the settings measure");
    std::vector<AccuracyCurve> curves;
    for (const auto& group : detail::group_runs(results.runs, curve_key)) {
        AccuracyCurve curve{.run = results.runs[group[0]],
                            .images = images,
                            .classes = results.classes,
                            .test_images = results.test_images};
        std::map<double, std::map<std::size_t, const RunResult*>> runs;
        for (const auto i : group) {
            if (const auto* result = usable(results.outcomes[i]))
                runs[results.runs[i].strength][results.runs[i].repeat] = result;
            else if (!results.outcomes[i].skipped())
                ++curve.left_out;
        }
        const auto& loss = results.settings.loss;
        const bool knows_chance = loss.is_built_in() && loss.built_in() == Loss::cross_entropy;
        detail::AccuraciesBySeed points;
        for (const auto& [strength, by_repeat] : runs) {
            std::vector<const RunResult*> at_strength;
            for (const auto& [repeat, result] : by_repeat) at_strength.push_back(result);
            std::vector<bool> is_stuck(at_strength.size());
            if (knows_chance) is_stuck = never_learned(at_strength, images, results.classes);
            std::size_t r = 0;
            for (const auto& [repeat, result] : by_repeat) {
                curve.stuck += is_stuck[r] ? 1 : 0;
                if (!is_stuck[r++] || stuck == StuckNetworks::keep)
                    points[strength][repeat] = test_accuracy(*result, images);
            }
        }
        curve.runs = detail::curve_runs(points);
        curves.push_back(std::move(curve));
    }
    return curves;
}

/// The curves on every kind of test images that was measured: those on clean images, then those on corrupted ones.
inline std::vector<AccuracyCurve> accuracy_curves(const Results& results,
                                                  StuckNetworks stuck = StuckNetworks::leave_out) {
    std::vector<AccuracyCurve> curves;
    for (const auto images : measured_images(results.settings))
        for (auto& curve : accuracy_curves(results, images, stuck)) curves.push_back(std::move(curve));
    return curves;
}

}  // namespace pstar
