#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <ranges>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/statistics/quantile.hpp>

namespace pstar {

/// The empirical signal-to-noise ratio of a data set in the margins of a network, at one strength of a corruption:
/// quantiles over images of (gamma + E[d gamma])/sd[d gamma]. Infinite where nothing fluctuates (strength 0).
struct SnrPoint {
    double strength;
    std::vector<double> quantiles;  ///< in the order of the probabilities asked for
};

/// The deciles' ends, the quartiles and the median.
inline constexpr std::array<double, 5> snr_probabilities{0.1, 0.25, 0.5, 0.75, 0.9};

/// Quantiles of the ratios of a report: linear between order statistics.
inline SnrPoint snr_quantiles(const MarginReport& report, std::span<const double> probabilities = snr_probabilities) {
    require(!report.images.empty(), "snr_quantiles", "the number of images", report.images.size(), "be at least 1");
    std::vector<double> ratios;
    for (const auto& image : report.images) ratios.push_back(image.shifted_ratio());
    std::sort(ratios.begin(), ratios.end());
    SnrPoint point{report.strength, {}};
    for (const double q : probabilities) {
        require(q >= 0 && q <= 1, "snr_quantiles", "a probability", q, "lie in [0, 1]");
        point.quantiles.push_back(quantile(ratios, q));
    }
    return point;
}

/// The same for each of a range of corruptions that `margin_reports` takes: the curve that a collapse over strengths
/// takes. Gradients are computed once for all.
template <Network Net, std::ranges::input_range Corruptions>
requires detail::HasMoments<std::ranges::range_value_t<Corruptions>> std::vector<SnrPoint> snr_curve(
    const Net& net, const Dataset& data, const Corruptions& corruptions,
    std::span<const double> probabilities = snr_probabilities) {
    std::vector<SnrPoint> curve;
    for (const auto& report : margin_reports(net, data, corruptions))
        curve.push_back(snr_quantiles(report, probabilities));
    return curve;
}

}  // namespace pstar
