#include <pstar/spectrum/spectrum.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace pstar;

namespace {
Tensor<double, 2> matrix(std::size_t n, std::initializer_list<double> values) {
    auto k = Tensor<double, 2>::from_shape({n, n});
    std::copy(values.begin(), values.end(), k.data());
    return k;
}
}  // namespace

TEST_CASE("known spectra") {
    const auto s = spectrum(matrix(3, {1 / 3., .3, 0, .3, 1 / 3., 0, 0, 0, 1 / 3.}));
    CHECK(s.status == SpectrumStatus::ok);
    CHECK(s.effective_rank == Approx(2.1573).epsilon(1e-4));
    CHECK(s.eigenvalues[0] == Approx(1.9 / 3));
    CHECK(s.eigenvalues[1] == Approx(1 / 3.));
    CHECK(s.eigenvalues[2] == Approx(0.1 / 3));
    CHECK(s.trace == Approx(1));
    CHECK(s.participation_ratio <= s.effective_rank);

    const auto identity = spectrum(matrix(2, {5, 0, 0, 5}));
    CHECK(identity.effective_rank == Approx(2).epsilon(1e-14));
    CHECK(identity.participation_ratio == Approx(2).epsilon(1e-14));
    const auto one = spectrum(matrix(2, {1, 1, 1, 1}));
    CHECK(one.rank == 1);
    CHECK(one.entropy == 0);
    CHECK(one.effective_rank == 1);
    CHECK(one.discarded < 1e-15);
}

TEST_CASE("statuses instead of nonsense") {
    const auto zero = spectrum(matrix(2, {0, 0, 0, 0}));
    CHECK(zero.status == SpectrumStatus::zero_trace);
    CHECK(std::isnan(zero.effective_rank));
    const auto indefinite = spectrum(matrix(2, {1, 0, 0, -1}));
    CHECK(indefinite.status == SpectrumStatus::indefinite);
    CHECK(indefinite.rank == 1);
    CHECK(indefinite.discarded == Approx(0.5));
    CHECK(spectrum(Tensor<double, 2>::from_shape({0, 0})).status == SpectrumStatus::zero_trace);
    CHECK_THROWS_AS(spectrum(matrix(2, {1, 2, 0, 1})), std::invalid_argument);
    CHECK_THROWS_AS(spectrum(matrix(1, {std::nan("")})), std::invalid_argument);
    CHECK_THROWS_AS(spectrum(Tensor<double, 2>::from_shape({2, 3})), std::invalid_argument);
}
