#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pstar/core/lanes.hpp>

/// The exponential function and related functions on all lanes of the processor's vectors.
namespace pstar::simd {

template <class Scalar>
struct ExpConstants;
template <>
struct ExpConstants<float> {
    using Integer = std::int32_t;
    static constexpr int degree = 7, mantissa = 23;
    static constexpr Integer bias = 127;
    static constexpr float least = -87.3F, most = 88.3F, shift = 0x1.8p23F;
    static constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 0x1.7f7d1cp-20F;
};
template <>
struct ExpConstants<double> {
    using Integer = std::int64_t;
    static constexpr int degree = 13, mantissa = 52;
    static constexpr Integer bias = 1023;
    static constexpr double least = -708.3, most = 709.0, shift = 0x1.8p52;
    static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
};

/// e^x = 2^n e^r with n = round(x / ln 2) and |r| <= ln 2 / 2, e^r by its Taylor polynomial: relative error below one
/// unit in the last place. x is clamped to where the result is a normal number: below -87.3 (float) or -708.3 (double)
/// it stays at e of that. NaN stays NaN.
template <class L>
typename L::Vector exp_lanes(typename L::Vector x) {
    using Scalar = typename L::Element;
    using K = ExpConstants<Scalar>;
    using Integers = typename Lanes<typename K::Integer, L::count>::Vector;
    constexpr Scalar log2_e = Scalar(1.4426950408889634074);
    const typename L::Vector zero{};
    x = x < K::least ? zero + K::least : x;
    x = x > K::most ? zero + K::most : x;
    const auto shifted = x * log2_e + K::shift;  // its last bits are n
    const auto n = shifted - K::shift;
    const auto r = (x - n * K::ln2_high) - n * K::ln2_low;
    auto sum = zero + Scalar(1);
#pragma GCC unroll 13
    for (int k = K::degree; k > 0; --k) sum = sum * r * (Scalar(1) / static_cast<Scalar>(k)) + Scalar(1);
    const auto whole = std::bit_cast<Integers>(shifted) - std::bit_cast<typename K::Integer>(K::shift);
    return sum * std::bit_cast<typename L::Vector>((whole + K::bias) << K::mantissa);
}

/// y_i <- f(x_i) for `size` numbers, f a function of vectors; y may be x.
template <class Scalar, class Function>
void map_lanes(const Scalar* x, std::size_t size, Scalar* y, const Function& f) {
    using L = FullLanes<Scalar>;
    std::size_t i = 0;
    for (; i + L::count <= size; i += L::count) L::store(y + i, f(L::load(x + i)));
    if (i == size) return;
    Scalar rest[L::count] = {};
    for (std::size_t k = 0; i + k < size; ++k) rest[k] = x[i + k];
    L::store(rest, f(L::load(rest)));
    for (std::size_t k = 0; i + k < size; ++k) y[i + k] = rest[k];
}

/// x_i <- e^x_i
template <class Scalar>
void exp_in_place(Scalar* x, std::size_t size) {
    map_lanes(x, size, x, [](const auto& v) { return exp_lanes<FullLanes<Scalar>>(v); });
}

/// x_i <- 1 / (1 + e^-x_i), relative error below two units in the last place as far as `exp_lanes`
/// reaches.
template <class Scalar>
void logistic_in_place(Scalar* x, std::size_t size) {
    map_lanes(x, size, x, [](const auto& v) {
        const auto e = exp_lanes<FullLanes<Scalar>>(v < Scalar(0) ? v : -v);
        return (v < Scalar(0) ? e : typename FullLanes<Scalar>::Vector{} + Scalar(1)) / (e + Scalar(1));
    });
}

/// sum_i log(1 + e^x_i) for any x. The factors 1 + e^-|x_i| <= 2 are multiplied, at most 512 of them, before a
/// logarithm is taken: in lanes up to 2^32, then, in double, up to 2^512.
template <class Scalar>
double softplus_sum(const Scalar* x, std::size_t size) {
    using L = FullLanes<Scalar>;
    constexpr std::size_t group = 32 * L::count;
    double sum = 0;
    for (std::size_t first = 0; first < size; first += group) {
        const auto last = std::min(size, first + group);
        typename L::Vector positive{}, product = typename L::Vector{} + Scalar(1);
        const auto take = [&](typename L::Vector v) {
            positive += v > Scalar(0) ? v : typename L::Vector{};
            product *= exp_lanes<L>(v < Scalar(0) ? v : -v) + Scalar(1);
        };
        std::size_t i = first;
        for (; i + L::count <= last; i += L::count) take(L::load(x + i));
        if (i < last) {
            Scalar rest[L::count];
            for (std::size_t k = 0; k < L::count; ++k)  // nothing to add where the row has ended
                rest[k] = i + k < last ? x[i + k] : ExpConstants<Scalar>::least;
            take(L::load(rest));
        }
        double whole = 1;
        for (std::size_t k = 0; k < L::count; ++k) {
            sum += static_cast<double>(positive[k]);
            whole *= static_cast<double>(product[k]);
        }
        sum += std::log(whole);
    }
    return sum;
}

}  // namespace pstar::simd
