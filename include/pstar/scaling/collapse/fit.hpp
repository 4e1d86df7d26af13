#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/bootstrap.hpp>
#include <pstar/scaling/collapse/correction.hpp>
#include <pstar/scaling/collapse/fit_options.hpp>
#include <pstar/scaling/collapse/fit_result.hpp>
#include <pstar/scaling/collapse/pooled_errors.hpp>
#include <pstar/scaling/collapse/search.hpp>
#include <pstar/scaling/collapse/status.hpp>
#include <pstar/scaling/detail/collapse_intervals.hpp>
#include <pstar/scaling/detail/collapse_response.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/quantile.hpp>

/// Do curves of several sizes collapse to one, and with which exponents?
namespace pstar {

namespace detail {

/// A collapse on its way: the optimum, and what is needed to judge it.
class CollapseFitting {
public:
    CollapseFitting(std::span<const SizeCurve> curves, const CollapseOptions& options, const KnownExponents& known)
        : curves_(curves), options_(options), known_(known), frame_(curves) {
        for (const auto& curve : curves) noise_.emplace_back(curve);
        optima_ = search_optima(frame_, known_);
        optimum_ = search_collapse(frame_, known_, optima_);
    }

    CollapseFrame& frame() { return frame_; }
    const CollapseOptimum& optimum() const { return optimum_; }

    Collapse fit() {
        Collapse result;
        result.sizes = curves_.size();
        result.exponents = frame_.exponents(optimum_.place);
        result.log_evidence = frame_.log_evidence(optimum_.place, optimum_.length) - frame_.log_evidence_apart();
        const auto scaled = scale(curves_, result.exponents);
        result.line = line_quality(scaled);
        result.smooth = quality_at(optimum_);
        for (const auto& peak : optima_)
            result.peaks.push_back({frame_.exponents(peak.place),
                                    frame_.log_evidence(peak.place, peak.length) - frame_.log_evidence_apart(),
                                    quality_at(peak)});
        const Seed seed{options_.seed};
        const auto truth = unbiased_place(frame_, noise_, known_, optimum_, seed);
        const auto redraws = redraw_collapse(frame_, noise_, known_, optimum_, truth, options_.bootstrap, seed);
        judge(result, redraws);
        estimate(result, truth, redraws);
        result.status = status(result, redraws);
        result.explanation = explain(result.status);
        return result;
    }

private:
    CollapseQuality quality_at(const CollapseOptimum& optimum) {
        const auto relative = frame_.at(optimum.place);
        auto smoothness = range_of(relative);
        smoothness.length = optimum.length;
        return smooth_quality(relative, smoothness);
    }

    /// The noise of the redraws is itself an estimate, with `dof` degrees of freedom over all sizes: S in a redraw is
    /// multiplied by dof / chi^2_dof, which makes an F distribution of a chi-squared one.
    std::vector<double> null_of_s(const CollapseRedraws& redraws) const {
        constexpr double as_good_as_known = 300;
        double dof = 0;
        for (const auto& noise : noise_) dof += noise.dof();
        auto s = redraws.s;
        RandomSequence random({Seed{options_.seed}, Stream::collapse_null});
        for (double& value : s) {
            double chi_squared = 0;
            for (double k = 0; k < dof && dof < as_good_as_known; ++k) chi_squared += std::pow(random.normal(), 2);
            if (chi_squared > 0) value *= dof / chi_squared;
        }
        std::sort(s.begin(), s.end());
        return s;
    }

    void judge(Collapse& result, const CollapseRedraws& redraws) const {
        if (result.smooth.overlapping == 0) return;
        auto line = redraws.line_s;
        std::sort(line.begin(), line.end());
        result.line_expected = {quantile(line, 0.5), quantile(line, 0.025), quantile(line, 0.975)};
        const auto s = null_of_s(redraws);
        const auto above = static_cast<double>(s.end() - std::lower_bound(s.begin(), s.end(), result.smooth.s));
        result.p_value = (above + 1) / (static_cast<double>(s.size()) + 1);
        if (result.p_value < 0.05) result.inflation = std::max(1.0, std::sqrt(result.smooth.s / quantile(s, 0.5)));
    }

    void estimate(Collapse& result, const CollapsePlace& truth, const CollapseRedraws& redraws) {
        const CollapseBox box(frame_, known_);
        const auto& free = box.exponents;
        const CollapseIntervals intervals(frame_, box, ScoreCurvature(frame_, box, final_score(known_), optimum_),
                                          noise_, {optimum_, truth, redraws, options_.confidence, result.inflation});
        const auto& place = optimum_.place;
        result.p_c = free.has_p_c() ? intervals.coordinate(0) : exactly(place.p_c);
        for (std::size_t k = 0; k < frame_.sizes(); ++k) {
            const bool is_free = free.has_stretch(k);
            const auto stretch = is_free ? intervals.coordinate(free.of_stretch(k)) : exactly(place.stretch[k]);
            const auto nu = is_free ? inverse(stretch) : exactly(*known_.nu_of(k));
            (k == 0 ? result.inverse_nu : result.more_inverse_nu.emplace_back()) = stretch;
            (k == 0 ? result.nu : result.more_nu.emplace_back()) = nu;
        }
        result.zeta = exactly(options_.zeta.value_or(0));
        if (free.has_lift()) {
            std::vector<double> slope(free.count());
            if (free.has_stretch(0)) slope[free.of_stretch(0)] = -place.lift / (place.stretch[0] * place.stretch[0]);
            slope[free.of_lift()] = 1 / place.stretch[0];
            const auto zeta = [&](const CollapsePlace& p) { return frame_.exponents(p).zeta; };
            result.zeta = intervals.is_open(free.of_lift()) ? open_interval(zeta(place)) : intervals.of(slope, zeta);
        }
        if (free.has_change()) estimate(result.correction, free, intervals);
    }

    void estimate(CollapseCorrection& correction, const FreeExponents& free, const CollapseIntervals& intervals) {
        const auto change = intervals.coordinate(free.of_change());
        correction.fitted = true;
        correction.change = transformed(change, [](double x) { return std::expm1(x); });
        correction.omega = exactly(optimum_.place.omega);
        if (free.has_omega())
            correction.omega =
                clamped(intervals.coordinate(free.of_omega()), 0, std::numeric_limits<double>::infinity());
        const auto amplitude = [&](const CollapsePlace& p) { return frame_.exponents(p).correction.amplitude; };
        const double b = amplitude(optimum_.place);
        correction.amplitude = open_interval(b);
        if (contains(change, 0) || std::isinf(change.high) || std::isinf(correction.omega.high)) return;
        const auto log_of_b = [&](const CollapsePlace& p) {  // nearly normal; of the other sign: as if next to 0
            return amplitude(p) * b > 0 ? std::log(std::abs(amplitude(p))) : -700;
        };
        std::vector<double> slope(free.count());
        for (std::size_t k = free.of_change(); k < free.count(); ++k) {
            auto x = free.coordinates(optimum_.place);
            const double step = 1e-4 * std::abs(x[k]);
            x[k] += step;
            slope[k] = (log_of_b(free.place(x)) - log_of_b(optimum_.place)) / step;
        }
        const auto size = transformed(intervals.of(slope, log_of_b), [](double x) { return std::exp(x); });
        correction.amplitude = b > 0 ? size : negated(size);
    }

    /// S knows nothing of a curve that is not determined between the points; these two do.
    static bool is_contradicted(const Collapse& result, const CollapseRedraws& redraws) {
        constexpr double far_beyond = 2;
        const double most = *std::max_element(redraws.line_s.begin(), redraws.line_s.end());
        return result.log_evidence <= 0 || result.line.s > far_beyond * std::max(1.0, most);
    }

    /// Is another peak, whose exponents the intervals exclude, at least e^-3 times as probable as the best?
    static bool is_ambiguous(const Collapse& result) {
        constexpr double nearly_as_probable = 3;
        const auto excludes = [](const Estimate& x, double value) {
            return x.low < x.high && (value < x.low || value > x.high);
        };
        const auto excludes_more = [&](const std::vector<double>& nu) {
            for (std::size_t k = 0; k < nu.size(); ++k)
                if (excludes(result.more_inverse_nu[k], 1 / nu[k])) return true;
            return false;
        };
        return std::any_of(result.peaks.begin() + 1, result.peaks.end(), [&](const CollapsePeak& peak) {
            return peak.log_evidence > result.peaks[0].log_evidence - nearly_as_probable &&
                   (excludes(result.p_c, peak.exponents.p_c) || excludes(result.inverse_nu, 1 / peak.exponents.nu) ||
                    excludes(result.zeta, peak.exponents.zeta) || excludes_more(peak.exponents.more_nu));
        });
    }

    CollapseStatus status(const Collapse& result, const CollapseRedraws& redraws) const {
        double least = curves_[0].strength.front(), most = curves_[0].strength.back();
        for (const auto& curve : curves_)
            least = std::min(least, curve.strength.front()), most = std::max(most, curve.strength.back());
        if (result.smooth.overlapping == 0 || !are_linked(scale(curves_, result.exponents)))
            return CollapseStatus::no_overlap;
        if (!optimum_.converged) return CollapseStatus::not_converged;
        if (!options_.p_c && optimum_.edges[0]) return CollapseStatus::p_c_outside;
        if (result.p_value < options_.misfit_threshold) return CollapseStatus::misfit;
        if (is_contradicted(result, redraws)) return CollapseStatus::contradicted;
        if (is_ambiguous(result)) return CollapseStatus::ambiguous;
        for (std::size_t k = 0; k < frame_.sizes(); ++k) {
            const auto& s = k == 0 ? result.inverse_nu : result.more_inverse_nu[k - 1];
            if (!known_.nu_of(k) && !(s.low > 0 || (options_.negative_nu && s.high < 0)))
                return CollapseStatus::nu_unknown;
        }
        if (!options_.p_c && !(result.p_c.low >= least && result.p_c.high <= most)) return CollapseStatus::p_c_outside;
        const auto& correction = result.correction;
        if (correction.fitted &&
            (contains(correction.change, 0) || !(correction.omega.low > 0) || std::isinf(correction.omega.high)))
            return CollapseStatus::correction_unknown;
        return CollapseStatus::ok;
    }

    std::span<const SizeCurve> curves_;
    CollapseOptions options_;
    KnownExponents known_;
    CollapseFrame frame_;
    std::vector<CurveNoise> noise_;
    std::vector<CollapseOptimum> optima_;
    CollapseOptimum optimum_;
};

/// The collapse of curves that are enough for it, with a correction where one is asked for.
inline Collapse fit_choice(std::span<const SizeCurve> curves, const CollapseOptions& options) {
    auto without = options.known(), with = without;
    without.corrected = false, with.corrected = true;
    if (options.correction == CorrectionChoice::none) return CollapseFitting(curves, options, without).fit();
    const bool must = options.correction == CorrectionChoice::fitted;
    CollapseFitting plain(curves, options, without);
    const auto without_one = [&](std::string reason, double log_evidence) {
        auto result = plain.fit();
        result.correction.log_evidence = log_evidence;
        result.correction.reason = std::move(reason);
        return result;
    };
    if (first_sizes(curves) < least_sizes(with)) {
        const auto least = std::to_string(least_sizes(with));
        require(!must, "fit_collapse", "number of sizes", first_sizes(curves),
                "be at least " + least + " for a correction to scaling: their heights must tell b, omega and the rest");
        return without_one("A correction to scaling asks for " + least + " sizes at least.",
                           std::numeric_limits<double>::quiet_NaN());
    }
    CollapseFitting corrected(curves, options, with);
    const double gain = log_evidence_of_correction(plain.frame(), with, plain.optimum(), corrected.optimum());
    std::ostringstream evidence;
    evidence.precision(3);
    if (std::isfinite(gain))
        evidence << "the log evidence is " << std::abs(gain) << (gain > 0 ? " more" : " less") << " with one";
    else
        evidence << "with one the evidence has no maximum";
    if (!must && !(gain > 0)) return without_one("No correction to scaling is needed: " + evidence.str() + ".", gain);
    auto result = corrected.fit();
    if (!must && contains(result.correction.change, 0))
        return without_one("No correction to scaling is seen: " + evidence.str() + ", but its interval contains 0.",
                           gain);
    result.correction.log_evidence = gain;
    result.correction.reason =
        (must ? "A correction to scaling was asked for: " : "A correction to scaling is needed: ") + evidence.str() +
        ".";
    return result;
}

/// Throws unless every power of a size that is asked for can be had, and what several sizes of a curve ask for is
/// there.
inline void check_sizes(std::span<const SizeCurve> curves, const CollapseOptions& options) {
    constexpr auto where = "fit_collapse";
    for (const auto& curve : curves)
        for (std::size_t k = 0; k <= curve.more_sizes.size(); ++k)
            if (const auto nu = options.known().nu_of(k)) {
                const double size = curve.sizes()[k], stretch = std::pow(size, 1 / *nu);
                require(
                    std::isnormal(stretch), where, "nu", *nu,
                    "be larger: size^(1/nu) is " + std::to_string(stretch) + " for the size " + std::to_string(size));
            }
    for (const auto& curve : curves)
        require(options.correction == CorrectionChoice::none || std::isnormal(std::pow(curve.size, 4)), where, "size",
                curve.size, "have a fourth power, up to which omega is searched: choose another unit");
    if (curves.empty() || curves[0].more_sizes.empty()) return;
    const auto sizes = 1 + curves[0].more_sizes.size();
    require(curves.size() > sizes, where, "number of curves", curves.size(),
            "be at least " + std::to_string(sizes + 1) + " for " + std::to_string(sizes) + " sizes of each");
    require(vary_apart(curves), where, "number of sizes that vary apart from each other", "fewer",
            "be " + std::to_string(sizes) + ": one is constant, or a power of the others");
}

}  // namespace detail

/// The exponents for which all sizes fall best on one smooth curve, a(p, L) = L^(zeta/nu) f(L^(1/nu) (p - p_c)).
///
/// "Best" is what makes the accuracies most probable under a Gaussian process, their errors known (`search_collapse`).
/// Each point counts, whether other sizes overlap it or not, so that exponents which separate the sizes bring no
/// gain; the number of overlapping points is in `smooth`.
///
/// Searched are nu > 0 and p_c within the strengths measured, unless the options say otherwise.
///
/// Intervals: the experiment is redrawn around the master curve (`redraw_collapse`), seed by seed where seeds are
/// known, and the search repeated. They are basic bootstrap intervals, bias taken out (`unbiased_place`), stretched by
/// t / z with Welch and Satterthwaite's degrees of freedom for errors estimated from a few seeds, and by `inflation`
/// where the fit is bad (p < 5%). They are laid evenly about the value, are at least as wide as the curvature of
/// the score says (where seeds do not tie the points together), and the bias counts as one more standard error. The
/// p-value compares the smooth S with that of the redraws, in which the sizes do collapse. It counts on noise of
/// different sizes being independent: not one seed for all sizes.
///
/// Several sizes at once, width w and training images n say (`SizeCurve::more_sizes`):
///     a(p, w, n) = f(x),   x = w^(1/nu) n^(1/nu_2) (p - p_c),
/// with `more_nu` for the second. zeta and a correction are of the first size, here w: heights w^(zeta/nu)
/// (1 + b w^-omega); curves whose heights differ with another size do not collapse.
///
/// A correction to scaling: a(p, L) = L^(zeta/nu) (1 + b L^-omega) f(x), from `least_sizes` first sizes on. `automatic`
/// takes it where the evidence is for it (`log_evidence_of_correction`) and the interval of the change of heights does
/// not contain 0. Heights are searched then, so that the score is the evidence.
///
/// Statuses: see `CollapseStatus`. Throws as `SizeCurve::validate`, for options out of range, for a correction with too
/// few sizes, and for several sizes of each curve that do not vary apart, or with fewer curves than these plus one.
/// Source of the evidence: Harada, arXiv:1102.4149v3, section II, with another kernel and against separate curves.
inline Collapse fit_collapse(std::span<const SizeCurve> measured, const CollapseOptions& options = {}) {
    options.validate();
    const auto curves = with_pooled_errors(measured);
    validate(curves);
    detail::check_sizes(curves, options);
    const auto pooled = points_without_error(measured);
    if (curves.size() >= 2) {
        auto result = detail::fit_choice(curves, options);
        result.pooled_errors = pooled;
        return result;
    }
    require(options.correction != CorrectionChoice::fitted, "fit_collapse", "number of sizes", curves.size(),
            "be larger for a correction to scaling");
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    Collapse none;
    none.explanation = explain(none.status);
    none.p_c = none.nu = none.inverse_nu = none.zeta = open_interval();
    none.exponents = {nan, nan, nan};
    none.sizes = curves.size();
    none.pooled_errors = pooled;
    return none;
}

}  // namespace pstar
