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
enum class RunSize { width, train_samples, depth, batch_size };
inline constexpr std::array<RunSize, 4> run_sizes{RunSize::width, RunSize::train_samples, RunSize::depth,
                                                  RunSize::batch_size};
inline constexpr std::array<std::string_view, 4> run_size_names{"width", "n_train_samples", "depth", "batch_size"};

inline std::string to_string(RunSize size) {
    return std::string(run_size_names[static_cast<std::size_t>(size)]);
}

/// The member of a run's key that holds the size: `run.*member_of(size)`.
constexpr auto member_of(RunSize size) {
    constexpr std::array<std::size_t RunKey::*, 4> members{&RunKey::width, &RunKey::train_samples, &RunKey::depth,
                                                           &RunKey::batch_size};
    return members[static_cast<std::size_t>(size)];
}

/// The sizes that are not the same for all runs, in the order of `run_sizes`. `runs` is any range of `RunKey`.
template <class Runs>
std::vector<RunSize> varied_sizes(const Runs& runs) {
    std::vector<RunSize> varied;
    for (const auto size : run_sizes) {
        std::set<std::size_t> values;
        for (const RunKey& run : runs) values.insert(run.*member_of(size));
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
        auto key = curve_key(curve.measured.run);
        key.*member_of(size) = 0;
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
    std::vector<std::size_t> sizes = {};              ///< of the curves that took part
    std::size_t least_repeats = 0, most_repeats = 0;  ///< runs behind a point of those curves
};

/// `fit_trend` of the quantity against log(size), over the curves of a family whose numbers can be compared
/// (`FittedCurve::comparable`), that have a standard error, and whose size is not 0 (infinite).
inline SizeTrend size_trend(const CurveFamily& family, RunSize size, CurveQuantity quantity) {
    SizeTrend result{.run = family.run, .images = family.images, .size = size, .quantity = quantity};
    std::vector<SizedValue> values;
    for (const auto* curve : family.curves) {
        const auto at = curve->measured.run.*member_of(size);
        if (!curve->comparable() || at == 0) continue;
        CurveIntervals intervals = curve->fit;
        const auto value = at_size(static_cast<double>(at), intervals[quantity], 0.95, intervals.interval_dof);
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
