#pragma once

#include <cstddef>

#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/detail/pivoted_qr.hpp>

/// How the numbers of a fitted curve change with the points that it was fitted to.
namespace pstar::detail {

inline constexpr std::size_t quantities = curve_quantities.size();

/// Gradients of all quantities by theta, one row per quantity.
template <class Curve>
Eigen::MatrixXd quantity_gradients(const KnownLevels& levels, const Curve& curve, double level) {
    Eigen::MatrixXd change(static_cast<Eigen::Index>(quantities), 2 + levels.free());
    for (std::size_t k = 0; k < quantities; ++k) {
        const auto g = coordinate_gradient(curve, curve_quantities[k], level);
        const auto row = static_cast<Eigen::Index>(k);
        Eigen::Index next = 2;
        change(row, 0) = g.p_star;
        change(row, 1) = -g.width * curve.width * curve.width;
        if (!levels.lower) change(row, next++) = g.lower;
        if (!levels.upper) change(row, next) = g.upper;
    }
    return change;
}

/// d(quantity) / d(residual) at the best curve, to first order: the gradients times (J'J)^-1 J', with J the Jacobian of
/// the residuals. One row per quantity, one column per point; NaN where the points leave a parameter undetermined.
template <class Curve>
Eigen::MatrixXd responses(const CurveData& data, const KnownLevels& levels, const Curve& curve, double level) {
    const CurveResiduals<Curve> residuals(data, levels, curve);
    const auto theta = residuals.theta(curve);
    Eigen::MatrixXd jacobian(data.x.size(), theta.size());
    residuals.df(theta, jacobian);
    // columns of one length first: their units differ by orders of magnitude
    const Eigen::VectorXd length = jacobian.colwise().norm().cwiseInverse();
    for (Eigen::Index k = 0; k < theta.size(); ++k) jacobian.col(k) *= length[k];
    const PivotedQr qr(jacobian);
    const auto gradients = quantity_gradients(levels, curve, level);
    Eigen::MatrixXd result(gradients.rows(), jacobian.rows());
    for (Eigen::Index i = 0; i < jacobian.rows(); ++i) {
        const Eigen::VectorXd change = qr.solve_normal(jacobian.row(i)).cwiseProduct(length);
        for (Eigen::Index k = 0; k < gradients.rows(); ++k) result(k, i) = gradients.row(k).transpose().dot(change);
    }
    return result;
}

}  // namespace pstar::detail
