#include <pstar/scaling/detail/pivoted_qr.hpp>

#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include <pstar/core/random.hpp>

#include "catch.hpp"

using namespace pstar;
using detail::PivotedQr;

namespace {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    RandomSequence random({Seed{seed}, Stream::test_noise});
    Eigen::MatrixXd a(rows, columns);
    for (Eigen::Index i = 0; i < a.size(); ++i) a.data()[i] = random.normal();
    return a;
}

}  // namespace

// Eigen's own: both choose the longest remaining column and give R_kk the sign opposite to the column's first number.
TEST_CASE("PivotedQr gives the R, the pivots and the Q'v of Eigen's ColPivHouseholderQR") {
    std::uint64_t seed = 0;
    for (const Eigen::Index columns : {1, 2, 3, 4})
        for (const Eigen::Index more : {0, 1, 5, 60}) {
            const auto a = random_matrix(columns + more, columns, ++seed);
            const PivotedQr ours(a);
            const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> theirs(a);
            CAPTURE(a.rows(), columns);
            const auto n = columns;
            CHECK(ours.colsPermutation().indices() == theirs.colsPermutation().indices());
            const Eigen::MatrixXd r = theirs.matrixR().topRows(n).triangularView<Eigen::Upper>();
            CHECK((ours.matrixR() - r).norm() <= 1e-13 * r.norm());
            CHECK(ours.rank() == n);
            CHECK(theirs.rank() == n);
            const Eigen::VectorXd v = random_matrix(a.rows(), 1, 100 + seed);
            const Eigen::VectorXd turned = ours.matrixQ().adjoint() * v, expected = theirs.matrixQ().adjoint() * v;
            CHECK((turned - expected).norm() <= 1e-13 * v.norm());
            const Eigen::VectorXd b = random_matrix(n, 1, 200 + seed);
            const Eigen::VectorXd x = Eigen::MatrixXd(a.transpose() * a).ldlt().solve(b);
            CHECK((ours.solve_normal(b) - x).norm() <= 1e-9 * x.norm());  // a'a squares the condition number
        }
}

TEST_CASE("PivotedQr tells the rank of columns that depend on one another, zero and tiny ones included") {
    auto a = random_matrix(7, 4, 1);
    a.col(2) = 3 * a.col(0) - a.col(1);
    CHECK(PivotedQr(a).rank() == 3);
    a.col(1).setZero();
    a.col(3) = -a.col(0);
    CHECK(PivotedQr(a).rank() == 2);
    CHECK(PivotedQr(Eigen::MatrixXd::Zero(5, 3)).rank() == 0);
    CHECK(PivotedQr(1e-100 * random_matrix(7, 4, 2)).rank() == 4);
    CHECK_FALSE(PivotedQr(Eigen::MatrixXd::Zero(5, 3)).solve_normal(Eigen::VectorXd::Ones(3)).allFinite());
}
