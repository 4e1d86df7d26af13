#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace pstar {

/// The kinds of network, `model_type` in the tables.
enum class Architecture { mlp, cnn };

inline constexpr std::array<std::string_view, 2> architecture_names{"mlp", "cnn"};
inline std::string to_string(Architecture architecture) {
    return std::string(architecture_names[static_cast<std::size_t>(architecture)]);
}

/// A kind of network in a size, see `with_network`.
struct NetworkSize {
    Architecture architecture = Architecture::mlp;
    std::size_t width = 64, depth = 2;
};

}  // namespace pstar
