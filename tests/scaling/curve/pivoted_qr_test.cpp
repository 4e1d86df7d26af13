#include <pstar/scaling/detail/pivoted_qr.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace pivoted_qr_test {

using namespace pstar;
using detail::PivotedQr;

namespace {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    RandomSequence random({Seed{seed}, Stream::test_noise});
    Eigen::MatrixXd a(rows, columns);
    for (Eigen::Index i = 0; i < a.size(); ++i) a.data()[i] = random.normal();
    return a;
}

PivotedQr qr_of(const Eigen::MatrixXd& a) {
    return {{a.data(), a.data() + a.size()}, static_cast<std::size_t>(a.cols())};
}
Eigen::MatrixXd r_of(const PivotedQr& qr) {
    Eigen::MatrixXd r(qr.columns(), qr.columns());
    for (Eigen::Index i = 0; i < r.rows(); ++i)
        for (Eigen::Index j = 0; j < r.cols(); ++j)
            r(i, j) = qr.r(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    return r;
}
Eigen::VectorXd solve(const PivotedQr& qr, const Eigen::VectorXd& b) {
    const auto x = qr.solve_normal({b.data(), static_cast<std::size_t>(b.size())});
    return Eigen::Map<const Eigen::VectorXd>(x.data(), b.size());
}

}  // namespace

// Eigen's own: both choose the longest remaining column and give R_kk the sign opposite to the column's first number.
TEST_CASE("PivotedQr gives the R, the pivots and the Q'v of Eigen's ColPivHouseholderQR") {
    std::uint64_t seed = 0;
    for (const Eigen::Index columns : {1, 2, 3, 4})
        for (const Eigen::Index more : {0, 1, 5, 60}) {
            const auto a = random_matrix(columns + more, columns, ++seed);
            const auto ours = qr_of(a);
            const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> theirs(a);
            CAPTURE(a.rows(), columns);
            const auto n = columns;
            const auto pivots = ours.pivots();
            CHECK(std::equal(pivots.begin(), pivots.end(), theirs.colsPermutation().indices().begin()));
            const Eigen::MatrixXd r = theirs.matrixR().topRows(n).triangularView<Eigen::Upper>();
            CHECK((r_of(ours) - r).norm() <= 1e-13 * r.norm());
            CHECK(ours.rank() == static_cast<std::size_t>(n));
            CHECK(theirs.rank() == n);
            const Eigen::VectorXd v = random_matrix(a.rows(), 1, 100 + seed);
            Eigen::VectorXd turned = v;
            ours.multiply_by_transposed_q({turned.data(), static_cast<std::size_t>(turned.size())});
            const Eigen::VectorXd expected = theirs.matrixQ().adjoint() * v;
            CHECK((turned - expected).norm() <= 1e-13 * v.norm());
            const Eigen::VectorXd b = random_matrix(n, 1, 200 + seed);
            const Eigen::VectorXd x = Eigen::MatrixXd(a.transpose() * a).ldlt().solve(b);
            CHECK((solve(ours, b) - x).norm() <= 1e-9 * x.norm());  // a'a squares the condition number
        }
}

TEST_CASE("PivotedQr tells the rank of columns that depend on one another, zero and tiny ones included") {
    auto a = random_matrix(7, 4, 1);
    a.col(2) = 3 * a.col(0) - a.col(1);
    CHECK(qr_of(a).rank() == 3);
    a.col(1).setZero();
    a.col(3) = -a.col(0);
    CHECK(qr_of(a).rank() == 2);
    CHECK(qr_of(Eigen::MatrixXd::Zero(5, 3)).rank() == 0);
    CHECK(qr_of(1e-100 * random_matrix(7, 4, 2)).rank() == 4);
    CHECK_FALSE(solve(qr_of(Eigen::MatrixXd::Zero(5, 3)), Eigen::VectorXd::Ones(3)).allFinite());
}

}  // namespace pivoted_qr_test
