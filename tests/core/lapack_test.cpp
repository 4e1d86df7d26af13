#include <pstar/core/lapack.hpp>
#include <pstar/core/random.hpp>

#include <xtensor-blas/xlinalg.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "catch.hpp"

namespace lapack_test {

using namespace pstar;

TEST_CASE("eigenvalues equal those of xtensor-blas, and only the lower triangle is read") {
    for (const std::size_t n : {1, 2, 7, 40}) {
        auto matrix = Tensor<double, 2>::from_shape({n, n});
        RandomSequence next({Seed{n}});
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j <= i; ++j) matrix(i, j) = matrix(j, i) = next.normal();
        const auto theirs = xt::eval(xt::linalg::eigvalsh(matrix));
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = i + 1; j < n; ++j) matrix(i, j) = std::nan("");
        const auto ours = symmetric_eigenvalues(matrix);
        REQUIRE(ours);
        for (std::size_t i = 0; i < n; ++i)
            CHECK((*ours)[i] == Approx(theirs(i)).margin(1e-12 * static_cast<double>(n)));
    }
}

TEST_CASE("the eigenvalues of a chain of springs are known") {
    // 2 on the diagonal, -1 beside it: 2 - 2 cos(pi k / (n + 1)).
    constexpr std::size_t n = 25;
    Tensor<double, 2> chain = Tensor<double, 2>::from_shape({n, n});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) chain(i, j) = i == j ? 2 : (i + 1 == j || j + 1 == i) ? -1 : 0;
    const auto found = symmetric_eigenvalues(chain);
    REQUIRE(found);
    for (std::size_t k = 0; k < n; ++k)
        CHECK((*found)[k] ==
              Approx(2 - 2 * std::cos(std::numbers::pi * static_cast<double>(k + 1) / (n + 1))).margin(1e-13));
    CHECK(symmetric_eigenvalues(Tensor<double, 2>::from_shape({0, 0}))->empty());
    CHECK_THROWS_AS(symmetric_eigenvalues(Tensor<double, 2>::from_shape({2, 3})), std::invalid_argument);
}

TEMPLATE_TEST_CASE("Cholesky's factor solves what it was made of, and says where there is none", "", float, double) {
    const double tolerance = 2e3 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
    for (const std::size_t n : {1, 2, 7, 40, 150}) {
        RandomSequence next({Seed{n}});
        Matrix<TestType> half =
            Matrix<TestType>::NullaryExpr(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(2 * n),
                                          [&] { return static_cast<TestType>(next.uniform(-1, 1)); });
        const Matrix<TestType> a = half * half.transpose() / static_cast<TestType>(n);
        Matrix<TestType> x =
            Matrix<TestType>::NullaryExpr(3, a.rows(), [&] { return static_cast<TestType>(next.uniform(-1, 1)); });
        Matrix<TestType> b = x * a, factor = a;
        factor.template triangularView<Eigen::StrictlyUpper>().setConstant(std::nanf(""));  // is not read
        REQUIRE(cholesky_in_place(n, factor.data()));
        const Matrix<TestType> lower = factor.template triangularView<Eigen::Lower>();
        CAPTURE(n);
        CHECK((lower * lower.transpose() - a).norm() <= tolerance * a.norm());
        cholesky_solve(n, factor.data(), 3, b.data());
        CHECK((b * a - x * a).norm() <= tolerance * (x * a).norm());

        auto indefinite = a;
        indefinite(a.rows() - 1, a.rows() - 1) = -1;
        CHECK_FALSE(cholesky_in_place(n, indefinite.data()));
        auto not_finite = a;
        not_finite(0, 0) = std::numeric_limits<TestType>::quiet_NaN();
        CHECK_FALSE(cholesky_in_place(n, not_finite.data()));
    }
    CHECK(cholesky_in_place<TestType>(0, nullptr));
}

}  // namespace lapack_test
