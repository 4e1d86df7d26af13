#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/detail/curve_draws.hpp>
#include <pstar/scaling/detail/quantity_response.hpp>

namespace pstar {

namespace detail {

/// The least deviance of curves that hold a quantity at a value, for values further and further from the best.
template <class Curve>
class CurveProfile {
public:
    CurveProfile(const CurveData& data, const KnownLevels& levels, const CurveMinimum<Curve>& best,
                 CurveQuantity quantity, double level, double error)
        : data_(data), levels_(levels), best_(best), quantity_(quantity), level_(level), error_(error) {}

    /// Where the deviance has risen by `quantile`^2 above its least, upwards (sign 1) or downwards (-1). Infinite when
    /// it does not rise so far within `reach`. The root of the rise is nearly a straight line, which every step
    /// follows.
    double end(double sign, double quantile, double reach) {
        start_ = best_.curve;
        double inside = 0, outside = reach, away = std::min(quantile * error_, reach);
        for (int step = 0; step < 40; ++step) {
            const double ratio = std::sqrt(rise(sign * away)) / quantile;
            if (std::abs(ratio - 1) < 1e-4) return centre() + sign * away;
            if (ratio < 1 && away >= reach) return sign * std::numeric_limits<double>::infinity();
            (ratio < 1 ? inside : outside) = away;
            const double next = ratio > 0 ? std::min(away / ratio, 3 * away) : 3 * away;
            away = next > inside && next < outside ? next
                   : outside == reach && ratio < 1 ? std::min(next, reach)
                                                   : (inside + outside) / 2;
            if (outside - inside < 1e-9 * outside) break;
        }
        return centre() + sign * away;
    }

private:
    double centre() const { return coordinate(best_.curve, quantity_, level_); }
    double rise(double away) {
        // a tight spring instead of an exact constraint: it gives by about 1e-6 standard errors
        const HeldQuantity held{quantity_, centre() + away, 1e-3 * error_, level_};
        const auto fit = descend(data_, levels_, start_, 1e-9, 200, &held);
        if (falls(fit.curve)) start_ = fit.curve;
        return std::isfinite(fit.deviance) ? std::max(0.0, fit.deviance - best_.deviance)
                                           : std::numeric_limits<double>::infinity();
    }

    const CurveData& data_;
    const KnownLevels& levels_;
    const CurveMinimum<Curve>& best_;
    CurveQuantity quantity_;
    double level_, error_;
    Curve start_;
};

}  // namespace detail

/// Profile likelihood: a value of a quantity lies inside its interval when the best curve that has it is no worse than
///     deviance <= least deviance + quantile^2,
/// with Student's t for `quantile` (times an inflation, if any). Not symmetric, and the same on any scale. An end is
/// infinite when no curve within reach is that bad: a level that nothing pins down, a slope without upper bound.
/// `best` minimises the deviance of `data`. Source: Venzon & Moolgavkar, Applied Statistics 37 (1988) 87.
template <class Curve>
CurveIntervals profile_intervals(const CurveData& data, const KnownLevels& levels, const CurveMinimum<Curve>& best,
                                 double level, double quantile) {
    const auto response = detail::responses(data, levels, best.curve, level);
    const double range = data.x[data.x.size() - 1] - data.x[0];
    return detail::intervals_of(
        levels, detail::coordinates_of(best.curve, level), IntervalSource::profile, [&](std::size_t k, double value) {
            const auto quantity = curve_quantities[k];
            const bool known = (quantity == CurveQuantity::lower && levels.lower) ||
                               (quantity == CurveQuantity::upper && levels.upper);
            const double error = response.row(static_cast<Eigen::Index>(k)).norm();
            if (known || !(error > 0) || !std::isfinite(error)) return open_interval(value);
            const bool place = quantity == CurveQuantity::p_star || quantity == CurveQuantity::crossing ||
                               quantity == CurveQuantity::steepest;
            const double reach = place ? 10 * range : is_logarithmic(quantity) ? 10 : 2;
            detail::CurveProfile<Curve> profile(data, levels, best, quantity, level, error);
            return Estimate{value, profile.end(-1, quantile, reach), profile.end(1, quantile, reach)};
        });
}

}  // namespace pstar
