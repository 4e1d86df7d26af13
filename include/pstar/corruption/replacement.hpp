#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/quadrature.hpp>

namespace pstar {

/// (1 - p)/sqrt(p): what is left of the signal over the noise that replaces it; infinite at p = 0.
inline double replacement_snr(double p) {
    return p == 0 ? std::numeric_limits<double>::infinity() : (1 - p) / std::sqrt(p);
}

/// The channel C_p: each pixel is replaced by U(0, 1) with probability p.
///     x' = u with probability p, else x;   u ~ Uniform(0, 1)
///     E[x'] - x = p (1/2 - x),   Var[x'] = p (1-p) (x - 1/2)^2 + p/12
///
/// One word w a pixel decides both: the pixel is replaced where w / 2^32 < p (so the replaced sets are nested in p),
/// and its value is w rotated by half, whose 16 leading bits are the 16 trailing bits of w. Given the mask, the value
/// is uniform up to 2^-16/p in distribution: too little to see in fewer than 10^9 p pixels.
struct Replacement {
    double p = 0;  ///< replacement probability, in [0, 1]

    void validate() const { require(p >= 0 && p <= 1, "Replacement", "p", p, "lie in [0, 1]"); }
    double strength() const { return p; }
    double snr_proxy() const { return replacement_snr(p); }
    double mean(double x) const { return x + p * (0.5 - x); }
    double variance(double x) const { return p * (1 - p) * (x - 0.5) * (x - 0.5) + p / 12; }

    /// Noise has 2^24 values: a pixel that equals a grey level was very likely not replaced.
    double match_log_odds(double) const { return replacement_match_log_odds(p, 0x1p-24); }

    /// The channel with its threshold in integers.
    struct Kernel {
        Chance replaced;
        template <class Scalar>
        Scalar operator()(Scalar x, std::uint32_t word) const {
            return select(replaced.mask(word), unit_interval<Scalar>(std::rotl(word, 16)), x);
        }
    };
    Kernel kernel() const { return {Chance(p)}; }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return kernel()(x, word);
    }

    /// E[f(x') | x] for a piecewise polynomial f with the given kinks; what composition integrates with.
    template <class Function>
    double expect(double x, const Function& f, std::span<const double> kinks) const {
        return (1 - p) * f(x) + (p == 0 ? 0 : p * integrate(f, 0, 1, kinks));
    }
    /// The kinks of x -> E[f(x') | x], given those of f.
    std::vector<double> kinks(std::vector<double> of_f) const { return of_f; }
};

}  // namespace pstar
