#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/sweep/outcome.hpp>

/// Models of several kinds at one strength: which is the most accurate?
namespace pstar {

/// The accuracy of one model over its repeats.
struct RankedModel {
    RunKey run;         ///< its repeat has no meaning
    Estimate accuracy;  ///< mean with its 95% interval, Student's t over repeats; open from fewer than two
    std::size_t seeds;  ///< usable repeats
};

/// By how much the accuracy of one model is above that of another, repeat by repeat.
struct AccuracyDifference {
    std::size_t first, second;  ///< places in `ModelRanking::models`
    Estimate difference;        ///< mean over repeats that both have, first less second, with its 95% interval
    std::size_t seeds;          ///< repeats that both have
    Comparison verdict;         ///< of the first, against the second
};

/// All models with the same training images and corruption at one strength, tested on the same images.
struct ModelRanking {
    TestImages images = TestImages::clean;
    std::vector<RankedModel> models = {};              ///< in the order of the runs
    std::vector<AccuracyDifference> differences = {};  ///< each pair once
    std::optional<std::size_t> best = {};              ///< the model that is above every other; none: undecided
};

/// Fewer paired repeats decide nothing.
inline constexpr std::size_t least_seeds_to_rank = 3;

namespace detail {

/// Accuracies of one model by repeat.
struct ModelAccuracies {
    RunKey run;
    std::map<std::size_t, double> by_repeat = {};
};

/// The mean with its 95% interval, mean +- t s / sqrt(n), where the standard deviation s is taken to be at least
/// `least_stddev`; open from fewer than two values.
inline Estimate mean_with_interval(const std::vector<double>& values, double least_stddev) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto found = moments(values);
    if (found.n < 2) return {found.mean, -infinity, infinity};
    const auto n = static_cast<double>(found.n);
    const double half = student_t_quantile(0.95, n - 1) * std::max(found.stddev, least_stddev) / std::sqrt(n);
    return {found.mean, found.mean - half, found.mean + half};
}

inline AccuracyDifference difference_of(const std::vector<ModelAccuracies>& models, std::size_t first,
                                        std::size_t second, double one_image) {
    std::vector<double> differences;
    const auto& others = models[second].by_repeat;
    for (const auto& [repeat, accuracy] : models[first].by_repeat)
        if (const auto other = others.find(repeat); other != others.end())
            differences.push_back(accuracy - other->second);
    AccuracyDifference result{first, second, mean_with_interval(differences, one_image), differences.size(),
                              Comparison::undecided};
    if (result.seeds < least_seeds_to_rank) return result;
    if (result.difference.low > 0) result.verdict = Comparison::larger;
    if (result.difference.high < 0) result.verdict = Comparison::smaller;
    return result;
}

/// The model that is the better one in all of its differences.
inline std::optional<std::size_t> best_model(const ModelRanking& ranking) {
    for (std::size_t i = 0; i < ranking.models.size(); ++i) {
        const bool above_all =
            std::all_of(ranking.differences.begin(), ranking.differences.end(), [&](const AccuracyDifference& d) {
                return (d.first != i || d.verdict == Comparison::larger) &&
                       (d.second != i || d.verdict == Comparison::smaller);
            });
        if (above_all && ranking.models.size() > 1) return i;
    }
    return std::nullopt;
}

inline ModelRanking ranking_of(TestImages images, const std::vector<ModelAccuracies>& models, double one_image) {
    ModelRanking ranking{.images = images};
    for (const auto& model : models) {
        std::vector<double> values;
        for (const auto& [repeat, accuracy] : model.by_repeat) values.push_back(accuracy);
        ranking.models.push_back({model.run, mean_with_interval(values, 0), values.size()});
    }
    for (std::size_t i = 0; i < models.size(); ++i)
        for (std::size_t j = i + 1; j < models.size(); ++j)
            ranking.differences.push_back(difference_of(models, i, j, one_image));
    ranking.best = best_model(ranking);
    return ranking;
}

}  // namespace detail

/// One ranking for each kind of test images measured, corruption, training set and strength, in this
/// order. Two models of one repeat see the same noise, so they are compared repeat by repeat. A difference is decided
/// when its 95% interval leaves out 0, from `least_seeds_to_rank` repeats on; its standard deviation is taken to be one
/// test image at least: a smaller one is chance. Each difference is judged for itself: of many that are chance alone
/// one in twenty is decided. The intervals know the chance of repeats alone, not that of the test images. Throws
/// std::invalid_argument unless there is one outcome per run and `results.test_images` is set.
inline std::vector<ModelRanking> rank_models(const Results& results) {
    detail::check_results("rank_models", results);
    require(results.test_images >= 1, "rank_models", "test_images", results.test_images, "be at least 1");
    const double one_image = 1 / static_cast<double>(results.test_images);
    const auto place = [](const RunKey& run) { return std::tuple(run.corruption, training_set_of(run), run.strength); };
    std::vector<ModelRanking> rankings;
    for (const auto images : measured_images(results.settings)) {
        std::map<decltype(place(RunKey{})), std::vector<detail::ModelAccuracies>> by_place;
        for (const auto& group : detail::group_runs(results.runs, point_key)) {
            detail::ModelAccuracies model{results.runs[group[0]]};
            for (const auto i : group)
                if (const auto* result = usable(results.outcomes[i]))
                    model.by_repeat[results.runs[i].repeat] = test_accuracy(*result, images);
            by_place[place(model.run)].push_back(std::move(model));
        }
        for (const auto& [where, models] : by_place) rankings.push_back(detail::ranking_of(images, models, one_image));
    }
    return rankings;
}

/// `comparison.csv`: one row per difference.
inline void write_model_ranking_csv(const std::filesystem::path& path, std::span<const ModelRanking> rankings) {
    CsvWriter csv(path, {"evaluation", "n_train_samples", "strength", "first_model", "first_width", "second_model",
                         "second_width", "first_accuracy", "second_accuracy", "difference", "difference_low",
                         "difference_high", "seeds", "verdict"});
    for (const auto& ranking : rankings)
        for (const auto& pair : ranking.differences) {
            const auto &first = ranking.models[pair.first], &second = ranking.models[pair.second];
            csv.row(to_string(ranking.images), first.run.train_samples, first.run.strength, first.run.model,
                    first.run.width, second.run.model, second.run.width, first.accuracy.value, second.accuracy.value,
                    pair.difference.value, pair.difference.low, pair.difference.high, pair.seeds,
                    to_string(pair.verdict));
        }
    csv.commit();
}

}  // namespace pstar
