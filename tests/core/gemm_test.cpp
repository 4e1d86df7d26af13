#include <pstar/core/blas.hpp>
#include <pstar/core/gemm_of_images.hpp>
#include <pstar/core/random.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace pstar;

namespace {

template <class Scalar>
std::vector<Scalar> random_values(std::size_t size, std::uint64_t seed) {
    RandomSequence next({Seed{seed}});
    std::vector<Scalar> values(size);
    for (auto& v : values) v = static_cast<Scalar>(next.uniform(-1, 1));
    return values;
}

/// The naive twin: one chain of fused multiply-adds an element, in the order of the inner index.
template <class Scalar>
Scalar element(Transpose ta, Transpose tb, std::size_t m, std::size_t n, std::size_t k, const std::vector<Scalar>& a,
               const std::vector<Scalar>& b, std::size_t i, std::size_t j, Scalar start) {
    for (std::size_t p = 0; p < k; ++p)
        start = std::fma(ta == Transpose::yes ? a[p * m + i] : a[i * k + p],
                         tb == Transpose::yes ? b[j * k + p] : b[p * n + j], start);
    return start;
}

template <class Scalar>
void compare(std::size_t m, std::size_t n, std::size_t k, double tolerance) {
    for (const auto ta : {Transpose::no, Transpose::yes})
        for (const auto tb : {Transpose::no, Transpose::yes})
            for (const Scalar beta : {Scalar{0}, Scalar{1}, Scalar{0.5}}) {
                const auto a = random_values<Scalar>(m * k, 1), b = random_values<Scalar>(k * n, 2);
                const auto before = random_values<Scalar>(m * n, 3);
                auto c = beta == 0 ? std::vector<Scalar>(m * n, static_cast<Scalar>(std::nan(""))) : before;
                gemm<Scalar>(ta, tb, m, n, k, 1, a.data(), b.data(), beta, c.data());
                double worst = 0;
                for (std::size_t i = 0; i < m; ++i)
                    for (std::size_t j = 0; j < n; ++j) {
                        const Scalar start = beta == 0 ? Scalar{0} : beta * before[i * n + j];
                        const Scalar twin = element(ta, tb, m, n, k, a, b, i, j, start);
                        worst = std::max(worst, std::abs(static_cast<double>(c[i * n + j] - twin)));
                        if (std::isnan(c[i * n + j])) worst = 1e300;
                    }
                CAPTURE(m, n, k, ta == Transpose::yes, tb == Transpose::yes, beta);
                CHECK(worst <= tolerance);
            }
}

const std::vector<std::array<std::size_t, 3>> shapes{{1, 1, 1},     {1, 1, 0},      {3, 2, 0},      {1, 17, 5},
                                                     {12, 32, 9},   {13, 33, 8},    {7, 16, 31},    {25, 10, 100},
                                                     {128, 10, 64}, {5, 100, 7},    {40, 47, 257},  {37, 80, 256},
                                                     {30, 512, 24}, {14, 256, 130}, {100, 31, 300}, {24, 97, 1024}};

}  // namespace

#if defined(PSTAR_HAS_GEMM_KERNEL)
TEST_CASE("the product on one core equals its naive twin bit for bit") {
    const BlasThreads one(1);
    for (const auto& [m, n, k] : shapes) compare<float>(m, n, k, 0);
}

TEST_CASE("a product that passes over columns of zeros equals the one that does not, bit for bit") {
    for (const auto& [m, n, k] : shapes)
        for (const double filled : {0.0, 0.02, 0.3, 1.0}) {
            auto a = random_values<float>(m * k, 1);
            RandomSequence next({Seed{4}});
            for (auto& value : a)
                if (next.uniform(0, 1) >= filled) value = 0;
            const auto b = random_values<float>(k * n, 2), before = random_values<float>(m * n, 3);
            for (const bool transposed : {false, true}) {
                const detail::Strided right{b.data(), transposed ? k : 1, transposed ? 1 : n};
                auto c = before, expected = before;
                detail::gemm_of_images(m, n, k, a.data(), right, 1, c.data());
                detail::gemm_one_core(m, n, k, {a.data(), k, 1}, right, 1, expected.data());
                CAPTURE(m, n, k, filled, transposed);
                CHECK(c == expected);
            }
        }
}

TEST_CASE("zeros do not hide what is not finite") {
    constexpr std::size_t m = 24, n = 64, k = 40;
    const std::vector<float> black(m * k, 0.0F);
    for (const float value : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        std::vector<float> b(k * n, 1.0F), c(m * n, 0.0F);
        b[3 * n + 5] = value;
        detail::gemm_of_images(m, n, k, black.data(), {b.data(), 1, n}, 0, c.data());
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < n; ++j) CHECK(std::isnan(c[i * n + j]) == (j == 5));
    }
}
#endif

TEST_CASE("the BLAS's product equals the naive twin to rounding, in float and double, on any number of threads") {
    const BlasThreads two(2);
    for (const auto& [m, n, k] : shapes) {
        const double terms = static_cast<double>(k) + 1;  // terms of size at most 1, each with its own rounding
        compare<float>(m, n, k, 6e-8 * terms);
        compare<double>(m, n, k, 1.2e-16 * terms);
    }
}

TEST_CASE("a general alpha scales the product") {
    const BlasThreads one(1);
    const auto a = random_values<float>(6, 1), b = random_values<float>(6, 2);
    std::vector<float> c(4), twice(4);
    gemm<float>(Transpose::no, Transpose::no, 2, 2, 3, 1, a.data(), b.data(), 0, c.data());
    gemm<float>(Transpose::no, Transpose::no, 2, 2, 3, 2, a.data(), b.data(), 0, twice.data());
    for (std::size_t i = 0; i < 4; ++i) CHECK(twice[i] == Approx(2 * c[i]).epsilon(1e-6));
}

TEST_CASE("the number of BLAS threads is restored, and nonsense refused") {
    CHECK_THROWS_AS(BlasThreads(0), std::invalid_argument);
    if (openblas_get_num_threads) {
        const int before = openblas_get_num_threads();
        {
            const BlasThreads one(1);
            CHECK(openblas_get_num_threads() == 1);
        }
        CHECK(openblas_get_num_threads() == before);
    }
    CHECK(!blas_description().empty());
}
