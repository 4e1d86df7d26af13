#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// sum_i term(vectors of numbers i, i + 1, ...), added up in columns of 64 bytes, the same ones whatever a vector
/// holds.
template <class Scalar, class Term>
Scalar sum_of(std::size_t size, const Term& term) {
    using L = FullLanes<Scalar>;
    constexpr std::size_t columns = 64 / sizeof(Scalar), vectors = columns / L::count;
    typename L::Vector sums[vectors] = {};
    std::size_t i = 0;
    for (; i + columns <= size; i += columns)
#pragma GCC unroll 4
        for (std::size_t p = 0; p < vectors; ++p) term.add(i + p * L::count, sums[p]);
    Scalar sum = 0;
    for (std::size_t k = 0; k < columns; ++k) sum += sums[k / L::count][k % L::count];
    for (auto left = size - i; left > 0; --left, ++i) term.add(i, sum);
    return sum;
}

template <class Scalar>
struct Values {
    using L = FullLanes<Scalar>;
    const Scalar* x;
    void add(std::size_t i, typename L::Vector& sum) const { sum += L::load(x + i); }
    void add(std::size_t i, Scalar& sum) const { sum += x[i]; }
};
template <class Scalar>
struct Products {
    using L = FullLanes<Scalar>;
    const Scalar *x, *y;
    void add(std::size_t i, typename L::Vector& sum) const {
        sum = L::multiply_add(L::load(x + i), L::load(y + i), sum);
    }
    void add(std::size_t i, Scalar& sum) const { sum = multiply_add(x[i], y[i], sum); }
};
template <class Scalar>
struct Squares {
    using L = FullLanes<Scalar>;
    const Scalar *x, *y;
    void add(std::size_t i, typename L::Vector& sum) const {
        const auto d = L::load(x + i) - L::load(y + i);
        sum = L::multiply_add(d, d, sum);
    }
    void add(std::size_t i, Scalar& sum) const { sum = multiply_add(x[i] - y[i], x[i] - y[i], sum); }
};

/// sum_i x_i
template <class Scalar>
Scalar sum(const Scalar* x, std::size_t size) {
    return sum_of<Scalar>(size, Values<Scalar>{x});
}
/// sum_i x_i y_i
template <class Scalar>
Scalar dot(const Scalar* x, const Scalar* y, std::size_t size) {
    return sum_of<Scalar>(size, Products<Scalar>{x, y});
}

/// sum_i (x_i - y_i)^2
template <class Scalar>
Scalar squared_distance(const Scalar* x, const Scalar* y, std::size_t size) {
    return sum_of<Scalar>(size, Squares<Scalar>{x, y});
}

/// y <- y + a x
template <class Scalar>
void add_multiple(Scalar a, const Scalar* x, Scalar* y, std::size_t size) {
    using L = FullLanes<Scalar>;
    std::size_t i = 0;
    for (; i + L::count <= size; i += L::count)
        L::store(y + i, L::multiply_add(L::all(a), L::load(x + i), L::load(y + i)));
    for (; i < size; ++i) y[i] = multiply_add(a, x[i], y[i]);
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_SUM_KERNELS_HPP)
#define PSTAR_CORE_DETAIL_SUM_KERNELS_HPP

#include <cstddef>

#include <pstar/core/detail/kernels/lanes.hpp>

#define PSTAR_KERNELS <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
