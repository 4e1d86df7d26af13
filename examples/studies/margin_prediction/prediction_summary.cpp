#include "prediction_summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>

namespace study {
namespace {

using Results = std::vector<const PredictionResult*>;

/// The mean over results of an interval that `get` finds in each.
template <class Result, class Get>
pstar::Estimate pooled(const std::vector<const Result*>& results, const Get& get) {
    std::vector<pstar::Estimate> seeds;
    for (const auto* result : results) seeds.push_back(get(*result));
    return pstar::mean_over_seeds(seeds);
}
/// The same for a number without an interval of its own.
template <class Result, class Get>
pstar::Estimate pooled_number(const std::vector<const Result*>& results, const Get& get) {
    return pooled(results, [&](const Result& result) { return pstar::exactly(get(result)); });
}

template <class Get>
pstar::PredictionScore pooled_scores(const Results& results, const Get& get) {
    return {pooled(results, [&](const auto& r) { return get(r).auc; }),
            pooled(results, [&](const auto& r) { return get(r).brier; }),
            pooled(results, [&](const auto& r) { return get(r).log_score; })};
}

AtStrength pooled_strength(const std::vector<const AtStrength*>& seeds) {
    AtStrength result{};
    result.strength = seeds.front()->strength;
    result.measured = clamped(pooled(seeds, [](const auto& s) { return s.measured; }), 0, 1);
    for (std::size_t c = 0; c < result.predicted.size(); ++c)
        result.predicted[c] = pooled_number(seeds, [c](const auto& s) { return s.predicted[c]; }).value;
    for (std::size_t k = 0; k < result.linearisation.size(); ++k)
        result.linearisation[k] = pooled(seeds, [k](const auto& s) { return s.linearisation[k]; });
    for (std::size_t q = 0; q < result.snr.size(); ++q)
        result.snr[q] = pooled_number(seeds, [q](const auto& s) { return s.snr[q]; }).value;
    return result;
}

/// The bins of a criterion, each over the seeds that have images in it.
std::vector<Bin> pooled_bins(const Results& results, std::size_t criterion) {
    std::vector<Bin> bins;
    for (int place = 0; place < 10; ++place) {
        std::vector<pstar::Estimate> measured;
        Bin bin{.place = static_cast<double>(place), .images = 0, .predicted = 0, .measured = {}};
        for (const auto* result : results)
            for (const auto& own : result->calibration[criterion]) {
                if (std::lround(own.place) != place) continue;
                measured.push_back(own.measured);
                bin.images += own.images;
                bin.predicted += own.images * own.predicted;
            }
        if (measured.empty()) continue;
        bin.predicted /= bin.images;
        bin.measured = clamped(pstar::mean_over_seeds(measured), 0, 1);
        bins.push_back(bin);
    }
    return bins;
}

std::vector<double> pooled_counts(const Results& results, std::size_t criterion) {
    std::vector<double> sums(PredictionResult::map_side * PredictionResult::map_side, 0.0);
    for (const auto* result : results)
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += result->images[criterion][i];
    return sums;
}

void summarise_criterion(const Results& results, std::size_t c, PredictionSummary& summary) {
    summary.excess[c] = pooled(
        results, [c](const auto& r) { return shifted(negated(r.trained_at.measured), r.trained_at.predicted[c]); });
    auto& scores = summary.scores[c] = pooled_scores(results, [c](const auto& r) { return r.scores[c]; });
    scores.auc = clamped(scores.auc, 0, 1);
    scores.brier = clamped(scores.brier, 0, 1);
    scores.log_score = clamped(scores.log_score, 0, std::numeric_limits<double>::infinity());
    summary.calibration[c] = pooled_bins(results, c);
    summary.images[c] = pooled_counts(results, c);
}

PredictionSummary summary_of(const Results& results) {
    PredictionSummary summary{};
    summary.strength = results.front()->trained_at.strength;
    summary.seeds = results.size();
    summary.clean_accuracy = clamped(pooled_number(results, [](const auto& r) { return r.clean_accuracy; }), 0, 1);
    const auto at = [&](const auto& get) {
        std::vector<const AtStrength*> seeds;
        for (const auto* result : results) seeds.push_back(&get(*result));
        return pooled_strength(seeds);
    };
    summary.trained_at = at([](const auto& r) -> const AtStrength& { return r.trained_at; });
    for (std::size_t i = 0; i < results.front()->elsewhere.size(); ++i)
        summary.elsewhere.push_back(at([i](const auto& r) -> const AtStrength& { return r.elsewhere[i]; }));
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c) summarise_criterion(results, c, summary);
    for (std::size_t k = 0; k < criterion_pairs.size(); ++k)
        summary.differences[k] = pooled_scores(results, [k](const auto& r) { return r.differences[k]; });
    return summary;
}

}  // namespace

std::vector<PredictionSummary> summarise(std::span<const pstar::Outcome<PredictionResult>> outcomes,
                                         std::size_t repeats) {
    std::vector<PredictionSummary> summaries;
    for (std::size_t first = 0; first < outcomes.size(); first += repeats) {
        Results results;
        for (const auto& outcome : outcomes.subspan(first, repeats))
            if (const auto* result = usable(outcome)) results.push_back(result);
        if (!results.empty()) summaries.push_back(summary_of(results));
    }
    return summaries;
}

}  // namespace study
