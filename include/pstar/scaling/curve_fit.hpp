#pragma once

#include <cmath>
#include <optional>

#include <unsupported/Eigen/LevenbergMarquardt>

#include <pstar/core/tensor.hpp>

/// Weighted least squares for any curve with the four parameters (p_star, width, lower, upper) and their gradient:
///     chi^2 = sum_i ((y_i - A(x_i)) / e_i)^2.
/// The search runs in theta = (p_star, 1/width, free levels): the rate 1/width passes smoothly through 0, where the
/// curve is flat, and its sign decides whether the curve falls or rises.
namespace pstar {

/// Levels that are known beforehand (chance level 1/K, say); an empty one is fitted.
struct KnownLevels {
    std::optional<double> lower = std::nullopt;
    std::optional<double> upper = std::nullopt;

    Eigen::Index free() const { return (lower ? 0 : 1) + (upper ? 0 : 1); }
};

/// What the fit sees: abscissa x, ordinate y, error e > 0; all of size n.
struct CurveData {
    Vector<double> x, y, e;
};

template <class Curve>
struct CurveFit {
    Curve curve;
    double chi_squared;
    bool converged;
};

namespace detail {

/// theta -> residuals (A(x_i) - y_i) / e_i, in the shape Eigen's Levenberg-Marquardt asks for.
template <class Curve>
class CurveResiduals : public Eigen::DenseFunctor<double> {
public:
    CurveResiduals(const CurveData& data, const KnownLevels& levels)
        : DenseFunctor(static_cast<int>(2 + levels.free()), static_cast<int>(data.x.size())),
          data_(data),
          levels_(levels) {}

    Curve curve(const InputType& theta) const {
        Eigen::Index next = 2;
        const double lower = levels_.lower ? *levels_.lower : theta[next++];
        return {theta[0], 1 / theta[1], lower, levels_.upper ? *levels_.upper : theta[next]};
    }
    InputType theta(const Curve& curve) const {
        InputType result(inputs());
        Eigen::Index next = 2;
        result.head(2) << curve.p_star, 1 / curve.width;
        if (!levels_.lower) result[next++] = curve.lower;
        if (!levels_.upper) result[next] = curve.upper;
        return result;
    }
    int operator()(const InputType& theta, ValueType& residuals) const {
        const Curve fitted = curve(theta);
        for (Eigen::Index i = 0; i < values(); ++i) residuals[i] = (fitted(data_.x[i]) - data_.y[i]) / data_.e[i];
        return 0;
    }
    int df(const InputType& theta, JacobianType& jacobian) const {
        const Curve fitted = curve(theta);
        for (Eigen::Index i = 0; i < values(); ++i) {
            const auto g = fitted.gradient(data_.x[i]);
            Eigen::Index next = 2;
            jacobian(i, 0) = g.p_star / data_.e[i];
            jacobian(i, 1) = -g.width * fitted.width * fitted.width / data_.e[i];
            if (!levels_.lower) jacobian(i, next++) = g.lower / data_.e[i];
            if (!levels_.upper) jacobian(i, next) = g.upper / data_.e[i];
        }
        return 0;
    }

private:
    const CurveData& data_;
    const KnownLevels& levels_;
};

}  // namespace detail

/// Whether the curve falls with strength, and with finite parameters.
template <class Curve>
bool falls(const Curve& curve) {
    const double drop = curve.upper - curve.lower;
    return std::isfinite(curve.p_star) && std::isfinite(drop) && std::isfinite(curve.width) && drop > 0 &&
           curve.width > 0;
}

/// Descends from `start` to the nearest minimum of chi^2 by Levenberg-Marquardt, until a step changes chi^2 or theta by
/// less than `tolerance` (relative), or `evaluations` of the curve are spent (`converged` is then false).
///
/// Source: More, "The Levenberg-Marquardt algorithm: implementation and theory", 1978, as implemented in Eigen.
template <class Curve>
CurveFit<Curve> descend(const CurveData& data, const KnownLevels& levels, const Curve& start, double tolerance = 1e-14,
                        int evaluations = 400) {
    detail::CurveResiduals<Curve> residuals(data, levels);
    Eigen::LevenbergMarquardt<detail::CurveResiduals<Curve>> search(residuals);
    search.setFtol(tolerance);
    search.setXtol(tolerance);
    search.setMaxfev(evaluations);
    auto theta = residuals.theta(start);
    const auto stopped = search.minimize(theta);
    const bool converged = stopped != Eigen::LevenbergMarquardtSpace::TooManyFunctionEvaluation && theta.allFinite();
    return {residuals.curve(theta), search.fnorm() * search.fnorm(), converged};
}

}  // namespace pstar
