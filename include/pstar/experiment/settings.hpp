#pragma once

#include <cstddef>
#include <optional>

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

/// What all runs of an experiment have in common.
struct ExperimentSettings {
    std::size_t epochs = 10;
    Optimizer optimizer = Adam{};
    NamedLoss loss = Loss::cross_entropy;  ///< of networks: a built-in one, or NamedLoss("focal", FocalLoss{})
    Noise noise = Noise::common;
    bool test_clean = true, test_corrupted = true;  ///< what is measured
    Seed seed{};                                    ///< the master seed
    BaselineOptions baseline = {};
    std::optional<KernelProbe> kernel_probe = {};  ///< tangent kernels of networks, where they are asked for
};

}  // namespace pstar
