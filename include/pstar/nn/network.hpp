#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/training_source.hpp>
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

/// The samples of a training step, for what is random in it.
struct TrainingPass {
    Seed seed = {};
    std::uint32_t epoch = 0;                      ///< 0, 1, ...
    std::span<const std::uint32_t> samples = {};  ///< (N), their indices in the data set; empty: 0, 1, ..., N - 1

    /// The number of the sample in a row of the batch.
    std::uint32_t sample(std::size_t row) const {
        return samples.empty() ? static_cast<std::uint32_t>(row) : samples[row];
    }
};

/// A network that is another function in training than in evaluation (dropout, batch normalisation): it also has
/// `net(x, leaves, pass)`, which training calls and which may change its running statistics. `net(x, leaves)` is the
/// evaluation: it changes nothing, and one sample's logits do not depend on the others'.
template <class N>
concept HasTrainingMode = Network<N> &&
    requires(N& net, Variable<typename N::scalar_type> x, const Leaves<typename N::scalar_type>& leaves,
             const TrainingPass& pass) {
    { net(x, leaves, pass) } -> std::same_as<Variable<typename N::scalar_type>>;
};

namespace detail {
/// The logits as training sees them.
template <Network Net>
Variable<typename Net::scalar_type> training_logits(Net& net, Variable<typename Net::scalar_type> x,
                                                    const Leaves<typename Net::scalar_type>& leaves,
                                                    [[maybe_unused]] const TrainingPass& pass) {
    if constexpr (HasTrainingMode<Net>)
        return net(x, leaves, pass);
    else
        return std::as_const(net)(x, leaves);
}
template <Network Net, TrainingSource Source>
void check_fit(const char* where, const Net& net, const Source& data) {
    if constexpr (std::same_as<Source, Dataset>) data.validate();
    require(data.size() >= 1, where, "data.size()", data.size(), "be at least 1");
    require(data.size() < std::uint64_t{1} << 32, where, "data.size()", data.size(), "be below 2^32");
    require(pixels_of(data) == net.inputs(), where, "the images' number of pixels", pixels_of(data),
            "equal the network's inputs");
    require(data.classes <= net.outputs(), where, "data.classes", data.classes, "be at most the network's outputs");
}
}  // namespace detail

}  // namespace pstar
