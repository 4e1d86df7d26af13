#include "collapse_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/collapse/quality.hpp>

namespace study {
namespace {

/// Means with what is known of their errors.
std::vector<pstar::CurvePoint> points_of(const MeasuredSize& measured) {
    std::vector<pstar::CurvePoint> points;
    const auto means = measured.accuracy();
    for (std::size_t i = 0; i < means.size(); ++i) {
        const bool has_error = !measured.error.empty();
        points.push_back({measured.strength[i], means[i], has_error ? measured.error[i] : 0,
                          measured.repeats.empty() ? 0 : measured.repeats[i]});
    }
    return points;
}

/// Means of so many runs of so many images each, without errors: counts.
pstar::CurveCounts counts_of(const MeasuredSize& measured, std::size_t test_images) {
    pstar::CurveCounts counts{measured.strength, {}};
    const auto means = measured.accuracy();
    for (std::size_t i = 0; i < means.size(); ++i) {
        const std::size_t images = test_images * (measured.repeats.empty() ? 1 : measured.repeats[i]);
        counts.runs.push_back(
            {{static_cast<std::size_t>(std::llround(means[i] * static_cast<double>(images))), images}});
    }
    return counts;
}

/// The fits of all families, whatever the table holds: seeds, runs, counts or means.
std::vector<pstar::CurveFit> fits_of(const MeasuredSize& measured, const pstar::CurveFitOptions& options) {
    if (measured.of_means()) {
        if (measured.error.empty() && options.test_images > 0)
            return pstar::fit_families(counts_of(measured, options.test_images), options);
        return pstar::fit_families(std::span<const pstar::CurvePoint>(points_of(measured)), options);
    }
    if (measured.same_seeds && measured.least_runs() >= 2) return pstar::fit_families(measured.by_seed(), options);
    return pstar::fit_families(pstar::CurveRuns{measured.strength, measured.runs}, options);
}

const pstar::CurveFit* fit_of(const std::vector<pstar::CurveFit>& fits, pstar::SigmoidFamily family) {
    const auto place = std::ranges::find(fits, family, [](const pstar::CurveFit& fit) { return fit.curve.family; });
    return place == fits.end() ? nullptr : &*place;
}

/// A curve with an error at every point: from the table, from the number of images, or, where nothing is known, from
/// the scatter about the fit.
pstar::SizeCurve curve_of_means(const SizeAnalysis& size, std::size_t test_images) {
    const auto& measured = *size.measured;
    const auto errors = pstar::curve_errors(points_of(measured), test_images);
    pstar::SizeCurve curve{measured.size, measured.strength, measured.accuracy(), {}};
    const double scatter = size.fit.dof > 0 ? std::sqrt(size.fit.deviance / static_cast<double>(size.fit.dof)) : 1;
    const double unit = errors.source == pstar::ErrorSource::residual ? std::max(scatter, 1e-9) : 1;
    for (const double error : errors.smooth) curve.error.push_back(unit * error);
    return curve;
}

/// Runs at some strength differ: the scatter between them tells the errors.
bool has_scatter(const MeasuredSize& measured) {
    if (measured.of_means()) return false;
    return std::ranges::any_of(measured.runs, [](const auto& runs) {
        return std::ranges::adjacent_find(runs, std::ranges::not_equal_to{}) != runs.end();
    });
}

/// The curves that a collapse is asked of: from runs where there are repeats, else from means.
std::vector<pstar::SizeCurve> size_curves(const std::vector<SizeAnalysis>& sizes, std::size_t test_images) {
    bool of_runs = false, same_seeds = true;
    std::vector<pstar::SizeRuns> runs;
    std::vector<pstar::SizeCurve> means;
    for (const auto& size : sizes) {
        of_runs = of_runs || has_scatter(*size.measured);
        same_seeds = same_seeds && size.measured->same_seeds;
        runs.push_back({size.measured->size, size.measured->strength, size.measured->runs});
    }
    if (of_runs) return pstar::curves_of_runs(runs, {same_seeds, test_images});
    for (const auto& size : sizes) means.push_back(curve_of_means(size, test_images));
    return means;
}

/// The family of least AIC over all sizes, and by how much it beats `family`. Families that not all sizes have (Weibull
/// with negative strengths) stand back.
std::pair<pstar::SigmoidFamily, double> best_family(const std::vector<SizeAnalysis>& sizes,
                                                    pstar::SigmoidFamily family) {
    std::map<pstar::SigmoidFamily, double> aic;
    for (const auto candidate : pstar::sigmoid_families) {
        double sum = 0;
        for (const auto& size : sizes) {
            const auto* fit = fit_of(size.families, candidate);
            sum += fit && std::isfinite(fit->curve.p_star) ? fit->aic : std::numeric_limits<double>::infinity();
        }
        aic[candidate] = sum;
    }
    const auto best = std::ranges::min_element(aic, {}, [](const auto& entry) { return entry.second; });
    if (!std::isfinite(best->second)) return {family, 0};
    return {best->first, std::isfinite(aic[family]) ? aic[family] - best->second : 0};
}

/// p*, or log slope, of the sizes whose curves can be compared.
std::vector<pstar::SizedValue> sized_values(const std::vector<SizeAnalysis>& sizes, bool of_slope) {
    std::vector<pstar::SizedValue> values;
    for (const auto& size : sizes) {
        if (!is_comparable(size.fit)) continue;
        const double dof = size.fit.interval_dof;
        const auto value = of_slope ? pstar::log_at_size(size.measured->size, size.fit.slope, 0.95, dof)
                                    : pstar::at_size(size.measured->size, size.fit.p_star, 0.95, dof);
        if (std::isfinite(value.value) && std::isfinite(value.error) && value.error > 0) values.push_back(value);
    }
    return values;
}

/// The points at which every proxy is finite, and the proxies there.
struct ProxyPoints {
    std::vector<pstar::SizeCurve> curves;
    std::vector<pstar::Proxy> proxies;
    std::size_t points = 0;
};

/// (1 - p)/sqrt(p), where strengths are shares; the columns that were named; and, to compare with, the strength itself.
ProxyPoints proxy_points(const std::vector<SizeAnalysis>& sizes, const CurveColumns& columns) {
    const bool shares = std::ranges::all_of(sizes, [](const SizeAnalysis& size) {
        return size.curve.strength.front() >= 0 && size.curve.strength.back() <= 1;
    });
    ProxyPoints result;
    if (shares) result.proxies.push_back({"(1-p)/sqrt(p)", {}});
    for (const auto& name : columns.proxies) result.proxies.push_back({name, {}});
    result.proxies.push_back({columns.strength, {}});
    for (const auto& size : sizes) {
        pstar::SizeCurve kept{size.curve.size, {}, {}, {}, {}, size.curve.same_seeds};
        for (auto& proxy : result.proxies) proxy.x.emplace_back();
        for (std::size_t i = 0; i < size.curve.points(); ++i) {
            const double p = size.curve.strength[i];
            std::vector<double> x;
            if (shares) x.push_back((1 - p) / std::sqrt(p));
            for (const auto& column : size.measured->proxies) x.push_back(column[i]);
            x.push_back(p);
            if (!std::ranges::all_of(x, [](double value) { return std::isfinite(value); })) continue;
            for (std::size_t k = 0; k < x.size(); ++k) result.proxies[k].x.back().push_back(x[k]);
            kept.strength.push_back(p);
            kept.accuracy.push_back(size.curve.accuracy[i]);
            kept.error.push_back(size.curve.error[i]);
            if (!size.curve.runs.empty()) kept.runs.push_back(size.curve.runs[i]);
        }
        result.points += kept.points();
        result.curves.push_back(std::move(kept));
    }
    return result;
}

/// How curves of all sizes fall on one against each of them; nothing where a size has no point left, or where there is
/// nothing to compare.
void rank(GroupAnalysis& group, const CollapseFlags& flags) {
    const auto points = proxy_points(group.sizes, flags.columns);
    if (points.proxies.size() < 2) return;
    for (const auto& curve : points.curves)
        if (curve.points() == 0) return;
    group.ranked_points = points.points;
    group.ranking =
        pstar::rank_proxies(points.curves, points.proxies, {.bootstrap = flags.bootstrap, .seed = flags.seed});
}

Landscape landscape_of(const std::vector<pstar::SizeCurve>& curves, const pstar::Collapse& best) {
    Landscape landscape;
    if (!std::isfinite(best.exponents.p_c) || best.exponents.nu == 0) return landscape;
    constexpr int steps = 40;
    const double first =
        std::ranges::min(curves, {}, [](const auto& c) { return c.strength.front(); }).strength.front();
    const double last = std::ranges::max(curves, {}, [](const auto& c) { return c.strength.back(); }).strength.back();
    const double reach = std::max(1.0, 2 * std::abs(1 / best.exponents.nu));
    for (int i = 0; i <= steps; ++i) {
        landscape.p_c.push_back(first + (last - first) * i / steps);
        landscape.inverse_nu.push_back(-reach + 2 * reach * i / steps);
    }
    for (const double p_c : landscape.p_c) {
        landscape.s.emplace_back();
        for (const double inverse_nu : landscape.inverse_nu) {
            const double nu = inverse_nu == 0 ? std::numeric_limits<double>::infinity() : 1 / inverse_nu;
            const auto scaled = pstar::scale(curves, {p_c, nu, best.exponents.zeta});
            landscape.s.back().push_back(pstar::line_quality(scaled).s);
        }
    }
    return landscape;
}

GroupAnalysis analysed(const MeasuredGroup& group, const CollapseFlags& flags) {
    GroupAnalysis result;
    result.name = group.name;
    result.family = flags.family;
    const pstar::CurveFitOptions options{.lower = flags.lower,
                                         .upper = flags.upper,
                                         .level = flags.level,
                                         .bootstrap = std::max<std::size_t>(flags.bootstrap, 100),
                                         .seed = flags.seed,
                                         .test_images = flags.test_images};
    for (const auto& measured : group.sizes)
        result.sizes.push_back({&measured, {}, fits_of(measured, options), {}, {}});
    std::tie(result.best_family, result.aic_gain) = best_family(result.sizes, flags.family);
    if (flags.best_family) result.family = result.best_family, result.aic_gain = 0;
    for (auto& size : result.sizes) {
        const auto* fit = fit_of(size.families, result.family);
        if (!fit)
            throw pstar::DataError(fmt::format("size {:g} has negative strengths, which the {} family does not know",
                                               size.measured->size, to_string(result.family)));
        size.fit = *fit;
        if (!size.measured->of_means())
            size.spread =
                pstar::spread_across_runs({size.measured->strength, size.measured->runs}, {.seed = flags.seed});
    }
    const auto curves = size_curves(result.sizes, flags.test_images);
    for (std::size_t k = 0; k < curves.size(); ++k) result.sizes[k].curve = curves[k];
    result.shift = pstar::fit_trend(sized_values(result.sizes, false));
    result.sharpening = pstar::fit_trend(sized_values(result.sizes, true));
    result.approach = pstar::fit_approach(sized_values(result.sizes, false));
    const pstar::CollapseOptions collapse{
        .p_c = flags.p_c, .nu = flags.nu, .zeta = flags.zeta, .bootstrap = flags.bootstrap, .seed = flags.seed};
    result.collapse = pstar::fit_collapse(curves, collapse);
    if (curves.size() < 2) return result;
    result.prediction = pstar::predict_left_out(curves, collapse);
    result.shuffled = pstar::shuffle_sizes(curves, collapse.known(), {.seed = flags.seed});
    rank(result, flags);
    result.landscape = landscape_of(curves, result.collapse);
    return result;
}

}  // namespace

bool is_comparable(const pstar::CurveFit& fit) {
    using enum pstar::CurveStatus;
    return fit.status == ok || fit.status == misfit || fit.status == step;
}

std::vector<GroupAnalysis> analyse(const CurveTable& table, const CollapseFlags& flags) {
    std::vector<GroupAnalysis> groups;
    for (const auto& group : table.groups) groups.push_back(analysed(group, flags));
    return groups;
}

}  // namespace study
