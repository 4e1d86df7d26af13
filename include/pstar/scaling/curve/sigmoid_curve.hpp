#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>

#include <unsupported/Eigen/SpecialFunctions>

#include <pstar/core/error.hpp>
#include <pstar/core/math.hpp>
#include <pstar/scaling/curve/plateau.hpp>

namespace pstar {

/// Shapes of a transition. With t growing towards small strengths and F(0) = 1/2 for all:
enum class SigmoidFamily {
    logistic,         ///< F(t) = 1 / (1 + exp(-t)): symmetric, exponential tails
    gaussian,         ///< F(t) = Phi(t), the normal distribution function: symmetric, short tails
    gumbel,           ///< F(t) = 2^(-exp(-t)): errors grow slowly, then the rest is lost fast
    reversed_gumbel,  ///< F(t) = 1 - 2^(-exp(t)): the knee is sharp, the tail long
    weibull,          ///< F = 2^(-(p / p_star)^k): `gumbel` in log p; strengths >= 0, no loss at 0
};

/// All of them.
inline constexpr std::array sigmoid_families{SigmoidFamily::logistic, SigmoidFamily::gaussian, SigmoidFamily::gumbel,
                                             SigmoidFamily::reversed_gumbel, SigmoidFamily::weibull};

inline std::string to_string(SigmoidFamily family) {
    switch (family) {
        case SigmoidFamily::logistic:
            return "logistic";
        case SigmoidFamily::gaussian:
            return "gaussian";
        case SigmoidFamily::gumbel:
            return "gumbel";
        case SigmoidFamily::reversed_gumbel:
            return "reversed_gumbel";
        case SigmoidFamily::weibull:
            return "weibull";
    }
    return "unknown";
}

/// The family of a name, `gumbel` say; nothing for `automatic`: the one of least AIC. Throws std::invalid_argument for
/// any other word.
inline std::optional<SigmoidFamily> family_named(std::string_view name) {
    for (const auto family : sigmoid_families)
        if (to_string(family) == name) return family;
    require(name == "automatic", "family_named", "name", name,
            "be automatic, logistic, gaussian, gumbel, reversed_gumbel or weibull");
    return std::nullopt;
}

namespace detail {

/// F(t) and F'(t), finite for any t.
struct FamilyValue {
    double value, derivative;
};

inline FamilyValue family_value(SigmoidFamily family, double t) {
    constexpr double ln2 = std::numbers::ln2;
    switch (family) {
        case SigmoidFamily::logistic:
            return {logistic(t), logistic(t) * logistic(-t)};
        case SigmoidFamily::gaussian:
            return {normal_cdf(t), std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi)};
        case SigmoidFamily::reversed_gumbel: {
            const double e = std::exp(std::min(t, 7.0)), rest = std::exp(-ln2 * e);  // 2^-e^7 is below 1e-300
            return {-std::expm1(-ln2 * e), ln2 * e * rest};
        }
        default: {
            const double e = std::exp(std::min(-t, 7.0)), value = std::exp(-ln2 * e);
            return {value, ln2 * e * value};
        }
    }
}

/// t with F(t) = q, for q in [0, 1]; infinite at the ends.
inline double family_inverse(SigmoidFamily family, double q) {
    switch (family) {
        case SigmoidFamily::logistic:
            return std::log(q) - std::log1p(-q);
        case SigmoidFamily::gaussian:
            return Eigen::numext::ndtri(q);
        case SigmoidFamily::reversed_gumbel:
            return std::log(-std::log1p(-q) / std::numbers::ln2);
        default:
            return -std::log(-std::log(q) / std::numbers::ln2);
    }
}

/// Where F' is largest, and F' there.
struct FamilyPeak {
    double t, density;
};

/// For Weibull that of Gumbel: in log p.
inline FamilyPeak family_steepest(SigmoidFamily family) {
    constexpr double ln_ln2 = -0.36651292058166435;
    switch (family) {
        case SigmoidFamily::logistic:
            return {0, 0.25};
        case SigmoidFamily::gaussian:
            return {0, 1 / std::sqrt(2 * std::numbers::pi)};
        case SigmoidFamily::reversed_gumbel:
            return {-ln_ln2, 1 / std::numbers::e};
        default:
            return {ln_ln2, 1 / std::numbers::e};
    }
}

}  // namespace detail

/// A curve that falls from a plateau to `lower` as the strength p grows:
///     A(p) = lower + (u(p) - lower) F(t),   t = t_0 + (p_star - p) / width,   u(p) = upper - plateau.loss(p),
/// with F of the family; for Weibull t = t_0 + k log(p_star / p), k = p_star / width. A negative width makes the curve
/// rise. `p_star` and `width` carry the unit of p, the levels the unit of A. On a level plateau u = upper and t_0 = 0.
///
/// `p_star` is where half of the drop is lost, A(p_star) = (lower + upper) / 2, in every family: on a plateau that
/// slopes `upper` is its height at `plateau.first`, and F(t_0) = (upper - lower) / (2 (u(p_star) - lower)). There is no
/// such curve, and all its values are NaN, where the plateau itself lies below half height at `p_star`.
///
/// `slope` is the steepest |A'|, at `steepest`. On a level plateau it is |upper - lower| max F' / |width| with max F' =
/// 1/4, 1/sqrt(2 pi), 1/e, 1/e; the symmetric families are steepest at p_star.
///
/// Source: Wichmann & Hill, "The psychometric function: I", Perception & Psychophysics 63 (2001) 1293; the families as
/// in Schuett et al., Vision Research 122 (2016) 105, read as the share of errors, and moved to the half height.
struct SigmoidCurve {
    double p_star = 0;  ///< the midpoint; positive for Weibull
    double width = 1;   ///< scale of the transition; not 0
    double lower = 0;   ///< level for p >> p_star (when it falls)
    double upper = 1;   ///< level for p << p_star (when it falls), at `plateau.first` if it slopes
    SigmoidFamily family = SigmoidFamily::logistic;
    Plateau plateau = {};

    /// dA/d(parameter) at one strength.
    struct Gradient {
        double p_star, width, lower, upper, fall = 0, bend = 0;
    };

    /// A(p), without overflow for any p. Weibull: p >= 0.
    double operator()(double p) const {
        const double above = detail::family_value(family, depth(p)).value;
        return above == 0 ? lower : lower + height(p) * above;
    }

    /// With H = u(p) - lower, h = u(p_star) - lower and D = upper - lower,
    ///     dA = (1 - F) dlower + F du + H F'(t) dt,   dt = dt_0 + dp_star / width - (t - t_0) dwidth / width,
    ///     dt_0 = (dD / h - D dh / h^2) / (2 F'(t_0)).
    Gradient gradient(double p) const {
        const double t0 = offset(), t = depth(p);
        const auto [above, density] = detail::family_value(family, t);
        Gradient g{0, 0, 1 - above, above};
        if (above > 0) {
            const double s = p - plateau.first;
            g.fall = -s * above, g.bend = -s * s * above;
        }
        const double steepness = height(p) * density;
        if (density == 0 || std::isinf(t)) return g;
        const double along = family == SigmoidFamily::weibull ? 1 + std::log(p_star / p) : 1;
        g.p_star = steepness * along / width;
        g.width = -(t - t0) * steepness / width;
        add_offset(g, t0, steepness);
        return g;
    }

    /// dA/dp = -plateau.rate F - (u - lower) F'(t) / width; the last for Weibull divided by p / p_star.
    double derivative(double p) const {
        const auto [above, density] = detail::family_value(family, depth(p));
        const double steepness = density == 0 ? 0 : -height(p) * density / width;
        const double knee = family == SigmoidFamily::weibull ? steepness * p_star / p : steepness;
        return plateau.is_level() || above == 0 ? knee : knee - plateau.rate(p) * above;
    }

    /// Where the curve is steepest. A Weibull curve with k <= 1 is steepest at 0.
    double steepest() const {
        const double level = steepest_of_family();
        if (plateau.is_level()) return level;
        // between eight widths to either side; the maximum is single
        double low = level - 8 * std::abs(width), high = level + 8 * std::abs(width);
        if (family == SigmoidFamily::weibull) low = std::max(low, level * 1e-3);
        constexpr double golden = 0.6180339887498949;
        double a = high - golden * (high - low), b = low + golden * (high - low);
        double at_a = std::abs(derivative(a)), at_b = std::abs(derivative(b));
        for (int narrowing = 0; narrowing < 42; ++narrowing)
            if (at_a > at_b) {
                high = b, b = a, at_b = at_a, a = high - golden * (high - low), at_a = std::abs(derivative(a));
            } else {
                low = a, a = b, at_a = at_b, b = low + golden * (high - low), at_b = std::abs(derivative(b));
            }
        return (low + high) / 2;
    }

    /// |A'| there, in accuracy per unit of strength; infinite for a Weibull curve with k < 1.
    double slope() const {
        if (family == SigmoidFamily::weibull) {
            const double k = p_star / width;
            if (k < 1) return std::numeric_limits<double>::infinity();
            if (k == 1) return std::abs(upper - lower) * std::numbers::ln2 / p_star;
        } else if (plateau.is_level()) {
            return std::abs((upper - lower) / width) * detail::family_steepest(family).density;
        }
        return std::abs(derivative(steepest()));
    }

    /// The strength at which the curve passes a level between `lower` and `upper`; NaN for a level it does not pass.
    double crossing(double level) const {
        const double share = (level - lower) / (upper - lower);
        if (!(share > 0 && share < 1)) return std::numeric_limits<double>::quiet_NaN();
        if (!plateau.is_level()) return crossing_below_plateau(level);
        const double t = detail::family_inverse(family, share);
        return family == SigmoidFamily::weibull ? p_star * std::exp(-t * width / p_star) : p_star - width * t;
    }

    void validate() const {
        require(std::isfinite(p_star), "SigmoidCurve", "p_star", p_star, "be finite");
        require(family != SigmoidFamily::weibull || p_star > 0, "SigmoidCurve", "p_star", p_star,
                "be positive for the Weibull family");
        require(std::isfinite(width) && width != 0, "SigmoidCurve", "width", width, "be finite and not 0");
        require(std::isfinite(lower), "SigmoidCurve", "lower", lower, "be finite");
        require(std::isfinite(upper), "SigmoidCurve", "upper", upper, "be finite");
        require(std::isfinite(plateau.first) && std::isfinite(plateau.fall) && std::isfinite(plateau.bend),
                "SigmoidCurve", "fall of the plateau", plateau.fall, "be finite, as its bend and its first strength");
    }

private:
    double height(double p) const { return upper - lower - (plateau.is_level() ? 0 : plateau.loss(p)); }

    /// t_0, that of the half height; NaN where the plateau lies below it.
    double offset() const {
        if (plateau.is_level()) return 0;
        const double share = (upper - lower) / (2 * height(p_star));
        if (!(share > 0 && share < 1)) return std::numeric_limits<double>::quiet_NaN();
        return detail::family_inverse(family, share);
    }
    /// The part of the gradient that comes from dt_0.
    void add_offset(Gradient& g, double t0, double steepness) const {
        const double drop = upper - lower, left = height(p_star), s = p_star - plateau.first;
        const double along = steepness / detail::family_value(family, t0).derivative / (2 * left * left);
        g.fall += along * drop * s, g.bend += along * drop * s * s;
        if (plateau.is_level()) return;
        g.upper += along * (left - drop), g.lower -= along * (left - drop);
        g.p_star += along * drop * plateau.rate(p_star);
    }
    /// t at p, how many widths before the middle of the transition.
    double depth(double p) const { return depth_on_level(p) + offset(); }
    double depth_on_level(double p) const {
        if (family != SigmoidFamily::weibull) return (p_star - p) / width;
        if (p == 0) return std::copysign(std::numeric_limits<double>::infinity(), width);
        return p_star / width * std::log(p_star / p);
    }
    /// The steepest place of the transition alone.
    double steepest_of_family() const {
        const double t0 = offset();
        if (family != SigmoidFamily::weibull) return p_star + width * (t0 - detail::family_steepest(family).t);
        const double k = p_star / width;
        if (k <= 1) return 0;
        return p_star * std::exp((t0 - std::log(std::numbers::ln2 * k / (k - 1))) / k);
    }
    /// By bisection: the curve falls from `plateau.first` on.
    double crossing_below_plateau(double level) const {
        double low = plateau.first, high = steepest_of_family() + 40 * std::abs(width);
        if (!((*this)(low) > level && (*this)(high) < level)) return std::numeric_limits<double>::quiet_NaN();
        for (int halving = 0; halving < 60; ++halving) {
            const double middle = (low + high) / 2;
            ((*this)(middle) > level ? low : high) = middle;
        }
        return (low + high) / 2;
    }
};

}  // namespace pstar
