#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

/// What repeating the experiment would do to a curve.
namespace pstar {

/// A variance and how well it is known; infinite degrees of freedom: exactly.
struct KnownVariance {
    double variance = 0;
    double dof = std::numeric_limits<double>::infinity();
};

/// Welch and Satterthwaite: a sum of independent variances v_i known with dof_i degrees of freedom has
///     dof = (sum v_i)^2 / sum v_i^2 / dof_i.
class VarianceSum {
public:
    /// Adds an independent one.
    void add(const KnownVariance& v) {
        sum_ += v.variance;
        spread_ += v.variance * v.variance / v.dof;
    }
    /// The sum, with degrees of freedom by Welch and Satterthwaite.
    KnownVariance total() const {
        return {sum_, spread_ > 0 ? sum_ * sum_ / spread_ : std::numeric_limits<double>::infinity()};
    }

private:
    double sum_ = 0, spread_ = 0;
};

/// Noise of the mean accuracies of one size.
///
/// With the same seeds at all strengths a redraw is sum_r g_r d_r / sqrt(R (R - 1)), where d_r = a_r - mean is the
/// curve of seed r and g_r ~ N(0, 1): a bootstrap over seeds whose covariance is exactly the unbiased one of the mean
/// (plain resampling shrinks it by (R - 1)/R), and in which what a seed does to the whole curve stays together.
/// Otherwise every point is redrawn by itself, from N(0, s_i^2/R_i), or from its given error. Source: multiplier
/// bootstrap, van der Vaart & Wellner, "Weak Convergence and Empirical Processes", section 2.9.
class CurveNoise {
public:
    /// How the accuracies of a curve scatter.
    explicit CurveNoise(const SizeCurve& curve) {
        const auto runs = curve.runs.empty() ? 0 : curve.runs[0].size();
        if (curve.same_seeds && runs >= 2) {
            together(curve, runs);
            return;
        }
        double dof = 0;
        for (const auto& run : curve.runs) dof += static_cast<double>(run.size()) - 1;
        const auto rest = dof > 0 ? dof : std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < curve.points(); ++i) {
            const auto n = curve.runs.empty() ? 0.0 : static_cast<double>(curve.runs[i].size());
            if (n >= 2)
                alone_.push_back({detail::mean_of_runs(curve.runs[i]).variance / n, n - 1});
            else
                alone_.push_back({curve.error[i] * curve.error[i], rest});
        }
    }

    /// accuracy = mean + a redraw of the noise
    void redraw(std::span<const double> mean, RandomSequence& random, std::vector<double>& accuracy) const {
        accuracy.assign(mean.begin(), mean.end());
        for (std::size_t i = 0; i < alone_.size(); ++i) accuracy[i] += std::sqrt(alone_[i].variance) * random.normal();
        for (const auto& mode : modes_) {
            const double g = random.normal();
            for (std::size_t i = 0; i < mode.size(); ++i) accuracy[i] += g * mode[i];
        }
    }

    /// Adds the variance of sum_i c_i a_i.
    void add_variance(std::span<const double> c, VarianceSum& sum) const {
        for (std::size_t i = 0; i < alone_.size(); ++i) sum.add({c[i] * c[i] * alone_[i].variance, alone_[i].dof});
        double variance = 0;
        for (const auto& mode : modes_) {
            double along = 0;
            for (std::size_t i = 0; i < mode.size(); ++i) along += c[i] * mode[i];
            variance += along * along;
        }
        if (!modes_.empty()) sum.add({variance, static_cast<double>(modes_.size()) - 1});
    }

    /// Whether seeds tie the points of the curve together.
    bool is_shared() const { return !modes_.empty(); }

    /// Degrees of freedom behind the whole noise; infinite where errors were given.
    double dof() const {
        if (!modes_.empty()) return static_cast<double>(modes_.size()) - 1;
        double sum = 0;
        for (const auto& point : alone_) sum += point.dof;
        return sum;
    }

private:
    void together(const SizeCurve& curve, std::size_t runs) {
        const auto n = static_cast<double>(runs);
        modes_.assign(runs, std::vector<double>(curve.points()));
        for (std::size_t i = 0; i < curve.points(); ++i) {
            const double mean = detail::mean_of_runs(curve.runs[i]).mean;
            for (std::size_t r = 0; r < runs; ++r) modes_[r][i] = (curve.runs[i][r] - mean) / std::sqrt(n * (n - 1));
        }
    }

    std::vector<KnownVariance> alone_;        ///< of each point, or empty
    std::vector<std::vector<double>> modes_;  ///< d_r / sqrt(R (R - 1)) for each seed, or empty
};

}  // namespace pstar
