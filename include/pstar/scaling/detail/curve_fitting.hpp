#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/scaling/curve/bootstrap.hpp>
#include <pstar/scaling/curve/count_likelihood.hpp>
#include <pstar/scaling/curve/fit_options.hpp>
#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/monotone_refits.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/scaling/curve/profile.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/curve/status.hpp>
#include <pstar/scaling/detail/curve_checks.hpp>
#include <pstar/scaling/detail/family_choice.hpp>
#include <pstar/scaling/detail/measured_curve.hpp>

namespace pstar {

namespace detail {

/// A fit on its way: what is measured, what is known of the noise, and the best curve so far.
template <class Curve>
class CurveFitting {
public:
    CurveFitting(MeasuredCurve measured, const CurveFitOptions& options)
        : measured_(std::move(measured)), options_(options), levels_{options.lower, options.upper, 0} {
        if (options.family && *options.family == SigmoidFamily::weibull && measured_.data.x.size() > 0)
            require(measured_.data.x[0] >= 0, "fit_curve", "least strength", measured_.data.x[0],
                    "be at least 0 for the Weibull family");
        // the search looks at means and errors; the likelihood of counts takes over near its maximum
        counts_ = std::exchange(measured_.data.counts, {});
    }

    CurveFit run() {
        result_.options = options_;
        result_.method = measured_.method;
        result_.error_source = measured_.errors.source;
        result_.dispersion = measured_.dispersion;
        leave_open();
        if (!enough_points()) return finish(CurveStatus::too_few_points);
        fit();
        judge();
        if (is_flat()) return finish(CurveStatus::no_drop);
        if (found_) estimate();
        if (rises()) return finish(CurveStatus::non_monotone);
        if (stays_above_half()) {
            leave_open();
            result_.p_star.low = x()[x().size() - 1];
            return finish(CurveStatus::no_drop);
        }
        const auto step = best_step(data(), levels_);
        if (fits_as_well(step)) {
            bracket(step);
            return finish(CurveStatus::step);
        }
        const bool misses = result_.p_value < options_.misfit_threshold;
        const bool tells = converged_ && !misses && !upper_is_open() && !lower_is_open();
        if (found_ && !tells && !options_.family && !scatter_only()) return finish(leave_families());
        if (upper_is_open()) return finish(CurveStatus::upper_unidentified);
        if (lower_is_open()) return finish(CurveStatus::lower_unidentified);
        if (!converged_) return finish(CurveStatus::not_converged);
        return finish(misses ? CurveStatus::misfit : CurveStatus::ok);
    }

private:
    const CurveData& data() const { return measured_.data; }
    const Vector<double>& x() const { return measured_.data.x; }
    const Vector<double>& y() const { return measured_.data.y; }
    bool scatter_only() const { return measured_.errors.source == ErrorSource::residual; }
    bool enough_points() const {
        const auto parameters = 2 + levels_.free();
        return x().size() >= parameters + (scatter_only() ? 1 : 0);
    }
    CurveFit finish(CurveStatus status) {
        result_.status = status;
        result_.explanation = explain(status);
        return result_;
    }
    /// No number is known: NaN with infinite ends.
    void leave_open() {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
        CurveIntervals& open = result_;
        open = {};
        open.p_star = open.lower = open.upper = open.crossing = open.steepest = {nan, -inf, inf};
        open.slope = open.width = {nan, 0, inf};
        if (options_.lower) open.lower = {*options_.lower, *options_.lower, *options_.lower};
        if (options_.upper) open.upper = {*options_.upper, *options_.upper, *options_.upper};
        if (found_) return;
        result_.profile = open;
        result_.curve = {nan, nan, nan, nan, options_.family.value_or(SigmoidFamily::logistic)};
    }
    void fit() {
        fits_ = FamilyChoice<Curve>(measured_, counts_, options_).fits();
        levels_ = fits_[0].levels;
        best_ = fits_[0].best;
        measured_.data.e = fits_[0].e;
        found_ = fits_[0].found();
        converged_ = best_.converged;
        if (!found_) return;
        result_.curve = best_.curve;
        result_.deviance = best_.deviance;
        double squares = 0;
        for (Eigen::Index i = 0; i < x().size(); ++i) squares += std::pow(best_.curve(x()[i]) - y()[i], 2);
        result_.rms_residual = std::sqrt(squares / static_cast<double>(x().size()));
    }
    /// p-value and inflation, and with them the scale of the noise. Errors estimated from repeats make chi^2 / dof
    /// follow Fisher's F instead of chi^2 / dof.
    void judge() {
        if (!found_) result_.deviance = flat_chi_squared(data());
        result_.dof = static_cast<std::size_t>(x().size() - 2 - levels_.free());
        if (result_.dof > 0) {
            const auto dof = static_cast<double>(result_.dof);
            scale_ = std::sqrt(result_.deviance / dof);
            if (!scatter_only()) {
                result_.p_value = f_tail(scale_ * scale_, dof, measured_.errors.total_dof);
                scale_ = std::max(1.0, scale_);
                if (options_.inflate) result_.inflation = scale_;
            }
        }
        if (found_) weigh();
    }
    /// Residuals, likelihood and AIC of the best curve.
    void weigh() {
        for (Eigen::Index i = 0; i < x().size(); ++i) {
            const double mean = best_.curve(x()[i]);
            result_.residuals.push_back(counts_.empty() ? (y()[i] - mean) / data().e[i]
                                                        : -counts_[static_cast<std::size_t>(i)].residual(mean).value);
        }
        result_.log_likelihood = fits_[0].log_likelihood;
        result_.aic = fits_[0].aic;
    }
    NoiseLevel noise() const {
        NoiseLevel noise{measured_.errors.own, measured_.errors.dof};
        noise.own *= result_.inflation;
        if (result_.inflation > 1) noise.most_dof = static_cast<double>(result_.dof);
        return noise;
    }
    double noise_dof() const { return scatter_only() ? static_cast<double>(result_.dof) : measured_.errors.total_dof; }
    double margin() const { return scale_ * student_t_quantile(options_.confidence, noise_dof()); }

    void estimate() {
        const double inflation = scatter_only() ? scale_ : result_.inflation;
        // with a scatter of exactly 0 any curve but the best is impossible
        const double quantile =
            std::max(inflation * student_t_quantile(options_.confidence, noise_dof()), 1e-12 * y().norm());
        measured_.data.counts = counts_;
        result_.profile = profile_intervals(data(), levels_, best_, level(), quantile);
        measured_.data.counts.clear();
        result_.profile.interval_dof = noise_dof();
        CurveRefits<Curve> refits(data(), refit_starts(fits_), level());
        CurveIntervals& quoted = result_;
        quoted = has_scatter() ? bootstrap(refits, noise()) : result_.profile;
        if (!options_.level) quoted.crossing = quoted.p_star, result_.profile.crossing = result_.profile.p_star;
    }
    BootstrapOptions bootstrap_options() const {
        return {options_.confidence, options_.bootstrap, level(), Seed{options_.seed}};
    }
    /// Runs, seeds or images tell of the scatter.
    bool has_scatter() const {
        return measured_.seeds.accuracy.size() >= 3 || !measured_.images.correct.empty() ||
               measured_.errors.source == ErrorSource::repeats;
    }
    template <class Refits>
    CurveIntervals bootstrap(Refits& refits, const NoiseLevel& noise) const {
        if (measured_.seeds.accuracy.size() >= 3) return bootstrap_seeds(refits, measured_.seeds, bootstrap_options());
        if (!measured_.images.correct.empty()) return bootstrap_images(refits, measured_.images, bootstrap_options());
        if (!measured_.some_seeds.strength.empty())
            return bootstrap_some_seeds(data(), refits, measured_.some_seeds, measured_.errors.smooth,
                                        bootstrap_options());
        return bootstrap_runs(data(), refits, noise, bootstrap_options());
    }
    /// The numbers of a smooth falling curve in place of those of a family; of the points where it has too few of them
    /// on its way down.
    CurveStatus leave_families() {
        const CurveData means{x(), y(),
                              measured_.errors.smooth};  // runs tell of their scatter better than a dispersion
        MonotoneRefits<Curve> refits(means, {means, refit_starts(fits_), level()}, levels_, options_.level);
        scale_ = 1;  // the deviance of a family says nothing of the noise
        CurveIntervals& quoted = result_;
        if (has_scatter()) {
            quoted = bootstrap(refits, {measured_.errors.own, measured_.errors.dof});
        } else {
            quoted = bootstrap(refits, {means.e, Vector<double>::Constant(x().size(), noise_dof())});
            quoted.source = IntervalSource::errors;
        }
        take_in(quoted, refits.interpolation_errors(options_.bootstrap / 2, Seed{options_.seed}), refits.levels(),
                options_.confidence);
        if (!options_.level) quoted.crossing = quoted.p_star;
        result_.monotone = refits.curve();
        if (std::isnan(quoted.p_star.value)) return CurveStatus::not_converged;
        const double drop = quoted.upper.value - quoted.lower.value;
        if (!options_.upper && falls_at(0) > drop / 8) return CurveStatus::upper_unidentified;
        if (!options_.lower && falls_at(x().size() - 2) > drop / 8) return CurveStatus::lower_unidentified;
        const auto steepest = steepest_piece(data());
        if (falls_at(steepest) < drop / 2) return CurveStatus::smooth;
        quoted.source = IntervalSource::bracket;
        bracket_transition((quoted.upper.value + quoted.lower.value) / 2, drop);
        quoted.steepest = {x()[steepest] + (x()[steepest + 1] - x()[steepest]) / 2, x()[steepest], x()[steepest + 1]};
        return CurveStatus::coarse;
    }
    /// How far the means fall between strength i and the next.
    double falls_at(Eigen::Index i) const { return y()[i] - y()[i + 1]; }
    double level() const { return options_.level ? *options_.level : (best_.curve.lower + best_.curve.upper) / 2; }

    /// A horizontal line is not significantly worse: F test against the curve when only the scatter is known.
    bool is_flat() const {
        const double flat = flat_chi_squared(data()), n = static_cast<double>(x().size());
        if (!(y().maxCoeff() > y().minCoeff())) return true;
        if (!scatter_only()) return f_tail(flat / (n - 1), n - 1, measured_.errors.total_dof) > significance;
        const double more = static_cast<double>(1 + levels_.free());
        const double ratio = (flat - result_.deviance) / more / (scale_ * scale_);
        return found_ && f_tail(ratio, more, static_cast<double>(result_.dof)) > significance;
    }
    bool rises() const {
        if (!found_) return true;
        if (scatter_only()) return rises_somewhere(data(), 0, noise_dof(), 0.25);
        return rises_somewhere(data(), 1, measured_.errors.total_dof, 0.05);
    }
    double half_way() const {
        const double top = options_.upper ? *options_.upper : std::min(result_.curve.upper, y().maxCoeff());
        const double bottom = options_.lower ? *options_.lower : std::max(result_.curve.lower, y().minCoeff());
        return (top + bottom) / 2;
    }
    bool stays_above_half() const { return y().minCoeff() > half_way(); }

    /// Width 0 lies inside the confidence region of the width: chi^2 rises by less than the quantile.
    bool fits_as_well(const StepFit& step) const {
        const double rounding = 1e-20 * flat_chi_squared(data());
        double least = 0;  // of the curve, from means and errors as for the step
        for (Eigen::Index i = 0; i < x().size(); ++i)
            least += std::pow((best_.curve(x()[i]) - y()[i]) / data().e[i], 2);
        return step.chi_squared - least <= std::max(margin() * margin(), rounding);
    }
    /// The numbers of a step, straight from the points: the bracket, the levels on either side of it, and the steepest
    /// fall between neighbours.
    void bracket(const StepFit& step) {
        CurveIntervals& quoted = result_;
        quoted.source = IntervalSource::bracket;
        if (!options_.upper) quoted.upper = mean_level(step.upper, 0, step.upper_end);
        if (!options_.lower) quoted.lower = mean_level(step.lower, step.lower_begin, x().size());
        bracket_transition((step.upper + step.lower) / 2, step.upper - step.lower);
        quoted.steepest = quoted.p_star;
    }
    void bracket_transition(double middle, double drop) {
        CurveIntervals& quoted = result_;
        quoted.p_star = between(middle);
        quoted.crossing = options_.level ? between(*options_.level) : quoted.p_star;
        quoted.slope = {steepest_fall(data(), 0), steepest_fall(data(), margin()),
                        std::numeric_limits<double>::infinity()};
        quoted.width = {drop / (4 * quoted.slope.value), 0, drop / (4 * quoted.slope.low)};
    }
    Estimate between(double level) const {
        const auto [left, right] = crossing_bracket(data(), level, margin());
        return {std::clamp(interpolated_crossing(data(), level), left, right), left, right};
    }
    Estimate mean_level(double mean, Eigen::Index first, Eigen::Index last) const {
        const double error =
            margin() / std::sqrt(data().e.segment(first, last - first).array().square().inverse().sum());
        return {mean, mean - error, mean + error};
    }
    bool upper_is_open() const { return !options_.upper && (is_wide(result_.upper) || seen(x()[0]) < 0.75); }
    bool lower_is_open() const {
        return !options_.lower && (is_wide(result_.lower) || seen(x()[x().size() - 1]) > 0.25);
    }
    /// The height of the curve at a strength, as a share of the drop.
    double seen(double strength) const {
        return (result_.curve(strength) - result_.curve.lower) / (result_.curve.upper - result_.curve.lower);
    }
    /// The interval spans more than half of the drop, or lies where no accuracy can.
    bool is_wide(const Estimate& level) const {
        const bool impossible = level.high < 0 || level.low > 1;
        return impossible || !(level.high - level.low <= (result_.curve.upper - result_.curve.lower) / 2);
    }

    static constexpr double significance = 0.01;
    MeasuredCurve measured_;
    const CurveFitOptions& options_;
    KnownLevels levels_;
    std::vector<CountLikelihood> counts_;
    std::vector<FamilyFit<Curve>> fits_;  ///< the best first
    CurveMinimum<Curve> best_{};
    CurveFit result_;
    double scale_ = 1;
    bool found_ = false, converged_ = false;
};

template <class Curve>
CurveFit fit_measured(MeasuredCurve measured, const CurveFitOptions& options) {
    return CurveFitting<Curve>(std::move(measured), options).run();
}

#ifdef PSTAR_COMPILED
extern template CurveFit fit_measured<SigmoidCurve>(MeasuredCurve measured, const CurveFitOptions& options);
#endif

}  // namespace detail

}  // namespace pstar
