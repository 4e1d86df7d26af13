#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/seed_noise.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

namespace pstar::detail {

/// Expected variance of a quantity of a fitted curve, from the Fisher information of its runs: with gradients g(p) of A
/// in the parameters, c of the quantity, P what is known beforehand, and one seed at the strengths p_i
///     M = P + sum_i g(p_i) g(p_i)' / var(e_i),   var = c' M^-1 c + shift^2 [quantity is p_star].
/// Parameters are those of the curve, a fall and a bend of its plateau that are a fifth and a tenth of the drop over
/// all strengths by P, and its shape: by P the curve may turn into that of another family.
class ExpectedVariance {
public:
    ExpectedVariance(const CurveFit& fit, CurveQuantity quantity, const SeedNoise& noise, double range)
        : curve_(fit.curve), noise_(noise), images_(fit.options.test_images) {
        is_free_ = {true, true, !fit.options.lower, !fit.options.upper, true, true, !fit.options.family};
        target_ = numbers(coordinate_gradient(curve_, quantity, 0), 0);
        if (quantity == CurveQuantity::p_star)
            shift_ = noise.shift * noise.shift;
        else
            target_[shape] = log_slope_of_shape();
        const double drop = curve_.upper - curve_.lower;
        const Numbers known{range, range, 1, 1, 0.2 * drop / range, 0.1 * drop / (range * range), 1};
        for (std::size_t i = 0; i < size; ++i) inverse_[i][i] = is_free_[i] ? known[i] * known[i] : 0;
    }

    /// Of one seed.
    double total() const { return dot(target_, times(target_)) + shift_; }
    /// The part of the shift.
    double shift() const { return shift_; }
    /// Of one seed, after one more strength.
    double with(double p) const {
        const auto g = gradient(p);
        const auto image = times(g);
        const double told = dot(target_, image);
        return total() - told * told / (noise_.variance(curve_, p, images_) + dot(g, image));
    }
    void add(double p) {
        const auto g = gradient(p);
        const auto image = times(g);
        const double scale = 1 / (noise_.variance(curve_, p, images_) + dot(g, image));
        for (std::size_t i = 0; i < size; ++i)
            for (std::size_t j = 0; j < size; ++j) inverse_[i][j] -= scale * image[i] * image[j];
    }

private:
    static constexpr std::size_t size = 7, shape = 6;
    using Numbers = std::array<double, size>;

    Numbers gradient(double p) const { return numbers(curve_.gradient(p), to_other_shape(p)); }
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
    Numbers times(const Numbers& a) const {
        Numbers result{};
        for (std::size_t i = 0; i < size; ++i) result[i] = dot(inverse_[i], a);
        return result;
    }

    const SigmoidCurve& curve_;
    SeedNoise noise_;
    std::size_t images_;
    std::array<bool, size> is_free_{};
    Numbers target_{};
    double shift_ = 0;
    std::array<Numbers, size> inverse_{};
};

}  // namespace pstar::detail
