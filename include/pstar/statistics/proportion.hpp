#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <unsupported/Eigen/SpecialFunctions>

#include <pstar/core/error.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/moments.hpp>

/// Frequencies with their confidence intervals.
namespace pstar {

/// The z for which a standard normal variable lies in [-z, z] with probability `confidence` in (0, 1): 1.96 for 0.95.
inline double normal_two_sided(double confidence) {
    require(confidence > 0 && confidence < 1, "normal_two_sided", "confidence", confidence, "lie in (0, 1)");
    return Eigen::numext::ndtri((1 + confidence) / 2);
}

/// Wilson's interval of a frequency f seen in n independent trials (n need not be whole), with z for the confidence:
///     (f + z^2/2n +- z sqrt(f (1-f)/n + z^2/4n^2)) / (1 + z^2/n).
/// It stays in [0, 1] and has a width even at f = 0 and 1. The interval of no trials is [0, 1].
/// Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
inline Estimate wilson(double f, double n, double confidence = 0.95) {
    require(f >= 0 && f <= 1, "wilson", "f", f, "lie in [0, 1]");
    require(n >= 0, "wilson", "n", n, "not be negative");
    const double z = normal_two_sided(confidence);
    if (n == 0) return {f, 0, 1};
    const double centre = (f + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z * std::sqrt(f * (1 - f) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    return {f, f == 0 ? 0 : std::max(0.0, centre - half), f == 1 ? 1 : std::min(1.0, centre + half)};
}

/// The mean of frequencies f_i in [0, 1], measured on images i = 1..n with `draws` trials each, as an estimate for the
/// population of such images. Trials on one image are correlated, so that n draws of them count as fewer independent
/// ones: Wilson's interval with
///     trials = f (1-f) / (Var[f_i]/n),   kept within [n, n draws],
/// the number of independent trials whose mean has the same variance as the mean over images (Var: sample variance).
/// For one draw per image, and where all f_i are equal, trials = n. Source: Korn & Graubard, Survey Methodology 24
/// (1998) 193, without their t correction.
inline Estimate clustered_proportion(std::span<const double> frequencies, std::size_t draws, double confidence = 0.95) {
    require(draws >= 1, "clustered_proportion", "draws", draws, "be at least 1");
    const auto n = static_cast<double>(frequencies.size());
    if (frequencies.empty()) return wilson(0, 0, confidence);
    const double mean = std::clamp(moments(frequencies).mean, 0.0, 1.0);
    const double of_mean = n > 1 ? variance_about(frequencies, mean) / n : 0;
    const double trials = of_mean > 0 ? std::clamp(mean * (1 - mean) / of_mean, n, n * static_cast<double>(draws)) : n;
    return wilson(mean, trials, confidence);
}

}  // namespace pstar
