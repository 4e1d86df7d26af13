#include <pstar/spectrum/alignment.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "catch.hpp"

namespace alignment_test {

using namespace pstar;

namespace {
Tensor<double, 2> matrix(std::size_t n, std::initializer_list<double> values) {
    auto k = Tensor<double, 2>::from_shape({n, n});
    std::copy(values.begin(), values.end(), k.data());
    return k;
}
}  // namespace

TEST_CASE("distance and alignment of known kernels") {
    const auto k = matrix(2, {2, 1, 1, 2}), twice = matrix(2, {4, 2, 2, 4}), other = matrix(2, {1, 0, 0, 0});
    CHECK(relative_distance(k, k) == 0);
    CHECK(relative_distance(twice, k) == Approx(1).epsilon(1e-15));
    CHECK(relative_distance(other, k) == Approx(std::sqrt(1. + 1 + 1 + 4) / std::sqrt(10)).epsilon(1e-14));
    CHECK(alignment(k, twice) == Approx(1).epsilon(1e-15));
    CHECK(alignment(k, other) == Approx(2 / std::sqrt(10)).epsilon(1e-14));
    CHECK(alignment(k, other) == alignment(other, k));
    // Centred, both are multiples of {{1, -1}, {-1, 1}}.
    CHECK(alignment(k, other, {.centred = true}) == Approx(1).epsilon(1e-14));
    CHECK(std::isnan(alignment(k, matrix(2, {0, 0, 0, 0}))));
    CHECK_THROWS_AS(alignment(k, matrix(1, {1})), std::invalid_argument);
    CHECK_THROWS_AS(relative_distance(k, matrix(1, {1})), std::invalid_argument);
}

TEST_CASE("alignment with labels") {
    const std::vector<Label> labels{0, 1, 0};
    const auto same = label_kernel(labels);
    CHECK(same(0, 2) == 1);
    CHECK(same(0, 1) == 0);
    CHECK(label_alignment(same, labels) == Approx(1));
    CHECK(label_alignment(same, labels, {.centred = true}) == Approx(1));
    const auto identity = matrix(3, {1, 0, 0, 0, 1, 0, 0, 0, 1});
    CHECK(label_alignment(identity, labels) == Approx(3 / std::sqrt(3 * 5)));
    // (N K, N K) with K = 2: y = (1 0, 0 1, 1 0); y^T K y / (|y|^2 |K|) for K = I is 3/(3 sqrt(6)).
    auto full = Tensor<double, 2>::from_shape({6, 6});
    as_matrix(full).setIdentity();
    CHECK(label_alignment(full, labels) == Approx(1 / std::sqrt(6)));
    CHECK_THROWS_AS(label_alignment(identity, std::vector<Label>{0, 1}), std::invalid_argument);
    CHECK_THROWS_AS(label_alignment(identity, std::vector<Label>{}), std::invalid_argument);
}

// Blocks of 16, 32, ... bytes in between let the matrices begin anywhere: sums that start at an aligned element differ
// in their last bits.
TEST_CASE("a centred kernel's last bits do not depend on where it lies in memory") {
    constexpr std::size_t n = 20;
    std::vector<Label> labels(n);
    for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<Label>(i % 3);
    std::vector<Tensor<double, 2>> kernels;
    std::vector<std::vector<char>> between;
    for (std::size_t copy = 0; copy < 16; ++copy) {
        auto& k = kernels.emplace_back(Tensor<double, 2>::from_shape({n, n}));
        between.emplace_back(16 * copy + 1);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                k(i, j) = std::sin(7.3 * static_cast<double>(i + j) + static_cast<double>(i * j));
    }
    for (const auto& k : kernels) {
        CHECK(as_matrix(centred(k)) == as_matrix(centred(kernels[0])));
        CHECK(label_alignment(k, labels) == label_alignment(kernels[0], labels));
        CHECK(label_alignment(k, labels, {.centred = true}) == label_alignment(kernels[0], labels, {.centred = true}));
    }
}

TEST_CASE("rectangular kernels align with the labels of both sets") {
    const std::vector<Label> rows{0, 1, 0}, columns{0, 1};
    auto kernel = Tensor<double, 2>::from_shape({3, 2});
    as_matrix(kernel) << 2, 0, 0, 2, 2, 0;  // twice the kernel of the labels
    CHECK(label_alignment(kernel, rows, columns) == Approx(1));
    CHECK(label_alignment(kernel, rows, columns, {.centred = true}) == Approx(1));
    kernel(0, 1) = 2;  // <K, L> = 6, |K|^2 = 16, |L|^2 = 3
    CHECK(label_alignment(kernel, rows, columns) == Approx(6 / std::sqrt(48.0)));
    // Centring takes away what all rows, or all columns, have in common; by the definition C_N K C_M.
    auto shifted = kernel;
    for (std::size_t n = 0; n < 3; ++n)
        for (std::size_t m = 0; m < 2; ++m)
            shifted(n, m) += 3.0 * static_cast<double>(n) - 5.0 * static_cast<double>(m);
    const auto c = [](Eigen::Index n) -> Eigen::MatrixXd {
        return Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd::Constant(n, n, 1 / static_cast<double>(n));
    };
    CHECK((as_matrix(centred(kernel)) - c(3) * as_matrix(kernel) * c(2)).norm() < 1e-14);
    CHECK((as_matrix(centred(shifted)) - as_matrix(centred(kernel))).norm() < 1e-13);
    CHECK(label_alignment(shifted, rows, columns, {.centred = true}) ==
          Approx(label_alignment(kernel, rows, columns, {.centred = true})));
    // A square kernel gives what the other function gives.
    auto square = Tensor<double, 2>::from_shape({3, 3});
    as_matrix(square) << 3, 1, 2, 1, 4, 0, 2, 0, 5;
    CHECK(label_alignment(square, rows, rows) == label_alignment(square, rows));
    CHECK_THROWS_AS(label_alignment(kernel, columns, rows), std::invalid_argument);
    CHECK_THROWS_AS(label_alignment(kernel, rows, std::vector<Label>{}), std::invalid_argument);
}

}  // namespace alignment_test
