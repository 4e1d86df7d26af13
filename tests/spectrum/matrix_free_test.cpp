#include <pstar/spectrum/largest_eigenvalues.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/spectrum/stochastic_lanczos.hpp>

#include <Spectra/SymEigsSolver.h>
#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"

namespace matrix_free_test {

using namespace pstar;

namespace {

/// B B^T for B (n, m) with entries that decay along its columns, plus a constant: a few large eigenvalues and many
/// small.
Tensor<double, 2> kernel_like(std::size_t n, std::size_t m, std::uint64_t seed) {
    RandomSequence next({Seed{seed}});
    Matrix<double> b(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(m));
    for (Eigen::Index i = 0; i < b.rows(); ++i)
        for (Eigen::Index j = 0; j < b.cols(); ++j) b(i, j) = 0.3 + next.normal() / static_cast<double>(j + 1);
    auto k = Tensor<double, 2>::from_shape({n, n});
    as_matrix(k) = b * b.transpose();
    return k;
}

/// diag(values), as a type of a user's own.
struct Diagonal {
    std::vector<double> values;
    Eigen::Index rows() const { return std::ssize(values); }
    Eigen::Index cols() const { return std::ssize(values); }
    void perform_op(const double* x, double* y) const {
        for (std::size_t i = 0; i < values.size(); ++i) y[i] = values[i] * x[i];
    }
};

}  // namespace

TEST_CASE("the largest eigenvalues equal LAPACK's and Spectra's") {
    const auto k = kernel_like(120, 200, 1);
    const MatrixOperator op(k);
    const auto exact = spectrum(k).eigenvalues;
    const auto top = largest_eigenvalues(op, 6);
    REQUIRE(top.status == LargestEigenvaluesStatus::converged);
    REQUIRE(top.values.size() == 6);
    Spectra::SymEigsSolver<MatrixOperator> solver(const_cast<MatrixOperator&>(op), 6, 40);
    solver.init();
    REQUIRE(solver.compute(Spectra::SortRule::LargestAlge) == 6);
    for (Eigen::Index i = 0; i < 6; ++i) {
        const auto at = static_cast<std::size_t>(i);
        CHECK(top.values[at] == Approx(exact[at]).epsilon(1e-10));
        CHECK(solver.eigenvalues()[i] == Approx(top.values[at]).epsilon(1e-9));
        const Vector<double> v = top.vectors.row(i).transpose();
        CHECK((as_matrix(k) * v - top.values[at] * v).norm() <= 1e-9 * exact[0]);
    }
    CHECK((top.vectors * top.vectors.transpose() - Matrix<double>::Identity(6, 6)).cwiseAbs().maxCoeff() <= 1e-12);
}

TEST_CASE("multiple eigenvalues, exhausted spaces, too few steps") {
    const auto four = largest_eigenvalues(Diagonal{{5, 1, 5, 2, 5, 0, 2}}, 5);
    CHECK(four.status == LargestEigenvaluesStatus::converged);
    REQUIRE(four.values.size() == 5);
    const std::vector<double> expected{5, 5, 5, 2, 2};
    for (std::size_t i = 0; i < 5; ++i) CHECK(four.values[i] == Approx(expected[i]).epsilon(1e-12));
    CHECK(largest_eigenvalues(Diagonal{{0, 0, 0}}, 2).values == std::vector<double>{0, 0});

    Diagonal many;
    for (int i = 0; i < 400; ++i) many.values.push_back(1 + i / 400.0);
    const auto early = largest_eigenvalues(many, 3, {.most_steps = 12});
    CHECK(early.status == LargestEigenvaluesStatus::not_converged);
    for (std::size_t i = 0; i < 3; ++i) {  // still, an eigenvalue lies within each residual
        double nearest = 1;
        for (const double v : many.values) nearest = std::min(nearest, std::abs(v - early.values[i]));
        CHECK(nearest <= early.residuals[i] + 1e-12);
    }
    CHECK_THROWS_AS(largest_eigenvalues(many, 0), std::invalid_argument);
    CHECK_THROWS_AS(largest_eigenvalues(many, 401), std::invalid_argument);
    CHECK_THROWS_AS(largest_eigenvalues(many, 9, {.most_steps = 8}), std::invalid_argument);
}

TEST_CASE("stochastic Lanczos quadrature is right within its error bars", "[long]") {
    // 40 independent estimates. With the largest eigenvalues deflated, each has mean 0 and unit variance in units of
    // its error bar, which itself has 9 degrees of freedom (kurtosis 4.2), so the mean square lies within 1 +- 4
    // sqrt(4.2/40) and the mean within 4/sqrt(40) of 0; both are widened by Student's factor 9/7. Without deflation one
    // eigenvalue makes up most of the trace and a probe's estimate is nearly chi-squared with one degree of freedom:
    // its own error bar is skewed along with it, so the errors are counted in units of Hutchinson's exact standard
    // deviation.
    const auto k = kernel_like(300, 500, 2);
    const auto exact = spectrum(k);
    const double off_diagonal = as_matrix(k).squaredNorm() - as_matrix(k).diagonal().squaredNorm();
    const double variance = 2 * off_diagonal / 10;  // of the mean over 10 probes
    for (const std::size_t deflate : {0, 10}) {
        double mean = 0, square = 0, entropy_mean = 0, entropy_square = 0, variances = 0;
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            const auto e =
                estimate_spectrum(MatrixOperator(k), {.probes = 10, .steps = 60, .deflate = deflate, .seed = seed});
            REQUIRE(e.status == SpectrumStatus::ok);
            const double t =
                (e.trace.value - exact.trace) / (deflate > 0 ? e.trace.standard_error : std::sqrt(variance));
            variances += e.trace.standard_error * e.trace.standard_error / variance / 40;
            const double h = (e.entropy.value - exact.entropy) / e.entropy.standard_error;
            mean += t / 40, square += t * t / 40, entropy_mean += h / 40, entropy_square += h * h / 40;
            CHECK(e.quadrature_error >= 0);
            CHECK(e.quadrature_error <= 1e-3);
            CHECK(std::abs(std::log(e.effective_rank.value) - e.entropy.value) <= 1e-12);
            if (deflate > 0) {  // a kernel's few large eigenvalues are what makes estimates spread
                CHECK(std::abs(e.effective_rank.value / exact.effective_rank - 1) <= 0.05);
                CHECK(std::abs(e.participation_ratio.value / exact.participation_ratio - 1) <= 0.02);
                CHECK(std::abs(e.largest[9] - exact.eigenvalues[9]) <= 1e-6 * exact.eigenvalues[0]);
            }
        }
        CHECK(std::abs(mean) <= 4 / std::sqrt(40) * 9 / 7);
        CHECK(square <= (1 + 4 * std::sqrt(4.2 / 40)) * 9 / 7);
        if (deflate == 0)  // unbiased; relative variance of one (15 - 3)/10 + 2/9 for chi-squared probes
            CHECK(std::abs(variances - 1) <= 4 * std::sqrt((1.2 + 2.0 / 9) / 40));
        if (deflate > 0) {  // without, the delta method's second order shows: errors of 30%
            CHECK(std::abs(entropy_mean) <= 4 / std::sqrt(40) * 9 / 7);
            CHECK(entropy_square <= (1 + 4 * std::sqrt(4.2 / 40)) * 9 / 7);
        }
    }
}

TEST_CASE("where the quadrature is exact there is no error at all") {
    // Diagonal: z^T f(K) z = tr f(K) for every vector of signs.
    const Diagonal op{{4, 3, 2, 1, 0.5, 0.25, 0, 0}};
    const auto exact = spectrum_of_eigenvalues(op.values);
    for (const std::size_t deflate : {0, 2}) {
        const auto e = estimate_spectrum(op, {.probes = 3, .steps = 8, .deflate = deflate});
        CHECK(e.trace.value == Approx(exact.trace).epsilon(1e-12));
        CHECK(e.entropy.value == Approx(exact.entropy).epsilon(1e-10));
        CHECK(e.effective_rank.value == Approx(exact.effective_rank).epsilon(1e-10));
        CHECK(e.participation_ratio.value == Approx(exact.participation_ratio).epsilon(1e-10));
        CHECK(e.entropy.standard_error <= 1e-10);
    }
    const auto trace = estimate_trace(op, {.probes = 3});
    CHECK(trace.value == Approx(exact.trace).epsilon(1e-14));
    CHECK(trace.standard_error <= 1e-14);
    CHECK(std::isnan(estimate_trace(op, {.probes = 1}).standard_error));
}

TEST_CASE("the Gauss and Radau rules enclose the entropy of the same probes") {
    Diagonal op;  // one probe is exact but for the quadrature
    for (int i = 0; i < 500; ++i) op.values.push_back(std::pow(10.0, -6.0 * i / 500));
    const auto exact = spectrum_of_eigenvalues(op.values);
    double width = 1;
    for (const std::size_t steps : {2, 5, 10, 20, 40}) {
        const auto e = estimate_spectrum(op, {.probes = 2, .steps = steps, .deflate = 0});
        CHECK(e.entropy.value >= exact.entropy - 1e-12);
        CHECK(e.entropy.value - e.quadrature_error <= exact.entropy + 1e-12);
        CHECK(e.quadrature_error < width);
        width = e.quadrature_error;
    }
    CHECK(width < 1e-3);
}

TEST_CASE("statuses and refusals of estimates; the centred operator") {
    const auto zero = estimate_spectrum(Diagonal{{0, 0, 0, 0}});
    CHECK(zero.status == SpectrumStatus::zero_trace);
    CHECK(std::isnan(zero.effective_rank.value));
    CHECK(estimate_spectrum(Diagonal{}).status == SpectrumStatus::zero_trace);
    CHECK_THROWS_AS(estimate_spectrum(Diagonal{{1}}, {.probes = 0}), std::invalid_argument);
    CHECK_THROWS_AS(estimate_spectrum(Diagonal{{1}}, {.steps = 1}), std::invalid_argument);

    const auto k = kernel_like(30, 50, 3);
    const MatrixOperator op(k);
    const CentredOperator<MatrixOperator> middle(op);
    const auto c = centred(k);
    const auto z = detail::random_signs(30, {Seed{1}, Stream::user});
    Vector<double> y(30);
    middle.perform_op(z.data(), y.data());
    CHECK((y - as_matrix(c) * z).cwiseAbs().maxCoeff() <= 1e-11);
}

}  // namespace matrix_free_test
