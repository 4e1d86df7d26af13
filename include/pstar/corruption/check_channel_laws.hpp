#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/check_corruption_laws.hpp>
#include <pstar/corruption/corrupt.hpp>

namespace pstar {

namespace detail {

/// mean(x) and variance(x) against draws, at black, white and values between.
template <Channel C>
void check_pixel_moments(const C& channel, double strength, const CorruptionLawOptions& options, Violations& found) {
    for (const int level : {0, 1, 64, 128, 200, 255}) {
        const double x = level / 255.0;
        std::vector<double> pixels(10 * options.draws, x);
        corrupt(channel, std::span<const double>(pixels), std::span<double>(pixels),
                {options.seed, Stream::user, 0, static_cast<std::uint32_t>(level)});
        const MeasuredMoments measured(pixels);
        const double mean = channel.mean(x), variance = channel.variance(x);
        if (!measured.mean_is(mean, options.sigmas, 1e-7))
            found.add(strength, "mean(", x, ") is ", mean, ", measured ", measured.mean);
        if (!measured.variance_is(variance, options.sigmas, 1e-7))
            found.add(strength, "variance(", x, ") is ", variance, ", measured ", measured.variance);
    }
}

/// Moments at strength 0 are exact: mean(x) = x, variance(x) = 0.
template <Channel C>
void check_identity_moments(const C& channel, Violations& found) {
    for (const double x : {0.0, 0.25, 0.7, 1.0})
        if (!(std::abs(channel.mean(x) - x) <= 1e-12) || !(std::abs(channel.variance(x)) <= 1e-12))
            found.add(0, "mean(", x, ") is ", channel.mean(x), " and variance(", x, ") is ", channel.variance(x));
}

/// `kernel()` is the channel itself.
template <Channel C>
void check_kernel(const C& channel, double strength, const CorruptionLawOptions& options, Violations& found) {
    if constexpr (requires { channel.kernel(); }) {
        RandomSequence random({options.seed, Stream::user, 0, 4});
        const auto kernel = channel.kernel();
        std::size_t differ = 0;
        for (int i = 0; i < 1000; ++i) {
            const auto x = static_cast<float>(random.uniform());
            const auto word = random();
            differ += kernel(x, word) != channel(x, word);
        }
        if (differ > 0) found.add(strength, "kernel() and the channel itself differ in ", differ, " of 1000 pixels");
    }
}

}  // namespace detail

/// The laws of channels: those of all corruptions (see `check_corruption_laws`), and
/// - `mean(x)` and `variance(x)` agree with Monte Carlo (10 `draws` pixels of each value), and at strength 0 they are
///   those of the identity;
/// - `kernel()`, where there is one, does what the channel does.
///
///     REQUIRE(pstar::check_channel_laws([](double q) { return Salt{q}; }) == std::vector<std::string>{});
template <class Make>
std::vector<std::string> check_channel_laws(const Make& make, const CorruptionLawOptions& options = {}) {
    using C = std::decay_t<decltype(make(0.0))>;
    static_assert(Channel<C>,
                  "check_channel_laws: make(strength) must return a pstar::Channel; a spatial corruption, one with a "
                  "member `apply`, is checked by check_corruption_laws");
    auto sentences = check_corruption_laws(make, options);
    detail::Violations found;
    for (const double strength : detail::law_strengths(options)) {
        const C channel = make(strength);
        detail::check_pixel_moments(channel, strength, options, found);
        detail::check_kernel(channel, strength, options, found);
    }
    if (options.identity_at_zero) detail::check_identity_moments(C(make(0.0)), found);
    for (auto& sentence : found.sentences()) sentences.push_back(sentence);
    return sentences;
}

}  // namespace pstar
