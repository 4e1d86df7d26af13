#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include <pstar/core/tensor.hpp>
#include <pstar/ntk/detail/duals.hpp>
#include <pstar/ntk/detail/tanh_series.hpp>

/// The recursion of `InfiniteNtk` over hidden layers.
namespace pstar::detail {

/// What all layers have in common.
template <class Number>
struct KernelLayers {
    std::size_t hidden;
    Number weight;     ///< the weights' variance times their fan-in
    Number bias;       ///< the biases' variance divided by that
    Number gradients;  ///< of a bias, squared: 1/n; 0 in NTK parameterisation, which has them in S
    bool rescaled;     ///< NTK parameterisation
    bool tangent;      ///< T_{L+1} is asked for, not S_{L+1}

    /// S and T of the next layer from E and D, the latter in units of 1/unit.
    void step(const Dual<Number>& dual, Number unit, Number& s, Number& t) const {
        s = (dual.value + bias) * weight;
        t = (rescaled ? s : dual.value + gradients) + t * dual.derivative * (weight / unit);
    }
};

/// The variances S_l(x, x) of images in all hidden layers, from those in the first: one row per image.
template <class Number, class Dual>
std::vector<Number> variances_of_layers(const Dual& dual, const KernelLayers<Number>& layers,
                                        const std::vector<Number>& first) {
    std::vector<Number> result;
    for (Number variance : first)
        for (std::size_t l = 0; l < layers.hidden; ++l) {
            result.push_back(variance);
            variance = (dual.variance(variance) + layers.bias) * layers.weight;
        }
    return result;
}

/// The kernel at a pair of images, from their S_1, T_1 and variances in all layers.
template <class Number, class Dual>
Number pair_kernel(const Dual& dual, const KernelLayers<Number>& layers, Number s, Number t, const Number* of_x,
                   const Number* of_y) {
    for (std::size_t l = 0; l < layers.hidden; ++l) layers.step(dual(s, of_x[l], of_y[l]), dual.unit, s, t);
    return layers.tangent ? t : s;
}

/// The series of one set of images in all hidden layers, from their variances.
inline std::vector<TanhSeries> series_of_layers(const TanhDual& dual, const KernelLayers<double>& layers,
                                                const std::vector<double>& variances) {
    std::vector<TanhSeries> result;
    for (std::size_t l = 0; l < layers.hidden; ++l) {
        std::vector<double> narrowed;
        for (std::size_t n = l; n < variances.size(); n += layers.hidden)
            narrowed.push_back(dual.narrowed(variances[n]));
        result.emplace_back(narrowed);
    }
    return result;
}

/// The kernel of all pairs for tanh and sigmoid: `kernel` (N, N') holds products before; `first_of` makes the pair of
/// S_1 and T_1 of one.
template <class Scalar, class First>
void series_kernel(const TanhDual& dual, const KernelLayers<double>& layers, const First& first_of,
                   const std::vector<TanhSeries>& of_x, const std::vector<TanhSeries>& of_y,
                   Tensor<Scalar, 2>& kernel) {
    constexpr auto lanes = TanhSeries::lanes;
    const auto n = kernel.shape()[0], m = kernel.shape()[1];
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t first = 0; first < m; first += lanes) {
            TanhSeries::Lanes s{}, t{}, c{}, value, derivative;
            const auto used = std::min(lanes, m - first);
            for (std::size_t lane = 0; lane < used; ++lane)
                std::tie(s[lane], t[lane]) = first_of(static_cast<double>(kernel(i, first + lane)));
            for (std::size_t l = 0; l < layers.hidden; ++l) {
                for (std::size_t lane = 0; lane < lanes; ++lane) c[lane] = dual.narrowed(s[lane]);
                of_x[l](i, of_y[l], first / lanes, c, value, derivative);
                for (std::size_t lane = 0; lane < lanes; ++lane)
                    layers.step(dual.scaled({value[lane], derivative[lane]}), dual.unit, s[lane], t[lane]);
            }
            for (std::size_t lane = 0; lane < used; ++lane)
                kernel(i, first + lane) = static_cast<Scalar>(layers.tangent ? t[lane] : s[lane]);
        }
}

}  // namespace pstar::detail
