#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/nn/named_loss.hpp>
#include <pstar/nn/optimizer.hpp>

namespace pstar {

/// How models that are no networks are fitted; the rest of `RbmClassifierOptions` is at its defaults.
struct BaselineOptions {
    std::size_t rbm_n_iter = 10;   ///< passes over the training images
    double learning_rate = 0.05;   ///< of the RBM
    std::size_t batch_size = 100;  ///< images per step of the RBM
    std::size_t cd_k = 1;          ///< Gibbs sweeps per step
    bool persistent = false;       ///< chains continue from step to step
    std::size_t chains = 0;        ///< persistent ones; 0: as many as `batch_size`
    std::size_t temperatures = 1;  ///< of persistent chains, see `TemperedChains`
    bool centred = false;          ///< the centred gradient, see `ContrastiveDivergence`
    double final_rate = 1;         ///< share of the RBM's learning rate left at the end, by a cosine; in [0, 1]
    std::size_t classifier_max_iter = 200;  ///< iterations of L-BFGS, on features or on pixels
    double ridge = 1e-3;                    ///< of kernel ridge regression, see `KernelRidgeOptions`
};

/// Which training images a run learns from.
enum class TrainingSubset {
    fixed,  ///< the first ones: the same for all repeats
    fresh   ///< drawn anew, so that intervals over repeats hold for other training sets, too: see `training_images`
};
inline std::string to_string(TrainingSubset subset) {
    return subset == TrainingSubset::fixed ? "fixed" : "fresh";
}

/// Test images seen through a corruption that need not be the run's own.
struct TestPoint {
    std::string corruption;  ///< a registered one
    double strength = 0;     ///< of that corruption

    friend bool operator==(const TestPoint&, const TestPoint&) = default;
};

/// What all runs of an experiment have in common.
struct ExperimentSettings {
    std::size_t epochs = 10;                        ///< passes over the training images
    Optimizer optimizer = Adam{};                   ///< of networks
    NamedLoss loss = Loss::cross_entropy;           ///< of networks: a built-in one, or NamedLoss("focal", FocalLoss{})
    Noise noise = Noise::common;                    ///< whether strengths share their draws
    bool test_clean = true, test_corrupted = true;  ///< what is measured
    Seed seed{};                                    ///< the master seed
    BaselineOptions baseline = {};                  ///< of models that are no networks
    std::optional<KernelProbe> kernel_probe = {};   ///< tangent kernels of networks, where they are asked for
    TrainingSubset training_subset = TrainingSubset::fixed;  ///< the first images, or others for each seed
    /// Of fresh subsets: repeats r with the same floor(r / seeds_per_subset) share one, which tells its share of the
    /// variance from that of initial weights, order and noise (`variance_components`).
    std::size_t seeds_per_subset = 1;
    std::vector<TestPoint> transfer = {};  ///< what every model is measured on beside that: `RunResult::transfer`
    /// Runs of these strengths keep what the network decides on every test image (`RunResult::decisions`). Decides no
    /// number, and is no part of the configuration.
    std::vector<double> decisions_at = {};
};

}  // namespace pstar
