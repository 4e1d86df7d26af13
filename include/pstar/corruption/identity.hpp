#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/corruption/channel.hpp>

namespace pstar {

/// The clean channel: x' = x.
struct Identity {
    void validate() const {}
    double strength() const { return 0; }
    double snr_proxy() const { return std::numeric_limits<double>::infinity(); }
    double mean(double x) const { return x; }
    double variance(double) const { return 0; }

    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t) const {
        return x;
    }
    /// Scaling alone, without drawing any noise.
    template <class Scalar>
    void apply(std::span<const std::uint8_t> pixels, std::span<Scalar> out, const RandomStream&) const {
        for (std::size_t i = 0; i < pixels.size(); ++i)
            out[i] = static_cast<Scalar>(pixels[i]) * (Scalar{1} / Scalar{255});
    }

    template <class Function>
    double expect(double x, const Function& f, std::span<const double>) const {
        return f(x);
    }
    std::vector<double> kinks(std::vector<double> of_f) const { return of_f; }
};

}  // namespace pstar
