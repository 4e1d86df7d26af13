#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/seed_noise.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/statistics/distributions.hpp>

namespace pstar::detail {

/// Variance of a number, the degrees of freedom of an estimate of it from whole seeds, and the part that shifts of
/// whole curves make.
struct VarianceOfSeeds {
    double variance = 0, dof = 0, of_shift = 0;

    /// Half width of the interval by Student's t.
    double half_width(double confidence) const {
        if (!(dof > 0)) return std::numeric_limits<double>::infinity();
        return student_t_quantile(confidence, dof) * std::sqrt(variance);
    }
};

/// Expected variance of a quantity of a fitted curve when n_j seeds, those with the numbers 0 to n_j - 1, are measured
/// at the strengths p_j. With gradients g_j of A(p_j) in the parameters, c of the quantity, v_j the noise of a run,
/// d_j = -A'(p_j), and P what is known beforehand, the fit weighs and answers as
///     w_j = n_j / (v_j + shift^2 d_j^2),   M = P + sum_j w_j g_j g_j',   r_j = c' M^-1 g_j w_j,
/// and seed s moves it by u_s = sum r_j d_j / n_j over its strengths for every unit of its shift, so that
///     var = c' M^-1 P M^-1 c + sum_s var_s,   var_s = sum_{j of s} r_j^2 v_j / n_j^2 + shift^2 u_s^2,
/// with (sum_s var_s)^2 / sum_s var_s^2 - 1 degrees of freedom.
/// Parameters are those of the curve, a fall and a bend of its plateau that are a fifth and a tenth of the drop over
/// all strengths by P, and its shape: by P the curve may turn into that of another family.
class ExpectedVariance {
public:
    /// `strengths` are all that may be measured, increasing.
    ExpectedVariance(const CurveFit& fit, CurveQuantity quantity, const SeedNoise& noise,
                     std::span<const double> strengths)
        : curve_(fit.curve), shift_(noise.shift * noise.shift) {
        is_free_ = {true, true, !fit.options.lower, !fit.options.upper, true, true, !fit.options.family};
        target_ = numbers(coordinate_gradient(curve_, quantity, 0), 0);
        if (quantity == CurveQuantity::slope) target_[shape] = log_slope_of_shape();
        const double drop = curve_.upper - curve_.lower, range = strengths.back() - strengths.front();
        known_ = {range, range, 1, 1, 0.2 * drop / range, 0.1 * drop / (range * range), 1};
        for (const double p : strengths) {
            Strength strength{numbers(curve_.gradient(p), to_other_shape(p)), -curve_.derivative(p),
                              noise.variance(curve_, p, fit.options.test_images)};
            if (!std::isfinite(strength.along)) strength.along = 0;
            strengths_.push_back(strength);
        }
    }

    /// With so many seeds at each of the strengths.
    VarianceOfSeeds of(std::span<const std::size_t> seeds) const {
        const auto weights = weights_of(seeds);
        const auto told = solved(seeds, weights);
        VarianceOfSeeds result;
        for (std::size_t i = 0; i < size; ++i)
            if (is_free_[i]) result.variance += told[i] * told[i] / (known_[i] * known_[i]);
        std::size_t most = 0;
        for (const auto n : seeds) most = std::max(most, n);
        // of seed s, the sums over the strengths that have it: from the last seed on, each adds those that end there
        std::vector<double> noise(most), moved(most);
        for (std::size_t j = 0; j < seeds.size(); ++j) {
            if (seeds[j] == 0) continue;
            const double n = static_cast<double>(seeds[j]),
                         response = dot(told, strengths_[j].gradient) * weights[j] / n;
            const double unsure = n > 1 ? n / (n - 1) : 1;  // few runs tell little of their own scatter
            noise[seeds[j] - 1] += response * response * strengths_[j].noise * unsure;
            moved[seeds[j] - 1] += response * strengths_[j].along;
        }
        double sum = 0, squares = 0, of_noise = 0, moves = 0;
        for (std::size_t s = most; s-- > 0;) {
            of_noise += noise[s], moves += moved[s];
            const double own = of_noise + shift_ * moves * moves;
            sum += own, squares += own * own, result.of_shift += shift_ * moves * moves;
        }
        result.variance += sum;
        result.dof = squares > 0 ? sum * sum / squares - 1 : 0;
        return result;
    }

    /// What a run at each strength tells of p*: A'(p)^2 / var(e).
    double told_of_midpoint(std::size_t strength) const {
        return strengths_[strength].along * strengths_[strength].along / strengths_[strength].noise;
    }

private:
    static constexpr std::size_t size = 7, shape = 6;
    using Numbers = std::array<double, size>;
    struct Strength {
        Numbers gradient;
        double along, noise;
    };

    std::vector<double> weights_of(std::span<const std::size_t> seeds) const {
        std::vector<double> weights;
        for (std::size_t j = 0; j < seeds.size(); ++j)
            weights.push_back(static_cast<double>(seeds[j]) /
                              (strengths_[j].noise + shift_ * strengths_[j].along * strengths_[j].along));
        return weights;
    }
    /// M^-1 c, one strength after the other (Sherman and Morrison).
    Numbers solved(std::span<const std::size_t> seeds, std::span<const double> weights) const {
        std::array<Numbers, size> inverse{};
        const auto times = [&](const Numbers& a) {
            Numbers result{};
            for (std::size_t i = 0; i < size; ++i) result[i] = dot(inverse[i], a);
            return result;
        };
        for (std::size_t i = 0; i < size; ++i) inverse[i][i] = is_free_[i] ? known_[i] * known_[i] : 0;
        for (std::size_t j = 0; j < seeds.size(); ++j) {
            if (seeds[j] == 0) continue;
            const auto& g = strengths_[j].gradient;
            const auto image = times(g);
            const double scale = 1 / (1 / weights[j] + dot(g, image));
            for (std::size_t i = 0; i < size; ++i)
                for (std::size_t l = 0; l < size; ++l) inverse[i][l] -= scale * image[i] * image[l];
        }
        return times(target_);
    }
    /// From reversed Gumbel to Gumbel, by half, with the same height and steepness at p_star.
    double to_other_shape(double p) const {
        const double t =
            (curve_.p_star - p) / curve_.width * family_value(curve_.family, 0).derivative * 2 / std::numbers::ln2;
        return (curve_.upper - curve_.lower) / 2 *
               (family_value(SigmoidFamily::gumbel, t).value - family_value(SigmoidFamily::reversed_gumbel, t).value);
    }
    double log_slope_of_shape() const {
        const double p = curve_.steepest(), h = 1e-4 * curve_.width;
        return (to_other_shape(p + h) - to_other_shape(p - h)) / (2 * h) / curve_.derivative(p);
    }
    Numbers numbers(const SigmoidCurve::Gradient& g, double to_shape) const {
        Numbers all{g.p_star, g.width, g.lower, g.upper, g.fall, g.bend, to_shape};
        for (std::size_t i = 0; i < size; ++i)
            if (!is_free_[i] || !std::isfinite(all[i])) all[i] = 0;
        return all;
    }
    static double dot(const Numbers& a, const Numbers& b) {
        double sum = 0;
        for (std::size_t i = 0; i < size; ++i) sum += a[i] * b[i];
        return sum;
    }

    const SigmoidCurve& curve_;
    double shift_;  ///< its variance
    std::array<bool, size> is_free_{};
    Numbers target_{}, known_{};
    std::vector<Strength> strengths_;
};

}  // namespace pstar::detail
