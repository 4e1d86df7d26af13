#pragma once

#include <concepts>
#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
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

namespace detail {
template <Network Net>
void check_fit(const char* where, const Net& net, const Dataset& data) {
    data.validate();
    require(data.size() >= 1, where, "data.size()", data.size(), "be at least 1");
    require(data.pixels() == net.inputs(), where, "the images' number of pixels", data.pixels(),
            "equal the network's inputs");
    require(data.classes <= net.outputs(), where, "data.classes", data.classes, "be at most the network's outputs");
}
}  // namespace detail

}  // namespace pstar
