#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/replacement.hpp>

namespace pstar {

/// The channel C_p on the grid of bytes: each pixel is replaced by one of the 256 grey levels, equally likely, with
/// probability p, as where noise is written into 8-bit images.
///     x' = v/255 with probability p, else x;   v ~ Uniform{0, ..., 255}
///     E[x'] - x = p (1/2 - x),   Var[x'] = p (1-p) (x - 1/2)^2 + p s^2,   s^2 = (256^2 - 1)/(12 * 255^2)
///
/// To a network it is `Replacement`. To a reader who may compare pixels it is not: a pixel that equals a grey level may
/// have been replaced, which `Replacement`, with its 2^24 values, all but rules out. One word w a pixel: w / 2^32 < p
/// decides, its last 8 bits are the level.
struct ByteReplacement {
    double p = 0;  ///< replacement probability, in [0, 1]

    void validate() const { require(p >= 0 && p <= 1, "ByteReplacement", "p", p, "lie in [0, 1]"); }
    double strength() const { return p; }
    double snr_proxy() const { return replacement_snr(p); }
    double mean(double x) const { return x + p * (0.5 - x); }
    double variance(double x) const { return p * (1 - p) * (x - 0.5) * (x - 0.5) + p * (65535.0 / (12 * 65025.0)); }
    /// ln(1 + 256 (1 - p)/p)
    double match_log_odds(double) const { return replacement_match_log_odds(p, 1.0 / 256); }

    /// The channel with its threshold in integers.
    struct Kernel {
        Chance replaced;
        template <class Scalar>
        Scalar operator()(Scalar x, std::uint32_t word) const {
            const auto level = static_cast<Scalar>(static_cast<std::int32_t>(word & 0xFFU)) * (Scalar{1} / Scalar{255});
            return select(replaced.mask(word), level, x);
        }
    };
    Kernel kernel() const { return {Chance(p)}; }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return kernel()(x, word);
    }

    template <class Function>
    double expect(double x, const Function& f, std::span<const double> /*kinks*/) const {
        double sum = 0;
        for (int v = 0; p > 0 && v < 256; ++v) sum += f(v / 255.0);
        return (1 - p) * f(x) + p * sum / 256;
    }
    std::vector<double> kinks(std::vector<double> of_f) const { return of_f; }
};

}  // namespace pstar
