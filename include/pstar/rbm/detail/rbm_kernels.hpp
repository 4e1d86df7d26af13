#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// units[i] <- 1 with probability p[i], else 0, by words[i]; `units` may be `p`.
template <class Scalar>
void sample_units(const Scalar* p, const std::uint32_t* words, std::size_t size, Scalar* units) {
    for (std::size_t i = 0; i < size; ++i) units[i] = unit_interval<Scalar>(words[i]) < p[i] ? Scalar{1} : Scalar{0};
}

/// change <- kept change + scale (sum over the rows of m (rows, columns)); `sums` (columns) is memory to work in.
template <class Scalar>
void add_column_sums(const Scalar* m, std::size_t rows, std::size_t columns, Scalar kept, Scalar scale, Scalar* sums,
                     Scalar* change) {
    for (std::size_t j = 0; j < columns; ++j) sums[j] = 0;
    for (std::size_t n = 0; n < rows; ++n)
        for (std::size_t j = 0; j < columns; ++j) sums[j] += m[n * columns + j];
    for (std::size_t j = 0; j < columns; ++j) change[j] = kept * change[j] + scale * sums[j];
}

/// change <- change - decay w;   w <- w + change
template <class Scalar>
void move_weights(std::size_t size, Scalar decay, Scalar* __restrict change, Scalar* __restrict w) {
    if (decay > 0)
        for (std::size_t i = 0; i < size; ++i) change[i] -= decay * w[i];
    for (std::size_t i = 0; i < size; ++i) w[i] += change[i];
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_RBM_DETAIL_RBM_KERNELS_HPP)
#define PSTAR_RBM_DETAIL_RBM_KERNELS_HPP

#include <cstddef>
#include <cstdint>

#include <pstar/core/random.hpp>

#define PSTAR_KERNELS <pstar/rbm/detail/rbm_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
