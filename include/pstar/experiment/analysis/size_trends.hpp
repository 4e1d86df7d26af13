#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/trend.hpp>

/// How midpoint and slope of accuracy curves move with one size of the model or of its training.
namespace pstar {

/// A size that a grid can vary.
enum class RunSize {
    width,
    train_samples,
    depth,
    batch_size,
    samples_per_class,
    clean_fraction,
    clean_per_class,
    label_noise
};
/// All of them.
inline constexpr std::array<RunSize, 8> run_sizes{
    RunSize::width,           RunSize::train_samples,     RunSize::depth,
    RunSize::batch_size,      RunSize::samples_per_class, RunSize::clean_fraction,
    RunSize::clean_per_class, RunSize::label_noise};
/// Their words, in the same order: columns of `runs.csv`.
inline constexpr std::array<std::string_view, 8> run_size_names{
    "width",          "n_train_samples", "depth",      "batch_size", "samples_per_class",
    "clean_fraction", "clean_per_class", "label_noise"};

inline std::string to_string(RunSize size) {
    return std::string(run_size_names[static_cast<std::size_t>(size)]);
}

/// The size of a run.
inline double size_of(const RunKey& run, RunSize size) {
    switch (size) {
        case RunSize::train_samples:
            return static_cast<double>(run.train_samples);
        case RunSize::depth:
            return static_cast<double>(run.depth);
        case RunSize::batch_size:
            return static_cast<double>(run.batch_size);
        case RunSize::samples_per_class:
            return static_cast<double>(run.samples_per_class);
        case RunSize::clean_fraction:
            return run.clean_fraction;
        case RunSize::clean_per_class:
            return static_cast<double>(run.clean_per_class);
        case RunSize::label_noise:
            return run.label_noise;
        default:
            return static_cast<double>(run.width);
    }
}

/// `run` with that size 0: equal for runs that differ in it alone. So many images of each class are a size of the
/// training set, too; sets that are the first images stay apart from those that are so many of each class.
inline RunKey without_size(RunKey run, RunSize size) {
    switch (size) {
        case RunSize::train_samples:
        case RunSize::samples_per_class:
            run.train_samples = 0;
            run.samples_per_class = std::min<std::size_t>(run.samples_per_class, 1);
            break;
        case RunSize::depth:
            run.depth = 0;
            break;
        case RunSize::batch_size:
            run.batch_size = 0;
            break;
        case RunSize::clean_fraction:
            run.clean_fraction = 0;
            break;
        case RunSize::clean_per_class:
            run.clean_per_class = 0;
            break;
        case RunSize::label_noise:
            run.label_noise = 0;
            break;
        default:
            run.width = 0;
    }
    return run;
}

/// The sizes that are not the same for all runs, in the order of `run_sizes`. `runs` is any range of `RunKey`.
template <class Runs>
std::vector<RunSize> varied_sizes(const Runs& runs) {
    std::vector<RunSize> varied;
    for (const auto size : run_sizes) {
        std::set<double> values;
        for (const RunKey& run : runs) values.insert(size_of(run, size));
        if (values.size() > 1) varied.push_back(size);
    }
    return varied;
}

/// Curves on the same kind of test images that differ in nothing but one size.
struct CurveFamily {
    RunKey run;  ///< its strength, its repeat and that size have no meaning
    TestImages images = TestImages::clean;
    std::vector<const FittedCurve*> curves = {};  ///< of the range they were taken from, in its order
};

/// The curves by family, families in the order of their first curves. Refers to `curves`.
inline std::vector<CurveFamily> curve_families(std::span<const FittedCurve> curves, RunSize size) {
    std::vector<CurveFamily> families;
    for (const auto& curve : curves) {
        const auto key = without_size(curve_key(curve.measured.run), size);
        const auto same = [&](const CurveFamily& family) {
            return family.run == key && family.images == curve.measured.images;
        };
        auto place = std::find_if(families.begin(), families.end(), same);
        if (place == families.end()) place = families.insert(place, {key, curve.measured.images});
        place->curves.push_back(&curve);
    }
    return families;
}

/// How one quantity of the curves of a family moves with the size.
struct SizeTrend {
    RunKey run;  ///< of the family
    TestImages images = TestImages::clean;
    RunSize size = RunSize::width;
    CurveQuantity quantity = CurveQuantity::p_star;
    Trend trend = {};
    std::vector<double> sizes = {};                   ///< of the curves that took part
    std::size_t least_repeats = 0, most_repeats = 0;  ///< runs behind a point of those curves
};

/// `fit_trend` of the quantity against log(size), over the curves of a family whose numbers can be compared
/// (`FittedCurve::comparable`), that have a standard error, and whose size is not 0 (an infinite width, no clean
/// image).
inline SizeTrend size_trend(const CurveFamily& family, RunSize size, CurveQuantity quantity) {
    SizeTrend result{.run = family.run, .images = family.images, .size = size, .quantity = quantity};
    std::vector<SizedValue> values;
    for (const auto* curve : family.curves) {
        const auto at = size_of(curve->measured.run, size);
        if (!curve->comparable() || at == 0) continue;
        CurveIntervals intervals = curve->fit;
        const auto value = at_size(at, intervals[quantity], 0.95, intervals.interval_dof);
        if (!std::isfinite(value.value) || !std::isfinite(value.error) || value.error == 0) continue;
        const auto least = curve->least_repeats();
        result.least_repeats = values.empty() ? least : std::min(result.least_repeats, least);
        result.most_repeats = std::max(result.most_repeats, curve->most_repeats());
        values.push_back(value);
        result.sizes.push_back(at);
    }
    result.trend = fit_trend(values);
    return result;
}

/// The trends of midpoint and slope along the size, of every family of two curves or more.
inline std::vector<SizeTrend> size_trends(std::span<const FittedCurve> curves, RunSize size) {
    std::vector<SizeTrend> trends;
    for (const auto& family : curve_families(curves, size)) {
        if (family.curves.size() < 2) continue;
        for (const auto quantity : {CurveQuantity::p_star, CurveQuantity::slope})
            trends.push_back(size_trend(family, size, quantity));
    }
    return trends;
}

}  // namespace pstar
