#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/measured_size.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/points.hpp>

/// Measured sizes as curves with an error at every point, which a collapse needs.
namespace pstar {

/// The curve of means: its errors are those given, else those of counting `test_images` images, else (0) the scatter
/// about the fitted curve, sqrt(deviance / dof).
inline SizeCurve curve_of_means(const MeasuredSize& measured, const CurveFit& fit, std::size_t test_images) {
    const auto errors = curve_errors(mean_points(measured), measured.any_value ? 0 : test_images);
    require(!measured.any_value || errors.source != ErrorSource::residual, "curve_of_means", "size", measured.size,
            "have errors or repeated runs: nothing is fitted whose scatter could tell them");
    SizeCurve curve{measured.size, measured.strength, measured.accuracy(), {}};
    curve.more_sizes = measured.more_sizes;
    const double scatter = fit.dof > 0 ? std::sqrt(fit.deviance / static_cast<double>(fit.dof)) : 1;
    const double unit = errors.source == ErrorSource::residual ? std::max(scatter, 1e-9) : 1;
    for (const double error : errors.smooth) curve.error.push_back(unit * error);
    return curve;
}

/// The curves of all sizes: from their runs (`curves_of_runs`) where runs at the same strength differ anywhere, else
/// from means (`curve_of_means`). `fits[k]` is the fit of size k; `test_images` is the number of images behind each
/// accuracy, 0 where unknown. Throws std::invalid_argument unless there is one fit for each size.
inline std::vector<SizeCurve> collapse_curves(std::span<const MeasuredSize> sizes, std::span<const CurveFit> fits,
                                              std::size_t test_images) {
    require(fits.size() == sizes.size(), "collapse_curves", "number of fits", fits.size(), "equal the number of sizes");
    bool of_runs = false, same_seeds = true;
    std::vector<SizeRuns> runs;
    for (const auto& measured : sizes) {
        of_runs = of_runs || measured.has_scatter();
        same_seeds = same_seeds && measured.same_seeds;
        runs.push_back({measured.size, measured.strength, measured.runs, measured.more_sizes});
    }
    if (of_runs) return curves_of_runs(runs, {same_seeds, test_images});
    std::vector<SizeCurve> means;
    for (std::size_t k = 0; k < sizes.size(); ++k) means.push_back(curve_of_means(sizes[k], fits[k], test_images));
    return means;
}

}  // namespace pstar
