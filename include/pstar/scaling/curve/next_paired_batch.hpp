#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/curve_design.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/curve/seed_noise.hpp>
#include <pstar/scaling/detail/batch_choice.hpp>
#include <pstar/scaling/detail/expected_variance.hpp>
#include <pstar/statistics/distributions.hpp>

/// Which runs of two curves to do next, for an interval of a given width of the difference of their midpoints.
namespace pstar {

/// New strengths of either curve with all seeds, or new seeds at all strengths of both.
struct PairedBatch {
    BatchKind kind = BatchKind::reached;                          ///< what is new, or why nothing is
    std::array<std::vector<double>, 2> strengths = {};            ///< new ones, of the first and of the second curve
    std::size_t seeds = 0;                                        ///< new ones, of both
    double half_width = std::numeric_limits<double>::infinity();  ///< of the interval of the difference now

    /// Whether there is nothing to do.
    bool is_end() const { return kind != BatchKind::runs; }
};

namespace detail {

/// The fit as if its family were known, as it is to the jackknife of `midpoint_difference`.
inline CurveFit with_known_family(CurveFit fit) {
    fit.options.family = fit.curve.family;
    return fit;
}

/// The choice of what follows for two curves measured with the same seeds.
class PairedChoice {
public:
    PairedChoice(const SeedCurves& first, const SeedCurves& second, const MidpointDifference& found,
                 const CurveDesign& design, std::array<double, 2> cost)
        : measured_{&first, &second},
          fits_{with_known_family(found.first), with_known_family(found.second)},
          found_(found),
          design_(design),
          cost_(cost),
          choice_{BatchChoice(by_strength(first), fits_[0], design_),
                  BatchChoice(by_strength(second), fits_[1], design_)} {
        design_.quantity = CurveQuantity::p_star, design_.whole_seeds = true;
    }
    PairedChoice(const PairedChoice&) = delete;

    PairedBatch choose() {
        if (found_.status == DifferenceStatus::ok) now_ = (found_.difference.high - found_.difference.low) / 2;
        if (const auto batch = needed()) return *batch;
        if (!std::isfinite(now_)) return more_seeds(1);
        return best();
    }

private:
    std::size_t seeds() const { return found_.seeds; }
    PairedBatch more_seeds(std::size_t wanted) const {
        const auto left = design_.most_seeds - std::min(design_.most_seeds, seeds());
        if (wanted == 0 || left == 0) return {BatchKind::exhausted, {}, 0, now_};
        return {BatchKind::runs, {}, std::min(wanted, left), now_};
    }
    /// What either curve lacks before anything can be planned.
    std::optional<PairedBatch> needed() {
        PairedBatch batch{BatchKind::runs, {}, 0, now_};
        bool wants_seeds = false, wants_strengths = false;
        for (std::size_t c = 0; c < 2; ++c) {
            const auto lacks = choice_[c].needed();
            if (!lacks) continue;
            if (lacks->kind == BatchKind::no_knee) return PairedBatch{BatchKind::no_knee, {}, 0, now_};
            batch.strengths[c] = whole_seeds_of(*lacks, measured_[c]->strength).strengths;
            wants_strengths = wants_strengths || !batch.strengths[c].empty();
            wants_seeds = wants_seeds || batch.strengths[c].empty();
        }
        if (wants_strengths) return batch;
        if (wants_seeds) return more_seeds(1);
        return std::nullopt;
    }
    /// Half width expected of so many seeds, whose difference has the variance `variance / seeds`.
    double expected(double variance, std::size_t seeds) const {
        const double t = student_t_quantile(fits_[0].options.confidence, static_cast<double>(seeds - 1));
        return scale_ * t * std::sqrt(variance / static_cast<double>(seeds));
    }

    struct Plan {
        std::array<std::vector<double>, 2> strengths = {};  ///< new ones, in the order of what they tell
        std::size_t seeds = 0;                              ///< in all
    };
    using Variances = std::array<ExpectedVariance, 2>;
    using Designs = std::array<std::vector<std::size_t>, 2>;  // of one seed: 1 at the strengths of either curve

    ExpectedVariance variance_of(std::size_t c) const {
        const auto& fit = fits_[c];
        auto noise = estimate_seed_noise(*measured_[c], fit.curve, fit.options.test_images);
        noise.shift = 0;  // of either curve; that of the difference is in `between_`
        return ExpectedVariance(fit, CurveQuantity::p_star, noise, choice_[c].strengths());
    }
    Designs designs() const {
        Designs result;
        for (std::size_t c = 0; c < 2; ++c)
            for (const auto seeds : choice_[c].seeds()) result[c].push_back(seeds > 0 ? 1 : 0);
        return result;
    }
    /// Of one seed, what the noise of single runs makes of the difference.
    static double own_variance(const Variances& variance, const Designs& designs) {
        return variance[0].of(designs[0]).variance + variance[1].of(designs[1]).variance;
    }
    /// What a run at the strength that tells most lowers the variance by, for its cost, and the number of the strength;
    /// negative where none is left.
    std::pair<double, std::size_t> gain(const ExpectedVariance& variance, const std::vector<std::size_t>& design,
                                        std::size_t c) const {
        std::pair<double, std::size_t> best{-1, 0};
        const double now = variance.of(design).variance;
        for (std::size_t j = 0; j < design.size(); ++j) {
            if (design[j] > 0) continue;
            auto after = design;
            after[j] = 1;
            const double gained = std::max(0.0, now - variance.of(after).variance) / cost_[c];
            if (gained > best.first) best = {gained, j};
        }
        return best;
    }
    std::optional<Plan> cheapest(const Variances& variance) const {
        std::optional<Plan> best;
        Plan plan;
        auto designs = this->designs();
        double least = std::numeric_limits<double>::infinity();
        for (auto seeds = design_.most_seeds;;) {
            const double whole = own_variance(variance, designs) + between_;
            if (expected(whole, seeds) <= design_.half_width) {
                while (seeds > this->seeds() && expected(whole, seeds - 1) <= design_.half_width) --seeds;
                const double cost = static_cast<double>(seeds) * (cost_of(0, plan) + cost_of(1, plan));
                if (cost < least) least = cost, best = plan, best->seeds = seeds;
            }
            const std::array gains{gain(variance[0], designs[0], 0), gain(variance[1], designs[1], 1)};
            const std::size_t c = gains[1].first > gains[0].first ? 1 : 0;
            if (gains[c].first < 0) return best;
            designs[c][gains[c].second] = 1, plan.strengths[c].push_back(choice_[c].strengths()[gains[c].second]);
        }
    }
    double cost_of(std::size_t c, const Plan& plan) const {
        return cost_[c] * static_cast<double>(measured_[c]->strength.size() + plan.strengths[c].size());
    }
    PairedBatch best() {
        const Variances variance{variance_of(0), variance_of(1)};
        const double own = own_variance(variance, designs()), n = static_cast<double>(seeds());
        between_ = std::max(0.0, n * found_.standard_error * found_.standard_error - own);
        const double modelled = expected(own + between_, seeds());
        if (now_ <= design_.half_width) {
            const double error = 2 * std::sqrt(2 / (n - 1));
            const bool is_sure = expected(own + (1 + error) * between_, seeds()) <= 1.25 * design_.half_width;
            if ((is_sure && seeds() >= design_.least_seeds) || seeds() >= design_.most_seeds)
                return {BatchKind::reached, {}, 0, now_};
            return more_seeds(1);
        }
        scale_ = std::max(1.0, now_ / modelled);
        const auto plan = cheapest(variance);
        if (!plan) return more_seeds(BatchChoice::quarter(seeds()));
        double had = 0, more = 0;
        for (std::size_t c = 0; c < 2; ++c) {
            had += cost_[c] * static_cast<double>(measured_[c]->strength.size());
            more += cost_[c] * static_cast<double>(plan->strengths[c].size());
        }
        if (more > 0 && more / had >= static_cast<double>(plan->seeds) / n - 1) {
            PairedBatch batch{BatchKind::runs, {}, 0, now_};
            for (std::size_t c = 0; c < 2; ++c) batch.strengths[c] = choice_[c].first_of(plan->strengths[c]);
            return batch;
        }
        return more_seeds(std::clamp<std::size_t>(plan->seeds - seeds(), 1, BatchChoice::quarter(seeds())));
    }

    std::array<const SeedCurves*, 2> measured_;
    std::array<CurveFit, 2> fits_;
    const MidpointDifference& found_;
    CurveDesign design_;
    std::array<double, 2> cost_;
    std::array<BatchChoice, 2> choice_;
    double now_ = std::numeric_limits<double>::infinity(), between_ = 0, scale_ = 1;
};

}  // namespace detail

/// The next batch of runs for the interval of a difference of midpoints, a pure function of what is measured so far.
/// Both curves have the same seeds (row r of either is seed r; see `paired`), and strengths of their own. `found` is
/// their `midpoint_difference`; `cost` what a run of either takes, in any unit. First, as in `next_batch`, what either
/// curve lacks. Then the variance of the difference of one seed is split,
///     n s^2 = v_1 + v_2 + between,
/// with s the jackknife's error, v_i what the noise of single runs makes of the midpoint of curve i (Fisher
/// information), and `between` the rest: shifts of whole curves that differ between the two, which more seeds alone
/// average. A shift that both curves share costs nothing. Of all plans, m more strengths where they tell most for their
/// cost and the fewest seeds that then suffice, the cheapest is followed, a quarter more at once.
///
/// `reached` as in `next_batch`. `design.quantity` is ignored. Throws std::invalid_argument for a design that is not
/// valid, fewer than two seeds or strengths, other numbers of seeds than `found.seeds`, or a cost that is not positive.
inline PairedBatch next_paired_batch(const SeedCurves& first, const SeedCurves& second, const MidpointDifference& found,
                                     const CurveDesign& design, std::array<double, 2> cost = {1, 1}) {
    constexpr auto where = "next_paired_batch";
    design.validate();
    for (const auto* curve : {&first, &second}) {
        require(curve->accuracy.size() == found.seeds, where, "number of seeds", curve->accuracy.size(),
                "be that of the difference, " + std::to_string(found.seeds));
        require(curve->accuracy.size() >= 2, where, "number of seeds", curve->accuracy.size(), "be at least 2");
        require(curve->strength.size() >= 2, where, "number of strengths", curve->strength.size(), "be at least 2");
    }
    for (const double one : cost) require(one > 0 && std::isfinite(one), where, "cost", one, "be positive and finite");
    return detail::PairedChoice(first, second, found, design, cost).choose();
}

}  // namespace pstar
