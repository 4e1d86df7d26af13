#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/statistics/moments.hpp>

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

/// The likeliest a >= `least` and b, c >= 0 of variances a + b q_i + c q_i^2, for squares v_i with weights w_i, half of
/// their degrees of freedom: sum_i w_i (v_i / m_i + log m_i) at its least, m_i the variance of the model. Every step
/// lowers it.
///
/// Source: the multiplicative steps of Fevotte & Idier, Neural Computation 23 (2011) 2421.
inline void fit_variance(const std::vector<double>& v, const std::vector<double>& q, const std::vector<double>& w,
                         double least, SeedNoise& noise) {
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < v.size(); ++i) sum += w[i] * v[i], weight += w[i];
    const double mean = std::max(weight > 0 ? sum / weight : 0, least);
    std::array<double, 3> terms{mean, mean, mean};
    for (int step = 0; step < 200; ++step) {
        std::array<double, 3> seen{}, expected{};
        for (std::size_t i = 0; i < v.size(); ++i) {
            const double m = terms[0] + terms[1] * q[i] + terms[2] * q[i] * q[i];
            for (std::size_t j = 0; j < 3; ++j) {
                const double along = j == 0 ? w[i] : j == 1 ? w[i] * q[i] : w[i] * q[i] * q[i];
                seen[j] += along * v[i] / (m * m), expected[j] += along / m;
            }
        }
        for (std::size_t j = 0; j < 3; ++j)
            if (expected[j] > 0) terms[j] = std::max(j == 0 ? least : 0, terms[j] * std::sqrt(seen[j] / expected[j]));
    }
    noise.plateau = terms[0], noise.counting = terms[1], noise.scatter = terms[2];
}

}  // namespace detail

/// The noise about a fitted curve, by moments. A shift makes a seed differ from the mean of the seeds in the same sense
/// at all strengths: with r(s, i) that difference and d_i = -A'(p_i), over the pairs i < j of strengths of every seed,
///     shift^2 = sum_s,ij (d_i d_j / v_i v_j) r(s, i) r(s, j) / sum_s,ij (d_i d_j)^2 / (v_i v_j) (1 - 1 / n_ij),
/// n_ij the smaller number of seeds of the two. It is 0 unless it is larger than 2.6 of its standard errors without a
/// shift (about 1%). Then var(e) is the likeliest for the squares r^2, or for those that the shift of each seed leaves.
/// Where counts of `test_images` are known, var(e) is at least that of counting. Seeds need not have runs at all
/// strengths; where no seed has two on the transition, no shift is seen.
///
/// Throws std::invalid_argument for seeds that are not known, fewer than two strengths, fewer than two runs at one, or
/// a curve without a drop.
inline SeedNoise estimate_seed_noise(const CurveRuns& runs, const SigmoidCurve& curve, std::size_t test_images = 0) {
    constexpr auto where = "estimate_seed_noise";
    const auto k = runs.strength.size();
    detail::check_seeds(where, runs);
    require(k >= 2, where, "number of strengths", k, "be at least 2");
    curve.validate();
    const double drop = curve.upper - curve.lower;
    require(drop > 0, where, "drop of the curve", drop, "be positive");
    struct Run {
        std::size_t strength;
        double difference;  // from the mean of the seeds
    };
    std::map<std::size_t, std::vector<Run>> seeds;
    std::vector<double> along(k), q(k), v(k, 1.0), n(k);
    for (std::size_t i = 0; i < k; ++i) {
        const auto& here = runs.accuracy[i];
        require(here.size() >= 2, where, "number of seeds at one strength", here.size(), "be at least 2");
        n[i] = static_cast<double>(here.size());
        const double p = runs.strength[i], h = std::clamp((curve(p) - curve.lower) / drop, 0.0, 1.0);
        const double mean = mean_of(here);
        for (std::size_t r = 0; r < here.size(); ++r) seeds[runs.seed[i][r]].push_back({i, here[r] - mean});
        along[i] = -curve.derivative(p);
        if (!std::isfinite(along[i])) along[i] = 0;
        q[i] = 4 * h * (1 - h);
    }
    SeedNoise noise;
    // what is left of r^2 and of the n_i - 1 degrees of freedom when each seed's own shift is taken out, or is not
    const auto fit_squares = [&](bool takes_shifts_out) {
        std::vector<double> squares(k), left(k), weights(k);
        for (const auto& [seed, own] : seeds) {
            double information = 0, shift = 0;
            for (const auto& [i, difference] : own) {
                information += takes_shifts_out ? along[i] * along[i] / v[i] : 0;
                shift += along[i] * difference / v[i];
            }
            shift = information > 0 ? shift / information : 0;
            for (const auto& [i, difference] : own) {
                const double share = information > 0 ? along[i] * along[i] / (v[i] * information) : 0;
                squares[i] += std::pow(difference - shift * along[i], 2), left[i] += (1 - share) * (1 - 1 / n[i]);
            }
        }
        for (std::size_t i = 0; i < k; ++i) {
            const double share = left[i] / (n[i] - 1);
            weights[i] = share < 0.1 ? 0 : left[i];
            squares[i] /= std::max(share, 0.1) * (n[i] - 1);
        }
        detail::fit_variance(squares, q, weights, 1e-12 * drop * drop, noise);
        for (std::size_t i = 0; i < k; ++i) v[i] = noise.variance(curve, runs.strength[i], test_images);
    };
    struct Products {
        double sum = 0, of_unit_shift = 0, variance = 0;
    };
    const auto products = [&] {
        Products result;
        for (const auto& [seed, own] : seeds)
            for (std::size_t a = 0; a < own.size(); ++a)
                for (std::size_t b = 0; b < a; ++b) {
                    const auto i = own[a].strength, j = own[b].strength;
                    const double both = along[i] * along[j], weight = both / (v[i] * v[j]);
                    result.sum += weight * own[a].difference * own[b].difference;
                    result.of_unit_shift += weight * both * (1 - 1 / std::min(n[i], n[j]));
                    result.variance += weight * both;
                }
        return result;
    };
    fit_squares(false);
    const auto found = products();
    if (!(found.sum > 2.6 * std::sqrt(found.variance))) return noise;
    for (int round = 0; round < 5; ++round) fit_squares(true);
    const auto shifted = products();
    noise.shift = std::sqrt(std::max(0.0, shifted.sum / shifted.of_unit_shift));
    return noise;
}

/// The same of seeds with their whole curves.
inline SeedNoise estimate_seed_noise(const SeedCurves& curves, const SigmoidCurve& curve, std::size_t test_images = 0) {
    return estimate_seed_noise(by_strength(curves), curve, test_images);
}

}  // namespace pstar
