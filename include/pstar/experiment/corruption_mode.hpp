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
using AnyChannel = std::variant<Replacement, Additive, BinaryReplacement>;

/// The channel of that kind at that strength: p of a replacement, sigma of the additive one. `std::visit` reaches it.
inline AnyChannel channel_of(std::string_view mode, double strength) {
    if (mode == "additive") return Additive{.sigma = strength};
    if (mode == "binary_replacement") return BinaryReplacement{.p = strength};
    return Replacement{.p = strength};
}

}  // namespace pstar
