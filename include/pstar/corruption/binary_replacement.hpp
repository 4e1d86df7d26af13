#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/replacement.hpp>

namespace pstar {

/// The channel B_p for binarised images: each pixel is replaced by a fair coin with probability p.
///     x' = b with probability p, else x;   b ~ Bernoulli(1/2)
///     E[x'] - x = p (1/2 - x),   Var[x'] = p (1-p) (x - 1/2)^2 + p/4
/// For x in {0, 1} a pixel flips with probability p/2 and Var[x'] = p (2-p)/4. GreyLevels pixels are allowed; the
/// formulas hold for them too. One word a pixel: w / 2^32 < p decides, the last bit of w is the coin.
struct BinaryReplacement {
    double p = 0;  ///< replacement probability, in [0, 1]

    void validate() const { require(p >= 0 && p <= 1, "BinaryReplacement", "p", p, "lie in [0, 1]"); }
    double strength() const { return p; }
    double snr_proxy() const { return replacement_snr(p); }
    double mean(double x) const { return x + p * (0.5 - x); }
    double variance(double x) const { return p * (1 - p) * (x - 0.5) * (x - 0.5) + p / 4; }

    /// ln((2 - p)/p) of black and white; noise is never grey.
    double match_log_odds(double z) const { return replacement_match_log_odds(p, z == 0 || z == 1 ? 0.5 : 0); }

    /// The channel with its threshold in integers.
    struct Kernel {
        Chance replaced;
        template <class Scalar>
        Scalar operator()(Scalar x, std::uint32_t word) const {
            return select(replaced.mask(word), static_cast<Scalar>(static_cast<std::int32_t>(word & 1U)), x);
        }
    };
    Kernel kernel() const { return {Chance(p)}; }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return kernel()(x, word);
    }

    template <class Function>
    double expect(double x, const Function& f, std::span<const double> /*kinks*/) const {
        return (1 - p) * f(x) + p * (f(0.0) + f(1.0)) / 2;
    }
    std::vector<double> kinks(std::vector<double> of_f) const { return of_f; }
};

}  // namespace pstar
