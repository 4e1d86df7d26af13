#pragma once

#include <cmath>

#include <pstar/core/error.hpp>
#include <pstar/core/math.hpp>

namespace pstar {

/// A curve that falls from `upper` to `lower` as the strength p grows:
///     A(p) = lower + (upper - lower) / (1 + exp((p - p_star) / width)).
/// A negative width makes it rise. `p_star` and `width` carry the unit of p, the levels the unit of A.
/// Half way down, A(p_star) = (lower + upper) / 2, it is steepest: |A'(p_star)| = |upper - lower| / (4 |width|).
struct LogisticCurve {
    double p_star = 0;  ///< the midpoint
    double width = 1;   ///< e-folding width of both tails; not 0
    double lower = 0;   ///< level for p >> p_star (when it falls)
    double upper = 1;   ///< level for p << p_star (when it falls)

    /// dA/d(parameter) at one strength.
    struct Gradient {
        double p_star, width, lower, upper;
    };

    /// A(p), without overflow for any p.
    double operator()(double p) const { return lower + (upper - lower) * logistic((p_star - p) / width); }

    /// With t = (p_star - p) / width, F = 1 / (1 + exp(-t)) and F' = F (1 - F):
    ///     dA = (upper - lower) F' (dp_star - t dwidth) / width + (1 - F) dlower + F dupper.
    Gradient gradient(double p) const {
        const double t = (p_star - p) / width;
        const double above = logistic(t), below = logistic(-t);
        const double steepness = (upper - lower) * above * below / width;
        return {steepness, steepness == 0 ? 0 : -t * steepness, below, above};
    }

    /// |A'(p_star)|, the steepest slope, in accuracy per unit of strength.
    double slope() const { return std::abs((upper - lower) / (4 * width)); }

    void validate() const {
        require(std::isfinite(p_star), "LogisticCurve", "p_star", p_star, "be finite");
        require(std::isfinite(width) && width != 0, "LogisticCurve", "width", width, "be finite and not 0");
        require(std::isfinite(lower), "LogisticCurve", "lower", lower, "be finite");
        require(std::isfinite(upper), "LogisticCurve", "upper", upper, "be finite");
    }
};

}  // namespace pstar
