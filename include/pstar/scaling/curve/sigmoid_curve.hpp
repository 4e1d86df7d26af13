#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

#include <unsupported/Eigen/SpecialFunctions>

#include <pstar/core/error.hpp>
#include <pstar/core/math.hpp>

namespace pstar {

/// Shapes of a transition. With t growing towards small strengths and F(0) = 1/2 for all:
enum class SigmoidFamily {
    logistic,         ///< F(t) = 1 / (1 + exp(-t)): symmetric, exponential tails
    gaussian,         ///< F(t) = Phi(t), the normal distribution function: symmetric, short tails
    gumbel,           ///< F(t) = 2^(-exp(-t)): errors grow slowly, then the rest is lost fast
    reversed_gumbel,  ///< F(t) = 1 - 2^(-exp(t)): the knee is sharp, the tail long
    weibull,          ///< F = 2^(-(p / p_star)^k): `gumbel` in log p; strengths >= 0, no loss at 0
};

inline constexpr std::array sigmoid_families{SigmoidFamily::logistic, SigmoidFamily::gaussian, SigmoidFamily::gumbel,
                                             SigmoidFamily::reversed_gumbel, SigmoidFamily::weibull};

constexpr std::string_view to_string(SigmoidFamily family) {
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

/// F'(0): 1/4, 1/sqrt(2 pi), and (log 2)/2 for the others.
inline double family_steepness(SigmoidFamily family) {
    return family_value(family, 0).derivative;
}

}  // namespace detail

/// A curve that falls from `upper` to `lower` as the strength p grows:
///     A(p) = lower + (upper - lower) F(t),   t = (p_star - p) / width,
/// with F of the family; for Weibull t = k log(p_star / p), k = p_star / width. A negative width makes the curve rise.
/// `p_star` and `width` carry the unit of p, the levels the unit of A.
///
/// `p_star` is where half of the drop is lost, A(p_star) = (lower + upper) / 2, in every family. There
///     |A'(p_star)| = |upper - lower| F'(0) / |width|,   F'(0) = 1/4, 1/sqrt(2 pi), (log 2)/2, (log 2)/2, (log 2)/2;
/// the symmetric families are steepest there.
///
/// Source: Wichmann & Hill, "The psychometric function: I", Perception & Psychophysics 63 (2001) 1293; the families as
/// in Schuett et al., Vision Research 122 (2016) 105, read as the share of errors, and moved to the half height.
struct SigmoidCurve {
    double p_star = 0;  ///< the midpoint; positive for Weibull
    double width = 1;   ///< scale of the transition; not 0
    double lower = 0;   ///< level for p >> p_star (when it falls)
    double upper = 1;   ///< level for p << p_star (when it falls)
    SigmoidFamily family = SigmoidFamily::logistic;

    /// dA/d(parameter) at one strength.
    struct Gradient {
        double p_star, width, lower, upper;
    };

    /// A(p), without overflow for any p. Weibull: p >= 0.
    double operator()(double p) const { return lower + (upper - lower) * detail::family_value(family, depth(p)).value; }

    /// dA = (upper - lower) F'(t) (dt/dp_star dp_star - t/width dwidth) + (1 - F) dlower + F dupper.
    Gradient gradient(double p) const {
        const double t = depth(p);
        const auto [above, density] = detail::family_value(family, t);
        const double steepness = (upper - lower) * density / width;
        if (steepness == 0 || std::isinf(t)) return {0, 0, 1 - above, above};
        const double along = family == SigmoidFamily::weibull ? 1 + std::log(p_star / p) : 1;
        return {steepness * along, -t * steepness, 1 - above, above};
    }

    /// dA/dp = -(upper - lower) F'(t) / width; for Weibull divided by p / p_star.
    double derivative(double p) const {
        const double steepness = -(upper - lower) * detail::family_value(family, depth(p)).derivative / width;
        return family == SigmoidFamily::weibull ? steepness * p_star / p : steepness;
    }

    /// |A'(p_star)|, in accuracy per unit of strength.
    double slope() const { return std::abs((upper - lower) / width) * detail::family_steepness(family); }

    /// The strength at which the curve passes a level between `lower` and `upper`; NaN for a level it does not pass.
    double crossing(double level) const {
        const double share = (level - lower) / (upper - lower);
        if (!(share > 0 && share < 1)) return std::numeric_limits<double>::quiet_NaN();
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
    }

private:
    /// t, how many widths before the midpoint p lies.
    double depth(double p) const {
        if (family != SigmoidFamily::weibull) return (p_star - p) / width;
        if (p == 0) return std::copysign(std::numeric_limits<double>::infinity(), width);
        return p_star / width * std::log(p_star / p);
    }
};

}  // namespace pstar
