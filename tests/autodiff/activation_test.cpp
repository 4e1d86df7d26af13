#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/activation_function.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "reference/derivatives.hpp"

namespace activation_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

namespace {

/// x/(1 + |x|), number by number.
struct Softsign {
    template <class Scalar>
    static Scalar value(Scalar x) {
        return x / (1 + std::abs(x));
    }
    template <class Scalar>
    static Scalar derivative(Scalar x) {
        return 1 / ((1 + std::abs(x)) * (1 + std::abs(x)));
    }
};

/// x/(1 + exp(-beta x)), array by array, with an attribute.
struct Swish {
    static constexpr bool takes_arrays = true;
    double beta = 1;
    auto value(const auto& x) const { return x * logistic(x); }
    auto derivative(const auto& x) const { return logistic(x) * (1 + b(x) * x * (1 - logistic(x))); }

private:
    static auto scalar_of(const auto& x) { return typename std::decay_t<decltype(x)>::Scalar{}; }
    auto b(const auto& x) const { return static_cast<decltype(scalar_of(x))>(beta); }
    auto logistic(const auto& x) const { return (b(x) * x).logistic(); }
};

struct WithoutDerivative {
    static double value(double x) { return x; }
};

static_assert(ActivationFunction<Softsign> && ActivationFunction<Softsign, double>);
static_assert(ActivationFunction<Swish> && ActivationFunction<Swish, double>);
static_assert(!ActivationFunction<WithoutDerivative> && !ActivationFunction<Activation>);

}  // namespace

TEST_CASE("an activation function of your own: values and derivatives, numbers and arrays") {
    for (const std::size_t size : {1, 3, 8, 17}) {
        auto input = random_input({size}, 5);
        check_derivatives([](auto& x) { return activate(x[0], Swish{1.5}); }, {input});
        for (double& v : input.values) v += v > 0 ? 0.01 : -0.01;  // softsign's second derivative jumps at 0
        check_derivatives([](auto& x) { return activate(x[0], Softsign{}) * x[0]; }, {input});
    }
    const std::vector<double> points{-3, -0.5, 0, 0.7, 2};
    Tape<double> tape;
    const auto x = tape.constant({points.data(), {5}});
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double p = points[i];
        CHECK(activate(x, Softsign{}).value().data[i] == Approx(p / (1 + std::abs(p))).epsilon(1e-15));
        CHECK(activate(x, Swish{2}).value().data[i] == Approx(p / (1 + std::exp(-2 * p))).epsilon(1e-14));
    }
}

TEST_CASE("leaky_relu has a leak of its own") {
    const std::vector<double> points{-2, -0.5, 0.7};
    const auto values = [&](Activation phi) {
        Tape<double> tape;
        const auto x = tape.input({points.data(), {3}});
        const auto y = activate(x, phi);
        backward(sum(y));
        std::vector<double> all(y.value().data, y.value().data + 3);
        all.insert(all.end(), gradient(x).data, gradient(x).data + 3);
        return all;
    };
    CHECK(values(Activation::leaky_relu) == std::vector<double>{-2 * 0.1, -0.5 * 0.1, 0.7, 0.1, 0.1, 1});
    CHECK(values(Activation::leaky_relu(0.01)) == std::vector<double>{-2 * 0.01, -0.5 * 0.01, 0.7, 0.01, 0.01, 1});
    CHECK(values(Activation::leaky_relu(0)) == values(Activation::relu));
    CHECK_THROWS_WITH(Activation::leaky_relu(1), "Activation::leaky_relu: leak (= 1) must lie in [0, 1)");
    CHECK_THROWS_AS(Activation::leaky_relu(std::nan("")), std::invalid_argument);
    CHECK_THROWS_WITH(Activation::tanh(0.1), "Activation: an activation with a leak (= tanh) must be leaky_relu");
    for (const auto phi : {Activation::relu, Activation::leaky_relu}) CHECK(phi.leak() == 0.1);
}

TEST_CASE("activations go by their names") {
    for (std::size_t a = 0; a < activation_names.size(); ++a) {
        const auto phi = activation_named(activation_names[a]);
        CHECK(static_cast<std::size_t>(phi.kind()) == a);
        CHECK(to_string(phi) == activation_names[a]);
    }
    CHECK(activation_named("leaky_relu") == Activation::leaky_relu);
    CHECK(to_string(Activation::leaky_relu(0.01)) == "leaky_relu(0.01)");
    CHECK(activation_named("leaky_relu(0.01)") == Activation::leaky_relu(0.01));
    CHECK(activation_named("leaky_relu(0.01)") != Activation::leaky_relu);
    CHECK(Activation() == Activation::relu);
    CHECK((Activation::relu < Activation::tanh && Activation::leaky_relu(0.01) < Activation::leaky_relu));
    for (const auto* wrong : {"", "swish", "relu(0.1)", "leaky_relu(", "leaky_relu()", "leaky_relu(0.1",
                              "leaky_relu(x)", "leaky_relu(0.1 )", "leaky_relu(2)", "leaky_relu(nan)"})
        CHECK_THROWS_AS(activation_named(wrong), std::invalid_argument);
}

}  // namespace activation_test
