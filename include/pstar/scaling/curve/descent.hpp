#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <pstar/core/matrix.hpp>
#include <pstar/scaling/curve/count_likelihood.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/detail/least_squares.hpp>

/// Fits of any curve with the parameters (p_star, width, lower, upper), those of its plateau, and their gradient. What
/// is minimised is a sum of squares in both cases:
///     least squares  chi^2    = sum_i ((A(x_i) - y_i) / e_i)^2,
///     counts         deviance = sum_i 2 (log P_i(best mean) - log P_i(A(x_i))),
/// so that Levenberg and Marquardt's method finds the maximum likelihood as well.
/// The search runs in theta = (p_star, 1/width, free levels, plateau): the rate 1/width passes smoothly through 0,
/// where the curve is flat, and its sign decides whether the curve falls or rises.
namespace pstar {

/// Levels that are known beforehand (chance level 1/K, say), an empty one is fitted; and what of the plateau is fitted.
struct KnownLevels {
    std::optional<double> lower = std::nullopt;
    std::optional<double> upper = std::nullopt;
    int plateau = 0;  ///< 0: it is level, 1: its fall is fitted, 2: its fall and its bend

    /// How many parameters are fitted beside p_star and width.
    Eigen::Index free() const { return (lower ? 0 : 1) + (upper ? 0 : 1) + plateau; }
};

/// What the fit sees: abscissa x, ordinate y, error e > 0; all of size n. With `counts` (of size n, or empty) their
/// likelihood takes the place of the squares.
struct CurveData {
    Vector<double> x, y, e;
    std::vector<CountLikelihood> counts = {};

    /// How far a mean at point i lies from what was measured.
    Residual residual(Eigen::Index i, double mean) const {
        if (counts.empty()) return {(mean - y[i]) / e[i], 1 / e[i]};
        return counts[static_cast<std::size_t>(i)].residual(mean);
    }
};

/// Where a descent ended.
template <class Curve>
struct CurveMinimum {
    Curve curve;
    double deviance;  ///< or chi^2
    bool converged;
};

/// Holds a quantity of the curve at a value: adds ((quantity - value) / tightness)^2 to what is minimised.
struct HeldQuantity {
    CurveQuantity quantity;
    double value, tightness, level;
};

namespace detail {

/// theta -> residuals and their Jacobian, for `LevenbergMarquardt`.
template <class Curve>
class CurveResiduals {
public:
    CurveResiduals(const CurveData& data, const KnownLevels& levels, const Curve& shape,
                   const HeldQuantity* held = nullptr)
        : data_(data), levels_(levels), shape_(shape), held_(held), unit_(unit_of(data)) {}

    std::size_t parameters() const { return static_cast<std::size_t>(2 + levels_.free()); }
    std::size_t residuals() const { return points() + (held_ ? 1 : 0); }

    Curve curve(const FewParameters& theta) const {
        std::size_t next = 2;
        Curve result = shape_;
        result.p_star = theta[0] * unit_;
        result.width = unit_ / theta[1];
        result.lower = levels_.lower ? *levels_.lower : theta[next++];
        result.upper = levels_.upper ? *levels_.upper : theta[next++];
        if (levels_.plateau > 0) result.plateau.fall = theta[next++] / unit_;
        if (levels_.plateau > 1) result.plateau.bend = theta[next] / (unit_ * unit_);
        return result;
    }
    FewParameters theta(const Curve& curve) const {
        FewParameters result{curve.p_star / unit_, unit_ / curve.width};
        std::size_t next = 2;
        if (!levels_.lower) result[next++] = curve.lower;
        if (!levels_.upper) result[next++] = curve.upper;
        if (levels_.plateau > 0) result[next++] = curve.plateau.fall * unit_;
        if (levels_.plateau > 1) result[next] = curve.plateau.bend * unit_ * unit_;
        return result;
    }
    /// `scale` times the gradient by theta, from the one by the curve's parameters.
    template <class Gradient>
    FewParameters gradient_by_theta(const Curve& fitted, const Gradient& g, double scale = 1) const {
        FewParameters result{scale * g.p_star * unit_, -scale * g.width * fitted.width * (fitted.width / unit_)};
        std::size_t next = 2;
        if (!levels_.lower) result[next++] = scale * g.lower;
        if (!levels_.upper) result[next++] = scale * g.upper;
        if (levels_.plateau > 0) result[next++] = scale * g.fall / unit_;
        if (levels_.plateau > 1) result[next] = scale * g.bend / (unit_ * unit_);
        return result;
    }
    void evaluate(const FewParameters& theta, std::span<double> out) const {
        const Curve fitted = curve(theta);
        for (std::size_t i = 0; i < points(); ++i) out[i] = residual(i, fitted).value;
        if (held_)
            out[points()] = (coordinate(fitted, held_->quantity, held_->level) - held_->value) / held_->tightness;
    }
    void differentiate(const FewParameters& theta, std::span<double> jacobian) const {
        const Curve fitted = curve(theta);
        for (std::size_t i = 0; i < points(); ++i)
            fill(jacobian, i, fitted, fitted.gradient(x(i)), residual(i, fitted).slope);
        if (held_)
            fill(jacobian, points(), fitted, coordinate_gradient(fitted, held_->quantity, held_->level),
                 1 / held_->tightness);
    }

private:
    /// Strengths beyond 2^+-10 are counted in a power of two near the largest: which parameters the points determine
    /// does not depend on the unit of strength, and no rounding does.
    static double unit_of(const CurveData& data) {
        double largest = 0;
        for (const double x : data.x) largest = std::max(largest, std::abs(x));
        const int exponent = largest > 0 && std::isfinite(largest) ? std::ilogb(largest) : 0;
        return std::abs(exponent) > 10 ? std::ldexp(1, exponent) : 1;
    }
    std::size_t points() const { return static_cast<std::size_t>(data_.x.size()); }
    double x(std::size_t i) const { return data_.x[static_cast<Eigen::Index>(i)]; }
    Residual residual(std::size_t i, const Curve& fitted) const {
        return data_.residual(static_cast<Eigen::Index>(i), fitted(x(i)));
    }
    template <class Gradient>
    void fill(std::span<double> jacobian, std::size_t i, const Curve& fitted, const Gradient& g, double scale) const {
        const auto by_theta = gradient_by_theta(fitted, g, scale);
        for (std::size_t k = 0; k < parameters(); ++k) jacobian[k * residuals() + i] = by_theta[k];
    }

    const CurveData& data_;
    const KnownLevels& levels_;
    const Curve& shape_;
    const HeldQuantity* held_;
    double unit_;
};

/// The sum of squares at a curve.
template <class Curve>
double deviance_of(const CurveData& data, const Curve& curve) {
    double sum = 0;
    for (Eigen::Index i = 0; i < data.x.size(); ++i) sum += std::pow(data.residual(i, curve(data.x[i])).value, 2);
    return sum;
}

}  // namespace detail

/// Whether the curve falls with strength, and with finite parameters.
template <class Curve>
bool falls(const Curve& curve) {
    const double drop = curve.upper - curve.lower;
    return std::isfinite(curve.p_star) && std::isfinite(drop) && std::isfinite(curve.width) && drop > 0 &&
           curve.width > 0;
}

/// Descends from `start` to the nearest minimum by Levenberg-Marquardt, until a step changes the sum of squares or
/// theta by less than `tolerance` (relative), or `evaluations` of the curve are spent (`converged` is then false).
/// With `held` under the constraint that it describes; the deviance returned is then that of the data alone.
///
/// Source: `detail::LevenbergMarquardt`.
template <class Curve>
CurveMinimum<Curve> descend(const CurveData& data, const KnownLevels& levels, const Curve& start,
                            double tolerance = 1e-14, int evaluations = 400, const HeldQuantity* held = nullptr) {
    const detail::CurveResiduals<Curve> problem(data, levels, start, held);
    detail::LevenbergMarquardt search(problem, problem.parameters(), problem.residuals());
    const auto found = search.minimise(problem.theta(start), tolerance, evaluations);
    const auto curve = problem.curve(found.theta);
    return {curve, held ? detail::deviance_of(data, curve) : found.norm * found.norm, found.converged};
}

}  // namespace pstar
