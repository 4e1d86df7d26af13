#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/core/error.hpp>
#include <pstar/experiment/experiment_grid.hpp>

namespace pstar {

namespace detail {

/// Numbers of training images, each with how many of a class it means: 0 where it means none.
inline std::vector<std::tuple<std::size_t, std::size_t>> training_sizes(const ExperimentGrid& grid, std::size_t all,
                                                                        std::size_t classes) {
    std::vector<std::tuple<std::size_t, std::size_t>> sizes;
    for (const auto n : grid.train_samples) sizes.emplace_back(n, 0);
    require(grid.samples_per_class.empty() || classes > 0, "ExperimentGrid::grid", "classes", classes,
            "be the number of classes, where there are samples_per_class");
    for (const auto n : grid.samples_per_class) sizes.emplace_back(n * classes, n);
    if (sizes.empty()) sizes.emplace_back(all, 0);
    return sizes;
}

inline std::vector<std::tuple<double, std::size_t, bool>> clean_shares(const ExperimentGrid& grid) {
    std::vector<std::tuple<double, std::size_t, bool>> shares;
    const auto add = [&](double fraction, std::size_t per_class) {
        shares.emplace_back(fraction, per_class, false);
        if (grid.clean_only && (fraction > 0 || per_class > 0)) shares.emplace_back(fraction, per_class, true);
    };
    for (const double fraction : grid.clean_fractions) add(fraction, 0);
    for (const auto n : grid.clean_per_class) add(0, n);
    return shares;
}

}  // namespace detail

PSTAR_INLINE Grid<RunKey> ExperimentGrid::grid(std::size_t all, std::size_t classes) const {
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
    grid.together<std::size_t, std::size_t>({"n_train_samples", "samples_per_class"},
                                            {&RunKey::train_samples, &RunKey::samples_per_class},
                                            detail::training_sizes(*this, all, classes))
        .leave_out("samples_per_class", std::size_t{0});
    grid.together<double, std::size_t, bool>({"clean_fraction", "clean_per_class", "clean_only"},
                                             {&RunKey::clean_fraction, &RunKey::clean_per_class, &RunKey::clean_only},
                                             detail::clean_shares(*this))
        .leave_out("clean_fraction", 0.0)
        .leave_out("clean_per_class", std::size_t{0})
        .leave_out("clean_only", false);
    return grid.axis("label_noise", &RunKey::label_noise, label_noises)
        .leave_out("label_noise", 0.0)
        .axis("batch_size", &RunKey::batch_size, batch_sizes)
        .axis("corruption_mode", &RunKey::corruption, corruptions)
        .axis("strength", &RunKey::strength, strengths)
        .repeats("repeat", &RunKey::repeat, repeats);
}

}  // namespace pstar
