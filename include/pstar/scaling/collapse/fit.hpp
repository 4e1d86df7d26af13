#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/bootstrap.hpp>
#include <pstar/scaling/collapse/pooled_errors.hpp>
#include <pstar/scaling/collapse/search.hpp>
#include <pstar/scaling/collapse/status.hpp>
#include <pstar/scaling/detail/collapse_response.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/distributions.hpp>

/// Do curves of several sizes collapse to one, and with which exponents?
namespace pstar {

struct CollapseOptions {
    std::optional<double> p_c = std::nullopt;  ///< known critical strength; empty: fitted
    std::optional<double> nu = std::nullopt;   ///< known exponent, not 0; empty: fitted
    std::optional<double> zeta = 0.0;          ///< known exponent; 0: accuracies keep their height; empty: fitted
    double p_c_beyond = 0;                     ///< p_c may lie so far beyond the strengths, in shares of their range
    bool negative_nu = false;                  ///< curves may also flatten with size: nu < 0
    double confidence = 0.95;                  ///< of the intervals, in (0, 1)
    std::size_t bootstrap = 400;               ///< redraws behind intervals and p-value, at least 100
    std::uint64_t seed = 0;                    ///< of the bootstrap
    double misfit_threshold = 0.01;            ///< p-values below it are reported as misfit

    KnownExponents known() const { return {p_c, nu, zeta, p_c_beyond, negative_nu}; }
    void validate() const {
        constexpr auto where = "CollapseOptions";
        if (p_c) require(std::isfinite(*p_c), where, "p_c", *p_c, "be finite");
        if (nu) require(*nu != 0 && !std::isnan(*nu), where, "nu", *nu, "not be 0 or NaN");
        if (zeta) require(std::isfinite(*zeta), where, "zeta", *zeta, "be finite");
        require(p_c_beyond >= 0 && std::isfinite(p_c_beyond), where, "p_c_beyond", p_c_beyond,
                "be finite and at least 0");
        require(confidence > 0 && confidence < 1, where, "confidence", confidence, "lie in (0, 1)");
        require(bootstrap >= 100, where, "bootstrap", bootstrap, "be at least 100");
        require(misfit_threshold >= 0 && misfit_threshold < 1, where, "misfit_threshold", misfit_threshold,
                "lie in [0, 1)");
    }
};

/// A place at which the evidence for one curve has a peak.
struct CollapsePeak {
    CollapseExponents exponents;
    double log_evidence = 0;  ///< as `Collapse::log_evidence`
    CollapseQuality smooth;   ///< with the smooth master curve
};

/// The best collapse, how good it is, and what it says of the exponents.
struct Collapse {
    CollapseStatus status = CollapseStatus::too_few_sizes;
    std::string explanation;      ///< one sentence for a reader
    Estimate p_c;                 ///< in units of strength
    Estimate nu;                  ///< no upper end where 1/nu may be 0
    Estimate inverse_nu;          ///< 1/nu, in which the errors are nearly normal
    Estimate zeta;                ///< known: low = value = high
    CollapseExponents exponents;  ///< where the sizes collapse best; the estimates above are these less their bias
    CollapseQuality smooth;       ///< at `exponents`, with the smooth master curve
    CollapseQuality line;         ///< the same after Houdayer and Hartmann
    double p_value = 1;           ///< share of redraws of a true collapse whose smooth S is as large
    double log_evidence = 0;      ///< one curve for all sizes against one for each, in nats
    double inflation = 1;         ///< factor that widened the intervals because of a misfit
    Estimate line_expected = open_interval();  ///< of `line.s` in redraws of a true collapse: median, 95% range
    std::vector<CollapsePeak> peaks;           ///< all that were found (at most 8), the most probable first
    std::size_t pooled_errors = 0;             ///< points whose error of 0 was replaced (`with_pooled_errors`)
    std::size_t sizes = 0;
};

namespace detail {

/// A collapse on its way: the optimum, and what is needed to judge it.
class CollapseFitting {
public:
    CollapseFitting(std::span<const SizeCurve> curves, const CollapseOptions& options)
        : curves_(curves), options_(options), frame_(curves) {
        for (const auto& curve : curves) noise_.emplace_back(curve);
    }

    Collapse fit() {
        const auto optima = search_optima(frame_, options_.known());
        const auto optimum = search_collapse(frame_, options_.known(), optima);
        Collapse result;
        result.sizes = curves_.size();
        result.exponents = optimum.place.exponents();
        result.log_evidence = frame_.log_evidence(optimum.place, optimum.length) - frame_.log_evidence_apart();
        const auto scaled = scale(curves_, result.exponents);
        result.line = line_quality(scaled);
        result.smooth = quality_at(optimum);
        for (const auto& peak : optima)
            result.peaks.push_back({peak.place.exponents(),
                                    frame_.log_evidence(peak.place, peak.length) - frame_.log_evidence_apart(),
                                    quality_at(peak)});
        const Seed seed{options_.seed};
        const auto truth = unbiased_place(frame_, noise_, options_.known(), optimum, seed);
        const auto redraws =
            redraw_collapse(frame_, noise_, options_.known(), optimum, truth, options_.bootstrap, seed);
        judge(result, redraws);
        estimate(result, optimum, truth, redraws);
        result.status = status(result, optimum, redraws);
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

    /// The interval laid evenly about its value: whether redraws have the longer tail on the same side as the estimate
    /// or on the other depends on how the noise of 1/nu grows with 1/nu, and the mean of both is right most often. It
    /// is at least as wide as the curvature of the score says (`half`; 0 where seeds tie points together), and the
    /// bias, taken out, counts as one more standard error (times a quantile: `bias`): it is known to about its own
    /// size.
    static Estimate evened(const Estimate& found, double half, double bias) {
        const double own = (found.high - found.low) / 2;
        if (!(own > 0) || !std::isfinite(own)) return found;
        const double wide = std::hypot(std::max(own, half), bias);
        return {found.value, found.value - wide, found.value + wide};
    }

    void estimate(Collapse& result, const CollapseOptimum& optimum, const CollapsePlace& truth,
                  const CollapseRedraws& redraws) {
        const auto response = ScoreCurvature(frame_, options_.known(), optimum).response();
        const double shortest = student_t_quantile(options_.confidence, std::numeric_limits<double>::infinity());
        const bool shared = std::any_of(noise_.begin(), noise_.end(), [](const auto& n) { return n.is_shared(); });
        const auto points = response.gradient.empty() ? 0 : response.gradient[0].size();
        /// Of a number whose derivatives with respect to the free coordinates are `slope`.
        const auto interval = [&](const std::vector<double>& slope, const auto& of) {
            std::vector<double> draws, along(points);
            for (const auto& place : redraws.place) draws.push_back(of(place));
            double variance = 0;
            for (std::size_t k = 0; k < slope.size(); ++k) {
                for (std::size_t i = 0; i < points; ++i) along[i] += slope[k] * response.gradient[k][i];
                for (std::size_t l = 0; l < slope.size(); ++l)
                    variance += slope[k] * slope[l] * response.covariance[k][l];
            }
            const double dof = std::max(1.0, variance_along(noise_, frame_, along).dof);
            const double stretch = result.inflation * student_t_quantile(options_.confidence, dof) / shortest;
            auto found = basic_interval(of(optimum.place), of(truth), std::move(draws), options_.confidence, stretch);
            const double unit = result.inflation * shortest;  // the errors of all points together are well known
            if (shared) variance = 0;                         // the curvature takes the points for independent
            return evened(found, unit * std::sqrt(std::max(0.0, variance)), unit * (of(optimum.place) - found.value));
        };
        const auto& place = optimum.place;
        const std::vector<double> none(response.gradient.size(), 0);
        std::size_t next = 0;
        result.p_c = exactly(place.p_c);
        if (!options_.p_c) {
            auto slope = none;
            slope[next++] = 1;
            result.p_c = interval(slope, [](const CollapsePlace& p) { return p.p_c; });
        }
        result.inverse_nu = exactly(place.stretch);
        auto of_zeta = none;
        if (!options_.nu) {
            auto slope = none;
            of_zeta[next] = -place.lift / (place.stretch * place.stretch);
            slope[next++] = 1;
            result.inverse_nu = interval(slope, [](const CollapsePlace& p) { return p.stretch; });
        }
        result.nu = options_.nu ? exactly(*options_.nu) : inverse(result.inverse_nu);
        result.zeta = exactly(options_.zeta.value_or(0));
        if (!options_.zeta) {
            of_zeta[next] = 1 / place.stretch;
            result.zeta = interval(of_zeta, [](const CollapsePlace& p) { return p.exponents().zeta; });
        }
        open_at_edges(result, optimum, redraws);
    }

    /// Where more redraws than an end of an interval leaves out ran into the end of a range, the data do not close it.
    void open_at_edges(Collapse& result, const CollapseOptimum& optimum, const CollapseRedraws& redraws) const {
        const auto open = [&](bool CollapseEdges::*edge) {
            const auto hits = std::count_if(redraws.edges.begin(), redraws.edges.end(),
                                            [&](const CollapseEdges& edges) { return edges.*edge; });
            return optimum.edges.*edge || 2 * static_cast<double>(hits) >
                                              (1 - options_.confidence) * static_cast<double>(redraws.edges.size());
        };
        const auto exponents = optimum.place.exponents();
        if (open(&CollapseEdges::p_c)) result.p_c = open_interval(exponents.p_c);
        if (open(&CollapseEdges::lift)) result.zeta = open_interval(exponents.zeta);
        if (open(&CollapseEdges::stretch)) {
            result.inverse_nu = open_interval(optimum.place.stretch);
            result.nu = inverse(result.inverse_nu);
        }
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
        return std::any_of(result.peaks.begin() + 1, result.peaks.end(), [&](const CollapsePeak& peak) {
            return peak.log_evidence > result.peaks[0].log_evidence - nearly_as_probable &&
                   (excludes(result.p_c, peak.exponents.p_c) || excludes(result.inverse_nu, 1 / peak.exponents.nu) ||
                    excludes(result.zeta, peak.exponents.zeta));
        });
    }

    CollapseStatus status(const Collapse& result, const CollapseOptimum& optimum,
                          const CollapseRedraws& redraws) const {
        double least = curves_[0].strength.front(), most = curves_[0].strength.back();
        for (const auto& curve : curves_)
            least = std::min(least, curve.strength.front()), most = std::max(most, curve.strength.back());
        if (result.smooth.overlapping == 0 || !are_linked(scale(curves_, result.exponents)))
            return CollapseStatus::no_overlap;
        if (!optimum.converged) return CollapseStatus::not_converged;
        if (optimum.edges.p_c) return CollapseStatus::p_c_outside;
        if (result.p_value < options_.misfit_threshold) return CollapseStatus::misfit;
        if (is_contradicted(result, redraws)) return CollapseStatus::contradicted;
        if (is_ambiguous(result)) return CollapseStatus::ambiguous;
        const auto& s = result.inverse_nu;
        if (!options_.nu && !(s.low > 0 || (options_.negative_nu && s.high < 0))) return CollapseStatus::nu_unknown;
        if (!options_.p_c && !(result.p_c.low >= least && result.p_c.high <= most)) return CollapseStatus::p_c_outside;
        return CollapseStatus::ok;
    }

    std::span<const SizeCurve> curves_;
    CollapseOptions options_;
    CollapseFrame frame_;
    std::vector<CurveNoise> noise_;
};

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
/// Statuses: see `CollapseStatus`. Throws as `SizeCurve::validate`, and for options out of range.
/// Source of the evidence: Harada, arXiv:1102.4149v3, section II, with another kernel and against separate curves.
inline Collapse fit_collapse(std::span<const SizeCurve> measured, const CollapseOptions& options = {}) {
    options.validate();
    const auto curves = with_pooled_errors(measured);
    validate(curves);
    for (const auto& curve : curves)
        if (const double stretch = options.nu ? std::pow(curve.size, 1 / *options.nu) : 1; !std::isnormal(stretch))
            require(
                false, "fit_collapse", "nu", *options.nu,
                "be larger: size^(1/nu) is " + std::to_string(stretch) + " for the size " + std::to_string(curve.size));
    const auto pooled = points_without_error(measured);
    if (curves.size() >= 2) {
        auto result = detail::CollapseFitting(curves, options).fit();
        result.pooled_errors = pooled;
        return result;
    }
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
