#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/QR>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve_fit.hpp>
#include <pstar/scaling/distributions.hpp>
#include <pstar/scaling/estimate.hpp>
#include <pstar/scaling/quantile.hpp>

/// Intervals of a fitted curve: refits of data redrawn around it, stretched by Student's t for errors that are
/// themselves estimates from a few runs.
namespace pstar {

/// The errors of the points behind a fit: own_i with dof_i degrees of freedom (infinite: known), as in `CurveErrors`.
struct NoiseLevel {
    Vector<double> own, dof;
    double most_dof = std::numeric_limits<double>::infinity();  ///< no parameter is known with more degrees of freedom
};

struct BootstrapOptions {
    double confidence = 0.95;   ///< of the intervals, in (0, 1)
    std::size_t refits = 1000;  ///< at least 100
    Seed seed{};
};

struct CurveIntervals {
    Estimate p_star, width, slope, lower, upper;
};

namespace detail {

/// The scales on which the five numbers are nearest to normal: p_star, log width, log slope, lower, upper.
template <class Curve>
std::array<double, 5> coordinates(const Curve& curve) {
    return {curve.p_star, std::log(curve.width), std::log(curve.slope()), curve.lower, curve.upper};
}

/// Welch and Satterthwaite's degrees of freedom of each coordinate. To first order coordinate k is sum_i c_ki y_i with
/// c from the pseudo-inverse of the Jacobian, so its variance sum_i c_ki^2 own_i^2 is an estimate with
///     dof_k = (sum_i c_ki^2 own_i^2)^2 / sum_i (c_ki^2 own_i^2)^2 / dof_i.
template <class Curve>
std::array<double, 5> effective_dof(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                                    const NoiseLevel& noise) {
    const CurveResiduals<Curve> residuals(data, levels);
    const auto theta = residuals.theta(curve);
    Eigen::MatrixXd jacobian(data.x.size(), theta.size());
    residuals.df(theta, jacobian);
    const Eigen::MatrixXd response = jacobian.completeOrthogonalDecomposition().pseudoInverse();
    Eigen::MatrixXd change = Eigen::MatrixXd::Zero(5, theta.size());  // d(coordinate) / d(theta)
    const double drop = curve.upper - curve.lower;
    Eigen::Index next = 2;
    change(0, 0) = 1;
    change(1, 1) = -curve.width;
    change(2, 1) = curve.width;
    if (!levels.lower) change(3, next) = 1, change(2, next) = -1 / drop, ++next;
    if (!levels.upper) change(4, next) = 1, change(2, next) = 1 / drop;
    std::array<double, 5> result{};
    for (Eigen::Index k = 0; k < 5; ++k) {
        const Eigen::ArrayXd share =
            ((change.row(k) * response).transpose().array() * noise.own.array() / data.e.array()).square();
        const double spread = (share.square() / noise.dof.array()).sum();
        const double dof = spread > 0 ? share.sum() * share.sum() / spread : noise.most_dof;
        result[static_cast<std::size_t>(k)] = std::min(dof, noise.most_dof);
    }
    return result;
}

/// A transition this much narrower than the gap around it touches no point: as steep as you like.
template <class Curve>
bool is_step(const CurveData& data, const Curve& curve) {
    constexpr double negligible = 16;  // both neighbours off their level by less than exp(-16) = 1e-7 of the drop
    const auto right = std::lower_bound(data.x.begin(), data.x.end(), curve.p_star);
    if (right == data.x.begin() || right == data.x.end()) return false;
    return std::min(curve.p_star - *(right - 1), *right - curve.p_star) > negligible * curve.width;
}

/// [value - stretch (value - low quantile), value + stretch (high quantile - value)].
inline Estimate stretched(double value, std::vector<double>& draws, double confidence, double stretch) {
    std::sort(draws.begin(), draws.end());
    const double low = quantile(draws, (1 - confidence) / 2), high = quantile(draws, (1 + confidence) / 2);
    return {value, std::min(value, value - stretch * (value - low)), std::max(value, value + stretch * (high - value))};
}

inline Estimate exponential(const Estimate& log) {
    return {std::exp(log.value), std::exp(log.low), std::exp(log.high)};
}

}  // namespace detail

/// Redraws every point from Normal(A(x_i), own_i^2) around the fitted curve, refits with the weights of `data`, and
/// takes the percentiles of p_star, log width, log slope and the levels, their distances from the fit stretched by
///     t(confidence, dof_k) / z(confidence),
/// with dof_k after Welch and Satterthwaite. Refits that end in a step count as infinite slope and zero width. When
/// more than (1 - confidence) of them lose the drop altogether, the intervals are open.
template <class Curve>
CurveIntervals bootstrap_intervals(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                                   const NoiseLevel& noise, const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    RandomSequence random({options.seed, Stream::bootstrap});
    CurveData redrawn = data;
    std::array<std::vector<double>, 5> draws;
    std::size_t lost = 0;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        for (Eigen::Index i = 0; i < data.x.size(); ++i)
            redrawn.y[i] = curve(data.x[i]) + noise.own[i] * random.normal();
        const auto fit = descend(redrawn, levels, curve, 1e-7, 60).curve;
        if (!falls(fit)) {
            ++lost;
            continue;
        }
        auto place = detail::coordinates(fit);
        if (detail::is_step(data, fit)) place[1] = -infinity, place[2] = infinity;
        for (std::size_t k = 0; k < 5; ++k) draws[k].push_back(place[k]);
    }
    const auto centre = detail::coordinates(curve);
    std::array<Estimate, 5> result;
    if (static_cast<double>(lost) > (1 - options.confidence) * static_cast<double>(options.refits)) {
        for (std::size_t k = 0; k < 5; ++k) result[k] = {centre[k], -infinity, infinity};
    } else {
        const auto dof = detail::effective_dof(data, levels, curve, noise);
        const double normal = student_t_quantile(options.confidence, infinity);
        for (std::size_t k = 0; k < 5; ++k)
            result[k] = detail::stretched(centre[k], draws[k], options.confidence,
                                          student_t_quantile(options.confidence, dof[k]) / normal);
    }
    if (levels.lower) result[3] = {curve.lower, curve.lower, curve.lower};
    if (levels.upper) result[4] = {curve.upper, curve.upper, curve.upper};
    return {result[0], detail::exponential(result[1]), detail::exponential(result[2]), result[3], result[4]};
}

}  // namespace pstar
