#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include <pstar/corruption/batch.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/mlp.hpp>

#include "harness/training.hpp"

namespace bench {

/// Takes so many steps, at least one; returns the loss before the last.
using Steps = std::function<double(std::size_t count)>;

/// What every contender starts from: pixels - width - width - classes, ReLU, and one corrupted batch.
struct Start {
    Start(const pstar::Dataset& data, std::size_t width, const Recipe& how = {});
    Recipe recipe;
    pstar::Mlp<float> net;
    pstar::Batch<float> batch;
};

/// pstar.cpp: forward, loss, backward, SGD with momentum.
Steps pstar_steps(Start start);

/// eigen.cpp: the same, written by hand with Eigen alone.
Steps eigen_steps(Start start);

/// gemm.cpp: the eight matrix products of that step and nothing else, by the BLAS, on memory of the same layout:
/// three forward, three for the weights' gradients, two for the hidden layers'. `widths`: inputs, hidden, ..., outputs.
std::function<void(std::size_t repeats)> gemm_calls(std::span<const std::size_t> widths, std::size_t batch);

}  // namespace bench
