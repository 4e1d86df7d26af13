#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/statistics/detail/check_prediction.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/proportion.hpp>

namespace pstar {

/// The bins of `calibration_curve`.
struct CalibrationOptions {
    std::size_t bins = 10;     ///< equal parts of [0, 1]
    double confidence = 0.95;  ///< of the intervals

    void validate() const { require(bins >= 1, "CalibrationOptions", "bins", bins, "be at least 1"); }
};

/// The images whose predicted failure probability lies in [low, high) (the last bin includes 1).
struct CalibrationBin {
    double low, high;
    std::size_t images;
    double predicted;   ///< mean predicted probability of these images
    Estimate measured;  ///< their mean failure frequency; the interval is `clustered_proportion`'s
};

/// The calibration curve of a prediction: measured against predicted failure frequency, bin by bin; bins without
/// images are left out. A calibrated prediction lies on the diagonal. predicted[i] and failed[i] in [0, 1] are the
/// predicted probability and the measured frequency, over `draws` draws, of a failure on image i.
inline std::vector<CalibrationBin> calibration_curve(std::span<const double> predicted, std::span<const double> failed,
                                                     std::size_t draws, const CalibrationOptions& options = {}) {
    options.validate();
    detail::check_prediction("calibration_curve", predicted, failed);
    const auto bins = static_cast<double>(options.bins);
    std::vector<std::vector<double>> measured(options.bins);
    std::vector<double> sums(options.bins, 0.0);
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        const auto bin = std::min(static_cast<std::size_t>(predicted[i] * bins), options.bins - 1);
        measured[bin].push_back(failed[i]);
        sums[bin] += predicted[i];
    }
    std::vector<CalibrationBin> curve;
    for (std::size_t b = 0; b < options.bins; ++b) {
        if (measured[b].empty()) continue;
        const auto place = static_cast<double>(b), count = static_cast<double>(measured[b].size());
        curve.push_back({.low = place / bins,
                         .high = (place + 1) / bins,
                         .images = measured[b].size(),
                         .predicted = sums[b] / count,
                         .measured = clustered_proportion(measured[b], draws, options.confidence)});
    }
    return curve;
}

}  // namespace pstar
