#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/quadrature.hpp>

namespace pstar {

/// Additive uniform noise of width `sigma`, clipped to the unit interval:
///     x' = clip(x + e, 0, 1),   e ~ Uniform(-sigma/2, sigma/2), independent per pixel.
///
/// Clipping biases the mean: with a = sigma/2, a black pixel (x = 0, a <= 1) has E[x'] = a/4 and
/// Var[x'] = 5 a^2/48, not 0 and a^2/3. `mean` and `variance` are exact for every x and sigma: they integrate the
/// clipped density piece by piece, an atom at 0, a plateau on [max(x-a, 0), min(x+a, 1)], an atom at 1.
struct Additive {
    double sigma = 0;  ///< noise width, in units of the pixel range; finite, >= 0

    void validate() const {
        require(sigma >= 0 && std::isfinite(sigma), "Additive", "sigma", sigma, "be finite and not negative");
    }
    double strength() const { return sigma; }
    /// Pixel range over the noise's standard deviation before clipping, sqrt(12)/sigma; infinite at sigma = 0.
    double snr_proxy() const {
        return sigma == 0 ? std::numeric_limits<double>::infinity() : 2 * std::numbers::sqrt3 / sigma;
    }
    double mean(double x) const { return moments(x).mean; }
    double variance(double x) const { return moments(x).variance; }

    /// ln of the density 1/sigma inside (0, 1), where |z - x| <= sigma/2, and of the probabilities of 0 and 1 at the
    /// ends, up to ln sigma; -infinity elsewhere. A z in float may miss its bounds by 1e-6.
    double log_likelihood(double z, double x) const {
        constexpr double infinity = std::numeric_limits<double>::infinity(), slack = 1e-6;
        const double a = sigma / 2;
        if (std::abs(z - x) > a + slack) return -infinity;
        if (z > 0 && z < 1) return 0;
        const double beyond = z <= 0 ? a - x : x + a - 1;  // the width of the noise that ends there
        return beyond < -slack ? -infinity : std::log(std::max(beyond, slack));
    }

    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        const auto noise = static_cast<Scalar>(sigma) * (unit_interval<Scalar>(word) - Scalar{0.5});
        return std::min(std::max(x + noise, Scalar{0}), Scalar{1});
    }

    template <class Function>
    double expect(double x, const Function& f, std::span<const double> kinks) const {
        if (sigma == 0) return f(x);
        const auto [low, high, black, white] = pieces(x);
        double sum = integrate(f, low, high, kinks) / sigma;
        if (black > 0) sum += black * f(0.0);
        if (white > 0) sum += white * f(1.0);
        return sum;
    }
    /// x -> E[f(x')] has kinks where an end of the noise meets a kink of f or an end of [0, 1].
    std::vector<double> kinks(std::vector<double> of_f) const {
        of_f.insert(of_f.end(), {0.0, 1.0});
        std::vector<double> result;
        for (const double kink : of_f) result.insert(result.end(), {kink - sigma / 2, kink + sigma / 2});
        return result;
    }

private:
    struct Pieces {
        double low, high;     // the plateau of density 1/sigma
        double black, white;  // the probabilities of 0 and 1
    };
    struct Moments {
        double mean, variance;
    };
    Pieces pieces(double x) const {
        const double a = sigma / 2;
        return {std::clamp(x - a, 0.0, 1.0), std::clamp(x + a, 0.0, 1.0), std::max(a - x, 0.0) / sigma,
                std::max(x + a - 1, 0.0) / sigma};
    }
    // Central moments, each piece about the mean: sums of squares, so that nothing cancels when sigma is small.
    Moments moments(double x) const {
        if (sigma == 0) return {x, 0};
        const auto [low, high, black, white] = pieces(x);
        const double plateau = 1 - black - white, middle = (low + high) / 2;
        const double mean = plateau * middle + white;
        const auto square = [](double t) { return t * t; };
        return {mean, plateau * (square(middle - mean) + square(high - low) / 12) + black * square(mean) +
                          white * square(1 - mean)};
    }
};

}  // namespace pstar
