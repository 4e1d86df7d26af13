#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/replacement.hpp>

namespace pstar {

/// Which channel a sweep varies the strength of; chosen when the program runs.
/// `binary_replacement` is meant for images that were binarised first (`binarise`).
enum class CorruptionMode { replacement, additive, binary_replacement };

inline constexpr std::array<std::string_view, 3> corruption_mode_names{"replacement", "additive", "binary_replacement"};
inline std::string to_string(CorruptionMode mode) {
    return std::string(corruption_mode_names[static_cast<std::size_t>(mode)]);
}

using AnyChannel = std::variant<Replacement, Additive, BinaryReplacement>;

/// The channel of that kind at that strength: p of a replacement, sigma of the additive one. `std::visit` reaches it.
inline AnyChannel channel_of(CorruptionMode mode, double strength) {
    switch (mode) {
        case CorruptionMode::additive:
            return Additive{.sigma = strength};
        case CorruptionMode::binary_replacement:
            return BinaryReplacement{.p = strength};
        case CorruptionMode::replacement:
            break;
    }
    return Replacement{.p = strength};
}

}  // namespace pstar
