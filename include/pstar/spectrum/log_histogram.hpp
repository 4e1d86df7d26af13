#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>

namespace pstar {

/// The bins of `log_histogram`, even in log lambda.
struct LogHistogramOptions {
    double low = 1e-8, high = 1e2;  ///< the range, 0 < low < high < infinity
    std::size_t bins = 40;          ///< bins of equal width in log(value), at least 1

    void validate() const {
        require(low > 0 && std::isfinite(low), "LogHistogramOptions", "low", low, "be positive and finite");
        require(high > low && std::isfinite(high), "LogHistogramOptions", "high", high, "be above low and finite");
        require(bins >= 1, "LogHistogramOptions", "bins", bins, "be at least 1");
    }
};

/// Counts of values in bins of equal width in log(value): bin i holds edges[i] <= value < edges[i + 1], the last bin
/// its upper edge too. Every value is counted once: sum(counts) + underflow + overflow = number of values.
struct LogHistogram {
    std::vector<double> edges;        ///< bins + 1, low (high/low)^(i/bins)
    std::vector<std::size_t> counts;  ///< bins
    std::size_t underflow = 0;        ///< values below low: zeros and negative ones as well
    std::size_t overflow = 0;         ///< values above high

    /// The share of bin `i` in all values over its width in log10(value): its integral is the share inside the range.
    double density(std::size_t i) const {
        std::size_t total = underflow + overflow;
        for (const auto count : counts) total += count;
        const double width = std::log10(edges.back() / edges.front()) / static_cast<double>(counts.size());
        return total == 0 ? 0 : static_cast<double>(counts[i]) / (static_cast<double>(total) * width);
    }
};

/// The histogram of `values`, e.g. a spectrum's eigenvalues. Throws std::invalid_argument where a value is NaN.
inline LogHistogram log_histogram(std::span<const double> values, const LogHistogramOptions& options = {}) {
    options.validate();
    LogHistogram result;
    result.counts.assign(options.bins, 0);
    for (std::size_t i = 0; i <= options.bins; ++i)
        result.edges.push_back(options.low * std::pow(options.high / options.low,
                                                      static_cast<double>(i) / static_cast<double>(options.bins)));
    result.edges.back() = options.high;
    for (const double value : values) {
        require(!std::isnan(value), "log_histogram", "a value", value, "be a number");
        if (value < options.low) {
            ++result.underflow;
        } else if (value > options.high) {
            ++result.overflow;
        } else {
            const auto above = std::upper_bound(result.edges.begin(), result.edges.end(), value);
            const auto bin = static_cast<std::size_t>(above - result.edges.begin()) - 1;
            ++result.counts[std::min(bin, options.bins - 1)];
        }
    }
    return result;
}

}  // namespace pstar
