#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pstar::simd {

/// Bytes of the widest vector register, and how many such registers there are.
#if defined(__AVX512F__)
inline constexpr std::size_t vector_bytes = 64, vector_registers = 32;
#elif defined(__AVX__)
inline constexpr std::size_t vector_bytes = 32, vector_registers = 16;
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
};

/// All of a register, and half of one where that is still a register.
template <class Scalar>
using FullLanes = Lanes<Scalar, vector_bytes / sizeof(Scalar)>;
template <class Scalar>
using HalfLanes = Lanes<Scalar, (vector_bytes > 16 ? vector_bytes / 2 : vector_bytes) / sizeof(Scalar)>;

/// The least multiple of `step` that is not less than `size`.
constexpr std::size_t round_up(std::size_t size, std::size_t step) {
    return (size + step - 1) / step * step;
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

}  // namespace pstar::simd
