#pragma once

#include <array>
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
    std::array<FewParameters, quantities> gradients{};  // of the quantities by theta
    for (std::size_t q = 0; q < quantities; ++q)
        gradients[q] = residuals.gradient_by_theta(curve, coordinate_gradient(curve, curve_quantities[q], level));
    Eigen::MatrixXd result(static_cast<Eigen::Index>(quantities), data.x.size());
    std::vector<double> row(parameters);
    for (std::size_t i = 0; i < points; ++i) {
        for (std::size_t k = 0; k < parameters; ++k) row[k] = jacobian[k * points + i];
        const auto change = qr.solve_normal(row);
        for (std::size_t q = 0; q < quantities; ++q) {
            double sum = 0;
            for (std::size_t k = 0; k < parameters; ++k) sum += gradients[q][k] * change[k] * inverse_length[k];
            result(static_cast<Eigen::Index>(q), static_cast<Eigen::Index>(i)) = sum;
        }
    }
    return result;
}

}  // namespace pstar::detail
