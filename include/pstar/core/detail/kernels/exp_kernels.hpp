#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

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
    const auto shifted = L::multiply_add(x, L::all(log2_e), L::all(K::shift));  // its last bits are n
    const auto n = shifted - K::shift;
    const auto r = L::multiply_add(-n, L::all(K::ln2_low), L::multiply_add(-n, L::all(K::ln2_high), x));
    auto sum = L::all(inverse_factorials<Scalar>[K::degree]);
#pragma GCC unroll 13
    for (int k = K::degree - 1; k >= 0; --k)
        sum = L::multiply_add(sum, r, L::all(inverse_factorials<Scalar>[static_cast<std::size_t>(k)]));
    const auto whole = __builtin_bit_cast(Integers, shifted) - __builtin_bit_cast(typename K::Integer, K::shift);
    return sum * __builtin_bit_cast(typename L::Vector, (whole + K::bias) << K::mantissa);
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

template <class L>
struct Exp {
    typename L::Vector operator()(const typename L::Vector& x) const { return exp_lanes<L>(x); }
};
template <class L>
struct Logistic {
    typename L::Vector operator()(const typename L::Vector& x) const {
        const auto e = exp_lanes<L>(x < 0 ? x : -x);
        return (x < 0 ? e : L::all(1)) / (e + 1);
    }
};

template <class Scalar>
void exp_in_place(Scalar* x, std::size_t size) {
    map_lanes(x, size, x, Exp<FullLanes<Scalar>>{});
}
template <class Scalar>
void logistic_in_place(Scalar* x, std::size_t size) {
    map_lanes(x, size, x, Logistic<FullLanes<Scalar>>{});
}

/// The factors 1 + e^-|x_i| <= 2 are multiplied, at most 512 of them, before a logarithm is taken: in columns of 64
/// bytes up to 2^32, the same ones whatever a vector holds, then, in double, up to 2^512.
template <class Scalar>
double softplus_sum(const Scalar* x, std::size_t size) {
    using L = FullLanes<Scalar>;
    constexpr std::size_t columns = 64 / sizeof(Scalar), vectors = columns / L::count, group = 32 * columns;
    double sum = 0;
    for (std::size_t first = 0; first < size; first += group) {
        const auto last = std::min(size, first + group);
        typename L::Vector positive[vectors] = {}, product[vectors];
        for (std::size_t p = 0; p < vectors; ++p) product[p] = L::all(1);
        const auto take = [&](const Scalar* row) PSTAR_SET_LAMBDA {
#pragma GCC unroll 4
            for (std::size_t p = 0; p < vectors; ++p) {
                const auto v = L::load(row + p * L::count);
                positive[p] += v > Scalar(0) ? v : typename L::Vector{};
                product[p] *= exp_lanes<L>(v < Scalar(0) ? v : -v) + Scalar(1);
            }
        };
        std::size_t i = first;
        for (; i + columns <= last; i += columns) take(x + i);
        if (i < last) {
            Scalar rest[columns];
            for (std::size_t k = 0; k < columns; ++k)  // nothing to add where the row has ended
                rest[k] = i + k < last ? x[i + k] : ExpConstants<Scalar>::least;
            take(rest);
        }
        double whole = 1;
        for (std::size_t k = 0; k < columns; ++k) {
            sum += static_cast<double>(positive[k / L::count][k % L::count]);
            whole *= static_cast<double>(product[k / L::count][k % L::count]);
        }
        sum += std::log(whole);
    }
    return sum;
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_EXP_KERNELS_HPP)
#define PSTAR_CORE_DETAIL_EXP_KERNELS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <pstar/core/detail/kernels/lanes.hpp>

namespace pstar::detail {

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

/// 1/k! for k = 0, 1, ..., degree
template <class Scalar>
inline constexpr auto inverse_factorials = [] {
    std::array<Scalar, ExpConstants<Scalar>::degree + 1> result{};
    double factorial = 1;
    for (std::size_t k = 0; k < result.size(); ++k) {
        if (k > 0) factorial *= static_cast<double>(k);
        result[k] = static_cast<Scalar>(1 / factorial);
    }
    return result;
}();

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/core/detail/kernels/exp_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
