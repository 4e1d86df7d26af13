#pragma once

#include <cstddef>

#include <pstar/core/detail/kernels/exp_kernels.hpp>

/// The exponential function and related functions on all lanes of the processor's vectors.
namespace pstar::simd {

/// x_i <- e^x_i for `size` numbers, float or double, relative error below one unit in the last place. Below -87.3
/// (float) or -708.3 (double) and above 88.3 or 709 it stays at e of that. NaN stays NaN.
template <class Scalar>
void exp_in_place(Scalar* x, std::size_t size) {
    PSTAR_KERNEL(exp_in_place(x, size));
}

/// x_i <- 1 / (1 + e^-x_i), relative error below two units in the last place as far as `exp_in_place` reaches.
template <class Scalar>
void logistic_in_place(Scalar* x, std::size_t size) {
    PSTAR_KERNEL(logistic_in_place(x, size));
}

/// sum_i log(1 + e^x_i) for any x.
template <class Scalar>
double softplus_sum(const Scalar* x, std::size_t size) {
    return PSTAR_KERNEL(softplus_sum(x, size));
}

}  // namespace pstar::simd
