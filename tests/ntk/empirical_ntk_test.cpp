#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>

#include <vector>

#include "catch.hpp"

using namespace pstar;

namespace {

/// The naive twin: the Jacobian row by row, (N K, P), from one vjp an image and class; then J J^T.
Matrix<double> jacobian(const Mlp<double>& net, const Dataset& data, const auto& channel, Seed seed) {
    const auto classes = net.outputs();
    Matrix<double> j(static_cast<Eigen::Index>(data.size() * classes),
                     static_cast<Eigen::Index>(net.parameters().size()));
    for (std::uint32_t n = 0; n < data.size(); ++n) {
        Batch<double> one;
        one.fill(data, std::vector<std::uint32_t>{n}, channel, {seed, Stream::test_noise, 0});
        std::vector<double> gradients(net.parameters().size()), unit(classes);
        Tape<double> tape;
        const auto leaves = net.parameters().record(tape, gradients);
        const auto logits = net(tape.constant(one.images()), leaves);
        for (std::size_t k = 0; k < classes; ++k) {
            unit.assign(classes, 0);
            unit[k] = 1;
            tape.backward(logits, {unit.data(), logits.shape()});
            j.row(static_cast<Eigen::Index>(n * classes + k)) =
                ConstVectorMap<double>(gradients.data(), j.cols()).transpose();
        }
    }
    return j;
}

}  // namespace

TEST_CASE("every kernel equals the naive contraction of Jacobians") {
    const auto data = synthetic_digits({.train = 1, .test = 5, .seed = 3, .size = 8}).test;
    for (const auto& widths : std::vector<std::vector<std::size_t>>{{64, 10}, {64, 7, 10}, {64, 5, 6, 10}}) {
        const auto net = mlp<double>(widths, Activation::tanh, Seed{1});
        const Replacement channel{0.3};
        const auto j = jacobian(net, data, channel, Seed{9});
        const Matrix<double> twin = j * j.transpose();
        const double scale = twin.cwiseAbs().maxCoeff();

        const auto full = empirical_ntk(net, data, NtkOutput::full, channel, Seed{9});
        CHECK((as_matrix(full) - twin).cwiseAbs().maxCoeff() <= 1e-12 * scale);
        CHECK((as_matrix(full) - as_matrix(full).transpose()).cwiseAbs().maxCoeff() == 0);

        const auto trace = empirical_ntk(net, data, NtkOutput::trace, channel, Seed{9});
        const auto own = empirical_ntk(net, data, NtkOutput::true_class, channel, Seed{9});
        for (Eigen::Index n = 0; n < 5; ++n)
            for (Eigen::Index m = 0; m < 5; ++m) {
                double sum = 0;
                for (Eigen::Index k = 0; k < 10; ++k) sum += twin(10 * n + k, 10 * m + k);
                CHECK(std::abs(as_matrix(trace)(n, m) - sum) <= 1e-12 * scale);
                const auto y = [&](Eigen::Index i) {
                    return static_cast<Eigen::Index>(data.label(static_cast<std::size_t>(i)));
                };
                CHECK(std::abs(as_matrix(own)(n, m) - twin(10 * n + y(n), 10 * m + y(m))) <= 1e-12 * scale);
            }
    }
}

TEST_CASE("a linear model has K = X X^T + 1, and float agrees with double") {
    const auto data = synthetic_digits({.train = 1, .test = 6, .seed = 3}).test;
    auto same = data;
    for (auto& label : same.labels) label = 2;
    const auto kernel = empirical_ntk(mlp<double>({784, 10}, Activation::linear, Seed{1}), same, NtkOutput::true_class);
    for (std::size_t n = 0; n < 6; ++n)
        for (std::size_t m = 0; m < 6; ++m) {
            double inner = 1;
            for (std::size_t i = 0; i < 784; ++i) inner += data.image(n)[i] / 255.0 * data.image(m)[i] / 255.0;
            CHECK(kernel(n, m) == Approx(inner).epsilon(1e-12));
        }
    const auto deep = mlp<double>({784, 30, 10}, Activation::relu, Seed{1});
    const auto single = empirical_ntk(mlp<float>({784, 30, 10}, Activation::relu, Seed{1}), data, NtkOutput::trace);
    const auto precise = empirical_ntk(deep, data, NtkOutput::trace);
    CHECK((as_matrix(single) - as_matrix(precise)).cwiseAbs().maxCoeff() <= 1e-5 * as_matrix(precise).maxCoeff());
}
