#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/ntk_operator.hpp>

#include <Spectra/SymEigsSolver.h>
#include <Eigen/Eigenvalues>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "reference/jacobian_kernel.hpp"

namespace ntk_operator_test {

using namespace pstar;

namespace {

Dataset digits(std::size_t n) {
    return synthetic_digits({.train = 1, .test = n, .seed = 3, .size = 8}).test;
}

/// |K x - y| against |K||x| for two vectors, one after the other: the second product must not remember the first.
template <Network Net, Corruption C>
void check_products(const Net& net, const Dataset& data, const NtkSubject& of, const C& channel,
                    const NtkOptions& options, double bound) {
    const auto kernel = empirical_ntk(net, data, of, channel, {.seed = options.seed});
    const NtkOperator op(net, data, of, channel, options);
    REQUIRE(op.rows() == as_matrix(kernel).rows());
    REQUIRE(op.cols() == op.rows());
    RandomSequence next({Seed{4}});
    for (int trial = 0; trial < 2; ++trial) {
        Vector<double> x(op.rows()), y = Vector<double>::Constant(op.rows(), 77);
        for (double& value : x) value = next.normal();
        op.perform_op(x.data(), y.data());
        CHECK((y - as_matrix(kernel) * x).norm() <= bound * as_matrix(kernel).norm() * x.norm());
    }
}

}  // namespace

TEST_CASE("the operator's products are those of the matrix, for every subject") {
    const auto data = digits(21);
    const NtkScore score{.sweeps = 2, .cotangent = [](const NtkImage& image, std::size_t sweep, std::span<double> c) {
                             c[image.label] = 1 + image.logits[0], c[sweep] -= 1;
                         }};
    const auto net = mlp<double>({64, 9, 10}, Activation::tanh, Seed{1});
    const auto conv = cnn<double>({.height = 8, .width = 8, .channels = 2, .hidden = 6}, Activation::relu, Seed{2});
    for (const auto& of : {NtkSubject{NtkOutput::full}, NtkSubject{NtkOutput::true_class}, NtkSubject{NtkOutput::trace},
                           NtkSubject{NtkOutput::trace_mean}, NtkSubject{NtkClass{3}}, NtkSubject{score}}) {
        check_products(net, data, of, Replacement{0.2}, {.seed = 6}, 1e-14);
        check_products(conv, data, of, Replacement{0.2}, {.seed = 6}, 1e-14);
    }
    check_products(mlp<float>({64, 9, 10}, Activation::tanh, Seed{1}), data, NtkOutput::full, Identity{}, {}, 1e-6);
}

TEST_CASE("the operator takes networks with parameters outside of layers: batch normalisation, in evaluation") {
    const auto data = digits(5);
    using namespace layer;
    const Sequential<double> net({1, 8, 8},
                                 {Conv2d{.channels = 2}, BatchNorm{}, Activate{Activation::tanh},
                                  Residual{Conv2d{.channels = 2}, BatchNorm{}}, Flatten{}, Dense{10}},
                                 Seed{2});
    const auto j = reference::jacobian(net, data, Identity{});
    const NtkOperator op(net, data, NtkOutput::full);
    Vector<double> x(op.rows()), y(op.rows());
    RandomSequence next({Seed{4}});
    for (double& value : x) value = next.normal();
    op.perform_op(x.data(), y.data());
    CHECK((y - j * (j.transpose() * x)).norm() <= 1e-13 * y.norm());
}

TEST_CASE("little memory: passes are recorded anew, the products stay") {
    const auto data = digits(70);
    const auto net = mlp<double>({64, 9, 10}, Activation::relu, Seed{1});
    const NtkOperator roomy(net, data, NtkOutput::full);
    const NtkOperator tight(net, data, NtkOutput::full, Identity{}, {.memory = 300'000});
    CHECK(roomy.keeps_passes());
    CHECK(!tight.keeps_passes());
    check_products(net, data, NtkOutput::full, Replacement{0.5}, {.memory = 300'000, .seed = 2}, 1e-14);
    check_products(net, data, NtkOutput::trace, Replacement{0.5}, {.memory = 60'000, .seed = 2}, 1e-14);
    CHECK_THROWS_AS(NtkOperator(net, data, NtkOutput::full, Identity{}, {.memory = 10}), std::invalid_argument);
}

TEST_CASE("a constant operator gives the same products to several threads at once") {
    const auto data = digits(40);
    const auto net = mlp<double>({64, 12, 10}, Activation::relu, Seed{1});
    const NtkOperator op(net, data, NtkOutput::trace, Identity{}, {.memory = 300'000});
    std::vector<Vector<double>> x(4, Vector<double>(op.rows())), alone(4, Vector<double>(op.rows())), together = alone;
    RandomSequence next({Seed{4}});
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (double& value : x[i]) value = next.normal();
        op.perform_op(x[i].data(), alone[i].data());
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < x.size(); ++i)
        threads.emplace_back([&, i] {
            for (int repeat = 0; repeat < 5; ++repeat) op.perform_op(x[i].data(), together[i].data());
        });
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(together[i] == alone[i]);
}

TEST_CASE("Spectra finds the kernel's largest eigenvalues from the operator") {
    const auto data = digits(40);
    const auto net = mlp<double>({64, 12, 10}, Activation::relu, Seed{1});
    NtkOperator op(net, data, NtkOutput::true_class);
    Spectra::SymEigsSolver<NtkOperator<Mlp<double>>> solver(op, 4, 20);
    solver.init();
    REQUIRE(solver.compute(Spectra::SortRule::LargestAlge) == 4);
    const auto kernel = empirical_ntk(net, data, NtkOutput::true_class);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> exact(as_matrix(kernel));
    for (Eigen::Index i = 0; i < 4; ++i)
        CHECK(solver.eigenvalues()[i] == Approx(exact.eigenvalues()[39 - i]).epsilon(1e-9));
}

}  // namespace ntk_operator_test
