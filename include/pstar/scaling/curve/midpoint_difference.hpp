#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/bootstrap.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/monotone_refits.hpp>
#include <pstar/scaling/curve/status.hpp>
#include <pstar/statistics/bootstrap.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>

/// Does one curve fall at a larger strength than another? The question for two curves measured with the same seeds.
namespace pstar {

/// Whether a difference of midpoints can be quoted.
enum class DifferenceStatus {
    ok,
    too_few_seeds,  ///< fewer than three: nothing is known of the scatter between seeds
    unidentified,   ///< the midpoint of one of the curves is not identified: not `ok`, `smooth` or `misfit`
    unstable,       ///< without one of the seeds, the midpoint of one of the curves is not identified
};

inline std::string to_string(DifferenceStatus status) {
    switch (status) {
        case DifferenceStatus::ok:
            return "ok";
        case DifferenceStatus::too_few_seeds:
            return "too_few_seeds";
        case DifferenceStatus::unidentified:
            return "unidentified";
        case DifferenceStatus::unstable:
            return "unstable";
    }
    return "unknown";
}

/// How the first compares with the second.
enum class Comparison { larger, smaller, undecided };

inline std::string to_string(Comparison verdict) {
    switch (verdict) {
        case Comparison::larger:
            return "larger";
        case Comparison::smaller:
            return "smaller";
        case Comparison::undecided:
            return "undecided";
    }
    return "unknown";
}

/// By how much the midpoints of two curves measured with the same seeds differ.
struct MidpointDifference {
    DifferenceStatus status = DifferenceStatus::too_few_seeds;
    Comparison verdict = Comparison::undecided;  ///< of the first midpoint, against the second
    CurveFit first, second;                      ///< of the mean curves
    Estimate difference = open_interval();       ///< first.p_star - second.p_star; NaN and open unless `ok`
    double standard_error =
        std::numeric_limits<double>::quiet_NaN();  ///< of the difference, by the jackknife over seeds
    double share_above =
        std::numeric_limits<double>::quiet_NaN();  ///< of bootstrap resamples in which first.p_star > second.p_star
    std::size_t seeds = 0;
};

namespace detail {

inline bool identified(CurveStatus status) {
    return status == CurveStatus::ok || status == CurveStatus::smooth || status == CurveStatus::misfit;
}

/// Fits the mean over any weighting of the seeds, with the weights that the points have over all seeds, by the curve
/// that the fit's numbers come from: the midpoint is then a smooth function of the weights of the seeds.
template <class Curve>
class SeedRefits {
public:
    SeedRefits(const SeedCurves& curves, const CurveFit& fit, const CurveFitOptions& options)
        : curves_(curves), data_(means_of(curves, options)), refits_(data_, {start_of(fit, options)}, 0.5) {
        if (!fit.monotone.empty()) smooth_.emplace(data_, refits_, refits_.levels(), std::nullopt);
    }
    /// p* of sum_r weight_r curve_r / sum_r weight_r; NaN where that curve has no midpoint between the strengths.
    double midpoint(std::span<const double> weight) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
        Vector<double> y = Vector<double>::Zero(data_.x.size());
        for (std::size_t r = 0; r < weight.size(); ++r)
            y += weight[r] / total * Eigen::Map<const Vector<double>>(curves_.accuracy[r].data(), y.size());
        if (smooth_) {
            const auto found = (*smooth_)(y);
            return found ? (*found)[0] : nan;
        }
        const auto curve = refits_.curve(y);
        if (!falls(curve) || is_step(data_, curve)) return nan;
        const bool inside = curve.p_star >= curves_.strength.front() && curve.p_star <= curves_.strength.back();
        return inside ? curve.p_star : nan;
    }

private:
    static CurveData means_of(const SeedCurves& curves, const CurveFitOptions& options) {
        const auto points = summarise(by_strength(curves));
        const auto n = static_cast<Eigen::Index>(points.size());
        CurveData data{Eigen::Map<const Vector<double>>(curves.strength.data(), n), Vector<double>(n),
                       curve_errors(points, options.test_images).smooth};
        for (Eigen::Index i = 0; i < n; ++i) data.y[i] = points[static_cast<std::size_t>(i)].accuracy;
        return data;
    }
    static RefitStart<Curve> start_of(const CurveFit& fit, const CurveFitOptions& options) {
        const auto& plateau = fit.curve.plateau;
        return {{options.lower, options.upper, plateau.bend != 0 ? 2 : plateau.fall != 0 ? 1 : 0}, fit.curve};
    }

    const SeedCurves& curves_;
    CurveData data_;
    CurveRefits<Curve> refits_;
    std::optional<MonotoneRefits<Curve>> smooth_;
};

/// sqrt((n - 1) / n sum_r (d_(r) - mean)^2) of the differences d_(r) without seed r; NaN if one has no midpoint.
template <class Curve>
double jackknife_error(SeedRefits<Curve>& first, SeedRefits<Curve>& second, std::size_t seeds) {
    std::vector<double> weight(seeds, 1);
    Vector<double> without(static_cast<Eigen::Index>(seeds));
    for (std::size_t r = 0; r < seeds; ++r) {
        weight[r] = 0;
        without[static_cast<Eigen::Index>(r)] = first.midpoint(weight) - second.midpoint(weight);
        weight[r] = 1;
    }
    const auto n = static_cast<double>(seeds);
    return std::sqrt((n - 1) / n * (without.array() - sum_of(without) / n).square().sum());
}

/// The share of resamples of the seeds, the same for both curves, whose difference is positive; a difference of 0
/// counts half. NaN when more than one in twenty has no difference.
template <class Curve>
double bootstrap_share(SeedRefits<Curve>& first, SeedRefits<Curve>& second, std::size_t seeds,
                       const CurveFitOptions& options) {
    Resampler resampler(seeds, {Seed{options.seed}, Stream::seed_bootstrap});
    double above = 0, finite = 0;
    for (std::size_t draw = 0; draw < options.bootstrap; ++draw) {
        resampler.draw();
        const std::vector<double> weight(resampler.counts().begin(), resampler.counts().end());
        const double difference = first.midpoint(weight) - second.midpoint(weight);
        if (std::isnan(difference)) continue;
        above += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        ++finite;
    }
    if (finite < 0.95 * static_cast<double>(options.bootstrap)) return std::numeric_limits<double>::quiet_NaN();
    return above / finite;
}

}  // namespace detail

/// Compares the midpoints p* of two curves measured with the same seeds: row r of both is seed r, whose chance (order
/// of the samples, noise) they share. Both are fitted (`fit_curve`, with `options`); then
///     difference = p*_first - p*_second +- t(confidence, n - 1) s,
/// with s the jackknife's error over n seeds: every seed is left out in turn, of both curves at all strengths, and both
/// are fitted again, by least squares and by the same kind of curve. What a seed does to both curves cancels in s, and
/// correlations along a curve are in it. The verdict is `larger` or `smaller` when the interval leaves out 0.
///
/// `share_above` resamples the seeds in the same way; of few seeds it is coarse (n seeds make binomial(2n - 1, n)
/// different resamples) and too sure of itself, since it knows no Student's t: it illustrates, it does not decide.
///
/// Only chance between seeds is in the interval; curves tested on the same images share what is particular to those.
///
/// The strengths of the curves may differ. Never an exception for data that cannot answer: `status` says why. Throws
/// std::invalid_argument when the numbers of seeds differ, a row has another length than `strength`, strengths do not
/// increase, or as `fit_curve`.
///
/// Source: Tukey, "Bias and confidence in not-quite large samples" (1958); Efron & Tibshirani, "An Introduction to the
/// Bootstrap" (1993), equation 11.5.
template <class Curve = SigmoidCurve>
MidpointDifference midpoint_difference(const SeedCurves& first, const SeedCurves& second,
                                       const CurveFitOptions& options = {}) {
    require(first.accuracy.size() == second.accuracy.size(), "midpoint_difference", "number of seeds",
            second.accuracy.size(), "be the same for both curves");
    MidpointDifference result;
    result.seeds = first.accuracy.size();
    if (result.seeds == 0) return result;
    result.first = fit_curve<Curve>(first, options);
    result.second = fit_curve<Curve>(second, options);
    if (result.seeds < 3) return result;
    result.status = DifferenceStatus::unidentified;
    if (!detail::identified(result.first.status) || !detail::identified(result.second.status)) return result;

    detail::SeedRefits<Curve> first_refits(first, result.first, options), second_refits(second, result.second, options);
    result.standard_error = detail::jackknife_error(first_refits, second_refits, result.seeds);
    result.status = DifferenceStatus::unstable;
    if (std::isnan(result.standard_error)) return result;
    result.status = DifferenceStatus::ok;
    result.share_above = detail::bootstrap_share(first_refits, second_refits, result.seeds, options);
    const double value = result.first.p_star.value - result.second.p_star.value;
    const double half =
        student_t_quantile(options.confidence, static_cast<double>(result.seeds - 1)) * result.standard_error;
    result.difference = plus_minus(value, half);
    if (result.difference.low > 0) result.verdict = Comparison::larger;
    if (result.difference.high < 0) result.verdict = Comparison::smaller;
    return result;
}

#ifdef PSTAR_COMPILED
extern template MidpointDifference midpoint_difference<SigmoidCurve>(const SeedCurves& first, const SeedCurves& second,
                                                                     const CurveFitOptions& options);
#endif

}  // namespace pstar
