#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

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
    const auto points = residuals.residuals(), parameters = residuals.parameters();
    std::vector<double> jacobian(points * parameters);
    residuals.differentiate(residuals.theta(curve), jacobian);
    // columns of one length first: their units differ by orders of magnitude
    std::vector<double> inverse_length(parameters);
    for (std::size_t k = 0; k < parameters; ++k) {
        const auto column = std::span(jacobian).subspan(k * points, points);
        double squares = 0;
        for (const double slope : column) squares += slope * slope;
        inverse_length[k] = 1 / std::sqrt(squares);
        for (double& slope : column) slope *= inverse_length[k];
    }
    const PivotedQr qr(jacobian, parameters);
    const auto gradients = quantity_gradients(levels, curve, level);
    Eigen::MatrixXd result(gradients.rows(), data.x.size());
    std::vector<double> row(parameters);
    for (std::size_t i = 0; i < points; ++i) {
        for (std::size_t k = 0; k < parameters; ++k) row[k] = jacobian[k * points + i];
        const auto change = qr.solve_normal(row);
        for (Eigen::Index q = 0; q < gradients.rows(); ++q) {
            double sum = 0;
            for (std::size_t k = 0; k < parameters; ++k)
                sum += gradients(q, static_cast<Eigen::Index>(k)) * change[k] * inverse_length[k];
            result(q, static_cast<Eigen::Index>(i)) = sum;
        }
    }
    return result;
}

}  // namespace pstar::detail
