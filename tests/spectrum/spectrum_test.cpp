#include <pstar/spectrum/log_histogram.hpp>
#include <pstar/spectrum/spectrum.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

namespace spectrum_test {

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

TEST_CASE("threshold, discarded mass, condition") {
    // n = 3, so 3e-4 < 3 * 1e-3: the last eigenvalue counts as zero.
    const auto s = spectrum_of_eigenvalues({3e-4, 1, 0.25}, {.epsilon = 1e-3});
    CHECK(s.threshold == Approx(3e-3));
    CHECK(s.rank == 2);
    CHECK(s.discarded == Approx(3e-4 / 1.2503).epsilon(1e-12));
    CHECK(s.condition == Approx(4));
    CHECK(s.entropy == Approx(-(0.8 * std::log(0.8) + 0.2 * std::log(0.2))).epsilon(1e-14));
    CHECK(s.participation_ratio == Approx(1.25 * 1.25 / (1 + 0.0625)).epsilon(1e-14));
    CHECK(spectrum_of_eigenvalues({3e-4, 1, 0.25}).rank == 3);
    CHECK_THROWS_AS(spectrum_of_eigenvalues({1}, {.epsilon = -1}), std::invalid_argument);
}

TEST_CASE("the second-difference matrix has the eigenvalues 4 sin^2(pi i/(2(n+1)))") {
    constexpr std::size_t n = 60;
    auto k = Tensor<double, 2>::from_shape({n, n});
    as_matrix(k).setZero();
    for (std::size_t i = 0; i < n; ++i) {
        k(i, i) = 2;
        if (i > 0) k(i, i - 1) = k(i - 1, i) = -1;
    }
    const auto s = spectrum(k);
    for (std::size_t i = 0; i < n; ++i) {
        const double root = 2 * std::sin(std::acos(-1.0) * static_cast<double>(n - i) / (2. * (n + 1)));
        CHECK(s.eigenvalues[i] == Approx(root * root).epsilon(1e-12));
    }
    CHECK(s.participation_ratio == Approx(120. * 120 / (60 * 4 + 118)).epsilon(1e-13));
}

TEST_CASE("centring takes the common part of rows away") {
    auto k = Tensor<double, 2>::from_shape({4, 4});
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) k(i, j) = 7 + (i == j) + 0.1 * static_cast<double>(i * j);
    const auto c = centred(k);
    CHECK((as_matrix(c) - as_matrix(c).transpose()).cwiseAbs().maxCoeff() == 0);
    CHECK(as_matrix(c).rowwise().sum().cwiseAbs().maxCoeff() <= 1e-13);
    const Matrix<double> projector = Matrix<double>::Identity(4, 4) - Matrix<double>::Constant(4, 4, 0.25);
    CHECK((as_matrix(c) - projector * as_matrix(k) * projector).cwiseAbs().maxCoeff() <= 1e-13);
    const auto s = spectrum(k, {.centred = true});
    CHECK(s.rank == 3);
    CHECK(s.trace == Approx(as_matrix(c).trace()).epsilon(1e-13));
}

TEST_CASE("log-binned histograms count every value once") {
    const std::vector<double> values{1e-9, 0, -1, 1e-2, 0.05, 0.2, 0.99, 1.5, 10, 10.1, 1e9};
    const auto h = log_histogram(values, {.low = 1e-2, .high = 10, .bins = 3});
    REQUIRE(h.edges.size() == 4);
    CHECK(h.edges[1] == Approx(0.1));
    CHECK(h.underflow == 3);
    CHECK(h.overflow == 2);
    CHECK(h.counts == std::vector<std::size_t>{2, 2, 2});
    double inside = 0;
    for (std::size_t i = 0; i < 3; ++i) inside += h.density(i);  // bins one decade wide
    CHECK(inside == Approx(6. / 11));
    CHECK_THROWS_AS(log_histogram(std::vector<double>{std::nan("")}), std::invalid_argument);
    CHECK_THROWS_AS(log_histogram(values, {.low = 0}), std::invalid_argument);
    CHECK_THROWS_AS(log_histogram(values, {.low = 2, .high = 1}), std::invalid_argument);
    CHECK_THROWS_AS(log_histogram(values, {.bins = 0}), std::invalid_argument);
}

TEST_CASE("what of a spectrum has no unit does not depend on its scale") {
    const auto same = [](const Spectrum& a, const Spectrum& b) {
        CHECK(a.status == b.status);
        CHECK(a.rank == b.rank);
        CHECK(a.discarded == b.discarded);
        CHECK(a.entropy == b.entropy);
        CHECK(a.effective_rank == b.effective_rank);
        CHECK(a.participation_ratio == b.participation_ratio);
        CHECK(a.condition == b.condition);
    };
    const std::vector<double> values{3, 2, 0.7, 1e-3, 1e-17, 0};
    const auto one = spectrum_of_eigenvalues(values);
    Tensor<double, 2> kernel = {{2, 0.3, 0.1}, {0.3, 1, -0.4}, {0.1, -0.4, 0.5}};
    const auto of_kernel = spectrum(kernel);
    for (const int k : {-900, -700, -300, 1, 40, 500, 1000}) {
        CAPTURE(k);
        auto scaled = values;
        for (double& v : scaled) v = std::ldexp(v, k);
        same(spectrum_of_eigenvalues(scaled), one);
        auto larger = kernel;
        for (std::size_t i = 0; i < larger.size(); ++i) larger.data()[i] = std::ldexp(larger.data()[i], k);
        same(spectrum(larger), of_kernel);
    }
    for (const double s : {1e-300, 1e-170, 1e160, 1e300}) {
        CAPTURE(s);
        CHECK(spectrum_of_eigenvalues({s, s}).participation_ratio == Approx(2));
        CHECK(spectrum_of_eigenvalues({s, s}).effective_rank == Approx(2));
    }
}

}  // namespace spectrum_test
