#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <pstar/data/dataset.hpp>

namespace bench {

/// Our own contender, pstar.cpp: a network and kernels of the first images of `data`, which must outlive it.
class Kernels {
public:
    virtual ~Kernels() = default;
    /// The full kernel of `count` images, its products summed in double or in float.
    virtual void full(std::size_t count, bool in_double) = 0;
    /// The true-class kernel of `count` images and its eigenvalues.
    virtual void true_class_spectrum(std::size_t count) = 0;
    /// The full kernel's elements, products in double or in float. For comparisons.
    virtual std::vector<double> full_elements(std::size_t count, bool in_double) = 0;
    virtual void save(const std::filesystem::path& checkpoint) const = 0;
};
/// 784 - width - width - 10, ReLU.
std::unique_ptr<Kernels> pstar_mlp_kernels(const pstar::Dataset& data, std::size_t width);
/// conv 3x3 (c channels) - ReLU - max pool 2 - conv 3x3 (2c) - ReLU - max pool 2 - dense 128 - ReLU - dense 10.
std::unique_ptr<Kernels> pstar_cnn_kernels(const pstar::Dataset& data, std::size_t channels);

/// gemm.cpp: the matrix products that the full kernel of an MLP needs and nothing else, by the BLAS: in float one
/// forward pass and one backward pass for every image and class, and, in float or double, of every layer's inputs and
/// cotangents the products of half the pairs (syrk). `widths`: inputs, hidden, ..., outputs.
std::function<void()> kernel_products(std::span<const std::size_t> widths, std::size_t images, bool in_double);
/// How many floating-point operations they are.
double kernel_operations(std::span<const std::size_t> widths, std::size_t images);

}  // namespace bench
