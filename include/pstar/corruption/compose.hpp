#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/corruption.hpp>

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

/// The noise of the second of two corruptions, after a first one of `stages`, which uses the seeds 0, 1, ... itself.
inline RandomStream second_stage(RandomStream noise, std::size_t stages) {
    noise.seed = derive(noise.seed, stages);
    return noise;
}

}  // namespace detail

template <Corruption First, Corruption Second>
struct Compose;

/// One after the other, the second in place.
template <class First, class Second>
struct detail::ImagePass<Compose<First, Second>> {
    template <class Pixel, class Scalar>
    static void run(const Compose<First, Second>& both, std::span<const Pixel> pixels, const Shape& shape,
                    std::span<Scalar> out, const RandomStream& noise, std::vector<Scalar>& clean) {
        ImagePass<First>::run(both.first, pixels, shape, out, noise, clean);
        ImagePass<Second>::run(both.second, std::span<const Scalar>(out), shape, out,
                               second_stage(noise, stages<First>()), clean);
    }
};

/// Two corruptions in a row, with independent noise: x' = second(first(x)). Nest for more. The strength is that of the
/// second. Each stage draws its words from the stream of a seed of its own; the very first from the given one.
/// Of two channels it is a channel. If one of the two is spatial, so is this one: a `Corruption` without moments.
template <Corruption First, Corruption Second>
struct Compose {
    First first;    ///< comes first
    Second second;  ///< sees what the first one gives

    /// How many simple corruptions this is made of.
    static constexpr std::size_t stages = detail::stages<First>() + detail::stages<Second>();

    void validate() const {
        first.validate();
        second.validate();
    }
    double strength() const { return second.strength(); }

    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise) const {
        std::vector<Scalar> clean;
        detail::ImagePass<Compose>::run(*this, image.elements(), image.shape, out.elements(), noise, clean);
    }
};
template <class First, class Second>
Compose(First, Second) -> Compose<First, Second>;

/// Two channels in a row.
///     E[x'] = E[m(y)],  Var[x'] = E[v(y)] + Var[m(y)],  y = first(x),
/// with m, v the mean and variance of `second`; both integrated exactly over the law of y.
template <Channel First, Channel Second>
struct Compose<First, Second> {
    static_assert(IntegrableChannel<First>,
                  "Compose: the first channel must offer expect(x, f, kinks) and kinks(of_f), see Replacement; put a "
                  "channel that offers only mean and variance last");
    First first;    ///< comes first
    Second second;  ///< sees what the first one gives

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
    /// Images draw the second's words from a stream of their own.
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return second(first(x, word), Philox::block({word, 0, 0, 0}, {0, 0})[0]);
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

}  // namespace pstar
