#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/ntk/kernel_ridge.hpp>

#include <Eigen/LU>
#include <vector>

#include "catch.hpp"

namespace kernel_ridge_test {

using namespace pstar;

TEST_CASE("ridge regression solves its equations") {
    RandomSequence next({Seed{1}});
    Matrix<double> b(7, 9);
    for (Eigen::Index i = 0; i < b.rows(); ++i)
        for (Eigen::Index j = 0; j < b.cols(); ++j) b(i, j) = next.normal();
    auto kernel = Tensor<double, 2>::from_shape({7, 7});
    as_matrix(kernel) = b * b.transpose();
    const Matrix<double> before = as_matrix(kernel);
    auto targets = Tensor<double, 2>::from_shape({7, 2});
    for (double& y : elements(targets)) y = next.normal();
    const Matrix<double> y = as_matrix(targets);
    REQUIRE(solve_ridge(kernel, targets, 0.1) == KernelRidgeStatus::fitted);
    const Matrix<double> ridged = before + 0.1 * before.diagonal().mean() * Matrix<double>::Identity(7, 7);
    CHECK((ridged * as_matrix(targets) - y).cwiseAbs().maxCoeff() <= 1e-11);

    auto indefinite = Tensor<double, 2>::from_shape({2, 2});
    as_matrix(indefinite) << 1, 2, 2, 1;
    auto some = Tensor<double, 2>::from_shape({2, 1});
    as_matrix(some).setOnes();
    CHECK(solve_ridge(indefinite, some, 1e-6) == KernelRidgeStatus::not_positive_definite);
    CHECK_THROWS_AS(solve_ridge(indefinite, targets, 1e-6), std::invalid_argument);
}

TEST_CASE("predictions are the formula's") {
    const auto digits = synthetic_digits({.train = 30, .test = 8, .seed = 3, .size = 8});
    const InfiniteNtk ntk{.inputs = 64, .hidden_layers = 2};
    KernelRidge<double> model(ntk, {.ridge = 0.01, .seed = 5});
    REQUIRE(model.fit(digits.train, Replacement{0.2}) == KernelRidgeStatus::fitted);
    const auto f = model.predict(digits.test);

    const auto images = [](const Dataset& data, const auto& channel, Stream stream) {
        Batch<double> batch;
        std::vector<std::uint32_t> all(data.size());
        for (std::uint32_t n = 0; n < data.size(); ++n) all[n] = n;
        batch.fill(data, all, channel, {Seed{5}, stream, 0});
        return Matrix<double>(batch.images().matrix());
    };
    const auto x = images(digits.train, Replacement{0.2}, Stream::train_noise);
    const auto t = images(digits.test, Identity{}, Stream::test_noise);
    const View<const double> vx{x.data(), {30, 64}}, vt{t.data(), {8, 64}};
    const auto kxx = ntk.ntk(vx, vx), ktx = ntk.ntk(vt, vx);
    Matrix<double> y = Matrix<double>::Zero(30, 10);
    for (std::size_t n = 0; n < 30; ++n) y(static_cast<Eigen::Index>(n), digits.train.label(n)) = 1;
    const Eigen::RowVectorXd mean = y.colwise().mean();
    const Matrix<double> ridged =
        as_matrix(kxx) + 0.01 * as_matrix(kxx).diagonal().mean() * Matrix<double>::Identity(30, 30);
    const Matrix<double> centred = y.rowwise() - mean;
    const Matrix<double> expected = (as_matrix(ktx) * ridged.inverse() * centred).rowwise() + mean;
    CHECK((as_matrix(f) - expected).cwiseAbs().maxCoeff() <= 1e-10);
    const Matrix<double> of_training = (as_matrix(kxx) * ridged.inverse() * centred).rowwise() + mean;
    CHECK((as_matrix(model.residuals()) - (y - of_training)).cwiseAbs().maxCoeff() <= 1e-10);
    CHECK((as_matrix(f).rowwise().sum().array() - 1).abs().maxCoeff() <= 1e-10);  // one-hot rows sum to 1
}

TEST_CASE("it learns digits, in float as in double, and remembers what it has seen") {
    const auto digits = synthetic_digits({.train = 800, .test = 300, .seed = 1});
    KernelRidge<double> precise(InfiniteNtk{});
    KernelRidge<float> single(InfiniteNtk{});
    REQUIRE(precise.fit(digits.train) == KernelRidgeStatus::fitted);
    REQUIRE(single.fit(digits.train) == KernelRidgeStatus::fitted);
    const double a = precise.accuracy(digits.test);
    CHECK(a >= 0.8);
    CHECK(single.accuracy(digits.test) == Approx(a).margin(0.01));
    CHECK(precise.accuracy(digits.train) == 1);
    CHECK(precise.accuracy(digits.test, Replacement{1}) <= 0.2);  // 300 draws with 1 in 10: 0.1 +- 0.017
}

TEST_CASE("misuse of kernel ridge regression is refused") {
    const auto digits = synthetic_digits({.train = 3, .test = 3, .seed = 1, .size = 8});
    KernelRidge<double> model(InfiniteNtk{.inputs = 64});
    CHECK_THROWS_AS(model.predict(digits.test), std::invalid_argument);
    CHECK_THROWS_AS(model.residuals(), std::invalid_argument);
    CHECK_THROWS_AS(model.fit(take(digits.train, 0)), std::invalid_argument);
    CHECK_THROWS_AS(KernelRidge<double>(InfiniteNtk{}).fit(digits.train), std::invalid_argument);
    CHECK_THROWS_AS(KernelRidge<double>(InfiniteNtk{}, {.ridge = 0}), std::invalid_argument);
}

}  // namespace kernel_ridge_test
