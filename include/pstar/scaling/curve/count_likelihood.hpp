#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <unsupported/Eigen/SpecialFunctions>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/statistics/distributions.hpp>

/// Likelihoods of counts: k of n images classified correctly, run by run.
namespace pstar {

/// How far a mean lies from what was measured: a signed residual whose square is the deviance, and its derivative by
/// the mean.
struct Residual {
    double value, slope;
};

namespace detail {

/// log Gamma(x + m) - log Gamma(x) and its derivative by x; both 0 for m = 0, also at x = 0.
inline double log_rising(double x, double m) {
    return m == 0 ? 0 : Eigen::numext::lgamma(x + m) - Eigen::numext::lgamma(x);
}
inline double log_rising_slope(double x, double m) {
    return m == 0 ? 0 : Eigen::numext::digamma(x + m) - Eigen::numext::digamma(x);
}

/// x - log(1 + x) without cancellation.
inline double log_deficit(double x) {
    if (std::abs(x) > 0.01) return x - std::log1p(x);
    return x * x * (1.0 / 2 - x * (1.0 / 3 - x * (1.0 / 4 - x * (1.0 / 5 - x / 6))));
}

}  // namespace detail

/// log P(k_1, ..., k_R | mu) of the runs at one strength, which share the mean mu.
///
/// Without dispersion each count is binomial(n, mu). With dispersion rho in (0, 1) it is beta-binomial: the run's own
/// accuracy is Beta(a, b) with a = mu s, b = (1 - mu) s, s = (1 - rho)/rho, so that
///     log P(k) = log C(n, k) + log B(k + a, n - k + b) - log B(a, b),   Var k = n mu (1 - mu) (1 + (n - 1) rho).
/// Source: Williams, Biometrics 31 (1975) 949.
class CountLikelihood {
public:
    /// Of the runs at one strength, with correlation rho between the images of a run (0: binomial).
    CountLikelihood(std::span<const Count> runs, double rho) : runs_(runs.begin(), runs.end()), rho_(rho) {
        for (const auto& run : runs_) {
            correct_ += static_cast<double>(run.correct);
            images_ += static_cast<double>(run.images);
            constant_ += detail::log_rising(1, static_cast<double>(run.images)) -
                         detail::log_rising(1, static_cast<double>(run.correct)) -
                         detail::log_rising(1, static_cast<double>(run.images - run.correct));
        }
        best_mean_ = saturated_mean();
        best_ = log_likelihood(best_mean_);
        const double h = 1e-4 * std::min(best_mean_, 1 - best_mean_);
        if (h > 0) curvature_ = (score(best_mean_ - h) - score(best_mean_ + h)) / (2 * h);
    }

    /// The mean of greatest likelihood: correct over images without dispersion.
    double best_mean() const { return best_mean_; }

    /// Images in all runs.
    double images() const { return images_; }

    /// log P(all runs | mu), binomial coefficients included.
    double log_likelihood(double mu) const {
        double sum = constant_;
        if (rho_ == 0)
            return sum + (correct_ > 0 ? correct_ * std::log(mu) : 0) +
                   (correct_ < images_ ? (images_ - correct_) * std::log1p(-mu) : 0);
        const double s = (1 - rho_) / rho_;
        for (const auto& run : runs_)
            sum += detail::log_rising(mu * s, static_cast<double>(run.correct)) +
                   detail::log_rising((1 - mu) * s, static_cast<double>(run.images - run.correct)) -
                   detail::log_rising(s, static_cast<double>(run.images));
        return sum;
    }

    /// sign(mu - best) sqrt(2 (log P(best) - log P(mu))). Within a ten thousandth of an image from 0 or 1, where the
    /// logarithm diverges, and beyond, it continues as a straight line; that changes the deviance by less than 2e-4.
    Residual residual(double mu) const {
        const double edge = 1e-4 / images_, inside = std::clamp(mu, edge, 1 - edge);
        auto result = inner_residual(inside);
        result.value += result.slope * (mu - inside);
        return result;
    }

    /// Standard error of correct / images if the mean is mu.
    double error(double mu) const {
        double variance = 0;
        for (const auto& run : runs_) {
            const auto n = static_cast<double>(run.images);
            variance += n * mu * (1 - mu) * (1 + (n - 1) * rho_);
        }
        return std::sqrt(variance) / images_;
    }

private:
    double score(double mu) const {
        if (rho_ == 0) return (correct_ - images_ * mu) / (mu * (1 - mu));
        const double s = (1 - rho_) / rho_;
        double sum = 0;
        for (const auto& run : runs_)
            sum += detail::log_rising_slope(mu * s, static_cast<double>(run.correct)) -
                   detail::log_rising_slope((1 - mu) * s, static_cast<double>(run.images - run.correct));
        return s * sum;
    }
    /// The root of the score, which falls with mu: Fisher scoring inside a bracket.
    double saturated_mean() const {
        const double mean = correct_ / images_;
        if (rho_ == 0 || mean == 0 || mean == 1) return mean;
        double low = 0, high = 1, mu = mean;
        for (int step = 0; step < 60; ++step) {
            const double slope = score(mu);
            (slope > 0 ? low : high) = mu;
            const double next = mu + slope * error(mu) * error(mu);
            const double inside = next > low && next < high ? next : low + (high - low) / 2;
            if (std::abs(inside - mu) < 1e-14) break;
            mu = inside;
        }
        return mu;
    }
    Residual inner_residual(double mu) const {
        const double away = mu - best_mean_, sign = away < 0 ? -1 : 1;
        const double straight = std::sqrt(curvature_);
        if (rho_ > 0) {
            // the difference of two long sums is good to 1e-10: near its minimum the parabola is better
            if (straight > 0 && std::abs(away * straight) < 1e-3) return {away * straight, straight};
            const double value = sign * std::sqrt(2 * std::max(0.0, best_ - log_likelihood(mu)));
            return {value, value == 0 ? straight : -score(mu) / value};
        }
        double deviance = 0;
        if (correct_ > 0) deviance += correct_ * detail::log_deficit(away / best_mean_);
        if (correct_ < images_) deviance += (images_ - correct_) * detail::log_deficit(-away / (1 - best_mean_));
        // with none or all correct the linear terms of the two logarithms do not cancel
        if (correct_ == 0) deviance = -images_ * std::log1p(-mu);
        if (correct_ == images_) deviance = -images_ * std::log(mu);
        const double value = sign * std::sqrt(2 * deviance);
        return {value, std::abs(value) < 1e-9 ? straight : -score(mu) / value};
    }

    std::vector<Count> runs_;
    double rho_, correct_ = 0, images_ = 0, constant_ = 0, best_mean_ = 0, best_ = 0, curvature_ = 0;
};

/// Whether runs at the same strength vary more than binomial counts do.
struct Dispersion {
    double rho = 0;      ///< correlation of two images' outcomes within a run; 0: binomial, or less than that
    double dof = 0;      ///< degrees of freedom between runs, sum of (runs - 1)
    double p_value = 1;  ///< of Pearson's chi^2 between runs, if they were binomial
};

/// The rho at which Pearson's chi^2 between runs equals its degrees of freedom,
///     sum_ir (k_ir - n_ir mu_i)^2 / (n_ir mu_i (1 - mu_i) (1 + (n_ir - 1) rho)) = sum_i (R_i - 1),
/// with mu_i the mean over the R_i runs at strength i. Unlike the likelihood it does not count the means as known, and
/// so is not biased down by few runs. Strengths with all or no image correct are ignored.
/// Source: Williams, "Extra-binomial variation in logistic linear models", Applied Statistics 31 (1982) 144.
inline Dispersion estimate_dispersion(const CurveCounts& counts) {
    struct Term {
        double square, images;  // (k - n mu)^2 / (n mu (1 - mu)) and n
    };
    std::vector<Term> terms;
    Dispersion result;
    for (const auto& runs : counts.runs) {
        double correct = 0, images = 0;
        for (const auto& run : runs)
            correct += static_cast<double>(run.correct), images += static_cast<double>(run.images);
        const double mu = correct / images;
        if (runs.size() < 2 || mu == 0 || mu == 1) continue;
        for (const auto& run : runs) {
            const auto n = static_cast<double>(run.images);
            const double away = static_cast<double>(run.correct) - n * mu;
            terms.push_back({away * away / (n * mu * (1 - mu)), n});
        }
        result.dof += static_cast<double>(runs.size() - 1);
    }
    if (result.dof == 0) return result;
    const auto pearson = [&](double rho) {
        double sum = 0;
        for (const auto& term : terms) sum += term.square / (1 + (term.images - 1) * rho);
        return sum;
    };
    result.p_value = chi_squared_tail(pearson(0), result.dof);
    if (pearson(0) <= result.dof) return result;
    result.rho = detail::invert_increasing([&](double rho) { return -pearson(rho); }, -result.dof, 0, 1);
    return result;
}

}  // namespace pstar
