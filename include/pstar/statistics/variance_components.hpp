#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/moments.hpp>

namespace pstar {

/// How much of the variance of values y_ij, j = 1, ..., n_i in groups i = 1, ..., S (networks that share a training
/// set), is between groups and how much within them.
struct NestedVariance {
    std::size_t groups = 0, values = 0;                      ///< S and N = n_1 + ... + n_S
    double mean = std::numeric_limits<double>::quiet_NaN();  ///< of the means of the groups
    Estimate between = {}, within = {};                      ///< variances, at least 0
    Estimate of_group_means = {};                            ///< estimates between + within mean(1/n_i)
    bool truncated = false;                                  ///< `between` was negative and is set to 0
};

/// One-way random-effects analysis of variance of y_ij = mean + a_i + e_ij, with independent normal a_i (variance
/// `between`) and e_ij (`within`), from the means m_i of the groups:
///     W = sum_ij (y_ij - m_i)^2 / (N - S),   M = sum_i (m_i - mean)^2 / (S - 1),   1/h = mean of 1/n_i,
///     within = W,   between = max(0, M - W/h),   of_group_means = M.
/// Before 0 takes the place of negative numbers all three are unbiased; h M is the usual mean square between groups
/// where all groups have h values. Intervals of `within` and M are those of chi-squared, exact for M where the n_i are
/// equal; that of `between` is Tukey's and Williams's,
///     (S - 1) (M - F_p W/h) / chi2_p,   p = (1 + confidence)/2 below, (1 - confidence)/2 above, both at least 0,
/// with quantiles of F(S - 1, N - S) and chi2(S - 1); near the confidence or above. Source: Williams, Biometrika 49
/// (1962) 278; for unequal groups Thomas and Hultquist, Ann. Statist. 6 (1978) 582; Searle, Casella and McCulloch,
/// "Variance Components" (1992), sections 3.6 and 3.8.
///
/// From one value in each group `between` and `within` are NaN (open), and `of_group_means` is both together; from one
/// group, `within` alone is known. Throws std::invalid_argument for a group without values and for a confidence outside
/// (0, 1).
inline NestedVariance nested_variance(std::span<const std::vector<double>> groups, double confidence = 0.95) {
    require(confidence > 0 && confidence < 1, "nested_variance", "confidence", confidence, "lie in (0, 1)");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double upper = (1 + confidence) / 2, lower = (1 - confidence) / 2;
    NestedVariance result{.groups = groups.size()};
    std::vector<double> means;
    double squares = 0, inverse = 0;
    for (const auto& group : groups) {
        require(!group.empty(), "nested_variance", "values in a group", group.size(), "be at least 1");
        const auto found = moments(group);
        means.push_back(found.mean);
        if (group.size() > 1) squares += static_cast<double>(group.size() - 1) * found.stddev * found.stddev;
        inverse += 1 / (static_cast<double>(group.size()) * static_cast<double>(groups.size()));
        result.values += group.size();
    }
    const auto of_means = moments(means);
    result.mean = of_means.mean;
    result.between = result.within = result.of_group_means =
        open_interval(std::numeric_limits<double>::quiet_NaN(), 0, infinity);
    const auto chi_squared = [&](double variance, double dof) {
        return Estimate{variance, dof * variance / chi_squared_quantile(upper, dof),
                        dof * variance / chi_squared_quantile(lower, dof)};
    };
    const auto inner = static_cast<double>(result.values - result.groups);
    const auto outer = static_cast<double>(result.groups) - 1;
    if (inner > 0) result.within = chi_squared(squares / inner, inner);
    if (outer < 1) return result;
    const double total = of_means.stddev * of_means.stddev;
    result.of_group_means = chi_squared(total, outer);
    if (inner == 0) return result;
    const double share = squares / inner * inverse;
    const auto end = [&](double p) {
        return std::max(0.0, outer * (total - f_quantile(p, outer, inner) * share) / chi_squared_quantile(p, outer));
    };
    result.truncated = total < share;
    result.between = {std::max(0.0, total - share), end(upper), end(lower)};
    return result;
}

}  // namespace pstar
