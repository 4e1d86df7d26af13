#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/experiment/experiment_grid.hpp>

namespace pstar {

PSTAR_INLINE Grid<RunKey> ExperimentGrid::grid(std::size_t all) const {
    Grid<RunKey> grid;
    if (specs.empty()) {
        grid.axis("model_type", &RunKey::model, models)
            .axis("activation", &RunKey::activation, activations)
            .axis("width", &RunKey::width, widths)
            .axis("depth", &RunKey::depth, depths);
    } else {
        std::vector<std::tuple<std::string, Activation, std::size_t, std::size_t>> kinds;
        for (const auto& spec : specs) kinds.emplace_back(spec.model, spec.activation, spec.width, spec.depth);
        grid.together<std::string, Activation, std::size_t, std::size_t>(
            {"model_type", "activation", "width", "depth"},
            {&RunKey::model, &RunKey::activation, &RunKey::width, &RunKey::depth}, kinds);
    }
    return grid
        .axis("n_train_samples", &RunKey::train_samples, train_samples.empty() ? std::vector{all} : train_samples)
        .axis("batch_size", &RunKey::batch_size, batch_sizes)
        .axis("corruption_mode", &RunKey::corruption, corruptions)
        .axis("strength", &RunKey::strength, strengths)
        .repeats("repeat", &RunKey::repeat, repeats);
}

}  // namespace pstar
