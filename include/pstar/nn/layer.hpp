#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/random.hpp>
#include <pstar/nn/initialise.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

namespace pstar {

/// What a layer sees while a network is made: it adds its parameters here, in the order in which it will ask for them.
template <class Scalar>
class LayerSetup {
public:
    /// Adds parameters to these, initialised from that seed.
    LayerSetup(Parameters<Scalar>& parameters, Seed seed) : parameters_(parameters), seed_(seed) {}

    /// A weight (out, ...) and its bias (out) as `name.weight` and `name.bias`, filled as `initialise` does. The l-th
    /// pair of a network draws from the place of layer l, as in `mlp` and `cnn`.
    void add_weight_and_bias(std::vector<std::size_t> weight) {
        const auto first = parameters_.count(), out = weight.front();
        parameters_.add(name_ + ".weight", std::move(weight));
        parameters_.add(name_ + ".bias", {out});
        initialise(parameters_[first], parameters_[first + 1], seed_, layer_++);
    }
    /// A parameter `name.what` that begins with `value` everywhere.
    void add(const std::string& what, std::vector<std::size_t> shape, Scalar value) {
        parameters_.add(name_ + '.' + what, std::move(shape));
        parameters_[parameters_.count() - 1].array().setConstant(value);
    }
    /// A buffer `name.what`, saved but not trained, that begins with `value` everywhere. The view, for other values, is
    /// good until the next one is added.
    View<Scalar> add_buffer(const std::string& what, std::vector<std::size_t> shape, Scalar value) {
        parameters_.add_buffer(name_ + '.' + what, std::move(shape), value);
        return parameters_.buffer(parameters_.buffer_count() - 1);
    }
    /// The layer's name, as PyTorch numbers the modules of a Sequential: 0, 1, ...; within a residual block 3.block.0.
    const std::string& name() const { return name_; }
    /// Names what `body()` adds; a layer that holds others calls it for each.
    template <class Body>
    auto named(std::string name, const Body& body) {
        std::swap(name, name_);
        auto result = body();
        std::swap(name, name_);
        return result;
    }

private:
    Parameters<Scalar>& parameters_;
    Seed seed_;
    std::string name_;
    std::uint32_t layer_ = 0;
};

/// What a layer sees in a pass through the network: its parameters and buffers, one call after the other in the order
/// in which it added them, and whether it is trained.
template <class Scalar>
class LayerPass {
public:
    /// An evaluation.
    LayerPass(const Parameters<Scalar>& parameters, const Leaves<Scalar>& leaves)
        : parameters_(parameters), leaves_(leaves) {}
    /// A training step: buffers may be changed.
    LayerPass(Parameters<Scalar>& parameters, const Leaves<Scalar>& leaves, const TrainingPass& training)
        : parameters_(parameters), trained_(&parameters), leaves_(leaves), training_(&training) {}

    /// The next parameter. Give each a name of its own: the order of a call's arguments is not defined.
    Variable<Scalar> parameter() { return leaves_[parameter_++]; }
    /// The next buffer: read-only in an evaluation, where `into` is empty.
    struct Buffer {
        View<const Scalar> value;
        View<Scalar> into;
    };
    /// The next buffer of the layer.
    Buffer buffer() {
        const auto i = buffer_++;
        return {parameters_.buffer(i), trained_ ? trained_->buffer(i) : View<Scalar>{}};
    }
    /// The samples of a training step; null in an evaluation.
    const TrainingPass* training() const { return training_; }
    /// For the next layer that draws random numbers in training: a seed that no other layer has.
    Seed next_seed() { return derive(training_->seed, random_++); }

private:
    const Parameters<Scalar>& parameters_;
    Parameters<Scalar>* trained_ = nullptr;
    Leaves<Scalar> leaves_;
    const TrainingPass* training_ = nullptr;
    std::size_t parameter_ = 0, buffer_ = 0;
    std::uint64_t random_ = 0;
};

/// A layer of a `Sequential`: settings, stored by value. Members:
///     setup(setup, shape)   adds its parameters for inputs of `shape`, one sample's, (F) or (C, H, W), and returns its
///                           output's shape; throws std::invalid_argument where the two do not fit
///     operator()(x, pass)   the outputs (N, ...) of inputs x (N, ...)
/// both const and templates over Scalar. A small one, y = W x + b of inputs (F):
///
///     struct Linear {
///         std::size_t units;
///         template <class Scalar>
///         Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
///             setup.add_weight_and_bias({units, shape[0]});
///             return {units};
///         }
///         template <class Scalar>
///         Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
///             const auto weight = pass.parameter(), bias = pass.parameter();
///             return dense(x, weight, bias);
///         }
///     };
template <class L, class Scalar = float>
concept NetworkLayer = std::copy_constructible<L> &&
    requires(const L& layer, LayerSetup<Scalar>& setup, const Shape& shape, Variable<Scalar> x,
             LayerPass<Scalar>& pass) {
    { layer.setup(setup, shape) } -> std::same_as<Shape>;
    { layer(x, pass) } -> std::same_as<Variable<Scalar>>;
};

/// Any `NetworkLayer`, its type taken off: one virtual call per layer and pass. Copies share the settings, which never
/// change.
template <class Scalar>
class Layer {
public:
    /// Holds a layer of any type.
    template <class L>
    requires(!std::same_as<L, Layer> && NetworkLayer<L, Scalar>) Layer(L layer)
        : held_(std::make_shared<const Held<L>>(std::move(layer))) {}

    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const { return held_->setup(setup, shape); }
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const { return held_->run(x, pass); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const = 0;
        virtual Variable<Scalar> run(Variable<Scalar> x, LayerPass<Scalar>& pass) const = 0;
    };
    template <class L>
    struct Held final : Base {
        explicit Held(L l) : layer(std::move(l)) {}
        Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const override { return layer.setup(setup, shape); }
        Variable<Scalar> run(Variable<Scalar> x, LayerPass<Scalar>& pass) const override { return layer(x, pass); }
        L layer;
    };
    std::shared_ptr<const Base> held_;
};

}  // namespace pstar
