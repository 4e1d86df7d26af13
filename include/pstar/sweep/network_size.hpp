#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace pstar {

/// The kinds of model, `model_type` in the tables: networks, and the classical ones that they are measured by,
/// - rbm: a restricted Boltzmann machine and softmax regression on its features;
/// - softmax: softmax regression on the pixels;
/// - ntk: kernel ridge regression with the tangent kernel of wide ReLU networks.
enum class Architecture { mlp, cnn, rbm, softmax, ntk };

inline constexpr std::array<std::string_view, 5> architecture_names{"mlp", "cnn", "rbm", "softmax", "ntk"};
inline std::string to_string(Architecture architecture) {
    return std::string(architecture_names[static_cast<std::size_t>(architecture)]);
}

constexpr bool is_network(Architecture architecture) {
    return architecture == Architecture::mlp || architecture == Architecture::cnn;
}

/// A kind of model in a size, see `AccuracyRun`.
struct NetworkSize {
    Architecture architecture = Architecture::mlp;
    std::size_t width = 64, depth = 2;
};

}  // namespace pstar
