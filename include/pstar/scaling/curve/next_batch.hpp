#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/curve/seed_noise.hpp>
#include <pstar/scaling/detail/expected_variance.hpp>
#include <pstar/statistics/distributions.hpp>

/// Which runs of a curve to do next, for an interval of a given width.
namespace pstar {

/// What is wanted of a curve, and what may be measured for it.
struct CurveDesign {
    CurveQuantity quantity = CurveQuantity::p_star;  ///< or slope
    double half_width = 0.01;                        ///< wanted of its interval: (high - low) / 2, in its own unit
    std::vector<double> strengths = {};              ///< all that may be measured, increasing; at least `first`
    std::size_t first = 5;                           ///< strengths to begin with, spread evenly; at least 3
    std::size_t least_seeds = 8, most_seeds = 40;    ///< to begin with, and at the end; at least 3

    void validate() const;
};

/// What to do after so many runs. `reached`: nothing, the interval is narrow enough.
enum class BatchKind {
    strengths,  ///< measure new strengths with all seeds
    seeds,      ///< measure new seeds at all strengths
    reached,    ///< the interval is as narrow as wanted
    no_knee,    ///< the curve has no drop within the strengths: no run would tell
    exhausted,  ///< with all strengths and the most seeds it would still be wider, as far as can be told
};

inline std::string to_string(BatchKind kind) {
    switch (kind) {
        case BatchKind::strengths:
            return "strengths";
        case BatchKind::seeds:
            return "seeds";
        case BatchKind::reached:
            return "reached";
        case BatchKind::no_knee:
            return "no_knee";
        case BatchKind::exhausted:
            return "exhausted";
    }
    return "unknown";
}

/// Whether a batch of that kind has runs to do.
constexpr bool wants_runs(BatchKind kind) {
    return kind == BatchKind::strengths || kind == BatchKind::seeds;
}

/// The runs to do next.
struct CurveBatch {
    BatchKind kind = BatchKind::reached;
    std::vector<double> strengths = {};  ///< new ones, increasing
    std::size_t seeds = 0;               ///< new ones
    double half_width = 0;  ///< of the interval now; infinite where the curve is not told yet, or has an open end

    /// Whether no more runs are wanted.
    bool is_end() const { return !wants_runs(kind); }
};

inline void CurveDesign::validate() const {
    require(quantity == CurveQuantity::p_star || quantity == CurveQuantity::slope, "CurveDesign", "quantity",
            to_string(quantity), "be p_star or slope");
    require(half_width > 0 && std::isfinite(half_width), "CurveDesign", "half_width", half_width,
            "be positive and finite");
    require(first >= 3, "CurveDesign", "first", first, "be at least 3");
    require(strengths.size() >= first, "CurveDesign", "number of strengths", strengths.size(),
            "be at least first, " + std::to_string(first));
    for (std::size_t i = 0; i < strengths.size(); ++i) {
        require(std::isfinite(strengths[i]), "CurveDesign", "strength", strengths[i], "be finite");
        if (i > 0)
            require(strengths[i] > strengths[i - 1], "CurveDesign", "strength", strengths[i],
                    "be larger than the one before");
    }
    require(least_seeds >= 3, "CurveDesign", "least_seeds", least_seeds, "be at least 3");
    require(most_seeds >= least_seeds, "CurveDesign", "most_seeds", most_seeds, "be at least least_seeds");
}

/// The strengths to begin with: of those that may be measured, the ones nearest to an even spread.
inline std::vector<double> first_strengths(const CurveDesign& design) {
    design.validate();
    const auto& all = design.strengths;
    std::vector<double> chosen;
    std::size_t next = 0;
    for (std::size_t j = 0; j < design.first; ++j) {
        const double wanted =
            all.front() + (all.back() - all.front()) * static_cast<double>(j) / static_cast<double>(design.first - 1);
        const auto last = all.size() - (design.first - j);  // leaves one for each that follows
        while (next < last && std::abs(all[next + 1] - wanted) <= std::abs(all[next] - wanted)) ++next;
        chosen.push_back(all[next++]);
    }
    return chosen;
}

namespace detail {

/// What is measured of a curve, and the choice of what follows.
class BatchChoice {
public:
    BatchChoice(const SeedCurves& measured, const CurveFit& fit, const CurveDesign& design)
        : measured_(measured), fit_(fit), design_(design) {
        for (const double p : design.strengths)
            if (!std::ranges::binary_search(measured.strength, p)) open_.push_back(p);
        for (std::size_t i = 0; i < measured.strength.size(); ++i) {
            means_.push_back(0);
            for (const auto& seed : measured.accuracy) means_[i] += seed[i] / static_cast<double>(seeds());
        }
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
        if (const auto gap = steep_gap()) return CurveBatch{BatchKind::strengths, {*gap}, 0, now_};
        const bool is_told =
            fit_.status == CurveStatus::ok || fit_.status == CurveStatus::smooth || fit_.status == CurveStatus::misfit;
        if (const auto end_gap = open_plateau()) return CurveBatch{BatchKind::strengths, {*end_gap}, 0, now_};
        if (!is_told || !std::isfinite(now_) || seeds() < 3) return more_seeds(1);
        return std::nullopt;
    }

    /// The first of a plan's new strengths, a quarter more at most. Of those added since the first round every fourth
    /// lies in the widest gap, wherever the curve says that more is to be learned: a wrong curve is noticed.
    CurveBatch first_of(const std::vector<double>& planned) const {
        CurveBatch batch{BatchKind::strengths, {}, 0, now_};
        const auto k = measured_.strength.size();
        auto added = k - std::min(design_.first, k);
        for (std::size_t i = 0; i < std::min(quarter(k), planned.size()); ++i) {
            const auto gap = ++added % 4 == 0 ? widest_gap() : std::nullopt;
            const double p = gap.value_or(planned[i]);
            if (std::ranges::find(batch.strengths, p) == batch.strengths.end()) batch.strengths.push_back(p);
        }
        std::ranges::sort(batch.strengths);
        return batch;
    }
    /// The strengths that may be measured, and were not.
    const std::vector<double>& open() const { return open_; }
    /// At most a quarter more at once: rounds stay few, and what a round teaches is used soon.
    static std::size_t quarter(std::size_t n) { return std::max<std::size_t>(1, n / 4); }

private:
    std::size_t seeds() const { return measured_.accuracy.size(); }
    CurveBatch end(BatchKind kind) const { return {kind, {}, 0, now_}; }

    CurveBatch more_seeds(std::size_t wanted) const {
        if (wanted == 0 || seeds() >= design_.most_seeds) return end(BatchKind::exhausted);
        return {BatchKind::seeds, {}, std::min(wanted, design_.most_seeds - seeds()), now_};
    }
    /// The strength that may be measured nearest to the middle between two that were; nothing where none lies between.
    std::optional<double> between(double left, double right) const {
        std::optional<double> best;
        const double middle = left + (right - left) / 2;
        for (const double p : open_)
            if (p > left && p < right && (!best || std::abs(p - middle) < std::abs(*best - middle))) best = p;
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
    double quantile(std::size_t seeds) const {
        return student_t_quantile(fit_.options.confidence, static_cast<double>(seeds - 1));
    }
    /// Half width expected of so many seeds, whose quantity has the variance `variance / seeds`.
    double expected(double variance, std::size_t seeds) const {
        return scale_ * quantile(seeds) * std::sqrt(variance / static_cast<double>(seeds));
    }
    /// The cheapest way to the goal, all of whose runs cost the same: of the plans
    ///     m more strengths, each where it lowers the variance most, and the fewest seeds that then suffice,
    /// the one with the fewest runs (k + m) seeds. The part of it that is larger, measured by the factor by which
    /// strengths or seeds grow, comes first.
    CurveBatch best() {
        const auto noise = estimate_seed_noise(measured_, fit_.curve, fit_.options.test_images);
        ExpectedVariance variance(fit_, design_.quantity, noise, design_.strengths.back() - design_.strengths.front());
        for (const double p : measured_.strength) variance.add(p);
        scale_ =
            design_.quantity == CurveQuantity::slope ? fit_.slope.value : 1;  // its variance is that of the logarithm
        const double modelled = expected(variance.total(), seeds());
        if (now_ <= design_.half_width) {
            const bool is_sure = surely(variance) <= 1.25 * design_.half_width || seeds() >= design_.most_seeds;
            return is_sure ? end(BatchKind::reached) : more_seeds(1);
        }
        scale_ *= std::max(1.0, now_ / modelled);
        const auto plan = cheapest(variance);
        const double k = static_cast<double>(measured_.strength.size());
        const bool misses_much = now_ > 1.5 * modelled;  // the family is open, say, which more strengths tell
        if (misses_much || knows_little(noise))
            if (auto batch = first_of(most_telling(variance)); !batch.strengths.empty()) return batch;
        if (!plan) return more_seeds(quarter(seeds()));
        const double more_strengths = static_cast<double>(plan->strengths.size()) / k,
                     more_seeds_needed = static_cast<double>(plan->seeds) / static_cast<double>(seeds()) - 1;
        if (!plan->strengths.empty() && more_strengths >= more_seeds_needed) return first_of(plan->strengths);
        return more_seeds(std::min(quarter(seeds()), plan->seeds - seeds()));
    }
    /// Half width of the noise model, with a shift that is larger by twice its standard error: few seeds that shift
    /// little by chance do not end it.
    double surely(const ExpectedVariance& variance) const {
        const double error = 2 * std::sqrt(2 / static_cast<double>(seeds() - 1));
        return expected(variance.total() + error * variance.shift(), seeds());
    }
    struct Plan {
        std::vector<double> strengths;  ///< new ones, in the order of what they tell
        std::size_t seeds;              ///< in all
    };
    std::optional<Plan> cheapest(ExpectedVariance variance) const {
        std::optional<Plan> best;
        std::vector<double> added;
        auto open = open_;
        std::size_t fewest = std::numeric_limits<std::size_t>::max();
        for (auto seeds = design_.most_seeds;;) {
            if (expected(variance.total(), seeds) <= design_.half_width) {
                while (seeds > this->seeds() && expected(variance.total(), seeds - 1) <= design_.half_width) --seeds;
                const auto runs = seeds * (measured_.strength.size() + added.size());
                if (runs < fewest) fewest = runs, best = Plan{added, seeds};
            }
            if (open.empty()) return best;
            const double p = best_strength(variance, open);
            variance.add(p), added.push_back(p), std::erase(open, p);
        }
    }
    /// A quarter more strengths, each where it lowers the variance most.
    std::vector<double> most_telling(ExpectedVariance variance) const {
        std::vector<double> added;
        auto open = open_;
        while (!open.empty() && added.size() < quarter(measured_.strength.size())) {
            const double p = best_strength(variance, open);
            variance.add(p), added.push_back(p), std::erase(open, p);
        }
        return added;
    }
    static double best_strength(const ExpectedVariance& variance, const std::vector<double>& open) {
        return std::ranges::min(open, {}, [&](double p) { return variance.with(p); });
    }
    /// Whether less than three strengths, weighed by what they tell of p_star, stand behind it: then a shift of whole
    /// curves cannot be told from noise of single runs.
    bool knows_little(const SeedNoise& noise) const {
        double sum = 0, squares = 0;
        for (const double p : measured_.strength) {
            const double rate = fit_.curve.derivative(p);
            const double told = rate * rate / noise.variance(fit_.curve, p, fit_.options.test_images);
            if (std::isfinite(told)) sum += told, squares += told * told;
        }
        return sum * sum < 3 * squares;
    }
    const SeedCurves& measured_;
    const CurveFit& fit_;
    const CurveDesign& design_;
    std::vector<double> open_, means_;
    double now_ = 0, scale_ = 1;
};

}  // namespace detail

/// The next batch of runs, a pure function of what is measured and fitted so far, so that a curve that is measured
/// batch by batch takes the same runs whenever it is done again:
///
///     SeedCurves measured = ...;                      // first_strengths(design), design.least_seeds
///     auto batch = next_batch(measured, fit_curve(measured, options), design);
///     while (!batch.is_end()) {
///         ...                                         // measure batch.strengths with all seeds, or batch.seeds new
///         ones batch = next_batch(measured, fit_curve(measured, options), design);
///     }
///
/// A batch is either new strengths with all seeds or new seeds at all strengths: then every seed keeps its whole curve,
/// which the bootstrap over seeds needs (`fit_curve`), and which alone tells a shift of whole curves from noise. All
/// runs of a curve cost the same. In this order:
/// - a strength in the middle of the steepest fall between neighbours, while half of the drop lies there;
/// - a strength next to the end whose plateau is not seen;
/// - strengths where they tell most, while the interval is 1.5 times as wide as the fitted curve explains (its family
///   is open), or less than three strengths stand behind the quantity;
/// - the cheapest way to the goal. The variance that runs lead to is that of the Fisher information of the fitted
///   curve, with the noise that the seeds show (`estimate_seed_noise`); of all plans, m more strengths and the fewest
///   seeds that then suffice, the one with the fewest runs is followed, by a quarter more strengths or seeds at once.
/// Every fourth new strength lies in the widest gap, so that a wrong curve is noticed.
///
/// `reached` asks for an interval as narrow as wanted, and for one of the noise model, its shift enlarged by twice its
/// standard error, that is at most 1.25 times as wide: an interval of few seeds may be narrow by luck. Until then, or
/// until there are the most seeds, a seed is added.
///
/// `fit` is that of `measured`, with the intervals of its seeds. Throws std::invalid_argument for a design that is not
/// valid, and for fewer than two seeds or strengths.
///
/// Sources: the sequential choice of the most informative stimulus is that of Kontsevich & Tyler, Vision Research 39
/// (1999) 2729, and Watson, "QUEST+", Journal of Vision 17 (2017) 10; here runs come in whole seeds and are many.
inline CurveBatch next_batch(const SeedCurves& measured, const CurveFit& fit, const CurveDesign& design) {
    design.validate();
    require(measured.accuracy.size() >= 2, "next_batch", "number of seeds", measured.accuracy.size(), "be at least 2");
    require(measured.strength.size() >= 2, "next_batch", "number of strengths", measured.strength.size(),
            "be at least 2");
    return detail::BatchChoice(measured, fit, design).choose();
}

}  // namespace pstar
