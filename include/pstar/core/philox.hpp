#pragma once

#include <array>
#include <cstdint>

namespace pstar {

/// One block of Philox4x32-10: four 32-bit words as a pure function of a 128-bit counter and a 64-bit key.
/// Agrees bit for bit with Random123's `philox4x32`.
/// Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 3.3.
struct Philox {
    /// 128 bits.
    using Counter = std::array<std::uint32_t, 4>;
    /// 64 bits.
    using Key = std::array<std::uint32_t, 2>;

    static constexpr std::uint32_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
    static constexpr std::uint32_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;  // golden ratio, sqrt(3) - 1
    static constexpr int rounds = 10;

    /// The four words of counter c under a key.
    static constexpr Counter block(Counter c, Key key) {
        for (int round = 0; round < rounds; ++round) {
            const auto a = std::uint64_t{multiplier_0} * c[0];
            const auto b = std::uint64_t{multiplier_1} * c[2];
            c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
                 static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
            key[0] += weyl_0;
            key[1] += weyl_1;
        }
        return c;
    }
};

}  // namespace pstar
