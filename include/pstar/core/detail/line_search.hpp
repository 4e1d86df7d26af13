#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

namespace pstar::detail {

/// phi(step) = f(x + step d) on a line, and its slope phi'(step).
template <class Scalar>
struct LineTrial {
    Scalar step, value, slope;
};

/// A line search for the strong Wolfe conditions
///     phi(a) <= phi(0) + c1 a phi'(0)   and   |phi'(a)| <= c2 |phi'(0)|.
/// Values that differ by less than the objective's own noise count as equal; then slopes decide. Values that are not
/// finite count as too high.
/// Source: Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 3.5 and 3.6, cubic interpolation (3.59).
template <class Scalar>
class WolfeSearch {
    using Trial = LineTrial<Scalar>;

public:
    template <class Options>
    explicit WolfeSearch(const Options& options)
        : c1_(static_cast<Scalar>(options.sufficient_decrease)),
          c2_(static_cast<Scalar>(options.curvature)),
          noise_(options.value_noise > 0 ? static_cast<Scalar>(options.value_noise)
                                         : 4 * std::numeric_limits<Scalar>::epsilon()),
          budget_(options.max_evaluations_per_iteration) {}

    /// `evaluate(step)` gives a LineTrial; the trial returned is the last that was evaluated. Nothing if no step will
    /// do.
    template <class Evaluate>
    std::optional<Trial> operator()(const Trial& start, const Evaluate& evaluate) const {
        if (!(start.slope < 0)) return std::nullopt;
        auto before = start;
        Scalar step = 1;
        for (std::size_t used = 1; used <= budget_; ++used) {
            const auto now = evaluate(step);
            if (!decreases(start, now) || (used > 1 && !lower(now, before, start)))
                return zoom(start, before, now, evaluate, budget_ - used);
            if (flat(start, now)) return now;
            if (now.slope >= 0) return zoom(start, now, before, evaluate, budget_ - used);
            before = now;
            step *= 3;
        }
        return std::nullopt;
    }

private:
    Scalar slack(const Trial& start) const { return noise_ * std::abs(start.value); }
    bool decreases(const Trial& start, const Trial& now) const {
        return now.value <= start.value + c1_ * now.step * start.slope + slack(start) && std::isfinite(now.slope);
    }
    bool lower(const Trial& now, const Trial& than, const Trial& start) const {
        return now.value < than.value + slack(start);
    }
    bool flat(const Trial& start, const Trial& now) const { return std::abs(now.slope) <= -c2_ * start.slope; }

    /// A minimum lies between: `low` is the lower end and decreases enough, its slope points to `high`.
    template <class Evaluate>
    std::optional<Trial> zoom(const Trial& start, Trial low, Trial high, const Evaluate& evaluate,
                              std::size_t budget) const {
        for (; budget > 0; --budget) {
            const Scalar step = between(low, high);
            if (step == low.step || step == high.step) break;  // no number lies between
            const auto now = evaluate(step);
            if (!decreases(start, now) || !lower(now, low, start)) {
                high = now;
            } else {
                if (flat(start, now)) return now;
                if (now.slope * (high.step - low.step) >= 0) high = low;
                low = now;
            }
        }
        if (low.step > 0 && low.value < start.value) return evaluate(low.step);  // lower, though too steep
        return std::nullopt;
    }

    /// The minimum of the cubic through both values and slopes, kept off the ends by a tenth of the interval.
    static Scalar between(const Trial& low, const Trial& high) {
        const Scalar width = high.step - low.step;
        const Scalar d1 = low.slope + high.slope - 3 * (low.value - high.value) / (low.step - high.step);
        const Scalar d2 = std::copysign(std::sqrt(d1 * d1 - low.slope * high.slope), width);
        const Scalar at = high.step - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2);
        const Scalar share = (at - low.step) / width;
        return low.step + width * (std::isfinite(share) ? std::clamp(share, Scalar(0.1), Scalar(0.9)) : Scalar(0.5));
    }

    Scalar c1_, c2_, noise_;
    std::size_t budget_;
};

}  // namespace pstar::detail
