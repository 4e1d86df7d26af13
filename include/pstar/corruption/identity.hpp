#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/corrupt.hpp>

namespace pstar {

/// The clean channel: x' = x.
struct Identity {
    void validate() const {}
    double strength() const { return 0; }
    double snr_proxy() const { return std::numeric_limits<double>::infinity(); }
    double mean(double x) const { return x; }
    double variance(double) const { return 0; }
    /// Infinite: an equal pixel is certain.
    double match_log_odds(double) const { return std::numeric_limits<double>::infinity(); }

    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t) const {
        return x;
    }

    template <class Function>
    double expect(double x, const Function& f, std::span<const double>) const {
        return f(x);
    }
    std::vector<double> kinks(std::vector<double> of_f) const { return of_f; }
};

/// Scaling alone, without drawing any noise.
template <>
struct detail::ImagePass<Identity> {
    template <class Pixel, class Scalar>
    static void run(const Identity&, std::span<const Pixel> pixels, const Shape&, std::span<Scalar> out,
                    const RandomStream&, std::vector<Scalar>&) {
        scale_pixels(pixels, out);
    }
};

}  // namespace pstar
