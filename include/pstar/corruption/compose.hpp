#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/corruption/channel.hpp>

namespace pstar {

/// A channel whose law can be integrated against: needed of every channel but the last of a composition.
template <class C>
concept IntegrableChannel = Channel<C> && requires(const C& channel, double (*f)(double), std::vector<double> kinks) {
    { channel.expect(0.5, f, std::span<const double>(kinks)) } -> std::convertible_to<double>;
    { channel.kinks(kinks) } -> std::convertible_to<std::vector<double>>;
};

namespace detail {
template <class C>
constexpr std::size_t stages() {
    if constexpr (requires { C::stages; })
        return C::stages;
    else
        return 1;
}
}  // namespace detail

/// Two channels in a row, with independent noise: x' = second(first(x)). Nest for more.
///     E[x'] = E[m(y)],  Var[x'] = E[v(y)] + Var[m(y)],  y = first(x),
/// with m, v the mean and variance of `second`; both integrated exactly over the law of y.
/// Each stage draws its words from the stream of a seed of its own; the very first from the given one.
template <Channel First, Channel Second>
struct Compose {
    static_assert(IntegrableChannel<First>,
                  "Compose: the first channel must offer expect(x, f, kinks) and kinks(of_f), see Replacement; put a "
                  "channel that offers only mean and variance last");
    First first;
    Second second;

    /// How many simple channels this is made of.
    static constexpr std::size_t stages = detail::stages<First>() + detail::stages<Second>();

    void validate() const {
        first.validate();
        second.validate();
    }
    /// The strength of the last channel.
    double strength() const { return second.strength(); }
    /// Relative noise powers add: 1/sqrt(1/a^2 + 1/b^2).
    double snr_proxy() const requires HasSnrProxy<First> && HasSnrProxy<Second> {
        return 1 / std::hypot(1 / first.snr_proxy(), 1 / second.snr_proxy());
    }
    double mean(double x) const {
        return first.expect(
            x, [this](double y) { return second.mean(y); }, second_kinks());
    }
    double variance(double x) const {
        const double centre = mean(x);
        return first.expect(
            x,
            [this, centre](double y) {
                const double shift = second.mean(y) - centre;
                return second.variance(y) + shift * shift;
            },
            second_kinks());
    }

    /// One word for both: the first channel's; the second's is a hash of it, independent for all practical purposes.
    /// `apply`, which every image goes through, draws the second's words from a stream of their own.
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return second(first(x, word), Philox::block({word, 0, 0, 0}, {0, 0})[0]);
    }
    template <class Pixel, class Scalar>
    void apply(std::span<const Pixel> pixels, std::span<Scalar> out, const RandomStream& noise) const {
        auto second_noise = noise;
        second_noise.seed = derive(noise.seed, detail::stages<First>());  // 0, 1, ... are the first's own stages
        corrupt(first, pixels, out, noise);
        corrupt(second, std::span<const Scalar>(out), out, second_noise);
    }

    template <class Function>
    double expect(double x, const Function& f, std::span<const double> of_f) const requires IntegrableChannel<Second> {
        const auto inner = second.kinks({of_f.begin(), of_f.end()});
        return first.expect(
            x, [&](double y) { return second.expect(y, f, of_f); }, inner);
    }
    std::vector<double> kinks(std::vector<double> of_f) const requires IntegrableChannel<Second> {
        return first.kinks(second.kinks(std::move(of_f)));
    }

private:
    std::vector<double> second_kinks() const {
        if constexpr (IntegrableChannel<Second>)
            return second.kinks({});
        else
            return {};
    }
};
template <class First, class Second>
Compose(First, Second) -> Compose<First, Second>;

}  // namespace pstar
