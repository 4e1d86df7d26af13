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
    std::vector<std::string> corruptions{"replacement"};    ///< registered ones
    std::vector<double> strengths{0.0};                     ///< of the corruptions
    std::vector<std::size_t> widths{64};                    ///< see `ModelSpec`
    std::vector<std::size_t> depths{2};                     ///< see `ModelSpec`
    std::vector<Activation> activations{Activation::relu};  ///< see `ModelSpec`
    std::vector<std::size_t> train_samples = {};            ///< numbers of training images; empty: all of them
    std::vector<std::size_t> batch_sizes{128};              ///< images in a step
    std::size_t repeats = 1;                                ///< seeds of every point
    std::vector<std::size_t> samples_per_class = {};  ///< so many images of each class; beside `train_samples`, if any
    std::vector<double> clean_fractions{0.0};         ///< shares of the training images that stay clean
    std::vector<std::size_t> clean_per_class = {};    ///< so many of each class stay clean; beside `clean_fractions`
    bool clean_only = false;  ///< each of those but 0 once more, learned from the images that stay clean alone
    std::vector<double> label_noises{0.0};  ///< see `add_label_noise`

    /// Repeat varies fastest, then strength. The names in the keys are those of the CSV columns; those of the last five
    /// axes are left out where they are 0 or false. `all` is the number of training images where both `train_samples`
    /// and `samples_per_class` are empty, `classes` that of the data, for the latter. Throws `std::invalid_argument`
    /// for an axis without values or with equal ones.
    Grid<RunKey> grid(std::size_t all = 0, std::size_t classes = 0) const;
};

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/experiment/detail/experiment_grid.hpp>
#endif
