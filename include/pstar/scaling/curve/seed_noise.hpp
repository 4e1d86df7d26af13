#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/statistics/distributions.hpp>

namespace pstar {

/// How accuracies scatter between seeds, as two parts: a shift of the whole curve, the same at all strengths of a seed,
/// and noise of its own for every run,
///     y(seed, p) = A(p - shift(seed)) + e(seed, p),   var(shift) = shift^2,
///     var(e) = plateau + counting q + scatter q^2,   q = 4 h (1 - h),   h = (A(p) - lower) / (upper - lower),
/// which is largest half way down: q goes as the variance of counts, q^2 as that of networks which fall at strengths of
/// their own. More strengths average the second part alone, more seeds both.
struct SeedNoise {
    double shift = 0;                  ///< standard deviation of the shift, in the unit of p
    double plateau = 0;                ///< variance of e on the plateaus; > 0
    double counting = 0, scatter = 0;  ///< what is added to it half way down; >= 0

    /// var(e) at strength p; not below the variance A (1 - A) / test_images of counting, where that is known.
    double variance(const SigmoidCurve& curve, double p, std::size_t test_images = 0) const {
        const double a = std::clamp(curve(p), 0.0, 1.0);
        const double h = std::clamp((curve(p) - curve.lower) / (curve.upper - curve.lower), 0.0, 1.0);
        const double q = 4 * h * (1 - h);
        const double least = test_images > 0 ? a * (1 - a) / static_cast<double>(test_images) : 0;
        return std::max(plateau + counting * q + scatter * q * q, least);
    }
};

namespace detail {

/// sum_i w_i (v_i - a - b q_i - c q_i^2)^2 at its least over a >= `least` and b, c >= 0: coordinate by coordinate.
inline void fit_variance(const std::vector<double>& v, const std::vector<double>& q, const std::vector<double>& w,
                         double least, SeedNoise& noise) {
    std::array<double, 5> moments{};  // of q
    std::array<double, 3> with_v{};
    for (std::size_t i = 0; i < v.size(); ++i)
        for (std::size_t power = 0; power < 5; ++power) {
            const double term = w[i] * std::pow(q[i], static_cast<double>(power));
            moments[power] += term;
            if (power < 3) with_v[power] += term * v[i];
        }
    std::array<double, 3> terms{};
    for (int sweep = 0; sweep < 500; ++sweep)
        for (std::size_t j = 0; j < 3; ++j) {
            double rest = with_v[j];
            for (std::size_t other = 0; other < 3; ++other)
                if (other != j) rest -= moments[j + other] * terms[other];
            terms[j] = std::max(j == 0 ? least : 0.0, moments[2 * j] > 0 ? rest / moments[2 * j] : 0);
        }
    noise.plateau = terms[0], noise.counting = terms[1], noise.scatter = terms[2];
}

}  // namespace detail

/// The noise about a fitted curve, by moments: the shift of a seed is the regression of what it differs from the mean
/// of the seeds on -A'(p), weighted with var(e), and var(e) is a regression of the squares that this leaves; six rounds
/// of both. The shift is 0 unless the seeds differ surely (1%) by more than their noise. Where counts of `test_images`
/// are known, var(e) is at least that of counting.
///
/// With a single strength on the transition, shift and noise cannot be told apart there, and all is taken as shift.
/// Throws std::invalid_argument for fewer than two seeds, fewer than two strengths, seeds of another number of
/// accuracies, or a curve without a drop.
inline SeedNoise estimate_seed_noise(const SeedCurves& curves, const SigmoidCurve& curve, std::size_t test_images = 0) {
    const auto n = curves.accuracy.size(), k = curves.strength.size();
    require(n >= 2, "estimate_seed_noise", "number of seeds", n, "be at least 2");
    require(k >= 2, "estimate_seed_noise", "number of strengths", k, "be at least 2");
    curve.validate();
    const double drop = curve.upper - curve.lower;
    require(drop > 0, "estimate_seed_noise", "drop of the curve", drop, "be positive");
    const auto runs = by_strength(curves);  // checks the numbers of accuracies
    const double dof = static_cast<double>(n - 1), least = 1e-12 * drop * drop;
    std::vector<double> mean(k), along(k), q(k), v(k, 1.0);
    for (std::size_t i = 0; i < k; ++i) {
        const double p = curves.strength[i], h = std::clamp((curve(p) - curve.lower) / drop, 0.0, 1.0);
        for (const double a : runs.accuracy[i]) mean[i] += a / static_cast<double>(n);
        along[i] = -curve.derivative(p);
        if (!std::isfinite(along[i])) along[i] = 0;
        q[i] = 4 * h * (1 - h);
    }
    SeedNoise noise;
    for (int round = 0; round < 6; ++round) {
        double information = 0, shifts = 0;
        for (std::size_t i = 0; i < k; ++i) information += along[i] * along[i] / v[i];
        std::vector<double> squares(k), weights(k);
        for (const auto& seed : curves.accuracy) {
            double shift = 0;
            for (std::size_t i = 0; i < k; ++i) shift += along[i] * (seed[i] - mean[i]) / v[i];
            shift = information > 0 ? shift / information : 0;
            shifts += shift * shift;
            for (std::size_t i = 0; i < k; ++i) {
                const double rest = seed[i] - mean[i] - shift * along[i];
                squares[i] += rest * rest / dof;
            }
        }
        for (std::size_t i = 0; i < k; ++i) {  // the regression takes its share of the square
            const double left = information > 0 ? 1 - along[i] * along[i] / (v[i] * information) : 1;
            weights[i] = round == 0 ? left : left / (v[i] * v[i]);
            if (left < 0.1) weights[i] = 0;
            squares[i] /= std::max(left, 0.1);
        }
        detail::fit_variance(squares, q, weights, least, noise);
        for (std::size_t i = 0; i < k; ++i) v[i] = noise.variance(curve, curves.strength[i], test_images);
        information = 0;
        for (std::size_t i = 0; i < k; ++i) information += along[i] * along[i] / v[i];
        const double excess = information * shifts / dof;  // Fisher's F where nothing shifts
        const bool surely = excess > 1 && f_tail(excess, dof, dof * static_cast<double>(k - 1)) < 0.01;
        noise.shift = surely ? std::sqrt((excess - 1) / information) : 0;
    }
    return noise;
}

}  // namespace pstar
