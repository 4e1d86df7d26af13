#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <memory>
#include <utility>

#include <pstar/corruption/channel.hpp>

namespace pstar {

/// A channel that leaves a pixel as it is or replaces it by noise that does not depend on it, so that
///     P(x' = z | x) = a(z) + b(z) [z = x].
/// `match_log_odds(z)` = ln(1 + b/a): how much likelier an x equal to z is than any other, >= 0; infinite where noise
/// is never exactly z.
template <class C>
concept MatchingChannel = Channel<C> && requires(const C& channel, double z) {
    { channel.match_log_odds(z) } -> std::convertible_to<double>;
};

/// A channel with a likelihood: a `MatchingChannel`, or one with
///     log_likelihood(z, x) = ln P(x' = z | x) + a term of z alone;   -infinity where x cannot become z.
/// It allows for rounding: z was computed in float.
template <class C>
concept HasLikelihood = MatchingChannel<C> ||(Channel<C>&& requires(const C& channel, double z, double x) {
    { channel.log_likelihood(z, x) } -> std::convertible_to<double>;
});

/// What a pixel's corrupted value says of the pixel, for a channel of any type: `HasLikelihood`, type-erased.
class PixelLikelihood {
public:
    /// The likelihood of a channel; throws what its `validate` throws.
    template <class C>
    requires(!std::same_as<C, PixelLikelihood>) && HasLikelihood<C> explicit PixelLikelihood(C channel)
        : held_(std::make_shared<const Held<C>>(std::move(channel))) {}

    /// Whether all that counts is which pixels are equal: a `MatchingChannel`.
    bool is_matching() const { return held_->is_matching(); }
    /// ln(1 + b/a) of a `MatchingChannel`, else NaN.
    double match_log_odds(double z) const { return held_->match_log_odds(z); }
    /// ln P(x' = z | x) + a term of z alone. Of a matching channel: 0, or the log odds where z = x.
    double operator()(double z, double x) const { return held_->log_likelihood(z, x); }

private:
    struct Interface {
        virtual ~Interface() = default;
        virtual bool is_matching() const = 0;
        virtual double match_log_odds(double z) const = 0;
        virtual double log_likelihood(double z, double x) const = 0;
    };
    template <class C>
    struct Held final : Interface {
        explicit Held(C held) : channel(std::move(held)) {}
        bool is_matching() const override { return MatchingChannel<C>; }
        double match_log_odds(double z) const override {
            if constexpr (MatchingChannel<C>)
                return static_cast<double>(channel.match_log_odds(z));
            else
                return std::numeric_limits<double>::quiet_NaN();
        }
        double log_likelihood(double z, double x) const override {
            if constexpr (MatchingChannel<C>)
                return z == x ? static_cast<double>(channel.match_log_odds(z)) : 0;
            else
                return static_cast<double>(channel.log_likelihood(z, x));
        }
        C channel;
    };
    std::shared_ptr<const Interface> held_;
};

}  // namespace pstar
