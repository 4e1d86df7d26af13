#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <pstar/data/dataset.hpp>

namespace bench {

/// Does something so many times.
using Repeat = std::function<void(std::size_t repeats)>;

/// pstar.cpp: forward, loss, backward, SGD with momentum on one corrupted batch of `batch` images.
Repeat pstar_step(const pstar::Dataset& data, std::size_t width, std::size_t batch);

/// gemm.cpp: the eight matrix products of that step and nothing else, by the BLAS, on memory of the same layout:
/// three forward, three for the weights' gradients, two for the hidden layers'. `widths`: inputs, hidden, ..., outputs.
Repeat gemm_calls(std::span<const std::size_t> widths, std::size_t batch);

}  // namespace bench
