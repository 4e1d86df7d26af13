#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

typedef std::uint8_t MatchBytes __attribute__((vector_size(vector_bytes)));

inline MatchBytes load_bytes(const std::uint8_t* p) {
    MatchBytes v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

/// The sum of a vector's bytes.
inline std::uint64_t sum_of_bytes(const MatchBytes& bytes) {
    typedef std::uint16_t Pairs __attribute__((vector_size(vector_bytes)));
    typedef std::uint64_t Words __attribute__((vector_size(vector_bytes)));
    const auto pairs = __builtin_bit_cast(Pairs, bytes);
    auto words = __builtin_bit_cast(Words, (pairs & 0xFF) + (pairs >> 8));  // four sums of at most 510 each
    words += words >> 32;
    words = (words + (words >> 16)) & 0xFFFF;
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < vector_bytes / 8; ++k) sum += words[k];
    return sum;
}

/// counts[n]: how many i have rows[n][i] = observed[i], of those with counted[i] = 1 (else 0). `stride` bytes from row
/// to row, a multiple of 64; what is behind a row's end is not counted.
inline void count_matches(const std::uint8_t* rows, std::size_t size, std::size_t stride, const std::uint8_t* observed,
                          const std::uint8_t* counted, std::uint32_t* counts) {
    constexpr std::size_t most = 255 * vector_bytes;  // before a byte overflows
    for (std::size_t n = 0; n < size; ++n) {
        const std::uint8_t* row = rows + n * stride;
        std::uint64_t count = 0;
        for (std::size_t first = 0; first < stride; first += most) {
            const auto last = std::min(stride, first + most);
            MatchBytes sums{};
            for (std::size_t i = first; i < last; i += vector_bytes)
                sums += __builtin_bit_cast(MatchBytes, load_bytes(row + i) == load_bytes(observed + i)) &
                        load_bytes(counted + i);
            count += sum_of_bytes(sums);
        }
        counts[n] = static_cast<std::uint32_t>(count);
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_BAYES_DETAIL_MATCH_KERNELS_HPP)
#define PSTAR_BAYES_DETAIL_MATCH_KERNELS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pstar/core/detail/kernels/lanes.hpp>

#define PSTAR_KERNELS <pstar/bayes/detail/match_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
