#include <pstar/spectrum/alignment.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

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
    const std::vector<std::uint8_t> labels{0, 1, 0};
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
    CHECK_THROWS_AS(label_alignment(identity, std::vector<std::uint8_t>{0, 1}), std::invalid_argument);
    CHECK_THROWS_AS(label_alignment(identity, std::vector<std::uint8_t>{}), std::invalid_argument);
}
