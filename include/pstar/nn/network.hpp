#pragma once

#include <concepts>
#include <cstddef>

#include <pstar/nn/parameters.hpp>

namespace pstar {

/// A classifier: a function of images (N, inputs()) and parameters, recorded on a tape, giving logits (N, outputs()).
/// Whatever models this can be trained, evaluated, differentiated and saved.
template <class N>
concept Network = requires(const N& net, N& mutable_net, Variable<typename N::scalar_type> x,
                           const Leaves<typename N::scalar_type>& leaves) {
    { net(x, leaves) } -> std::same_as<Variable<typename N::scalar_type>>;
    { net.parameters() } -> std::same_as<const Parameters<typename N::scalar_type>&>;
    { mutable_net.parameters() } -> std::same_as<Parameters<typename N::scalar_type>&>;
    { net.inputs() } -> std::convertible_to<std::size_t>;
    { net.outputs() } -> std::convertible_to<std::size_t>;
};

}  // namespace pstar
