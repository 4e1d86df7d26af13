#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/mlp.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "reference/derivatives.hpp"

namespace layer_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

TEST_CASE("dense layers") {
    for (const auto& [n, in, out] :
         std::vector<std::array<std::size_t, 3>>{{1, 1, 1}, {1, 5, 3}, {4, 1, 2}, {3, 7, 5}}) {
        CAPTURE(n, in, out);
        check_derivatives([](auto& x) { return dense(x[0], x[1], x[2]); },
                          {random_input({n, in}, 1), random_input({out, in}, 2), random_input({out}, 3)});
        // Images as constants, as in training.
        auto images = random_input({n, in}, 1);
        images.differentiable = false;
        check_derivatives([](auto& x) { return dense(x[0], x[1], x[2]); },
                          {images, random_input({out, in}, 2), random_input({out}, 3)});
    }
    check_derivatives([](auto& x) { return dense(x[0], x[1], x[2]); },
                      {random_input({2, 1, 2, 3}, 1), random_input({4, 6}, 2), random_input({4}, 3)});
}

TEST_CASE("activations: values") {
    const std::vector<double> points{-3, -0.5, 0, 0.7, 2};
    const auto at = [&](Activation phi) {
        Tape<double> tape;
        const auto y = activate(tape.constant({points.data(), {5}}), phi).value();
        return std::vector<double>(y.data, y.data + 5);
    };
    const auto check = [&](Activation phi, auto f) {
        const auto y = at(phi);
        for (std::size_t i = 0; i < 5; ++i) CHECK(y[i] == Approx(f(points[i])).epsilon(1e-14));
    };
    check(Activation::relu, [](double x) { return x > 0 ? x : 0; });
    check(Activation::tanh, [](double x) { return std::tanh(x); });
    check(Activation::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); });
    check(Activation::leaky_relu, [](double x) { return x > 0 ? x : 0.1 * x; });
    check(Activation::gelu, [](double x) { return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))); });
    check(Activation::linear, [](double x) { return x; });
    check(Activation::square, [](double x) { return x * x; });
}

TEST_CASE("activations: derivatives, for every size of remainder") {
    for (std::size_t a = 0; a < activation_names.size(); ++a) {
        for (const std::size_t size : {1, 3, 8, 17}) {
            CAPTURE(activation_names[a], size);
            // Away from the kinks at 0: differences step over none.
            auto input = random_input({size}, 5);
            for (double& v : input.values) v += v > 0 ? 0.01 : -0.01;
            check_derivatives([a](auto& x) { return activate(x[0], activation_named(activation_names[a])); }, {input});
        }
    }
}

TEST_CASE("activations in float agree with double") {
    const auto input = random_input({1001}, 3, -6, 6);
    const std::vector<float> x(input.values.begin(), input.values.end());
    const std::vector<double> exact(x.begin(), x.end());
    for (std::size_t a = 0; a < activation_names.size(); ++a) {
        const auto phi = activation_named(activation_names[a]);
        Tape<float> single;
        Tape<double> twin;
        const auto y = activate(single.input({x.data(), {1001}}), phi);
        const auto z = activate(twin.input({exact.data(), {1001}}), phi);
        backward(sum(y));
        backward(sum(z));
        for (std::uint32_t i = 0; i < 1001; ++i) {
            // A few units in the last place of the larger of the value and 1: tanh, erf and exp are approximations.
            CHECK(std::abs(y.value().data[i] - z.value().data[i]) <= 1e-6 * std::max(1.0, std::abs(z.value().data[i])));
            CHECK(std::abs(gradient(Variable<float>{&single, 0}).data[i] -
                           gradient(Variable<double>{&twin, 0}).data[i]) <= 4e-6);
        }
    }
}

TEST_CASE("losses: derivatives") {
    for (const auto& [rows, columns] : std::vector<std::array<std::size_t, 2>>{{1, 2}, {1, 10}, {5, 3}, {7, 10}}) {
        std::vector<Label> labels(rows);
        for (std::size_t n = 0; n < rows; ++n) labels[n] = static_cast<Label>(n * 7 % columns);
        CAPTURE(rows, columns);
        check_derivatives([&](auto& x) { return cross_entropy(x[0], labels); }, {random_input({rows, columns}, 1)});
        check_derivatives([&](auto& x) { return softmax_mse(x[0], labels); }, {random_input({rows, columns}, 1)});
        // Reached twice, so that the second contribution is added.
        check_derivatives([&](auto& x) { return cross_entropy(x[0], labels) + softmax_mse(x[0], labels) + sum(x[0]); },
                          {random_input({rows, columns}, 1)});
    }
}

TEST_CASE("losses: values, and finite on absurd logits") {
    const std::vector<double> z{0.2, 0.5, 0.3};
    const std::vector<Label> label{1};
    Tape<double> tape;
    const auto x = tape.constant({z.data(), {1, 3}});
    const double total = std::exp(0.2) + std::exp(0.5) + std::exp(0.3);
    CHECK(std::abs(cross_entropy(x, label).item() - (std::log(total) - 0.5)) < 1e-11);
    const double s0 = std::exp(0.2) / total, s1 = std::exp(0.5) / total, s2 = std::exp(0.3) / total;
    CHECK(softmax_mse(x, label).item() == Approx((s0 * s0 + (s1 - 1) * (s1 - 1) + s2 * s2) / 3).epsilon(1e-12));

    const std::vector<double> huge{1e5, -1e5, 3};
    const auto h = tape.input({huge.data(), {1, 3}});
    const auto value = cross_entropy(h, label);
    CHECK(value.item() == Approx(2e5));
    backward(value);
    for (const double g : gradient(h).elements()) CHECK(std::isfinite(g));
}

TEST_CASE("whole networks: parameters and images, deep and shallow") {
    const std::vector<Label> labels{1, 0, 2};
    for (const auto& widths : std::vector<std::vector<std::size_t>>{{4, 3}, {4, 5, 3}, {4, 6, 5, 4, 3}}) {
        for (const auto phi : {Activation::tanh, Activation::gelu, Activation::square}) {
            const auto net = mlp<double>(widths, phi, Seed{3});
            std::vector<reference::Input> inputs{random_input({3, 4}, 1)};
            for (std::size_t i = 0; i < net.parameters().count(); ++i) {
                const auto p = net.parameters()[i];
                inputs.push_back({p.shape, std::vector<double>(p.data, p.data + p.size())});
            }
            check_derivatives([&](auto& x) { return cross_entropy(net(x[0], Leaves<double>{x[1]}), labels); }, inputs);
        }
    }
}

TEST_CASE("initialisation is uniform in +-1/sqrt(fan_in), and one layer's size does not touch another's draws") {
    const auto net = mlp<float>({100, 200, 10}, Activation::relu, Seed{5});
    const auto w = net.parameters()[0];
    double sum = 0, squares = 0, largest = 0;
    for (const float v : w.elements()) {
        sum += v, squares += v * v;
        largest = std::max(largest, static_cast<double>(std::abs(v)));
    }
    const double n = static_cast<double>(w.size());
    CHECK(largest <= 0.1);
    CHECK(largest > 0.0999);
    CHECK(std::abs(sum / n) < 4 * 0.1 / std::sqrt(3 * n));  // 4 standard errors
    CHECK(std::abs(squares / n - 0.01 / 3) < 4 * 0.01 * 0.2981 / std::sqrt(n));
    const auto wider = mlp<float>({50, 200, 10}, Activation::relu, Seed{5});
    CHECK(wider.parameters()[2].data[17] == net.parameters()[2].data[17]);
    CHECK(mlp<float>({100, 200, 10}, Activation::relu, Seed{6}).parameters()[0].data[0] != w.data[0]);
}

TEST_CASE("impossible networks are refused") {
    CHECK_THROWS_AS(mlp<float>({784}, Activation::relu, Seed{1}), std::invalid_argument);
    CHECK_THROWS_AS(mlp<float>({784, 0, 10}, Activation::relu, Seed{1}), std::invalid_argument);
    const auto net = mlp<double>({4, 3}, Activation::relu, Seed{1});
    Tape<double> tape;
    const auto input = random_input({2, 5}, 1);
    CHECK_THROWS_WITH(net(tape.constant(input.view())), Catch::Contains("(2, 5)"));
}

}  // namespace layer_test
