#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <tuple>

#include <pstar/autodiff/activation.hpp>
#include <pstar/experiment/model_spec.hpp>

namespace pstar {

/// The key of a run. With the experiment's settings and data, it determines every number of the result.
struct RunKey {
    std::string model = "mlp";  ///< a registered kind of model, see `ModelSpec` for what the next three mean to it
    Activation activation = Activation::relu;  ///< see `ModelSpec`
    std::size_t width = 64;                    ///< see `ModelSpec`
    std::size_t depth = 2;                     ///< see `ModelSpec`
    std::size_t train_samples = 0;             ///< images it learns from, at least 1: see `training_images`
    std::size_t batch_size = 128;              ///< images per step, of networks
    std::string corruption = "replacement";    ///< a registered corruption
    double strength = 0;                       ///< of the corruption: p or sigma of the built-in ones
    std::size_t repeat = 0;                    ///< 0, 1, ...
    std::size_t samples_per_class = 0;  ///< unless 0: so many of each class; `train_samples` is then their number
    double clean_fraction = 0;          ///< in [0, 1]: this share of the training images stays clean
    std::size_t clean_per_class = 0;    ///< unless 0: so many of each class stay clean, in place of a share
    bool clean_only = false;            ///< learns from the images that stay clean alone
    double label_noise = 0;             ///< in [0, 1]: see `add_label_noise`

    /// The model in its size.
    ModelSpec spec() const { return {model, width, depth, activation}; }

    /// Member by member, in the order above.
    friend auto operator<=>(const RunKey&, const RunKey&) = default;
};

/// What of the key says which images the run learns from, and with which labels, as one value to compare.
inline auto training_set_of(const RunKey& run) {
    return std::tuple(run.train_samples, run.samples_per_class, run.clean_fraction, run.clean_per_class, run.clean_only,
                      run.label_noise);
}

/// The key of a point of the grid: `run` with repeat 0, equal for all repeats of the point.
inline RunKey point_key(RunKey run) {
    run.repeat = 0;
    return run;
}
/// The key of a curve: `run` with repeat 0 and strength 0, equal for all runs of the curve.
inline RunKey curve_key(RunKey run) {
    run.strength = 0;
    return point_key(run);
}

}  // namespace pstar
