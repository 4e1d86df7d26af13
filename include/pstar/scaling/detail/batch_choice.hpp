#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <pstar/scaling/curve/curve_design.hpp>
#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/curve/seed_noise.hpp>
#include <pstar/scaling/detail/expected_variance.hpp>
#include <pstar/statistics/moments.hpp>

/// Which runs of one curve to do next.
namespace pstar::detail {

/// A batch of whole seeds: new strengths, and new seeds of the others.
struct WholeSeedsBatch {
    std::vector<double> strengths;
    std::size_t seeds = 0;
};

/// `measured`: the strengths that have seeds.
inline WholeSeedsBatch whole_seeds_of(const CurveBatch& batch, const std::vector<double>& measured) {
    WholeSeedsBatch result;
    for (const auto& [strength, seeds] : batch.runs)
        if (std::ranges::binary_search(measured, strength))
            result.seeds = std::max(result.seeds, seeds);
        else
            result.strengths.push_back(strength);
    return result;
}

/// What is measured of a curve, and the choice of what follows.
class BatchChoice {
public:
    /// What is measured has at least two strengths, in increasing order, all with two seeds or more.
    BatchChoice(CurveRuns measured, const CurveFit& fit, const CurveDesign& design)
        : measured_(std::move(measured)), fit_(fit), design_(design) {
        std::ranges::set_union(design.strengths, measured_.strength, std::back_inserter(strengths_));
        for (const double p : strengths_) {
            const auto at = std::ranges::lower_bound(measured_.strength, p) - measured_.strength.begin();
            const bool is_measured = static_cast<std::size_t>(at) < measured_.strength.size() &&
                                     measured_.strength[static_cast<std::size_t>(at)] == p;
            seeds_.push_back(is_measured ? measured_.accuracy[static_cast<std::size_t>(at)].size() : 0);
        }
        for (const auto& accuracy : measured_.accuracy) means_.push_back(mean_of(accuracy));
    }

    CurveBatch choose() {
        if (auto batch = needed()) return *batch;
        return best();
    }

    /// What the curve lacks before anything can be planned; nothing where it lacks nothing.
    std::optional<CurveBatch> needed() {
        const auto& interval = design_.quantity == CurveQuantity::p_star ? fit_.p_star : fit_.slope;
        now_ =
            is_comparable(fit_.status) ? (interval.high - interval.low) / 2 : std::numeric_limits<double>::infinity();
        if (!std::isfinite(now_)) now_ = std::numeric_limits<double>::infinity();
        if (fit_.status == CurveStatus::no_drop) return end(BatchKind::no_knee);
        if (const auto gap = steep_gap()) return batch_of({*gap});
        const bool is_told =
            fit_.status == CurveStatus::ok || fit_.status == CurveStatus::smooth || fit_.status == CurveStatus::misfit;
        if (const auto end_gap = open_plateau()) return batch_of({*end_gap});
        if (!is_told || !std::isfinite(now_) || most() < 3) return more_seeds();
        return std::nullopt;
    }

    /// The first of new strengths that are planned, a quarter more at most. Of those added since the first round every
    /// fourth lies in the widest gap, wherever the curve says that more is to be learned: a wrong curve is noticed.
    std::vector<double> first_of(const std::vector<double>& planned) const {
        std::vector<double> chosen;
        const auto k = measured_.strength.size();
        auto added = k - std::min(design_.first, k);
        for (std::size_t i = 0; i < std::min(quarter(k), planned.size()); ++i) {
            const auto gap = ++added % 4 == 0 ? widest_gap() : std::nullopt;
            const double p = gap.value_or(planned[i]);
            if (std::ranges::find(chosen, p) == chosen.end()) chosen.push_back(p);
        }
        std::ranges::sort(chosen);
        return chosen;
    }
    /// The strengths that may be measured, or were.
    const std::vector<double>& strengths() const { return strengths_; }
    /// The seeds that each of them has.
    const std::vector<std::size_t>& seeds() const { return seeds_; }
    /// At most a quarter more at once: rounds stay few, and what a round teaches is used soon.
    static std::size_t quarter(std::size_t n) { return std::max<std::size_t>(1, n / 4); }

private:
    /// So many more seeds at strength number `strength`, or (`whole_seeds`) at all that have some.
    struct Move {
        std::size_t strength, seeds;
        bool of_all = false;
    };

    std::size_t most() const { return std::ranges::max(seeds_); }
    std::size_t runs() const { return std::accumulate(seeds_.begin(), seeds_.end(), std::size_t{0}); }
    CurveBatch end(BatchKind kind) const { return {kind, {}, now_}; }
    /// Seeds of a new strength.
    std::size_t seeds_of_new() const {
        return design_.whole_seeds ? most() : std::min(design_.seeds_to_begin_with(), most());
    }
    CurveBatch batch_of(const std::vector<double>& strengths) const {
        CurveBatch batch{BatchKind::runs, {}, now_};
        for (const double p : strengths) batch.runs.push_back({p, seeds_of_new()});
        return batch;
    }
    /// What leads from the seeds that there are to others.
    CurveBatch batch_to(const std::vector<std::size_t>& wanted) const {
        CurveBatch batch{BatchKind::runs, {}, now_};
        for (std::size_t j = 0; j < seeds_.size(); ++j)
            if (wanted[j] > seeds_[j]) batch.runs.push_back({strengths_[j], wanted[j] - seeds_[j]});
        return batch.runs.empty() ? end(BatchKind::exhausted) : batch;
    }
    /// A quarter more seeds at all strengths that have some.
    CurveBatch more_seeds() const {
        auto wanted = seeds_;
        for (auto& n : wanted)
            if (n > 0) n = std::min(n + quarter(n), std::max(n, design_.most_seeds));
        return batch_to(wanted);
    }
    /// The strength that may be measured nearest to the middle between two that were; nothing where none lies between.
    std::optional<double> between(double left, double right) const {
        std::optional<double> best;
        const double middle = left + (right - left) / 2;
        for (std::size_t j = 0; j < strengths_.size(); ++j)
            if (const double p = strengths_[j]; seeds_[j] == 0 && p > left && p < right)
                if (!best || std::abs(p - middle) < std::abs(*best - middle)) best = p;
        return best;
    }
    double drop() const {
        const auto [least, most] = std::ranges::minmax(means_);
        return most - least;
    }
    /// Inside the largest fall between neighbours, while it is more than half of the drop, or while nothing is fitted.
    std::optional<double> steep_gap() const {
        const bool is_blind = fit_.status == CurveStatus::too_few_points || fit_.status == CurveStatus::step ||
                              fit_.status == CurveStatus::coarse || fit_.status == CurveStatus::not_converged;
        std::optional<double> place;
        double largest = is_blind ? 0 : drop() / 2;
        for (std::size_t i = 0; i + 1 < means_.size(); ++i)
            if (means_[i] - means_[i + 1] > largest)
                if (const auto p = between(measured_.strength[i], measured_.strength[i + 1]))
                    largest = means_[i] - means_[i + 1], place = p;
        return place;
    }
    /// Next to the end whose plateau is not seen, while something of the drop is lost there.
    std::optional<double> open_plateau() const {
        const auto& p = measured_.strength;
        const auto last = p.size() - 1;
        if (fit_.status == CurveStatus::upper_unidentified && means_[0] - means_[1] > drop() / 16)
            return between(p[0], p[1]);
        if (fit_.status == CurveStatus::lower_unidentified && means_[last - 1] - means_[last] > drop() / 16)
            return between(p[last - 1], p[last]);
        return std::nullopt;
    }
    /// In the middle of the widest gap.
    std::optional<double> widest_gap() const {
        std::optional<double> place;
        double widest = 0;
        for (std::size_t i = 0; i + 1 < measured_.strength.size(); ++i)
            if (const double left = measured_.strength[i], right = measured_.strength[i + 1]; right - left > widest)
                if (const auto p = between(left, right)) widest = right - left, place = p;
        return place;
    }

    /// How many times as wide as wanted the interval is expected to be.
    double excess(const VarianceOfSeeds& expected) const {
        const double half = scale_ * expected.half_width(fit_.options.confidence) / design_.half_width;
        if (now_ > design_.half_width) return half;
        // narrow enough already, by luck perhaps: with a shift that is larger by twice its standard error?
        const double error = 2 * std::sqrt(2 / expected.dof);
        return half * std::max(1 / 1.1, std::sqrt(1 + error * expected.of_shift / expected.variance) / 1.25);
    }
    bool has_seeds_enough(const VarianceOfSeeds& expected) const {
        return expected.dof > static_cast<double>(design_.least_seeds) - 1.5;
    }
    bool is_enough(const VarianceOfSeeds& expected) const {
        return has_seeds_enough(expected) && excess(expected) <= 1;
    }
    CurveBatch best() {
        const auto noise = estimate_seed_noise(measured_, fit_.curve, fit_.options.test_images);
        const ExpectedVariance variance(fit_, design_.quantity, noise, strengths_);
        const auto modelled = variance.of(seeds_);
        scale_ = design_.quantity == CurveQuantity::slope ? fit_.slope.value : 1;  // its variance is of the logarithm
        const double half = scale_ * modelled.half_width(fit_.options.confidence);
        if (now_ > design_.half_width) scale_ *= std::max(1.0, now_ / half);
        if (now_ <= design_.half_width && is_enough(modelled)) return end(BatchKind::reached);
        // the family is open, say; the scatter of fewer seeds is not known so well
        const bool misses_much = now_ > design_.half_width && now_ > 1.5 * half && modelled.dof > 6.5;
        if (misses_much || knows_little(variance))
            if (const auto more = first_of(most_telling(variance)); !more.empty()) return batch_of(more);
        auto all = seeds_;
        for (auto& n : all) n = std::max(n, design_.most_seeds);
        if (has_seeds_enough(modelled) && excess(variance.of(all)) > 1.25) return end(BatchKind::exhausted);
        return follow(planned(variance));
    }
    /// A cheap way to the goal, move by move: the one with the largest gain for its runs, until the interval is
    /// expected to be as narrow as wanted, or there are a quarter more runs.
    std::vector<Move> planned(const ExpectedVariance& variance) const {
        std::vector<Move> moves;
        auto seeds = seeds_;
        auto expected = variance.of(seeds);
        for (auto total = runs(); !is_enough(expected) && 4 * total < 5 * runs();) {
            const auto chunk = design_.whole_seeds ? 1 : std::max<std::size_t>(1, total / 16);
            std::optional<Move> best;
            double most = 0;
            auto best_expected = expected;
            const auto try_move = [&](const Move& move) {
                auto after = seeds;
                const auto cost = static_cast<double>(apply(move, after));
                if (cost == 0) return;
                const auto then = variance.of(after);
                const double gain = std::log(excess(expected) / excess(then)) / cost;
                if (!best || gain > most) best = move, most = gain, best_expected = then;
            };
            for (std::size_t j = 0; j < seeds.size(); ++j)
                if (seeds[j] == 0)
                    try_move({j, design_.whole_seeds ? std::ranges::max(seeds) : seeds_of_new()});
                else if (!design_.whole_seeds)
                    try_move({j, std::min(chunk, design_.most_seeds - std::min(design_.most_seeds, seeds[j]))});
            if (design_.whole_seeds) try_move({0, 1, true});
            if (!best) break;
            total += apply(*best, seeds), expected = best_expected;
            moves.push_back(*best);
        }
        return moves;
    }
    /// How many runs a move takes, added to `seeds`.
    std::size_t apply(const Move& move, std::vector<std::size_t>& seeds) const {
        if (!move.of_all) {
            seeds[move.strength] += move.seeds;
            return move.seeds;
        }
        std::size_t cost = 0;
        if (std::ranges::max(seeds) >= design_.most_seeds) return 0;
        for (auto& n : seeds)
            if (n > 0) n += move.seeds, cost += move.seeds;
        return cost;
    }
    CurveBatch follow(const std::vector<Move>& moves) const {
        auto wanted = seeds_;
        auto added = measured_.strength.size() - std::min(design_.first, measured_.strength.size());
        for (auto move : moves) {
            if (!move.of_all && seeds_[move.strength] == 0 && wanted[move.strength] == 0 && ++added % 4 == 0)
                if (const auto gap = widest_gap())
                    move.strength = static_cast<std::size_t>(std::ranges::find(strengths_, *gap) - strengths_.begin());
            apply(move, wanted);
        }
        return batch_to(wanted);
    }
    /// A quarter more strengths, each where it lowers the variance most.
    std::vector<double> most_telling(const ExpectedVariance& variance) const {
        std::vector<double> added;
        auto seeds = seeds_;
        while (added.size() < quarter(measured_.strength.size())) {
            std::optional<std::size_t> best;
            double least = 0;
            for (std::size_t j = 0; j < seeds.size(); ++j) {
                if (seeds[j] > 0) continue;
                auto after = seeds;
                after[j] = seeds_of_new();
                const double then = variance.of(after).variance;
                if (!best || then < least) best = j, least = then;
            }
            if (!best) break;
            seeds[*best] = seeds_of_new(), added.push_back(strengths_[*best]);
        }
        return added;
    }
    /// Whether less than three strengths, weighed by what they tell of p_star, stand behind it: then a shift of whole
    /// curves cannot be told from noise of single runs.
    bool knows_little(const ExpectedVariance& variance) const {
        double sum = 0, squares = 0;
        for (std::size_t j = 0; j < seeds_.size(); ++j) {
            const double told = seeds_[j] > 0 ? variance.told_of_midpoint(j) : 0;
            if (std::isfinite(told)) sum += told, squares += told * told;
        }
        return sum * sum < 3 * squares;
    }
    CurveRuns measured_;
    const CurveFit& fit_;
    const CurveDesign& design_;
    std::vector<double> strengths_, means_;
    std::vector<std::size_t> seeds_;
    double now_ = 0, scale_ = 1;
};

}  // namespace pstar::detail
