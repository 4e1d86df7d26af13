#pragma once

#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include <pstar/statistics/estimate.hpp>

/// The numbers that a fitted curve gives, each on the scale on which its estimate is nearest to normal.
namespace pstar {

/// The numbers of a curve that have intervals.
enum class CurveQuantity {
    p_star,    ///< the midpoint
    width,     ///< on a logarithmic scale
    slope,     ///< the steepest |A'|, on a logarithmic scale
    lower,     ///< level
    upper,     ///< level
    crossing,  ///< the strength at which the curve passes a chosen level
    steepest,  ///< the strength at which it is steepest
};

/// All of them.
inline constexpr std::array curve_quantities{CurveQuantity::p_star,  CurveQuantity::width, CurveQuantity::slope,
                                             CurveQuantity::lower,   CurveQuantity::upper, CurveQuantity::crossing,
                                             CurveQuantity::steepest};

/// The name of the member of `CurveIntervals`.
inline std::string to_string(CurveQuantity quantity) {
    constexpr std::array<std::string_view, curve_quantities.size()> names{"p_star", "width",    "slope",   "lower",
                                                                          "upper",  "crossing", "steepest"};
    return std::string(names[static_cast<std::size_t>(quantity)]);
}

/// Whether its errors are nearly normal on a logarithmic scale.
constexpr bool is_logarithmic(CurveQuantity quantity) {
    return quantity == CurveQuantity::width || quantity == CurveQuantity::slope;
}

/// The quantity on its scale; `level` is that of `crossing`.
template <class Curve>
double coordinate(const Curve& curve, CurveQuantity quantity, double level) {
    switch (quantity) {
        case CurveQuantity::p_star:
            return curve.p_star;
        case CurveQuantity::width:
            return std::log(curve.width);
        case CurveQuantity::slope:
            return std::log(curve.slope());
        case CurveQuantity::lower:
            return curve.lower;
        case CurveQuantity::upper:
            return curve.upper;
        case CurveQuantity::steepest:
            return curve.steepest();
        default:
            return curve.crossing(level);
    }
}

namespace detail {

/// `along` g, added to `sum`.
template <class Gradient>
void add_gradient(Gradient& sum, const Gradient& g, double along) {
    sum.p_star += along * g.p_star, sum.width += along * g.width;
    sum.lower += along * g.lower, sum.upper += along * g.upper;
    sum.fall += along * g.fall, sum.bend += along * g.bend;
}

/// d log |A'(p)| / d(parameter) at the steepest place p, whose own change counts for nothing there:
///     dA'/d(parameter) = d/dp (dA/d(parameter)), by a central difference over 1e-4 widths.
template <class Curve>
typename Curve::Gradient log_slope_gradient(const Curve& curve) {
    const double place = curve.steepest(), h = 1e-4 * curve.width, along = 1 / (2 * h * curve.derivative(place));
    typename Curve::Gradient sum{};
    add_gradient(sum, curve.gradient(place + h), along);
    add_gradient(sum, curve.gradient(place - h), -along);
    return sum;
}

/// d(steepest) / d(parameter): the second derivative stays 0 there, so that dp = -d(second) / third; differences over a
/// twentieth of the width.
template <class Curve>
typename Curve::Gradient steepest_gradient(const Curve& curve) {
    const double p = curve.steepest(), h = curve.width / 20;
    const double along = -1 / (curve.derivative(p + h) - 2 * curve.derivative(p) + curve.derivative(p - h));
    typename Curve::Gradient sum{};
    add_gradient(sum, curve.gradient(p + h), along);
    add_gradient(sum, curve.gradient(p), -2 * along);
    add_gradient(sum, curve.gradient(p - h), along);
    return sum;
}

}  // namespace detail

/// d(coordinate) / d(parameter).
template <class Curve>
typename Curve::Gradient coordinate_gradient(const Curve& curve, CurveQuantity quantity, double level) {
    switch (quantity) {
        case CurveQuantity::p_star:
            return {1, 0, 0, 0};
        case CurveQuantity::width:
            return {0, 1 / curve.width, 0, 0};
        case CurveQuantity::slope:
            return detail::log_slope_gradient(curve);
        case CurveQuantity::steepest:
            return detail::steepest_gradient(curve);
        case CurveQuantity::lower:
            return {0, 0, 1, 0};
        case CurveQuantity::upper:
            return {0, 0, 0, 1};
        default: {  // A(x) = level stays true: dx = -dA / A'(x)
            const double x = curve.crossing(level);
            typename Curve::Gradient sum{};
            detail::add_gradient(sum, curve.gradient(x), -1 / curve.derivative(x));
            return sum;
        }
    }
}

/// The estimate itself, from one on the quantity's scale.
inline Estimate on_own_scale(CurveQuantity quantity, const Estimate& estimate) {
    if (!is_logarithmic(quantity)) return estimate;
    return transformed(estimate, [](double x) { return std::exp(x); });
}

/// Where an interval comes from.
enum class IntervalSource {
    none,     ///< there is no interval
    profile,  ///< the likelihood: where the deviance rises by the quantile's square
    runs,     ///< bootstrap of the scatter between runs at each strength
    seeds,    ///< bootstrap over seeds, each with its whole curve, or with all of it that was measured
    images,   ///< bootstrap over test images
    errors,   ///< bootstrap of the errors of the points, which are known
    bracket,  ///< a step: the strengths on either side of it
};

inline std::string to_string(IntervalSource source) {
    switch (source) {
        case IntervalSource::none:
            return "none";
        case IntervalSource::profile:
            return "profile";
        case IntervalSource::runs:
            return "runs";
        case IntervalSource::seeds:
            return "seeds";
        case IntervalSource::images:
            return "images";
        case IntervalSource::errors:
            return "errors";
        case IntervalSource::bracket:
            return "bracket";
    }
    return "unknown";
}

/// Every quantity with its interval.
struct CurveIntervals {
    /// In units of strength: p_star, width, crossing, steepest; accuracy per unit: slope; accuracies: lower, upper.
    Estimate p_star, width, slope, lower, upper, crossing, steepest;
    IntervalSource source = IntervalSource::none;  ///< what stands behind them
    double interval_dof = 0;  ///< degrees of freedom of Student's t behind the interval of p_star; infinite: normal

    /// The estimate of a quantity.
    Estimate& operator[](CurveQuantity quantity) {
        switch (quantity) {
            case CurveQuantity::p_star:
                return p_star;
            case CurveQuantity::width:
                return width;
            case CurveQuantity::slope:
                return slope;
            case CurveQuantity::lower:
                return lower;
            case CurveQuantity::upper:
                return upper;
            case CurveQuantity::steepest:
                return steepest;
            default:
                return crossing;
        }
    }
};

}  // namespace pstar
