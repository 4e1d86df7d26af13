#include <pstar/nn/optimizer_state.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

namespace optimizer_test {

using namespace pstar;

namespace {

/// Four steps from w = (1, -2, 3) with given gradients.
std::vector<double> after_four_steps(const Optimizer& optimizer) {
    std::vector<double> w{1, -2, 3};
    OptimizerState<double> state(optimizer, 3);
    for (const auto& g : std::vector<std::vector<double>>{{.5, -1, 2}, {.1, .2, -.3}, {-.7, .4, .05}, {0, 1.5, -2.5}})
        state.step(w, g);
    CHECK(state.steps() == 4);
    return w;
}

void check(const Optimizer& optimizer, const std::array<double, 3>& expected) {
    const auto w = after_four_steps(optimizer);
    for (std::size_t i = 0; i < 3; ++i) CHECK(w[i] == Approx(expected[i]).epsilon(1e-13));
}

}  // namespace

TEST_CASE("updates equal PyTorch's") {
    // torch 1.13 in float64: the same four gradients through torch.optim.SGD and torch.optim.Adam.
    check(Sgd{.lr = 0.1}, {1.01, -2.11, 3.0749999999999997});
    check(Sgd{.lr = 0.1, .weight_decay = 0.01}, {1.006105836051, -2.1022317121019998, 3.063562418203});
    check(Sgd{.lr = 0.1, .momentum = 0.9}, {0.9339499999999998, -1.9363, 2.634});
    check(Sgd{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01},
          {0.9253340283509999, -1.9190160967019998, 2.6085903601030003});
    check(Adam{}, {0.998472135303725, -1.9987594638588493, 2.998229478011177});
    check(Adam{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-6, .weight_decay = 0.02},
          {0.9281354521148056, -1.9435870663916652, 2.9174437184303224});
}

TEST_CASE("the blocked pass equals the elementwise rule at any size") {
    for (const std::size_t size : {1, 7, 2047, 2048, 2049, 5000}) {
        std::vector<float> w(size, 1.0F), g(size);
        for (std::size_t i = 0; i < size; ++i) g[i] = static_cast<float>(i % 13) - 6;
        OptimizerState<float> state(Sgd{.lr = 0.5, .momentum = 0.5}, size);
        state.step(w, g);
        state.step(w, g);
        for (std::size_t i = 0; i < size; ++i) REQUIRE(w[i] == 1.0F - 0.5F * g[i] - 0.5F * (1.5F * g[i]));
    }
}

TEST_CASE("impossible settings are refused") {
    CHECK_THROWS_WITH(OptimizerState<float>(Adam{.lr = 0}, 1), "Adam: lr (= 0) must be positive and finite");
    CHECK_THROWS_AS(OptimizerState<float>(Sgd{.lr = std::nan("")}, 1), std::invalid_argument);
    CHECK_THROWS_AS(OptimizerState<float>(Sgd{.momentum = 1}, 1), std::invalid_argument);
    CHECK_THROWS_AS(OptimizerState<float>(Sgd{.weight_decay = -1}, 1), std::invalid_argument);
    CHECK_THROWS_AS(OptimizerState<float>(Adam{.beta2 = 1}, 1), std::invalid_argument);
    CHECK_THROWS_AS(OptimizerState<float>(Adam{.eps = 0}, 1), std::invalid_argument);
    OptimizerState<float> state(Adam{}, 2);
    std::vector<float> two(2), three(3);
    CHECK_THROWS_AS(state.step(two, three), std::invalid_argument);
}

namespace {

/// w <- w - lr sign(momentum m + (1 - momentum) g), m the mean of the gradients so far: an own rule with one moment.
struct SignOfMean {
    double lr = 0.1;
    double momentum = 0.5;
    static constexpr std::size_t moments = 1;
    void validate() const { require(lr > 0, "SignOfMean", "lr", lr, "be positive"); }
    template <class Scalar>
    void update(const UpdateBlock<Scalar>& block) const {
        auto m = block.moment(0);
        m = static_cast<Scalar>(momentum) * m + static_cast<Scalar>(1 - momentum) * block.gradient();
        block.values() -= static_cast<Scalar>(block.lr()) * m.sign();
    }
};
struct WithoutUpdate {
    double lr = 1;
    static constexpr std::size_t moments = 0;
    void validate() const {}
};
static_assert(UpdateRule<SignOfMean> && UpdateRule<SignOfMean, double> && !UpdateRule<WithoutUpdate>);

}  // namespace

TEST_CASE("an update rule of your own steps over blocks, with its moments and the schedule's rate") {
    const std::size_t size = 2048 + 7;
    std::vector<double> w(size, 1), m(size, 0), expected(w);
    OptimizerState<double, SignOfMean> state(SignOfMean{}, size);
    CHECK(state.memory() == 2 * size * sizeof(double));
    for (std::size_t t = 0; t < 5; ++t) {
        const double factor = 1 / static_cast<double>(t + 1);
        std::vector<double> g(size);
        for (std::size_t i = 0; i < size; ++i) g[i] = std::cos(static_cast<double>(i * (t + 3)));
        state.step(w, g, factor);
        for (std::size_t i = 0; i < size; ++i) {
            m[i] = 0.5 * m[i] + 0.5 * g[i];
            expected[i] -= 0.1 * factor * (m[i] > 0 ? 1 : -1);
        }
    }
    for (std::size_t i = 0; i < size; ++i) REQUIRE(w[i] == Approx(expected[i]).epsilon(1e-14));
    CHECK_THROWS_WITH((OptimizerState<double, SignOfMean>(SignOfMean{.lr = 0}, 3)), Catch::Contains("SignOfMean: lr"));
}

namespace {

/// PyTorch's SGD, parameter by parameter, with the learning rate of each step: v <- momentum v + g + decay w, w -= lr
/// v.
std::vector<double> naive_sgd(std::vector<double> w, const std::vector<std::vector<double>>& gradients,
                              const std::vector<double>& rates, double momentum, double decay) {
    std::vector<double> v(w.size());
    for (std::size_t t = 0; t < gradients.size(); ++t)
        for (std::size_t i = 0; i < w.size(); ++i) {
            v[i] = momentum * v[i] + gradients[t][i] + decay * w[i];
            w[i] -= rates[t] * v[i];
        }
    return w;
}

}  // namespace

TEST_CASE("momentum with a learning rate that changes equals PyTorch's rule") {
    const std::vector<std::vector<double>> gradients{{.5, -1, 2}, {.1, .2, -.3}, {-.7, .4, .05}, {0, 1.5, -2.5}};
    const std::vector<double> start{1, -2, 3}, factors{0.25, 1, 0.5, 0};
    std::vector<double> rates;
    for (const double f : factors) rates.push_back(0.1 * f);
    for (const double momentum : {0.0, 0.9})
        for (const double decay : {0.0, 0.01}) {
            OptimizerState<double> state(Sgd{.lr = 0.1, .momentum = momentum, .weight_decay = decay}, 3);
            auto w = start;
            for (std::size_t t = 0; t < 4; ++t) state.step(w, gradients[t], factors[t]);
            const auto expected = naive_sgd(start, gradients, rates, momentum, decay);
            for (std::size_t i = 0; i < 3; ++i) CHECK(w[i] == Approx(expected[i]).epsilon(1e-14));
        }
}

}  // namespace optimizer_test
