#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <pstar/core/random.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/fittable_kind.hpp>
#include <pstar/experiment/network_kind.hpp>
#include <pstar/experiment/registry.hpp>

/// How models and corruptions of any type get into a registry.
namespace pstar {

namespace detail {

template <class Make, class... Arguments>
concept CanBeCalled = std::invocable<const Make&, Arguments...>;

}  // namespace detail

/// `make(strength)` gives a `Corruption` of that strength.
template <class Make>
void register_corruption(CorruptionRegistry& registry, const std::string& name, Make make) {
    static_assert(detail::CanBeCalled<Make, double>,
                  "a corruption is registered with a function of its strength: [](double k) { return Occlusion{k}; }");
    using Made = std::remove_cvref_t<std::invoke_result_t<const Make&, double>>;
    static_assert(std::same_as<Made, AnyCorruption> || Corruption<Made>,
                  "what the function returns is no Corruption: see corruption/corruption.hpp for what it must offer");
    registry.add(name, [make = std::move(make)](double strength) { return AnyCorruption(make(strength)); });
}

/// `make(spec, images, seed)` gives a `Network`, or a `FittableModel`, of that size for images like these (it may read
/// their shape and number of classes), random numbers drawn from `seed`.
template <class Make>
void register_model(ModelRegistry& registry, const std::string& name, Make make) {
    static_assert(detail::CanBeCalled<Make, const ModelSpec&, const Dataset&, Seed>,
                  "a model is registered with a function [](const ModelSpec& spec, const Dataset& images, Seed seed)");
    using Made = std::remove_cvref_t<std::invoke_result_t<const Make&, const ModelSpec&, const Dataset&, Seed>>;
    static_assert(Network<Made> || FittableModel<Made>,
                  "what the function returns is neither a Network (nn/network.hpp) nor a FittableModel "
                  "(experiment/model.hpp)");
    static_assert(std::copy_constructible<Made> || !Network<Made>, "a network must be copyable");
    if constexpr (Network<Made>)
        registry.add(name, std::make_shared<const NetworkKind<typename Made::scalar_type>>(std::move(make)));
    else
        registry.add(name, std::make_shared<const FittableKind>(std::move(make)));
}

}  // namespace pstar
