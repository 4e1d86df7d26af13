#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/batch.hpp>
#include <pstar/nn/dense.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>

namespace pstar {

/// Which outputs' gradients the kernel pairs; J_k(x) is the gradient of logit k at image x over all parameters.
enum class NtkOutput {
    true_class,  ///< K(x, x') = <J_y(x), J_y'(x')>, each image's own label: (N, N)
    trace,       ///< K(x, x') = sum_k <J_k(x), J_k(x')>, the sum over classes, not their mean: (N, N)
    full,        ///< K((x, k), (x', l)) = <J_k(x), J_l(x')>, index n * classes + k: (N K, N K)
};

namespace detail {

/// One dense layer's share of the Jacobian: its inputs and the cotangents of its outputs, a row per (image, output).
struct DenseFactors {
    Matrix<double> inputs, cotangents;
};

/// K += (A A^T + 1) times D D^T elementwise, the (n, m) element of the first for all rows of images n and m.
inline void add_layer(const DenseFactors& layer, std::size_t rows_per_image, Tensor<double, 2>& kernel) {
    const auto& a = layer.inputs;
    const auto& d = layer.cotangents;
    const auto images = static_cast<std::size_t>(a.rows()), rows = static_cast<std::size_t>(d.rows());
    Matrix<double> of_inputs(a.rows(), a.rows()), of_cotangents(d.rows(), d.rows());
    gemm<double>(Transpose::no, Transpose::yes, images, images, static_cast<std::size_t>(a.cols()), 1, a.data(),
                 a.data(), 0, of_inputs.data());
    gemm<double>(Transpose::no, Transpose::yes, rows, rows, static_cast<std::size_t>(d.cols()), 1, d.data(), d.data(),
                 0, of_cotangents.data());
    auto k = as_matrix(kernel);
    const auto step = static_cast<Eigen::Index>(rows_per_image);
    for (Eigen::Index i = 0; i < k.rows(); ++i)
        for (Eigen::Index j = 0; j <= i; ++j) k(i, j) += (of_inputs(i / step, j / step) + 1) * of_cotangents(i, j);
}

/// The factors of every dense layer for the batch, `seed(n, k)` naming the cotangent of logit k of image n in sweep s.
template <Network Net, class SeedOf>
std::vector<DenseFactors> dense_factors(const Net& net, View<const typename Net::scalar_type> images,
                                        std::size_t sweeps, const SeedOf& seed_of) {
    using Scalar = typename Net::scalar_type;
    Tape<Scalar> tape;
    const auto leaves = net.parameters().record(tape);
    const auto logits = net(tape.constant(images), leaves);
    const auto rows = static_cast<Eigen::Index>(images.shape[0]), step = static_cast<Eigen::Index>(sweeps);
    Matrix<Scalar> seed(rows, static_cast<Eigen::Index>(net.outputs()));
    std::vector<DenseFactors> layers;
    for (std::size_t sweep = 0; sweep < sweeps; ++sweep) {
        for (Eigen::Index n = 0; n < seed.rows(); ++n)
            for (Eigen::Index k = 0; k < seed.cols(); ++k) seed(n, k) = seed_of(sweep, n, k) ? Scalar{1} : Scalar{0};
        tape.backward(logits, {seed.data(), logits.shape()});
        std::size_t layer = 0;
        tape.template for_each_call<primitive::Dense<Scalar>>([&](const auto& inputs, Variable<Scalar> output) {
            const auto d = tape.gradient(output).matrix();
            if (sweep == 0)
                layers.push_back(
                    {inputs[0].value().matrix().template cast<double>(), Matrix<double>::Zero(rows * step, d.cols())});
            for (Eigen::Index n = 0; n < rows; ++n)
                layers[layer].cotangents.row(n * step + static_cast<Eigen::Index>(sweep)) =
                    d.row(n).template cast<double>();
            ++layer;
        });
    }
    require(2 * layers.size() == net.parameters().count(), "empirical_ntk", "the number of dense layers", layers.size(),
            "be half the number of parameter tensors: every parameter must belong to one dense layer");
    return layers;
}

}  // namespace detail

/// The empirical neural tangent kernel K(x, x') = J(x) J(x')^T of a network at its present parameters, on the images of
/// `data` seen through `channel`. For dense layers with inputs a and output cotangents d the Jacobian is never formed:
///     K = sum_layers (A A^T + 1) o (D D^T),   o elementwise, +1 the bias,
/// which is J J^T written out. Gram matrices in double, exactly symmetric. Uses the BLAS's threads.
/// Noise, if any, is drawn as `evaluate` draws it. Source: Jacot, Gabriel & Hongler, arXiv:1806.07572, section 4.
template <Network Net, Channel C = Identity>
Tensor<double, 2> empirical_ntk(const Net& net, const Dataset& data, NtkOutput output, const C& channel = {},
                                Seed seed = {}) {
    channel.validate();
    detail::check_fit("empirical_ntk", net, data);
    std::vector<std::uint32_t> indices(data.size());
    std::iota(indices.begin(), indices.end(), 0U);
    Batch<typename Net::scalar_type> batch;
    batch.fill(data, indices, channel, {seed, Stream::test_noise, 0});

    const bool own_label = output == NtkOutput::true_class;
    const auto sweeps = own_label ? std::size_t{1} : net.outputs();
    const auto layers =
        detail::dense_factors(net, batch.images(), sweeps, [&](std::size_t sweep, Eigen::Index n, Eigen::Index k) {
            return static_cast<std::size_t>(k) == (own_label ? data.label(static_cast<std::size_t>(n)) : sweep);
        });

    const auto rows = data.size() * (output == NtkOutput::full ? sweeps : 1);
    Tensor<double, 2> kernel = Tensor<double, 2>::from_shape({rows, rows});
    auto k = as_matrix(kernel);
    k.setZero();
    for (const auto& layer : layers) {
        if (output == NtkOutput::trace) {  // <d_n, d_m> summed over classes: all classes' cotangents as one long row
            const auto long_row = layer.cotangents.cols() * static_cast<Eigen::Index>(sweeps);
            const ConstMatrixMap<double> d(layer.cotangents.data(), layer.inputs.rows(), long_row);
            detail::add_layer({layer.inputs, d}, 1, kernel);
        } else {
            detail::add_layer(layer, output == NtkOutput::full ? sweeps : 1, kernel);
        }
    }
    k.template triangularView<Eigen::StrictlyUpper>() = k.transpose();
    return kernel;
}

}  // namespace pstar
