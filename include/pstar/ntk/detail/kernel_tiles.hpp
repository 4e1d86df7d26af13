#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/ntk/detail/factor_blocks.hpp>
#include <pstar/ntk/detail/layer_factors.hpp>

namespace pstar::detail {

/// Some images of a block: rows of its factors.
struct BlockPart {
    std::size_t first, count;
};

/// Multiplies factors, tile by tile, so that what is summed over layers stays in the cache.
template <class Element>
class KernelTiles {
public:
    static constexpr std::size_t tile_rows = 256, tile_columns = 512;
    /// Bytes of a tile and what is multiplied for it, for kernels of so many rows per image.
    static std::size_t memory(const std::vector<LayerPlan>& plans, std::size_t rows_per_image) {
        const auto rows = images_in(tile_rows, rows_per_image), columns = images_in(tile_columns, rows_per_image);
        std::size_t most = 0;
        for (const auto& plan : plans) {
            const auto pixels = plan.as_gradients ? 0 : plan.pixels == 1 ? rows : plan.pixels * plan.pixels;
            most = std::max(most, pixels * columns * (1 + rows_per_image * rows_per_image));
        }
        return (most + 2 * rows * columns * rows_per_image * rows_per_image) * sizeof(Element);
    }

    /// K(i, j) for all pairs of images of two blocks: `store(row, column, rows, columns, tile)` gets it in pieces, row
    /// and column within the blocks. With `lower_only`, what lies above the diagonal is left out where a piece allows.
    template <class Store>
    void multiply(const Factors<Element>& left, const Factors<Element>& right, bool lower_only, const Store& store) {
        const auto step = left.layers.empty() ? 1 : left.layers[0].plan.rows_per_image;
        const auto rows = images_in(tile_rows, step), columns = images_in(tile_columns, step);
        for (std::size_t j = 0; j < right.images; j += columns)
            for (std::size_t i = 0; i < left.images; i += rows) {
                const BlockPart of_left{i, std::min(rows, left.images - i)};
                const auto end =
                    lower_only ? i + of_left.count : right.images;  // columns behind are above the diagonal
                if (end <= j) continue;
                const BlockPart of_right{j, std::min(columns, end - j)};
                const auto height = of_left.count * step, width = of_right.count * step;
                tile_.resize(height * width);
                for (std::size_t l = 0; l < left.layers.size(); ++l)
                    add(left.layers[l], right.layers[l], of_left, of_right, l == 0 ? Element{0} : Element{1});
                store(i * step, j * step, height, width, tile_.data());
            }
    }

private:
    static std::size_t images_in(std::size_t rows, std::size_t rows_per_image) {
        return std::max<std::size_t>(1, rows / rows_per_image);
    }
    static Element* room(std::vector<Element>& memory, std::size_t size) {
        if (memory.size() < size) memory.resize(size);
        return memory.data();
    }
    /// C (m, n) <- beta C + A B^T for rows of two factors.
    static void product(const Matrix<Element>& a, const Matrix<Element>& b, BlockPart of_a, BlockPart of_b,
                        Element beta, Element* c) {
        const auto k = static_cast<std::size_t>(a.cols());
        gemm<Element>(Transpose::no, Transpose::yes, of_a.count, of_b.count, k, 1, a.data() + of_a.first * k,
                      b.data() + of_b.first * k, beta, c);
    }
    static BlockPart times(BlockPart images, std::size_t factor) {
        return {images.first * factor, images.count * factor};
    }

    /// tile <- beta tile + the layer's share
    void add(const LayerFactors<Element>& left, const LayerFactors<Element>& right, BlockPart i, BlockPart j,
             Element beta) {
        const auto& plan = left.plan;
        const auto step = plan.rows_per_image;
        if (plan.as_gradients)
            return product(left.rows, right.rows, times(i, step), times(j, step), beta, tile_.data());
        if (plan.pixels > 1) return add_patches(left, right, i, j, beta);
        Element* const a = room(of_inputs_, i.count * j.count);
        Element* const d = room(of_cotangents_, i.count * j.count * step * step);
        product(left.inputs, right.inputs, i, j, 0, a);
        product(left.rows, right.rows, times(i, step), times(j, step), 0, d);
        const auto width = j.count * step;
        for_ranges(i.count, 1, elements_grain / (step * width) + 1, [&](std::size_t first, std::size_t last) {
            thread_local std::vector<Element> memory;
            Element* const factor = room(memory, width);
            for (std::size_t row = first * step; row < last * step; ++row) {
                if (row % step == 0) {  // a . a' + 1, once for each column of the kernel
                    const Element* const from = a + row / step * j.count;
                    for (std::size_t m = 0; m < j.count; ++m) std::fill_n(factor + m * step, step, from[m] + 1);
                }
                Element* const to = tile_.data() + row * width;
                const Element* const of_row = d + row * width;
                if (beta == 0)
                    for (std::size_t c = 0; c < width; ++c) to[c] = factor[c] * of_row[c];
                else
                    for (std::size_t c = 0; c < width; ++c) to[c] += factor[c] * of_row[c];
            }
        });
    }
    /// The same where a layer's weight acts at several pixels: image by image on the left.
    void add_patches(const LayerFactors<Element>& left, const LayerFactors<Element>& right, BlockPart i, BlockPart j,
                     Element beta) {
        const auto pixels = left.plan.pixels, step = left.plan.rows_per_image, width = j.count * step;
        Element* const a = room(of_inputs_, pixels * j.count * pixels);
        Element* const d = room(of_cotangents_, step * pixels * width * pixels);
        for (std::size_t n = 0; n < i.count; ++n) {
            const BlockPart one{i.first + n, 1};
            product(left.inputs, right.inputs, times(one, pixels), times(j, pixels), 0, a);
            product(left.rows, right.rows, times(one, step * pixels), times(j, step * pixels), 0, d);
            for (std::size_t s = 0; s < step; ++s)
                for (std::size_t c = 0; c < width; ++c) {
                    Element sum = 0;
                    for (std::size_t p = 0; p < pixels; ++p) {
                        const Element* const of_a = a + (p * j.count + c / step) * pixels;
                        const Element* const of_d = d + ((s * pixels + p) * width + c) * pixels;
                        for (std::size_t q = 0; q < pixels; ++q) sum += (of_a[q] + 1) * of_d[q];
                    }
                    Element& to = tile_[(n * step + s) * width + c];
                    to = beta == 0 ? sum : to + sum;
                }
        }
    }

    std::vector<Element> tile_, of_inputs_, of_cotangents_;
};

}  // namespace pstar::detail
