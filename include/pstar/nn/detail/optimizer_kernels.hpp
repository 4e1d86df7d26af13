#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// v <- v + weight_decay w;   w <- w - lr v
template <class Scalar>
void sgd_step(std::size_t size, Scalar* __restrict w, Scalar* __restrict v, Scalar weight_decay, Scalar lr) {
    if (weight_decay != 0)
        for (std::size_t i = 0; i < size; ++i) v[i] += weight_decay * w[i];
    for (std::size_t i = 0; i < size; ++i) w[i] -= lr * v[i];
}

/// Moments of weights that no longer learn shrink to subnormal numbers, on which processors take a hundred times as
/// long: zero in their place. No step is that small.
template <class L>
typename L::Vector normal_or_zero(const typename L::Vector& x) {
    constexpr auto least = std::numeric_limits<typename L::Element>::min();
    return (x < 0 ? -x : x) < least ? typename L::Vector{} : x;
}

/// See `Adam`.
template <class Scalar>
void adam_step(const AdamArrays<Scalar>& arrays, const AdamNumbers<Scalar>& a) {
    using L = FullLanes<Scalar>;
    const auto [size, w, g, m, v] = arrays;
    const auto update = [&](Scalar* value, const Scalar* gradient, Scalar* first, Scalar* second) PSTAR_SET_LAMBDA {
        const auto old = L::load(value);
        const auto slope = a.weight_decay == 0 ? L::load(gradient) : L::load(gradient) + a.weight_decay * old;
        const auto mean = normal_or_zero<L>(L::multiply_add(L::all(a.beta1), L::load(first), a.rest1 * slope));
        const auto square =
            normal_or_zero<L>(L::multiply_add(L::all(a.beta2), L::load(second), a.rest2 * (slope * slope)));
        L::store(first, mean);
        L::store(second, square);
        L::store(value, old - a.step * mean / (sqrt_lanes<L>(square) * a.scale + a.eps));
    };
    std::size_t i = 0;
    for (; i + L::count <= size; i += L::count) update(w + i, g + i, m + i, v + i);
    if (i == size) return;
    const auto left = size - i;
    Scalar rest[4][L::count] = {};
    Scalar* const all[4] = {w + i, g + i, m + i, v + i};
    for (std::size_t j = 0; j < 4; ++j) std::copy_n(all[j], left, rest[j]);
    update(rest[0], rest[1], rest[2], rest[3]);
    for (std::size_t j = 0; j < 4; ++j) std::copy_n(rest[j], left, all[j]);
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_NN_DETAIL_OPTIMIZER_KERNELS_HPP)
#define PSTAR_NN_DETAIL_OPTIMIZER_KERNELS_HPP

#include <algorithm>
#include <cstddef>
#include <limits>

#include <pstar/core/detail/kernels/lanes.hpp>

namespace pstar::detail {

/// Values, gradients and moments, `size` of each.
template <class Scalar>
struct AdamArrays {
    std::size_t size;
    Scalar *w, *g, *m, *v;
};
/// w <- w - step m / (sqrt(v) scale + eps); rest1 = 1 - beta1, rest2 = 1 - beta2
template <class Scalar>
struct AdamNumbers {
    Scalar weight_decay, beta1, rest1, beta2, rest2, step, scale, eps;
};

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/nn/detail/optimizer_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
