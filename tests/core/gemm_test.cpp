#include <pstar/core/blas.hpp>
#include <pstar/core/detail/gemm_float.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace gemm_test {

using namespace pstar;

namespace {

template <class Scalar>
std::vector<Scalar> random_values(std::size_t size, std::uint64_t seed) {
    RandomSequence next({Seed{seed}});
    std::vector<Scalar> values(size);
    for (auto& v : values) v = static_cast<Scalar>(next.uniform(-1, 1));
    return values;
}

/// The naive reference: one chain of fused multiply-adds per element, in the order of the inner index.
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

TEST_CASE("the product in float equals its naive reference, bit for bit where the processor fuses multiply and add") {
    for_each_instruction_set([](detail::InstructionSet set) {
        for (const auto& [m, n, k] : shapes) {
            // else each of k terms of size at most 1 is rounded, and in both sums each partial sum, of some sqrt(k)
            const auto terms = static_cast<double>(k) + 1;
            compare<float>(m, n, k, fuses(set) ? 0 : 6e-8 * terms * std::sqrt(terms));
        }
    });
}

TEST_CASE("threads change no bit of a product in float") {
    auto sizes = shapes;
    sizes.insert(sizes.end(), {{128, 784, 256}, {256, 784, 128}, {2000, 10, 128}, {7, 90, 9000}, {130, 3, 9000}});
    for (const double filled : {0.2, 1.0})
        for (const auto& [m, n, k] : sizes)
            for (const auto ta : {Transpose::no, Transpose::yes})
                for (const auto tb : {Transpose::no, Transpose::yes}) {
                    auto a = random_values<float>(m * k, 1);
                    const auto b = random_values<float>(k * n, 2), before = random_values<float>(m * n, 3);
                    RandomSequence next({Seed{4}});
                    for (float& x : a)
                        if (next.uniform(0, 1) >= filled) x = 0;
                    const auto product = [&, m = m, n = n, k = k](std::size_t threads) {
                        auto c = before;
                        with_threads(threads,
                                     [&] { gemm<float>(ta, tb, m, n, k, 1, a.data(), b.data(), 0.5F, c.data()); });
                        return c;
                    };
                    const auto one = product(1);
                    CAPTURE(m, n, k, filled, ta == Transpose::yes, tb == Transpose::yes);
                    for (const std::size_t threads : {2, 3, 4}) CHECK(product(threads) == one);
                }
}

TEST_CASE("a product with a long inner dimension is one chain of multiply-adds, too") {
    constexpr std::size_t m = 3, n = 40, k = 10'000;
    const auto a = random_values<float>(m * k, 1), b = random_values<float>(k * n, 2);
    for_each_instruction_set([&](detail::InstructionSet set) {
        std::vector<float> c(m * n);
        gemm<float>(Transpose::no, Transpose::no, m, n, k, 1, a.data(), b.data(), 0, c.data());
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                const float twin = element(Transpose::no, Transpose::no, m, n, k, a, b, i, j, 0.0F);
                if (fuses(set))
                    CHECK(c[i * n + j] == twin);
                else
                    CHECK(c[i * n + j] == Approx(twin).margin(6e-4));
            }
    });
}

namespace {

/// Zeros of both signs but for a share of `filled`.
std::vector<float> sparse_values(std::size_t size, double filled) {
    auto values = random_values<float>(size, 1);
    RandomSequence next({Seed{4}});
    for (auto& value : values)
        if (next.uniform(0, 1) >= filled) value = std::copysign(0.0F, value);
    return values;
}

bool same(const std::vector<float>& x, const std::vector<float>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](float u, float v) { return u == v || (std::isnan(u) && std::isnan(v)); });
}

/// Whether C is the same from the kernel that passes over zeros, the one that does not, and the one that is chosen.
bool zeros_change_nothing(std::size_t m, std::size_t n, std::size_t k, const std::vector<float>& a,
                          const std::vector<float>& b) {
    const auto before = random_values<float>(m * n, 3);
    for (const auto left : {detail::Strided{a.data(), k, 1}, detail::Strided{a.data(), 1, m}})
        for (const auto right : {detail::Strided{b.data(), 1, n}, detail::Strided{b.data(), k, 1}})
            for (const float beta : {0.0F, 1.0F, 0.5F}) {
                auto c = before, chosen = before, expected = before;
                PSTAR_KERNEL(gemm_sparse(m, n, k, left, right, beta, c.data(), n));
                detail::gemm_float(m, n, k, left, right, beta, chosen.data());
                PSTAR_KERNEL(gemm_dense(m, n, k, left, right, beta, expected.data(), n));
                if (!same(c, expected) || !same(chosen, expected)) return false;
            }
    return true;
}

}  // namespace

TEST_CASE("a product that passes over zeros equals the one that does not, bit for bit") {
    for_each_instruction_set([](detail::InstructionSet) {
        auto sizes = shapes;
        sizes.push_back({250, 300, 60});  // more rows than are listed together, more columns than a piece has
        for (const auto& [m, n, k] : sizes)
            for (const double filled : {0.0, 0.02, 0.3, 1.0}) {
                CAPTURE(m, n, k, filled);
                if (k > 0)
                    CHECK(zeros_change_nothing(m, n, k, sparse_values(m * k, filled), random_values<float>(k * n, 2)));
            }
    });
}

TEST_CASE("zeros do not hide what is not finite") {
    for_each_instruction_set([](detail::InstructionSet) {
        constexpr std::size_t m = 24, n = 200, k = 300;
        for (const float value : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
            for (const std::size_t where : {std::size_t{5}, 3 * n + 150, k * n - 1}) {
                auto b = random_values<float>(k * n, 2);
                b[where] = value;
                CAPTURE(value, where);
                CHECK(zeros_change_nothing(m, n, k, sparse_values(m * k, 0.2), b));
                std::vector<float> c(m * n);
                const auto zeros = sparse_values(m * k, 0);
                const detail::Strided left{zeros.data(), k, 1}, right{b.data(), 1, n};
                PSTAR_KERNEL(gemm_sparse(m, n, k, left, right, 0.0F, c.data(), n));
                for (std::size_t j = 0; j < n; ++j) CHECK(std::isnan(c[j]) == (j == where % n));
            }
    });
}

TEST_CASE("which product is chosen depends on the share of zeros and on how many columns share the listing") {
    constexpr std::size_t m = 128, k = 784;
    const auto some = sparse_values(m * k, 0.5), few = sparse_values(m * k, 0.2), all = sparse_values(m * k, 1);
    CHECK(detail::worth_listing(m, 256, k, some.data()));
    CHECK(detail::worth_listing(m, 256, k, few.data()));
    CHECK_FALSE(detail::worth_listing(m, 256, k, all.data()));
    CHECK_FALSE(detail::worth_listing(m, 10, k, few.data()));
}

TEST_CASE("the product in double equals the naive reference to rounding, on any number of threads") {
    for (const std::size_t threads : {1, 2})
        with_threads(threads, [] {
            for (const auto& [m, n, k] : shapes)  // terms of size at most 1, each with its own rounding
                compare<double>(m, n, k, 1.2e-16 * (static_cast<double>(k) + 1));
        });
}

TEST_CASE("a general alpha scales the product") {
    const auto a = random_values<float>(6, 1), b = random_values<float>(6, 2);
    std::vector<float> c(4), twice(4);
    gemm<float>(Transpose::no, Transpose::no, 2, 2, 3, 1, a.data(), b.data(), 0, c.data());
    gemm<float>(Transpose::no, Transpose::no, 2, 2, 3, 2, a.data(), b.data(), 0, twice.data());
    for (std::size_t i = 0; i < 4; ++i) CHECK(twice[i] == 2 * c[i]);  // powers of 2 round nothing
}

TEST_CASE("a product in double leaves the BLAS's number of threads as it was") {
    if (!openblas_get_num_threads) return;
    const std::vector<double> a(4, 1.0);
    std::vector<double> c(4);
    const int before = openblas_get_num_threads();
    for (const int set : {1, 2})
        for (const std::size_t threads : {1, 2}) {
            openblas_set_num_threads(set);
            with_threads(threads, [&] {
                gemm<double>(Transpose::no, Transpose::no, 2, 2, 2, 1, a.data(), a.data(), 0, c.data());
            });
            CHECK(openblas_get_num_threads() == set);
        }
    openblas_set_num_threads(before);
    CHECK(!blas_description().empty());
}

TEST_CASE("a call to the BLAS that ends leaves another, in a thread of its own, the one thread that it asked for") {
    if (!openblas_get_num_threads) return;
    const int before = openblas_get_num_threads();
    openblas_set_num_threads(2);
    std::optional<detail::BlasThreads> first, second, third;
    first.emplace();
    second.emplace();
    CHECK(openblas_get_num_threads() == 1);
    first.reset();
    CHECK(openblas_get_num_threads() == 1);
    {
        const detail::BudgetScope two({2, false});
        third.emplace();  // may have two, but not while another has one
    }
    CHECK(openblas_get_num_threads() == 1);
    second.reset();
    third.reset();
    CHECK(openblas_get_num_threads() == 2);
    openblas_set_num_threads(before);
}

}  // namespace gemm_test
