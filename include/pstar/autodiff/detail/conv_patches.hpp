#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// kernel += sum_t factor_t patch_t, a block of Rows pieces by Vectors vectors. Beyond a piece's end it adds what
/// follows in the image: of no use, and nobody reads it.
template <class L, std::size_t Rows, std::size_t Vectors>
struct GatherPatches {
    using Scalar = typename L::Element;
    static void run(std::span<const PatchTerm<Scalar>> terms, const Scalar* image, std::size_t image_row,
                    Scalar* kernel, std::size_t kernel_row) {
        typename L::Vector sum[Rows][Vectors];
#pragma GCC unroll 3
        for (std::size_t r = 0; r < Rows; ++r)
#pragma GCC unroll 6
            for (std::size_t v = 0; v < Vectors; ++v) sum[r][v] = L::load(kernel + r * kernel_row + v * L::count);
        for (const auto& term : terms) {
            const Scalar* const patch = image + term.offset;
#pragma GCC unroll 3
            for (std::size_t r = 0; r < Rows; ++r)
#pragma GCC unroll 6
                for (std::size_t v = 0; v < Vectors; ++v)
                    sum[r][v] =
                        L::multiply_add(L::all(term.factor), L::load(patch + r * image_row + v * L::count), sum[r][v]);
        }
#pragma GCC unroll 3
        for (std::size_t r = 0; r < Rows; ++r)
#pragma GCC unroll 6
            for (std::size_t v = 0; v < Vectors; ++v) L::store(kernel + r * kernel_row + v * L::count, sum[r][v]);
    }
};

/// Vectors of a block at most: three rows of them are to fit the registers.
inline constexpr std::size_t patch_vectors = vector_registers == 32 ? 6 : 3;

/// `GatherPatches<L, Rows, Vectors>::run` for a number of vectors known when running.
template <class L, std::size_t Rows, std::size_t Vectors = patch_vectors, class... Arguments>
void gather_block(std::size_t vectors, const Arguments&... arguments) {
    if (vectors == Vectors) return GatherPatches<L, Rows, Vectors>::run(arguments...);
    if constexpr (Vectors > 1) gather_block<L, Rows, Vectors - 1>(vectors, arguments...);
}

/// kernel += sum_t factor_t patch_t, a whole kernel and whole patches, block by block.
template <class L, class Scalar>
void gather_patches(const PatchShape& shape, std::span<const PatchTerm<Scalar>> terms, const Scalar* image,
                    Scalar* kernel) {
    const auto vectors = (shape.run + L::count - 1) / L::count;
    const auto blocks = (vectors + patch_vectors - 1) / patch_vectors;
    for (std::size_t r = 0; r < shape.rows;) {
        const std::size_t rows = shape.rows - r >= 3 ? 3 : 1;
        for (std::size_t block = 0, v = 0; block < blocks; ++block) {
            const auto width = (vectors - v) / (blocks - block);
            const Scalar* const from = image + r * shape.image_row + v * L::count;
            Scalar* const to = kernel + r * shape.padded_run() + v * L::count;
            if (rows == 3)
                gather_block<L, 3>(width, terms, from, shape.image_row, to, shape.padded_run());
            else
                gather_block<L, 1>(width, terms, from, shape.image_row, to, shape.padded_run());
            v += width;
        }
        r += rows;
    }
}

/// patch_t += factor_t kernel for every t, in this order whatever a vector holds: patches overlap. Beyond a piece's end
/// the kernel is zero.
template <class L, class Scalar>
void scatter_patches(const PatchShape& shape, std::span<const PatchTerm<Scalar>> terms, Scalar* image,
                     const Scalar* kernel) {
    const auto padded = shape.padded_run();
    for (const auto& term : terms) {
        const auto factor = L::all(term.factor);
        for (std::size_t r = 0; r < shape.rows; ++r) {
            Scalar* const patch = image + term.offset + r * shape.image_row;
            const Scalar* const weights = kernel + r * padded;
            for (std::size_t j = 0; j < shape.run; j += L::count)
                L::store(patch + j, L::multiply_add(factor, L::load(weights + j), L::load(patch + j)));
        }
    }
}

/// <kernel, patch>, in the order of memory.
template <class Scalar>
Scalar patch_product(const PatchShape& shape, const Scalar* patch, const Scalar* kernel) {
    Scalar sum = 0;
    for (std::size_t r = 0; r < shape.rows; ++r)
        for (std::size_t j = 0; j < shape.run; ++j)
            sum = multiply_add(kernel[r * shape.padded_run() + j], patch[r * shape.image_row + j], sum);
    return sum;
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_CONV_PATCHES_HPP)
#define PSTAR_AUTODIFF_DETAIL_CONV_PATCHES_HPP

#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/core/detail/kernels/lanes.hpp>

/// The backward kernels of a convolution of which only a few outputs count. Behind 2 x 2 max pooling three in four
/// cotangents of a convolution are zero, behind a ReLU more; so they are listed, each with the patch of the image that
/// it belongs to, and every derivative is a sum over the list.
namespace pstar::detail {

/// One output of a convolution: the scalar that belongs to it and where its patch begins.
template <class Scalar>
struct PatchTerm {
    Scalar factor;
    std::uint32_t offset;
};

/// Patches (KH, KW, C) of a padded image that is stored as (H, W, C): KH pieces, each `run` = KW C numbers in a row.
/// A kernel of that shape is stored with its pieces `padded_run` apart, a multiple of any vector, the rest zeros.
struct PatchShape {
    std::size_t rows, run, image_row;
    std::size_t padded_run() const { return round_up(run, 16); }
};

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/autodiff/detail/conv_patches.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
