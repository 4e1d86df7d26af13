#pragma once

#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>

/// How two lists of numbers vary together.
namespace pstar {

/// sum_i (x_i - mean x)(y_i - mean y); NaN for empty lists. `covariation(x, y) / covariation(x, x)` is the slope of the
/// straight line of y against x by least squares. Throws std::invalid_argument unless both have one length.
inline double covariation(std::span<const double> x, std::span<const double> y) {
    require(x.size() == y.size(), "covariation", "y.size()", y.size(), "equal x.size()");
    const auto n = static_cast<double>(x.size());
    const double x_mean = std::reduce(x.begin(), x.end()) / n, y_mean = std::reduce(y.begin(), y.end()) / n;
    double sum = n > 0 ? 0 : x_mean;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - x_mean) * (y[i] - y_mean);
    return sum;
}

/// The rank of every value, 0 for the smallest; equal values share the mean of theirs. Throws std::invalid_argument
/// for NaN.
inline std::vector<double> mid_ranks(std::span<const double> values) {
    std::vector<double> ranks;
    for (const double value : values) {
        require(!std::isnan(value), "mid_ranks", "a value", value, "be a number");
        double smaller = 0, equal = -1;  // the value is equal to itself
        for (const double other : values) {
            smaller += other < value ? 1 : 0;
            equal += other == value ? 1 : 0;
        }
        ranks.push_back(smaller + equal / 2);
    }
    return ranks;
}

/// Spearman's rank correlation: Pearson's correlation of the ranks (`mid_ranks`), in [-1, 1]. NaN where all values of a
/// list are equal. Throws as `covariation` and `mid_ranks`.
inline double spearman(std::span<const double> x, std::span<const double> y) {
    const auto a = mid_ranks(x), b = mid_ranks(y);
    return covariation(a, b) / std::sqrt(covariation(a, a) * covariation(b, b));
}

}  // namespace pstar
