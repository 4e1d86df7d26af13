#pragma once

#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/registry.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/run_key.hpp>

/// Models of equal size: which width gives as many parameters?
namespace pstar {

/// The width >= 1 whose `count(width)`, which must increase with it, is nearest to `wanted`; of two equally near ones
/// the larger. Calls `count` O(log width) times.
template <class Count>
std::size_t width_of_nearest_count(std::size_t wanted, const Count& count) {
    std::size_t below = 0, above = 1;  // width 1 may be too large already
    while (count(above) < wanted) {
        below = above;
        above *= 2;
    }
    while (above - below > 1) {
        const auto middle = below + (above - below) / 2;
        (count(middle) < wanted ? below : above) = middle;
    }
    const bool take_below = below > 0 && wanted - count(below) < count(above) - wanted;
    return take_below ? below : above;
}

/// The MLP of `depth` hidden layers whose number of parameters, for such images, is nearest to that of `model`. Throws
/// std::invalid_argument for a depth of 0 and as `parameter_count`.
inline ModelSpec mlp_with_as_many_parameters(const ModelSpec& model, std::size_t depth, const Dataset& images,
                                             const ModelRegistry& models) {
    require(depth >= 1, "mlp_with_as_many_parameters", "depth", depth, "be at least 1");
    const auto parameters = [&](const ModelSpec& spec) { return parameter_count(models, spec, images); };
    ModelSpec mlp{"mlp", 1, depth, model.activation};
    mlp.width = width_of_nearest_count(parameters(model), [&](std::size_t width) {
        auto wider = mlp;
        wider.width = width;
        return parameters(wider);
    });
    return mlp;
}

}  // namespace pstar
