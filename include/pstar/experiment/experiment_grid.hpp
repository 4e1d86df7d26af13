#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/sweep/grid.hpp>

namespace pstar {

/// The axes of an experiment: every combination is a run.
struct ExperimentGrid {
    std::vector<std::string> models{"mlp"};  ///< registered kinds
    std::vector<ModelSpec> specs = {};  ///< unless empty: these, in place of models x activations x widths x depths
    std::vector<std::string> corruptions{"replacement"};  ///< registered ones
    std::vector<double> strengths{0.0};
    std::vector<std::size_t> widths{64};
    std::vector<std::size_t> depths{2};
    std::vector<Activation> activations{Activation::relu};
    std::vector<std::size_t> train_samples = {};  ///< learns from the first so many training images; empty: all
    std::vector<std::size_t> batch_sizes{128};
    std::size_t repeats = 1;

    /// Repeat varies fastest, then strength. The names in the keys are those of the CSV columns. `all` is the number of
    /// training images where `train_samples` is empty. Throws `std::invalid_argument` for an axis without values or
    /// with equal ones.
    Grid<RunKey> grid(std::size_t all = 0) const;
};

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/experiment/detail/experiment_grid.hpp>
#endif
