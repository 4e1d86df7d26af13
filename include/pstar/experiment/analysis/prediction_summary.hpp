#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/margin_prediction.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/sweep/outcome.hpp>

/// Margin predictions of several networks, pooled over their seeds.
namespace pstar {

/// All networks of one kind trained at one strength. Every number is the mean over seeds, with the interval of
/// `mean_over_seeds`, cut to the range of the number.
struct PredictionSummary {
    RunKey run = {};        ///< its repeat has no meaning
    std::size_t seeds = 0;  ///< networks that were measured
    Estimate clean_accuracy = {};
    StrengthPrediction own = {};        ///< at the strength of training
    ByCriterion<Estimate> excess = {};  ///< predicted minus measured accuracy
    ByCriterion<PredictionScore> scores = {};
    std::array<PredictionScore, criterion_pairs.size()> differences = {};
    ByCriterion<std::vector<CalibrationBin>> calibration = {};  ///< `images` is the sum over seeds
    ByCriterion<std::vector<double>> images = {};               ///< sums over seeds
    ByCriterion<double> seconds = {};                           ///< see `MarginPrediction`
    double draw_seconds = 0;
    std::vector<StrengthPrediction> elsewhere = {};
    /// Of the first network that was measured.
    std::array<std::vector<ImageFailure>, failure_kinds.size()> examples = {};
};

namespace detail {

/// The mean over results of an estimate that `get` finds in each.
template <class Result, class Get>
Estimate pool_estimate(const std::vector<const Result*>& results, const Get& get) {
    std::vector<Estimate> seeds;
    for (const auto* result : results) seeds.push_back(get(*result));
    return mean_over_seeds(seeds);
}
/// The same for a number without an interval of its own.
template <class Result, class Get>
Estimate pool_number(const std::vector<const Result*>& results, const Get& get) {
    return pool_estimate(results, [&](const Result& result) { return exactly(get(result)); });
}

template <class Get>
PredictionScore pool_scores(const std::vector<const MarginPrediction*>& results, const Get& get) {
    PredictionScore scores{};
    for (const auto& [name, member] : score_numbers)
        scores.*member =
            pool_estimate(results, [&, member = member](const auto& result) { return get(result).*member; });
    return scores;
}

inline StrengthPrediction pool_strength(const std::vector<const StrengthPrediction*>& seeds) {
    StrengthPrediction result{.strength = seeds.front()->strength};
    result.accuracy = clamped(pool_estimate(seeds, [](const auto& s) { return s.accuracy; }), 0, 1);
    for (std::size_t c = 0; c < result.predicted.size(); ++c)
        result.predicted[c] = pool_number(seeds, [c](const auto& s) { return s.predicted[c]; }).value;
    result.linearisation.strength = result.strength;
    for (const auto& [name, member] : linearisation_numbers)
        result.linearisation.*member =
            pool_estimate(seeds, [member = member](const auto& s) { return s.linearisation.*member; });
    for (std::size_t q = 0; q < result.snr.size(); ++q)
        result.snr[q] = pool_number(seeds, [q](const auto& s) { return s.snr[q]; }).value;
    return result;
}

/// The bins of a criterion, each over the seeds that have images in it.
inline std::vector<CalibrationBin> pool_bins(const std::vector<const MarginPrediction*>& results,
                                             std::size_t criterion) {
    std::vector<CalibrationBin> all;
    for (const auto* result : results)
        all.insert(all.end(), result->calibration[criterion].begin(), result->calibration[criterion].end());
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
    std::vector<CalibrationBin> bins;
    for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
        CalibrationBin bin{.low = all[first].low, .high = all[first].high, .images = 0, .predicted = 0, .measured = {}};
        std::vector<Estimate> measured;
        for (; last < all.size() && all[last].low == bin.low; ++last) {
            measured.push_back(all[last].measured);
            bin.images += all[last].images;
            bin.predicted += static_cast<double>(all[last].images) * all[last].predicted;
        }
        bin.predicted /= static_cast<double>(bin.images);
        bin.measured = clamped(mean_over_seeds(measured), 0, 1);
        bins.push_back(bin);
    }
    return bins;
}

inline void pool_criterion(const std::vector<const MarginPrediction*>& results, std::size_t c,
                           PredictionSummary& summary) {
    summary.excess[c] =
        pool_estimate(results, [c](const auto& r) { return shifted(negated(r.own.accuracy), r.own.predicted[c]); });
    auto& scores = summary.scores[c] = pool_scores(results, [c](const auto& r) { return r.scores[c]; });
    constexpr double infinity = std::numeric_limits<double>::infinity();
    scores.auc = clamped(scores.auc, 0, 1);
    scores.brier = clamped(scores.brier, 0, 1);
    scores.log_score = clamped(scores.log_score, 0, infinity);
    scores.rms_error = clamped(scores.rms_error, 0, 1);
    summary.seconds[c] = pool_number(results, [c](const auto& r) { return r.seconds[c]; }).value;
    summary.calibration[c] = pool_bins(results, c);
    summary.images[c].assign(results.front()->images[c].size(), 0.0);  // none where the criterion does not apply
    for (const auto* result : results)
        for (std::size_t i = 0; i < summary.images[c].size(); ++i) summary.images[c][i] += result->images[c][i];
}

inline PredictionSummary pool_seeds(const RunKey& run, const std::vector<const MarginPrediction*>& results) {
    PredictionSummary summary{.run = point_key(run), .seeds = results.size()};
    summary.clean_accuracy = clamped(pool_number(results, [](const auto& r) { return r.clean_accuracy; }), 0, 1);
    const auto at = [&](const auto& get) {
        std::vector<const StrengthPrediction*> seeds;
        for (const auto* result : results) seeds.push_back(&get(*result));
        return pool_strength(seeds);
    };
    summary.own = at([](const auto& r) -> const StrengthPrediction& { return r.own; });
    for (std::size_t i = 0; i < results.front()->elsewhere.size(); ++i)
        summary.elsewhere.push_back(at([i](const auto& r) -> const StrengthPrediction& { return r.elsewhere.at(i); }));
    for (std::size_t c = 0; c < criteria.size(); ++c) pool_criterion(results, c, summary);
    summary.examples = results.front()->examples;
    summary.draw_seconds = pool_number(results, [](const auto& r) { return r.draw_seconds; }).value;
    for (std::size_t k = 0; k < criterion_pairs.size(); ++k)
        summary.differences[k] = pool_scores(results, [k](const auto& r) { return r.differences[k]; });
    return summary;
}

}  // namespace detail

/// The summary of each point, from the outcome of each run, in the order in which the points come. Runs that failed or
/// diverged are left out; so is a point of which nothing is left. Throws std::invalid_argument unless there is one
/// outcome per run.
inline std::vector<PredictionSummary> summarise_predictions(std::span<const RunKey> runs,
                                                            std::span<const Outcome<MarginPrediction>> outcomes) {
    require(outcomes.size() == runs.size(), "summarise_predictions", "number of outcomes", outcomes.size(),
            "equal the number of runs");
    std::vector<PredictionSummary> summaries;
    for (const auto& group : detail::group_runs(runs, point_key)) {
        std::vector<const MarginPrediction*> results;
        for (const auto i : group)
            if (const auto* result = usable(outcomes[i])) results.push_back(result);
        if (!results.empty()) summaries.push_back(detail::pool_seeds(runs[group[0]], results));
    }
    return summaries;
}

}  // namespace pstar
