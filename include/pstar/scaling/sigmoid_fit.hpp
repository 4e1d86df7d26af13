#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/scaling/curve_bootstrap.hpp>
#include <pstar/scaling/curve_checks.hpp>
#include <pstar/scaling/curve_points.hpp>
#include <pstar/scaling/curve_search.hpp>
#include <pstar/scaling/curve_status.hpp>
#include <pstar/scaling/logistic.hpp>

namespace pstar {

struct SigmoidOptions {
    std::optional<double> lower = std::nullopt;  ///< known lower level, e.g. 1/K for K classes; empty: fitted
    std::optional<double> upper = std::nullopt;  ///< known upper level; empty: fitted
    double confidence = 0.95;                    ///< of the intervals, in (0, 1)
    std::size_t bootstrap = 1000;                ///< refits behind the intervals, at least 100
    std::uint64_t seed = 0;                      ///< of the bootstrap
    std::size_t test_images = 0;  ///< images behind each accuracy; no error is taken smaller than their counting error
    bool inflate = true;          ///< widen the intervals by sqrt(chi^2 / dof) where that is above 1
    double misfit_threshold = 0.01;  ///< p-values below it are reported as misfit

    void validate() const {
        for (const auto& level : {lower, upper})
            if (level) require(*level >= 0 && *level <= 1, "SigmoidOptions", "level", *level, "lie in [0, 1]");
        if (lower && upper) require(*lower < *upper, "SigmoidOptions", "lower", *lower, "be less than upper");
        require(confidence > 0 && confidence < 1, "SigmoidOptions", "confidence", confidence, "lie in (0, 1)");
        require(bootstrap >= 100, "SigmoidOptions", "bootstrap", bootstrap, "be at least 100");
        require(misfit_threshold >= 0 && misfit_threshold < 1, "SigmoidOptions", "misfit_threshold", misfit_threshold,
                "lie in [0, 1)");
    }
};

/// A fitted curve A(p) = lower + (upper - lower) / (1 + exp((p - p_star) / width)) with intervals and how well it fits.
struct SigmoidFit {
    CurveStatus status = CurveStatus::too_few_points;
    std::string explanation;  ///< one sentence for a reader
    Estimate p_star;          ///< midpoint, in units of strength
    Estimate slope;           ///< |A'(p_star)| = (upper - lower) / (4 width), accuracy per unit of strength
    Estimate width;           ///< in units of strength
    Estimate lower, upper;    ///< levels; a known one has low = value = high
    LogisticCurve curve;      ///< the best curve itself, for drawing (all NaN when there is none)
    double chi_squared = 0;   ///< sum of ((accuracy - curve) / error)^2; with `ErrorSource::residual` the errors are 1
    std::size_t dof = 0;      ///< points less fitted parameters
    double p_value = 1;       ///< of chi_squared; 1 where there is nothing to judge by (dof = 0 or unknown errors)
    double rms_residual = 0;  ///< sqrt(mean (accuracy - curve)^2), unweighted
    double inflation = 1;     ///< factor that widened the errors behind the intervals
    ErrorSource error_source = ErrorSource::residual;
};

namespace detail {

/// A fit on its way: what is measured, what is known of the noise, and the best curve so far.
template <class Curve>
class SigmoidFitting {
public:
    SigmoidFitting(std::span<const CurvePoint> points, const SigmoidOptions& options)
        : options_(options), levels_{options.lower, options.upper}, errors_(curve_errors(points, options.test_images)) {
        const auto n = static_cast<Eigen::Index>(points.size());
        data_ = {Vector<double>(n), Vector<double>(n), errors_.smooth};
        for (Eigen::Index i = 0; i < n; ++i) {
            data_.x[i] = points[static_cast<std::size_t>(i)].strength;
            data_.y[i] = points[static_cast<std::size_t>(i)].accuracy;
        }
    }

    SigmoidFit run() {
        result_.error_source = errors_.source;
        leave_open();
        if (!enough_points()) return finish(CurveStatus::too_few_points);
        fit();
        judge();
        if (is_flat()) return finish(CurveStatus::no_drop);
        if (found_) estimate();
        if (rises()) return finish(CurveStatus::non_monotone);
        if (stays_above_half()) {
            leave_open();
            result_.p_star.low = data_.x[data_.x.size() - 1];
            return finish(CurveStatus::no_drop);
        }
        const auto step = best_step(data_, levels_);
        if (fits_as_well(step)) {
            bracket(step);
            return finish(CurveStatus::step);
        }
        if (upper_is_open()) return finish(CurveStatus::upper_unidentified);
        if (lower_is_open()) return finish(CurveStatus::lower_unidentified);
        if (!converged_) return finish(CurveStatus::not_converged);
        return finish(result_.p_value < options_.misfit_threshold ? CurveStatus::misfit : CurveStatus::ok);
    }

private:
    bool scatter_only() const { return errors_.source == ErrorSource::residual; }
    bool enough_points() const {
        const auto parameters = 2 + levels_.free();
        return data_.x.size() >= parameters + (scatter_only() ? 1 : 0);
    }
    SigmoidFit finish(CurveStatus status) {
        result_.status = status;
        result_.explanation = explain(status);
        return result_;
    }
    /// No number is known: NaN with infinite ends.
    void leave_open() {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
        result_.p_star = result_.lower = result_.upper = {nan, -inf, inf};
        result_.slope = result_.width = {nan, 0, inf};
        if (options_.lower) result_.lower = {*options_.lower, *options_.lower, *options_.lower};
        if (options_.upper) result_.upper = {*options_.upper, *options_.upper, *options_.upper};
        if (!found_) result_.curve = {nan, nan, nan, nan};
    }
    void fit() {
        const auto best = search_falling<Curve>(data_, levels_);
        found_ = falls(best.curve) && std::isfinite(best.chi_squared);
        converged_ = best.converged;
        if (!found_) return;
        result_.curve = best.curve;
        result_.chi_squared = best.chi_squared;
        double squares = 0;
        for (Eigen::Index i = 0; i < data_.x.size(); ++i) squares += std::pow(best.curve(data_.x[i]) - data_.y[i], 2);
        result_.rms_residual = std::sqrt(squares / static_cast<double>(data_.x.size()));
    }
    /// p-value and inflation, and with them the scale of the noise. Errors estimated from repeats make chi^2 / dof
    /// follow Fisher's F instead of chi^2 / dof.
    void judge() {
        if (!found_) result_.chi_squared = flat_chi_squared(data_);
        result_.dof = static_cast<std::size_t>(data_.x.size() - 2 - levels_.free());
        if (result_.dof == 0) return;
        const auto dof = static_cast<double>(result_.dof);
        scale_ = std::sqrt(result_.chi_squared / dof);
        if (scatter_only()) return;
        result_.p_value = f_tail(scale_ * scale_, dof, errors_.total_dof);
        scale_ = std::max(1.0, scale_);
        if (options_.inflate) result_.inflation = scale_;
    }
    NoiseLevel noise() const {
        NoiseLevel noise{errors_.own, errors_.dof};
        noise.own *= scatter_only() ? scale_ : result_.inflation;
        if (scatter_only() || result_.inflation > 1) noise.most_dof = static_cast<double>(result_.dof);
        return noise;
    }
    double noise_dof() const { return scatter_only() ? static_cast<double>(result_.dof) : errors_.total_dof; }
    double margin() const { return scale_ * student_t_quantile(options_.confidence, noise_dof()); }

    void estimate() {
        const auto intervals = bootstrap_intervals(data_, levels_, result_.curve, noise(),
                                                   {options_.confidence, options_.bootstrap, Seed{options_.seed}});
        result_.p_star = intervals.p_star;
        result_.slope = intervals.slope;
        result_.width = intervals.width;
        result_.lower = intervals.lower;
        result_.upper = intervals.upper;
    }

    /// A horizontal line is not significantly worse: F test against the curve when only the scatter is known.
    bool is_flat() const {
        const double flat = flat_chi_squared(data_), n = static_cast<double>(data_.x.size());
        if (!(data_.y.maxCoeff() > data_.y.minCoeff())) return true;
        if (!scatter_only()) return f_tail(flat / (n - 1), n - 1, errors_.total_dof) > significance;
        const double more = static_cast<double>(1 + levels_.free());
        const double ratio = (flat - result_.chi_squared) / more / (scale_ * scale_);
        return found_ && f_tail(ratio, more, static_cast<double>(result_.dof)) > significance;
    }
    bool rises() const {
        if (!found_) return true;
        if (scatter_only()) return rises_somewhere(data_, 0, noise_dof(), 0.25);
        return rises_somewhere(data_, 1, errors_.total_dof, 0.05);
    }
    double half_way() const {
        const double top = options_.upper ? *options_.upper : std::min(result_.curve.upper, data_.y.maxCoeff());
        const double bottom = options_.lower ? *options_.lower : std::max(result_.curve.lower, data_.y.minCoeff());
        return (top + bottom) / 2;
    }
    bool stays_above_half() const { return data_.y.minCoeff() > half_way(); }

    /// Width 0 lies inside the confidence region of the width: chi^2 rises by less than the quantile.
    bool fits_as_well(const StepFit& step) const {
        const double rounding = 1e-20 * flat_chi_squared(data_);
        return step.chi_squared - result_.chi_squared <= std::max(margin() * margin(), rounding);
    }
    /// The numbers of a step, straight from the points: the bracket, the levels on either side of it, and the steepest
    /// fall between neighbours.
    void bracket(const StepFit& step) {
        const double level = (step.upper + step.lower) / 2;
        const auto [left, right] = crossing_bracket(data_, level, margin());
        result_.p_star = {std::clamp(interpolated_crossing(data_, level), left, right), left, right};
        if (!options_.upper) result_.upper = mean_level(step.upper, 0, step.upper_end);
        if (!options_.lower) result_.lower = mean_level(step.lower, step.lower_begin, data_.x.size());
        const double drop = step.upper - step.lower;
        result_.slope = {steepest_fall(data_, 0), steepest_fall(data_, margin()),
                         std::numeric_limits<double>::infinity()};
        result_.width = {drop / (4 * result_.slope.value), 0, drop / (4 * result_.slope.low)};
    }
    Estimate mean_level(double mean, Eigen::Index first, Eigen::Index last) const {
        const double error =
            margin() / std::sqrt(data_.e.segment(first, last - first).array().square().inverse().sum());
        return {mean, mean - error, mean + error};
    }
    bool upper_is_open() const { return !options_.upper && (is_wide(result_.upper) || seen(data_.x[0]) < 0.75); }
    bool lower_is_open() const {
        return !options_.lower && (is_wide(result_.lower) || seen(data_.x[data_.x.size() - 1]) > 0.25);
    }
    /// How far up the curve stands at a strength, as a share of the drop.
    double seen(double strength) const {
        return (result_.curve(strength) - result_.curve.lower) / (result_.curve.upper - result_.curve.lower);
    }
    bool is_wide(const Estimate& level) const {
        return !(level.high - level.low <= (result_.curve.upper - result_.curve.lower) / 2);
    }

    static constexpr double significance = 0.01;
    const SigmoidOptions& options_;
    KnownLevels levels_;
    CurveErrors errors_;
    CurveData data_;
    SigmoidFit result_;
    double scale_ = 1;
    bool found_ = false, converged_ = false;
};

inline std::vector<CurvePoint> sorted_points(std::span<const CurvePoint> points) {
    for (const auto& point : points) {
        require(std::isfinite(point.strength), "fit_sigmoid", "strength", point.strength, "be finite");
        require(point.accuracy >= 0 && point.accuracy <= 1, "fit_sigmoid", "accuracy", point.accuracy, "lie in [0, 1]");
        require(point.stderr_accuracy >= 0 && std::isfinite(point.stderr_accuracy), "fit_sigmoid", "stderr_accuracy",
                point.stderr_accuracy, "be finite and not negative (0 where unknown)");
    }
    std::vector<CurvePoint> sorted(points.begin(), points.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.strength < b.strength; });
    for (std::size_t i = 1; i < sorted.size(); ++i)
        require(sorted[i].strength > sorted[i - 1].strength, "fit_sigmoid", "strength", sorted[i].strength,
                "occur once: average its runs, or pass them as CurveRuns");
    return sorted;
}

}  // namespace detail

/// Fits the logistic curve to accuracies by weighted least squares, from anywhere (`search_falling`), in any order of
/// strengths.
///
/// Weights are 1 / error^2. Errors estimated from repeats are first pooled with those of neighbouring strengths
/// (`curve_errors`): three seeds alone say too little about their own scatter. Intervals come from
/// `bootstrap_intervals`: the noise redrawn is each point's own, multiplied by sqrt(chi^2 / dof) where that exceeds 1
/// (`inflate`), and the percentiles are stretched by Student's t. What cannot be answered is a status with a sentence,
/// never an exception.
///
/// In a `step` the numbers come from the points themselves: p_star between the last strength surely above half way and
/// the first surely below, the slope at least the steepest fall between neighbours, and without upper end.
///
/// Measured coverage of the 95% intervals (2,000 planted curves each; p_star .6 or .65, width .05, levels .98 and .1,
/// 11 strengths from 0 to 1, normal seed noise of sd .003 on the plateaus rising to .033 at p_star; Monte Carlo error
/// .005):
///
///     runs per strength                          2     3     5    10
///     p_star                                  .980  .946  .945  .940
///     slope                                   .976  .949  .951  .959
///     p_star, t-distributed noise (4 dof)        -  .971  .958  .963
///     p_star, noise that the seeds share (*)     -  .944  .916  .892
///     slope,  noise that the seeds share (*)     -  .927  .916  .923
///     told as misfit although there is none   .028  .009  .005  .001
///
/// (*) every strength shifted, for all its runs alike, by as much as the standard error of their mean; without
/// `inflate` .85 to .89. A percentile bootstrap without Student's stretch covers p_star in .77 (2 runs) to .89 (10
/// runs). With 21 strengths and 3 runs: .944 and .935. The levels' own intervals cover in .90 to .96.
///
/// With one run and no other errors (`ErrorSource::residual`) equal noise at all strengths is assumed: where it grows
/// tenfold near the knee, as above, the interval of p_star covers in only .47. Run repeats.
///
/// Throws std::invalid_argument for options out of range, accuracies outside [0, 1], negative or non-finite errors, and
/// strengths that are not finite or occur twice.
template <class Curve = LogisticCurve>
SigmoidFit fit_sigmoid(std::span<const CurvePoint> points, const SigmoidOptions& options = {}) {
    options.validate();
    return detail::SigmoidFitting<Curve>(detail::sorted_points(points), options).run();
}

/// The same from single runs: mean and standard error at each strength, then as above.
template <class Curve = LogisticCurve>
SigmoidFit fit_sigmoid(const CurveRuns& runs, const SigmoidOptions& options = {}) {
    return fit_sigmoid<Curve>(summarise(runs), options);
}

}  // namespace pstar
