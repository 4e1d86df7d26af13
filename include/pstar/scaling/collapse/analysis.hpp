#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/collapse_curves.hpp>
#include <pstar/scaling/collapse/common_family.hpp>
#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/landscape.hpp>
#include <pstar/scaling/collapse/measured_size.hpp>
#include <pstar/scaling/collapse/null.hpp>
#include <pstar/scaling/collapse/prediction.hpp>
#include <pstar/scaling/collapse/proxy.hpp>
#include <pstar/scaling/collapse/proxy_points.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/spread.hpp>
#include <pstar/scaling/power_law.hpp>
#include <pstar/scaling/trend.hpp>

/// From accuracy curves of several sizes to three answers: does the knee shift, does it sharpen, do the curves
/// collapse?
namespace pstar {

/// How several sizes are analysed.
struct ScalingOptions {
    CurveFitOptions curves = {};            ///< of the fit at each size
    bool best_family = false;               ///< fit the family that suits all sizes best, as where `curves.family` is
                                            ///< empty
    CollapseOptions collapse = {};          ///< of the collapse; its bootstrap and seed serve the proxies as well
    std::string strength_name = "p";        ///< of the strength, as a proxy to compare with
    std::vector<std::string> proxies = {};  ///< names of the proxies of `MeasuredSize`, in their order

    void validate() const {
        curves.validate();
        collapse.validate();
    }
};

/// What was found at one size.
struct SizeAnalysis {
    MeasuredSize measured;
    CurveFit fit = {};                    ///< of the family of the whole analysis
    std::vector<CurveFit> families = {};  ///< the fits of all families, the best by AIC first
    Spread spread = {};                   ///< across runs; undefined for means
    SizeCurve curve = {};                 ///< with an error at every point, as the collapse sees it
};

/// What was found at all sizes. With one size only the fits are made. Of curves with several sizes each the trends are
/// not asked for: p* may move with every size.
struct ScalingAnalysis {
    std::vector<SizeAnalysis> sizes;
    SigmoidFamily family = SigmoidFamily::logistic;       ///< of the fits
    SigmoidFamily best_family = SigmoidFamily::logistic;  ///< of the least AIC, summed over the sizes
    double aic_gain = 0;                                  ///< sum of AIC of `family` minus that of `best_family`
    Trend shift;                                          ///< of p* against log size
    Trend sharpening;                                     ///< of log slope against log size
    Approach approach;                                    ///< p* = limit + amplitude size^-exponent
    Collapse collapse;
    CollapsePrediction prediction;  ///< of each size by the others
    ShuffledSizes shuffled;         ///< the collapse with sizes assigned to the curves in other orders
    ProxyRanking ranking;           ///< of other numbers to collapse against; empty where nothing can be compared
    std::size_t ranked_points = 0;  ///< points at which all proxies are finite
    CollapseLandscape landscape;    ///< around the best exponents
};

namespace detail {

/// `fit(data)` of what was measured: counts, means, seeds or runs; of nothing, where it is no accuracy.
template <class Fit>
auto fit_measured_size(const MeasuredSize& measured, const CurveFitOptions& options, const Fit& fit) {
    if (measured.any_value) return fit(std::span<const CurvePoint>());
    if (measured.of_means()) {
        if (measured.error.empty() && options.test_images > 0) return fit(mean_counts(measured, options.test_images));
        const auto points = mean_points(measured);
        return fit(std::span<const CurvePoint>(points));
    }
    if (measured.same_seeds && measured.least_runs() >= 2) return fit(seed_curves(measured));
    return fit(CurveRuns{measured.strength, measured.runs});
}

/// The fits at every size, all of one family; where the family is open, a size that the common one does not describe
/// has the fit that suits it best, in a family of its own or in none.
template <class Curve>
void fit_sizes(std::vector<MeasuredSize> sizes, const ScalingOptions& options, ScalingAnalysis& result) {
    std::vector<std::vector<CurveFit>> families;
    auto open = options.curves;
    open.family = std::nullopt;
    for (const auto& measured : sizes)
        families.push_back(
            fit_measured_size(measured, open, [&](const auto& data) { return fit_families<Curve>(data, open); }));
    const auto common = common_family(families, options.curves.family.value_or(SigmoidFamily::logistic));
    const bool is_open = options.best_family || !options.curves.family;
    result.best_family = common.best;
    result.family = is_open ? common.best : *options.curves.family;
    result.aic_gain = is_open ? 0 : common.aic_gain;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        const auto* of_family = fit_of(families[k], result.family);
        if (!of_family) {
            std::ostringstream text;
            text << "size " << sizes[k].size << " has negative strengths, for which the " << to_string(result.family)
                 << " family is not defined";
            throw DataError(text.str());
        }
        auto fit = *of_family;
        if (is_open && fit.status == CurveStatus::misfit)
            fit = fit_measured_size(sizes[k], open, [&](const auto& data) { return fit_curve<Curve>(data, open); });
        Spread spread;
        if (!sizes[k].of_means() && !sizes[k].any_value)
            spread = spread_across_runs({sizes[k].strength, sizes[k].runs}, {.seed = options.curves.seed});
        result.sizes.push_back({std::move(sizes[k]), std::move(fit), std::move(families[k]), std::move(spread), {}});
    }
}

inline std::vector<SizeCurve> curves_of_sizes(const std::vector<SizeAnalysis>& sizes, std::size_t test_images) {
    std::vector<MeasuredSize> measured;
    std::vector<CurveFit> fits;
    for (const auto& size : sizes) measured.push_back(size.measured), fits.push_back(size.fit);
    return collapse_curves(measured, fits, test_images);
}

/// p*, or log slope, of the sizes whose fits can be compared.
inline std::vector<SizedValue> sized_values(const std::vector<SizeAnalysis>& sizes, bool of_slope, double confidence) {
    std::vector<SizedValue> values;
    for (const auto& [measured, fit, families, spread, curve] : sizes) {
        if (!is_comparable(fit.status) || !measured.more_sizes.empty()) continue;
        const auto value = of_slope ? log_at_size(measured.size, fit.slope, confidence, fit.interval_dof)
                                    : at_size(measured.size, fit.p_star, confidence, fit.interval_dof);
        if (std::isfinite(value.value) && std::isfinite(value.error) && value.error > 0) values.push_back(value);
    }
    return values;
}

/// (1 - p)/sqrt(p) where all strengths lie in [0, 1], the measured proxies, and the strength itself.
inline std::vector<Proxy> all_proxies(const std::vector<SizeAnalysis>& sizes, std::span<const SizeCurve> curves,
                                      const ScalingOptions& options) {
    const bool shares = std::all_of(curves.begin(), curves.end(), [](const SizeCurve& curve) {
        return curve.strength.front() >= 0 && curve.strength.back() <= 1;
    });
    std::vector<Proxy> proxies;
    if (shares)
        proxies.push_back(make_proxy("(1-p)/sqrt(p)", curves, [](double p, double) { return (1 - p) / std::sqrt(p); }));
    for (std::size_t k = 0; k < options.proxies.size(); ++k) {
        proxies.push_back({options.proxies[k], {}});
        for (const auto& size : sizes) proxies.back().x.push_back(size.measured.proxies[k]);
    }
    proxies.push_back(make_proxy(options.strength_name, curves, [](double p, double) { return p; }));
    return proxies;
}

/// Ranks the proxies; leaves the ranking empty where only the strength is left, or a size has no point left.
inline void rank_all_proxies(std::span<const SizeCurve> curves, const ScalingOptions& options,
                             ScalingAnalysis& result) {
    const auto points = finite_points(curves, all_proxies(result.sizes, curves, options));
    if (points.proxies.size() < 2 || !points.cover_all_sizes()) return;
    result.ranked_points = points.points;
    result.ranking = rank_proxies(points.curves, points.proxies,
                                  {.bootstrap = options.collapse.bootstrap, .seed = options.collapse.seed});
}

}  // namespace detail

/// Fits the curve of every size, asks how p* and slope move with size, and whether the curves collapse: the fit of the
/// collapse, its prediction of sizes left out, the same with shuffled sizes, the ranking of proxies and the
/// landscape of the exponents. Sizes in any order, each once.
///
/// Throws std::invalid_argument for options out of range, without sizes, for a size that `MeasuredSize::validate`
/// refuses or that has another number of proxies than `options.proxies`, and `DataError` for a family that is not
/// defined at a size's strengths.
template <class Curve = SigmoidCurve>
ScalingAnalysis analyse_sizes(std::vector<MeasuredSize> sizes, const ScalingOptions& options = {}) {
    options.validate();
    require(!sizes.empty(), "analyse_sizes", "number of sizes", sizes.size(), "be at least 1");
    for (const auto& measured : sizes) {
        measured.validate();
        require(measured.proxies.size() == options.proxies.size(), "analyse_sizes", "number of proxies of a size",
                measured.proxies.size(), "equal the number of names in the options");
    }
    ScalingAnalysis result;
    detail::fit_sizes<Curve>(std::move(sizes), options, result);
    const auto curves = detail::curves_of_sizes(result.sizes, options.curves.test_images);
    for (std::size_t k = 0; k < curves.size(); ++k) result.sizes[k].curve = curves[k];
    const double confidence = options.curves.confidence;
    result.shift = fit_trend(detail::sized_values(result.sizes, false, confidence), confidence);
    result.sharpening = fit_trend(detail::sized_values(result.sizes, true, confidence), confidence);
    result.approach = fit_approach(detail::sized_values(result.sizes, false, confidence), confidence);
    result.collapse = fit_collapse(curves, options.collapse);
    if (curves.size() < 2) return result;
    auto same = options.collapse;  // with a correction where one was fitted
    same.correction = result.collapse.correction.fitted ? CorrectionChoice::fitted : CorrectionChoice::none;
    result.prediction = predict_left_out(curves, same);
    same.correction = CorrectionChoice::none;                              // the order of sizes shows without
    const std::size_t shuffles = curves[0].more_sizes.empty() ? 199 : 39;  // which take longer with more exponents
    result.shuffled = shuffle_sizes(curves, same.known(), {.shuffles = shuffles, .seed = options.collapse.seed});
    detail::rank_all_proxies(curves, options, result);
    result.landscape = collapse_landscape(curves, result.collapse.exponents);
    return result;
}

}  // namespace pstar
