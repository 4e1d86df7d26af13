#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

#if PSTAR_SET_LEVEL >= 1

#if PSTAR_SET_LEVEL == 2
struct WideLanes {
    using Vector = __m512i;
    static constexpr std::size_t count = 8;
    // (The maskz forms below: g++ 12 warns about its own headers otherwise.) Blocks 0..3 in even lanes, 4..7 in odd
    // ones: the unpacks at the end then leave natural order.
    static Vector order() { return _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7); }
    static Vector all(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
    static Vector add(Vector a, Vector b) { return _mm512_add_epi64(a, b); }
    static Vector multiply(Vector a, Vector b) { return _mm512_maskz_mul_epu32(0xFF, a, b); }
    static Vector xor_high(Vector product, Vector b, Vector c) {  // (product >> 32) ^ b ^ c
        return _mm512_ternarylogic_epi64(_mm512_maskz_srli_epi64(0xFF, product, 32), b, c, 0x96);
    }
    static Vector pair(Vector low, Vector high) {  // low word from `low`, high word from the low half of `high`
        return _mm512_mask_shuffle_epi32(low, 0xAAAA, high, _MM_PERM_CCAA);
    }
    static void store(std::uint32_t* out, Vector words_01, Vector words_23) {
        _mm512_storeu_si512(out, _mm512_maskz_unpacklo_epi64(0xFF, words_01, words_23));
        _mm512_storeu_si512(out + 16, _mm512_maskz_unpackhi_epi64(0xFF, words_01, words_23));
    }
};
#else
struct WideLanes {
    using Vector = __m256i;
    static constexpr std::size_t count = 4;
    static Vector order() { return _mm256_setr_epi64x(0, 2, 1, 3); }
    static Vector all(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
    static Vector add(Vector a, Vector b) { return _mm256_add_epi64(a, b); }
    static Vector multiply(Vector a, Vector b) { return _mm256_mul_epu32(a, b); }
    static Vector xor_high(Vector product, Vector b, Vector c) {
        return _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product, 32), b), c);
    }
    static Vector pair(Vector low, Vector high) {
        return _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0b10101010);
    }
    static void store(std::uint32_t* out, Vector words_01, Vector words_23) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_unpacklo_epi64(words_01, words_23));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 8), _mm256_unpackhi_epi64(words_01, words_23));
    }
};
#endif

/// Writes the words of `Batches * WideLanes::count` consecutive blocks, the first at `counter`. Several batches run
/// side by side because one round waits several cycles for its multiplies.
template <std::size_t Batches>
inline void philox_blocks(const Philox::Counter& counter, const PhiloxKeys& keys, std::uint32_t* out) {
    using L = WideLanes;
    const auto multiplier_0 = L::all(Philox::multiplier_0), multiplier_1 = L::all(Philox::multiplier_1);
    typename L::Vector c0[Batches], c1[Batches], c2[Batches], c3[Batches];
    for (std::size_t i = 0; i < Batches; ++i) {
        const auto first = static_cast<std::uint32_t>(counter[0] + i * L::count);
        c0[i] = L::add(L::all(first), L::order());
        c1[i] = L::all(counter[1]);
        c2[i] = L::all(counter[2]);
        c3[i] = L::all(counter[3]);
    }
#pragma GCC unroll 10
    for (int round = 0; round < Philox::rounds; ++round) {
        const auto key_0 = L::all(keys.first[round]), key_1 = L::all(keys.second[round]);
#pragma GCC unroll 4
        for (std::size_t i = 0; i < Batches; ++i) {
            const auto a = L::multiply(c0[i], multiplier_0), b = L::multiply(c2[i], multiplier_1);
            c0[i] = L::xor_high(b, c1[i], key_0);
            c2[i] = L::xor_high(a, c3[i], key_1);
            c1[i] = b;
            c3[i] = a;
        }
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < Batches; ++i)
        L::store(out + 4 * L::count * i, L::pair(c0[i], c1[i]), L::pair(c2[i], c3[i]));
}
#endif

/// Writes `blocks` consecutive Philox blocks (4 words each), the first at `counter`.
inline void philox_fill(Philox::Counter counter, Philox::Key key, std::uint32_t* out, std::size_t blocks) {
#if PSTAR_SET_LEVEL >= 1
    const PhiloxKeys keys(key);
    const auto run = [&]<std::size_t Batches>() {
        constexpr std::size_t step = Batches * WideLanes::count;
        for (; blocks >= step; blocks -= step, out += 4 * step, counter[0] += step)
            philox_blocks<Batches>(counter, keys, out);
    };
    run.template operator()<4>();
    run.template operator()<1>();
    if (blocks > 1) {  // a last batch that is not full
        std::uint32_t words[4 * WideLanes::count];
        philox_blocks<1>(counter, keys, words);
        std::memcpy(out, words, 4 * blocks * sizeof(std::uint32_t));
        return;
    }
#endif
    for (; blocks > 0; --blocks, out += 4, ++counter[0]) {
        const auto words = Philox::block(counter, key);
        for (std::size_t i = 0; i < 4; ++i) out[i] = words[i];
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_PHILOX_LANES_HPP)
#define PSTAR_CORE_DETAIL_PHILOX_LANES_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pstar/core/detail/kernels/instruction_sets.hpp>
#include <pstar/core/philox.hpp>

/// Philox on all lanes of the processor's vectors. Consecutive blocks of one (key, counter[1..3]) come out in natural
/// order, so the words equal those of `Philox::block` whatever the instruction set.
///
/// Every word sits in the low half of a 64-bit lane: `mul_epu32` reads only low halves, so what is left in the high
/// halves is harmless and a round is 2 multiplies, 2 shifts and 2 xors for as many blocks as there are lanes.
namespace pstar::detail {

/// The keys of all rounds, worked out once for many blocks.
struct PhiloxKeys {
    std::uint64_t first[Philox::rounds], second[Philox::rounds];
    explicit PhiloxKeys(Philox::Key key) {
        for (std::uint32_t r = 0; r < Philox::rounds; ++r) {
            first[r] = static_cast<std::uint32_t>(key[0] + r * Philox::weyl_0);
            second[r] = static_cast<std::uint32_t>(key[1] + r * Philox::weyl_1);
        }
    }
};

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/core/detail/philox_lanes.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
