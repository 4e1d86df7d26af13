#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <pstar/core/error.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/image_bootstrap.hpp>

namespace pstar {

/// Where first order breaks. Over images i, E_i is the predicted mean change of the margin, m_i the measured one over M
/// draws, s_i its measured standard deviation, sd_i the predicted. Intervals are percentiles over resampled images.
///
/// A channel that replaces a pixel moves it far however rare that is: as p goes to 0, E_i and m_i both go as p, and
/// their ratio need not go to 1. Their difference against the fluctuation, which goes as sqrt(p), does vanish, and that
/// is what a flip probability feels: `error_over_sd`.
struct LinearisationError {
    double strength = 0;      ///< of the channel
    Estimate predicted_mean;  ///< mean_i E_i, in units of the logits
    Estimate measured_mean;   ///< mean_i m_i
    /// (sum E_i - sum m_i) / |sum m_i|: how far the linear term is from the mean change of the data set, signed.
    Estimate relative_bias;
    /// sqrt(sum [(E_i - m_i)^2 - s_i^2/M] / sum [m_i^2 - s_i^2/M]): its error image by image, relative; 0 where first
    /// order is exact, 1 for a prediction of no change. The noise of the measured means, s_i^2/M each, is taken off;
    /// negative remainders count as 0 above, and leave NaN below (the change is lost in the noise: draw more).
    Estimate relative_error;
    /// sqrt(sum [(E_i - m_i)^2 - s_i^2/M] / sum s_i^2): the same error against the measured fluctuation.
    Estimate error_over_sd;
    /// sqrt(sum sd_i^2 / sum s_i^2): predicted over measured fluctuation.
    Estimate sd_ratio;
};

/// Compares a report with what was measured, on the same images and at the same strength. At least two draws.
inline LinearisationError linearisation_error(const MarginReport& report, const FlipFrequencies& measured,
                                              const ResampleOptions& options = {}) {
    const auto& images = report.images;
    require(measured.images.size() == images.size(), "linearisation_error", "measured.images.size()",
            measured.images.size(), "equal the report's number of images");
    require(measured.draws >= 2, "linearisation_error", "measured.draws", measured.draws, "be at least 2");
    require(measured.strength == report.strength, "linearisation_error", "measured.strength", measured.strength,
            "equal the report's");
    const auto draws = static_cast<double>(measured.draws);
    const auto statistic = [&](std::span<const std::uint32_t> weights) -> std::array<double, 6> {
        double n = 0, predicted = 0, seen = 0, squared_error = 0, squared_change = 0, predicted_var = 0, seen_var = 0;
        for (std::size_t i = 0; i < images.size(); ++i) {
            if (weights[i] == 0) continue;
            const double weight = weights[i], e = images[i].mean_change, m = measured.images[i].mean_change;
            const double own = measured.images[i].sd_change * measured.images[i].sd_change;
            n += weight;
            predicted += weight * e;
            seen += weight * m;
            squared_error += weight * ((e - m) * (e - m) - own / draws);
            squared_change += weight * (m * m - own / draws);
            predicted_var += weight * images[i].sd_change * images[i].sd_change;
            seen_var += weight * own;
        }
        const double undefined = std::numeric_limits<double>::quiet_NaN();
        return {predicted / n,
                seen / n,
                seen != 0 ? (predicted - seen) / std::abs(seen) : undefined,
                squared_change > 0 ? std::sqrt(std::max(0.0, squared_error) / squared_change) : undefined,
                seen_var > 0 ? std::sqrt(std::max(0.0, squared_error) / seen_var) : undefined,
                seen_var > 0 ? std::sqrt(predicted_var / seen_var) : undefined};
    };
    const auto [predicted, seen, bias, error, over_sd, sd] = image_bootstrap<6>(images.size(), statistic, options);
    return {report.strength, predicted, seen, bias, error, over_sd, sd};
}

}  // namespace pstar
