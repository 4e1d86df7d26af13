#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

#include <pstar/corruption/corruption.hpp>

namespace pstar {

/// A corruption channel: a random map of each pixel of an image, independent between pixels and images.
///
///     struct Salt {                                              // white with probability q, else x
///         double q = 0;
///         void validate() const { pstar::require(q >= 0 && q <= 1, "Salt", "q", q, "lie in [0, 1]"); }
///         double strength() const { return q; }
///         double mean(double x) const { return x + q * (1 - x); }
///         double variance(double x) const { return q * (1 - q) * (1 - x) * (1 - x); }
///         template <class Scalar>
///         Scalar operator()(Scalar x, std::uint32_t word) const {
///             return pstar::select(pstar::Chance(q).mask(word), Scalar{1}, x);
///         }
///     };
///
/// `channel(x, word)` is the corrupted pixel x' of x in [0, 1], a pure function of x and one uniform 32-bit word (float
/// and double). `mean(x)` = E[x' | x] and `variance(x)` = Var[x' | x] are exact. There is no member `apply`: that is
/// what makes a corruption spatial.
/// Optional: `kernel()`, the same function of (x, word) with its constants worked out, for speed; a likelihood, for
/// what could be known of x at best: see `HasLikelihood`.
template <class C>
concept Channel = Corruption<C> && detail::MapsPixels<C> && !detail::HasMemberApply<C>;

/// A channel that also names its signal-to-noise proxy, e.g. (1 - p)/sqrt(p).
template <class C>
concept HasSnrProxy = Channel<C> && requires(const C& channel) {
    { channel.snr_proxy() } -> std::convertible_to<double>;
};

/// ln(1 + (1 - p)/(p q)): how much likelier a pixel equal to z is than any other, where each is replaced with
/// probability p by noise that is z with probability q. Infinite at p q = 0, 0 at p = 1. See `MatchingChannel`.
inline double replacement_match_log_odds(double p, double q) {
    if (p == 1) return 0;
    return p * q == 0 ? std::numeric_limits<double>::infinity() : std::log1p((1 - p) / (p * q));
}

/// The event u < p for the uniform u = word / 2^32, with p rounded to a multiple of 2^-32. The events are nested: what
/// happens at p happens at every larger p.
class Chance {
public:
    /// The probability p in [0, 1], rounded to a multiple of 2^-32.
    explicit Chance(double p) : Chance(static_cast<std::uint64_t>(p * 0x1p32 + 0.5)) {}
    /// All ones where the event happens, else zero: as a branch-free select needs it.
    std::uint32_t mask(std::uint32_t word) const {
        return (0U - static_cast<std::uint32_t>(word <= last_)) & possible_;
    }

private:
    explicit Chance(std::uint64_t favourable)
        : last_(favourable == 0 ? 0U : static_cast<std::uint32_t>(favourable - 1)),
          possible_(favourable == 0 ? 0U : ~0U) {}
    std::uint32_t last_, possible_;
};

/// The bits of `yes` where the mask is all ones, of `no` where it is zero. Bitwise, since compilers that honour
/// floating-point traps refuse to vectorise the conditional expression.
inline float select(std::uint32_t mask, float yes, float no) {
    return std::bit_cast<float>((std::bit_cast<std::uint32_t>(yes) & mask) |
                                (std::bit_cast<std::uint32_t>(no) & ~mask));
}
/// `yes` where the mask is all ones, `no` where it is 0.
inline double select(std::uint32_t mask, double yes, double no) {
    return mask ? yes : no;
}

}  // namespace pstar
