#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/ntk/detail/factor_blocks.hpp>
#include <pstar/ntk/detail/kernel_tiles.hpp>
#include <pstar/ntk/options.hpp>
#include <pstar/ntk/subject.hpp>

namespace pstar {

namespace detail {

/// How many images a block has so that two of them fit into what tape and tiles leave; all, if they fit at once.
inline std::size_t images_in_block(std::size_t images, std::size_t bytes_per_image, std::size_t tiles,
                                   std::size_t memory) {
    const auto taken = memory / 4 + tiles, least = (tiles + 2 * bytes_per_image) / 3 * 4 + 4;
    require(memory >= least, "empirical_ntk", "NtkOptions::memory", memory,
            "hold a tape, a tile and the factors of two images: at least " + std::to_string(least) +
                " bytes for this network");
    const auto room = (memory - taken) / bytes_per_image;
    return images <= room ? images : room / 2;
}

/// Writes tiles into the kernel; of a symmetric one those elements that are not above the diagonal, each twice.
template <class Element>
struct KernelStore {
    Tensor<double, 2>& kernel;
    double scale;
    bool symmetric;
    std::size_t row, column;  // where the blocks begin

    void operator()(std::size_t i, std::size_t j, std::size_t rows, std::size_t columns, const Element* tile) const {
        const auto n = kernel.shape()[1], first_row = row + i, first_column = column + j;
        const auto value = [&](std::size_t r, std::size_t c) {
            return scale * static_cast<double>(tile[r * columns + c]);
        };
        const auto wanted = [&](std::size_t r) {  // columns that are not above the diagonal
            const auto end = first_row + r + 1;
            return symmetric ? std::clamp<std::size_t>(end - std::min(end, first_column), 0, columns) : columns;
        };
        for (std::size_t r = 0; r < rows; ++r) {
            double* const to = kernel.data() + (first_row + r) * n + first_column;
            const auto last = wanted(r);
            for (std::size_t c = 0; c < last; ++c) to[c] = value(r, c);
        }
        if (!symmetric) return;
        constexpr std::size_t line = 8;  // doubles: the mirror image is written by whole lines of the cache
        for (std::size_t r0 = 0; r0 < rows; r0 += line) {
            const auto r1 = std::min(r0 + line, rows), last = wanted(r1 - 1);
            for (std::size_t c = 0; c < last; ++c) {
                double* const to = kernel.data() + (first_column + c) * n + first_row;
                // the first row of these that is not above the diagonal in this column
                const auto from = std::max(r0, std::max(first_column + c, first_row) - first_row);
                for (std::size_t r = from; r < r1; ++r) to[r] = value(r, c);
            }
        }
    }
};

/// K(X, X') with X of `left` and X' of `right`, which may be the same object: then the kernel is symmetric and every
/// block is computed once.
template <class Element, class Left, class Right>
Tensor<double, 2> multiply_blocks(Left& left, Right& right, const Sweeps& subject, std::size_t memory) {
    const bool symmetric = static_cast<const void*>(&left) == static_cast<const void*>(&right);
    const auto n = left.images(), m = right.images();
    const auto pairs = static_cast<double>(n) * static_cast<double>(m);
    left.plan({static_cast<double>(symmetric ? n : n + m), symmetric ? pairs / 2 : pairs}, memory / 4);
    if (!symmetric) right.plan_as(left);

    const auto step = subject.rows_per_image();
    const auto size = images_in_block(symmetric ? n : n + m, left.bytes_per_image(),
                                      KernelTiles<Element>::memory(left.plans(), step), memory);
    auto kernel = Tensor<double, 2>::from_shape({n * step, m * step});
    KernelTiles<Element> tiles;
    for (std::size_t i = 0; i < n; i += size) {
        const auto rows = left.compute(i, std::min(size, n - i));
        for (std::size_t j = 0; j < (symmetric ? i + 1 : m); j += size) {
            const KernelStore<Element> store{kernel, subject.scale(), symmetric, i * step, j * step};
            if (symmetric && i == j)
                tiles.multiply(rows, rows, true, store);
            else
                tiles.multiply(rows, right.compute(j, std::min(size, m - j)), false, store);
        }
    }
    return kernel;
}

/// body(Element{}) with the type in which products are summed.
template <class Scalar, class Body>
Tensor<double, 2> in_precision(NtkProducts products, const Body& body) {
    if constexpr (std::is_same_v<Scalar, float>)
        if (products == NtkProducts::as_network) return body(float{});
    return body(double{});
}

}  // namespace detail

/// The empirical neural tangent kernel K(x, x') = J(x) J(x')^T of a network at its present parameters, on the images of
/// `data` seen through `corruption`. J's rows are the gradients of what `of` names, over all parameters; the Jacobian
/// is never formed: K is a sum over layers (detail::LayerPlan), for dense layers with inputs a and output cotangents d
///     K = sum_layers (A A^T + 1) o (D D^T),   o elementwise, +1 the bias,
/// and for convolutions the products of each image's weight gradients or of its patches, whichever is less work.
/// Exactly symmetric. Every parameter must belong to one dense or convolutional layer. Memory and threads as
/// `NtkOptions` says. Noise, if any, is drawn as `evaluate` draws it.
/// Throws std::invalid_argument for data, corruptions or options that do not fit.
/// Source: Jacot, Gabriel & Hongler, arXiv:1806.07572, section 4; Novak et al., arXiv:2206.08720, section 3.
template <Network Net, Corruption C = Identity>
Tensor<double, 2> empirical_ntk(const Net& net, const Dataset& data, const NtkSubject& of, const C& corruption = {},
                                const NtkOptions& options = {}) {
    const detail::Sweeps subject(of, net.outputs());
    return with_threads(options.threads, [&] {
        return detail::in_precision<typename Net::scalar_type>(options.products, [&]<class Element>(Element) {
            detail::FactorBlocks<Net, C, Element> blocks(net, data, corruption, subject, options);
            return detail::multiply_blocks<Element>(blocks, blocks, subject, options.memory);
        });
    });
}

/// K(X, X') between the images of two data sets, each seen through a corruption of its own: (N rows_per_image, N'
/// rows_per_image). For predictions, or of clean images with their corrupted selves.
template <Network Net, Corruption C, Corruption D>
Tensor<double, 2> cross_ntk(const Net& net, const Dataset& rows, const C& of_rows, const Dataset& columns,
                            const D& of_columns, const NtkSubject& of, const NtkOptions& options = {}) {
    const detail::Sweeps subject(of, net.outputs());
    return with_threads(options.threads, [&] {
        return detail::in_precision<typename Net::scalar_type>(options.products, [&]<class Element>(Element) {
            detail::FactorBlocks<Net, C, Element> left(net, rows, of_rows, subject, options);
            detail::FactorBlocks<Net, D, Element> right(net, columns, of_columns, subject, options);
            return detail::multiply_blocks<Element>(left, right, subject, options.memory);
        });
    });
}
/// The same for clean images.
template <Network Net>
Tensor<double, 2> cross_ntk(const Net& net, const Dataset& rows, const Dataset& columns, const NtkSubject& of,
                            const NtkOptions& options = {}) {
    return cross_ntk(net, rows, Identity{}, columns, Identity{}, of, options);
}

}  // namespace pstar
