#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include <pstar/statistics/estimate.hpp>

/// The numbers that a fitted curve gives, each on the scale on which its estimate is nearest to normal.
namespace pstar {

enum class CurveQuantity {
    p_star,    ///< the midpoint
    width,     ///< on a logarithmic scale
    slope,     ///< |A'(p_star)|, on a logarithmic scale
    lower,     ///< level
    upper,     ///< level
    crossing,  ///< the strength at which the curve passes a chosen level
};

inline constexpr std::array curve_quantities{CurveQuantity::p_star, CurveQuantity::width, CurveQuantity::slope,
                                             CurveQuantity::lower,  CurveQuantity::upper, CurveQuantity::crossing};

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
        default:
            return curve.crossing(level);
    }
}

/// d(coordinate) / d(parameter).
template <class Curve>
typename Curve::Gradient coordinate_gradient(const Curve& curve, CurveQuantity quantity, double level) {
    switch (quantity) {
        case CurveQuantity::p_star:
            return {1, 0, 0, 0};
        case CurveQuantity::width:
            return {0, 1 / curve.width, 0, 0};
        case CurveQuantity::slope: {
            const double drop = curve.upper - curve.lower;
            return {0, -1 / curve.width, -1 / drop, 1 / drop};
        }
        case CurveQuantity::lower:
            return {0, 0, 1, 0};
        case CurveQuantity::upper:
            return {0, 0, 0, 1};
        default: {  // A(x) = level stays true: dx = -dA / A'(x)
            const double x = curve.crossing(level);
            const auto g = curve.gradient(x);
            const double along = -curve.derivative(x);
            return {g.p_star / along, g.width / along, g.lower / along, g.upper / along};
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
    seeds,    ///< bootstrap over seeds, each with its whole curve
    images,   ///< bootstrap over test images
    bracket,  ///< a step: the strengths on either side of it
};

constexpr std::string_view to_string(IntervalSource source) {
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
        case IntervalSource::bracket:
            return "bracket";
    }
    return "unknown";
}

/// Every quantity with its interval.
struct CurveIntervals {
    Estimate p_star, width, slope, lower, upper, crossing;
    IntervalSource source = IntervalSource::none;
    double interval_dof = 0;  ///< degrees of freedom of Student's t behind the interval of p_star; infinite: normal

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
            default:
                return crossing;
        }
    }
};

}  // namespace pstar
