#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// Bytes of the widest vector register, and how many such registers there are.
#if PSTAR_SET_LEVEL == 2
inline constexpr std::size_t vector_bytes = 64, vector_registers = 32;
#elif PSTAR_SET_LEVEL == 1
inline constexpr std::size_t vector_bytes = 32, vector_registers = 16;
#elif defined(__aarch64__)
inline constexpr std::size_t vector_bytes = 16, vector_registers = 32;
#else
inline constexpr std::size_t vector_bytes = 16, vector_registers = 16;
#endif

/// `Count` numbers that are worked on at once. `Vector` has the usual operators, elementwise; with a scalar, too.
template <class Scalar, std::size_t Count>
struct Lanes {
    static constexpr std::size_t count = Count;
    using Element = Scalar;
    typedef Scalar Vector __attribute__((vector_size(Count * sizeof(Scalar))));
    typedef std::uint8_t Bytes __attribute__((vector_size(Count)));

    static Vector load(const Scalar* p) {
        Vector v;
        std::memcpy(&v, p, sizeof v);
        return v;
    }
    static void store(Scalar* p, const Vector& v) { std::memcpy(p, &v, sizeof v); }
    static Vector all(Scalar x) { return x - Vector{}; }  // which is x for any x, while x + 0 is not: -0

    /// a b + c, rounded once where the set fuses. The compiler is not allowed to do so of itself: where it does depends
    /// on what surrounds the numbers.
    static Vector multiply_add(const Vector& a, const Vector& b, const Vector& c) {
        [[maybe_unused]] constexpr bool single = sizeof(Scalar) == 4;
#if PSTAR_SET_LEVEL == 2
        if constexpr (sizeof(Vector) == 64 && single) return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
        if constexpr (sizeof(Vector) == 64 && !single)
            return (Vector)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#endif
#if PSTAR_SET_LEVEL >= 1
        if constexpr (sizeof(Vector) == 32 && single) return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
        if constexpr (sizeof(Vector) == 32 && !single)
            return (Vector)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
        if constexpr (sizeof(Vector) == 16 && single) return (Vector)_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
        if constexpr (sizeof(Vector) == 16 && !single) return (Vector)_mm_fmadd_pd((__m128d)a, (__m128d)b, (__m128d)c);
#elif defined(__aarch64__)
        Vector result;
        for (std::size_t k = 0; k < Count; ++k) result[k] = std::fma(a[k], b[k], c[k]);
        return result;
#else
        return a * b + c;
#endif
    }
};

/// a b + c of numbers, as `Lanes::multiply_add`.
template <class Scalar>
Scalar multiply_add(Scalar a, Scalar b, Scalar c) {
#if PSTAR_SET_LEVEL >= 1 || defined(__aarch64__)
    return std::fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// All of a register, and half of one where that is still a register.
template <class Scalar>
using FullLanes = Lanes<Scalar, vector_bytes / sizeof(Scalar)>;
template <class Scalar>
using HalfLanes = Lanes<Scalar, (vector_bytes > 16 ? vector_bytes / 2 : vector_bytes) / sizeof(Scalar)>;

/// Square roots.
template <class L>
typename L::Vector sqrt_lanes(const typename L::Vector& v) {
    using Scalar = typename L::Element;
    using Vector = typename L::Vector;
    constexpr bool single = std::is_same_v<Scalar, float>;
#if PSTAR_SET_LEVEL == 2
    if constexpr (sizeof(Vector) == 64 && single) return (Vector)_mm512_maskz_sqrt_ps(0xFFFF, (__m512)v);
    if constexpr (sizeof(Vector) == 64 && !single) return (Vector)_mm512_maskz_sqrt_pd(0xFF, (__m512d)v);
#elif PSTAR_SET_LEVEL == 1
    if constexpr (sizeof(Vector) == 32 && single) return (Vector)_mm256_sqrt_ps((__m256)v);
    if constexpr (sizeof(Vector) == 32 && !single) return (Vector)_mm256_sqrt_pd((__m256d)v);
#elif PSTAR_GREATEST_SET > 0
    if constexpr (sizeof(Vector) == 16 && single) return (Vector)_mm_sqrt_ps((__m128)v);
    if constexpr (sizeof(Vector) == 16 && !single) return (Vector)_mm_sqrt_pd((__m128d)v);
#endif
    Vector root = v;
    for (std::size_t k = 0; k < L::count; ++k) root[k] = std::sqrt(v[k]);
    return root;
}

/// Calls `body(lanes)` with the lanes that waste least on rows of `size` numbers: half ones where a row would end
/// within the first half of a full vector.
template <class Scalar, class Body>
void with_lanes(std::size_t size, const Body& body) {
    constexpr auto full = FullLanes<Scalar>::count, half = HalfLanes<Scalar>::count;
    if (round_up(size, half) < round_up(size, full))
        body(HalfLanes<Scalar>{});
    else
        body(FullLanes<Scalar>{});
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_LANES_HPP)
#define PSTAR_CORE_DETAIL_LANES_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace pstar::detail {

/// The least multiple of `step` that is not less than `size`.
constexpr std::size_t round_up(std::size_t size, std::size_t step) {
    return (size + step - 1) / step * step;
}

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/core/detail/kernels/lanes.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
