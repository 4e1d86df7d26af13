#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include <pstar/scaling/curve/bootstrap.hpp>
#include <pstar/scaling/curve/count_likelihood.hpp>
#include <pstar/scaling/curve/fit_options.hpp>
#include <pstar/scaling/curve/search.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/detail/curve_checks.hpp>
#include <pstar/scaling/detail/measured_curve.hpp>

/// Which family describes a curve, and whether its plateau slopes: the fits of all that may, compared by AIC.
namespace pstar::detail {

/// The best curve of one family with one kind of plateau.
template <class Curve>
struct FamilyFit {
    KnownLevels levels;
    CurveMinimum<Curve> best;
    Vector<double> e;  ///< errors of the points; of counts those that the fitted means imply
    double log_likelihood = 0, aic = std::numeric_limits<double>::infinity();

    bool found() const { return falls(best.curve) && std::isfinite(best.deviance); }
};

template <class Curve>
class FamilyChoice {
public:
    /// `measured` holds means and errors, `counts` the likelihoods where there are some.
    FamilyChoice(const MeasuredCurve& measured, const std::vector<CountLikelihood>& counts,
                 const CurveFitOptions& options)
        : measured_(measured), counts_(counts), options_(options) {}

    /// The fits from the least AIC on; at least one, found or not. A plateau may slope where that lowers the AIC of its
    /// family by more than 2: with less the data do not call for it.
    std::vector<FamilyFit<Curve>> fits() {
        for (const auto family : sigmoid_families)
            if (options_.family ? family == *options_.family : is_defined(family)) fit_plateaus(family);
        std::stable_sort(fits_.begin(), fits_.end(), [](const auto& a, const auto& b) { return a.aic < b.aic; });
        return std::move(fits_);
    }

private:
    /// A difference of AIC that decides.
    static constexpr double clear_gain = 2;

    bool is_defined(SigmoidFamily family) const {
        return family != SigmoidFamily::weibull || measured_.data.x.size() == 0 || measured_.data.x[0] >= 0;
    }
    bool scatter_only() const { return measured_.errors.source == ErrorSource::residual; }

    void fit_plateaus(SigmoidFamily family) {
        auto level = fit(family, 0);
        const double needed = level.aic - clear_gain;
        const bool may_slope = level.found() && !fits_well(level);
        fits_.push_back(std::move(level));
        for (int terms = 1; may_slope && terms <= options_.plateau; ++terms) {
            auto sloping = fit(family, terms);
            if (sloping.found() && sloping.aic < needed && has_knee(measured_.data, sloping.best.curve))
                fits_.push_back(std::move(sloping));
        }
    }
    /// Nothing is left that a slope could explain.
    bool fits_well(const FamilyFit<Curve>& fit) const {
        const auto dof = static_cast<double>(measured_.data.x.size() - 2 - fit.levels.free());
        if (dof < 2) return true;
        if (scatter_only()) return false;
        return f_tail(fit.best.deviance / dof, dof, measured_.errors.total_dof) > 0.5;
    }

    FamilyFit<Curve> fit(SigmoidFamily family, int plateau) const {
        FamilyFit<Curve> result{.levels = {options_.lower, options_.upper, plateau}, .best = {}, .e = {}};
        Curve shape;
        shape.family = family;
        CurveData data{measured_.data.x, measured_.data.y, measured_.data.e};
        result.best = search_falling(data, result.levels, shape);
        if (falls(result.best.curve) && !counts_.empty()) {
            data.counts = counts_;
            const auto likeliest = descend(data, result.levels, result.best.curve, 1e-10);
            if (falls(likeliest.curve)) result.best = likeliest;
            result.best.deviance = deviance_of(data, result.best.curve);
            for (Eigen::Index i = 0; i < data.x.size(); ++i)
                data.e[i] = count_error(counts_[static_cast<std::size_t>(i)], result.best.curve(data.x[i]));
        }
        result.e = std::move(data.e);
        if (result.found()) weigh(result);
        return result;
    }
    /// Likelihood and AIC.
    void weigh(FamilyFit<Curve>& fit) const {
        const auto n = static_cast<double>(measured_.data.x.size());
        double log_likelihood = 0;
        for (Eigen::Index i = 0; i < fit.e.size(); ++i) {
            const auto* count = counts_.empty() ? nullptr : &counts_[static_cast<std::size_t>(i)];
            log_likelihood += count ? count->log_likelihood(count->best_mean())
                                    : -std::log(fit.e[i] * std::sqrt(2 * std::numbers::pi));
        }
        fit.log_likelihood = log_likelihood - fit.best.deviance / 2;
        auto parameters = 2 + static_cast<double>(fit.levels.free());
        if (measured_.method == FitMethod::beta_binomial) parameters += 1;
        if (scatter_only()) {  // the most likely error is the root mean square of the residuals
            parameters += 1;
            const double drop = fit.best.curve.upper - fit.best.curve.lower;  // 1e-9 of it is rounding
            const double mean_square = std::max(fit.best.deviance / n, 1e-18 * drop * drop);
            fit.log_likelihood = -n / 2 * (std::log(2 * std::numbers::pi * mean_square) + 1);
        }
        fit.aic = 2 * parameters - 2 * fit.log_likelihood;
    }

    const MeasuredCurve& measured_;
    const std::vector<CountLikelihood>& counts_;
    const CurveFitOptions& options_;
    std::vector<FamilyFit<Curve>> fits_;
};

/// The starts of refits: the first fit, and those after it whose AIC is larger by 10 at most, six in all. What is worse
/// is out of the question for data like these.
template <class Curve>
std::vector<RefitStart<Curve>> refit_starts(const std::vector<FamilyFit<Curve>>& fits) {
    constexpr double out_of_question = 10;
    constexpr std::size_t most = 6;
    std::vector<RefitStart<Curve>> starts;
    for (const auto& fit : fits)
        if (starts.size() < most && fit.found() && fit.aic <= fits[0].aic + out_of_question)
            starts.push_back({fit.levels, fit.best.curve});
    return starts;
}

}  // namespace pstar::detail
