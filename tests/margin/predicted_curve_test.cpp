// Predicted curves and their slopes: against closed forms, other steps, and what draws measure.
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/predicted_curve.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace predicted_curve_test {

using namespace pstar;

namespace {

const TrainTest& digits() {
    static const auto data = synthetic_digits({.train = 1500, .test = 300, .seed = 4});
    return data;
}

/// Softmax regression: no layer is hidden, margins are linear in the image.
template <class Scalar>
const Mlp<Scalar>& linear_model() {
    static const auto net = [] {
        auto made = mlp<Scalar>({784, 10}, Activation::linear, Seed{2});
        train(made, digits().train, Replacement{0.5}, {.epochs = 4, .batch_size = 32});
        return made;
    }();
    return net;
}

constexpr auto replacement = [](double p) { return Replacement{p}; };

/// dA/dp of the criterion `shifted`, t = (gamma + E)/sd: for replacement E is proportional to p and
///     sd^2 = p (1 - p) a + p b,   dA/dp = mean phi(t) t',   t' = E/(p sd) - t ((1 - 2p) a + b)/(2 sd^2)
double shifted_slope(const Mlp<double>& net, double p) {
    constexpr double other = 0.9;
    const auto here = runner_up_report(net, digits().test, Replacement{p}).nearest;
    const auto there = runner_up_report(net, digits().test, Replacement{other}).nearest;
    double slope = 0;
    for (std::size_t i = 0; i < here.images.size(); ++i) {
        const auto& image = here.images[i];
        const double sd = image.sd_change, square = sd * sd;
        const double a = (square / p - std::pow(there.images[i].sd_change, 2) / other) / (other - p);
        const double b = square / p - (1 - p) * a;
        const double t = (image.margin + image.mean_change) / sd;
        const double change = image.mean_change / (p * sd) - t * ((1 - 2 * p) * a + b) / (2 * square);
        slope += std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi) * change;
    }
    return slope / static_cast<double>(here.images.size());
}

}  // namespace

TEST_CASE("the slope of a predicted curve is that of its closed form", "[long]") {
    const auto& net = linear_model<double>();
    for (const double p : {0.3, 0.6, 0.8}) {
        const double exact = shifted_slope(net, p);
        INFO("p " << p);
        CHECK(std::abs(exact) > 0.005);
        CHECK(predicted_slope(Criterion::shifted, net, digits().test, replacement, p) == Approx(exact).epsilon(1e-4));
        // One-sided, as at an end of the range.
        CHECK(predicted_slope(Criterion::shifted, net, digits().test, replacement, p, {.lowest = p}) ==
              Approx(exact).epsilon(1e-3));
        CHECK(predicted_slope(Criterion::shifted, net, digits().test, replacement, p, {.highest = p}) ==
              Approx(exact).epsilon(1e-3));
        // In float the network is trained in float, too.
        CHECK(predicted_slope(Criterion::shifted, linear_model<float>(), digits().test, replacement, p) ==
              Approx(exact).margin(1e-3));
    }
    // Moments in place of channels.
    CHECK(predicted_slope(
              Criterion::shifted, net, digits().test, [](double p) { return PixelMoments(Replacement{p}); }, 0.6) ==
          predicted_slope(Criterion::shifted, net, digits().test, replacement, 0.6));
}

TEST_CASE("a slope does not depend on its step, in float either", "[long]") {
    const auto check = [](Criterion criterion, auto net) {
        INFO(criterion_names[static_cast<std::size_t>(criterion)]);
        train(net, digits().train, Replacement{0.5}, {.epochs = 2, .batch_size = 32});
        const auto slope = [&](double step) {
            return predicted_slope(criterion, net, digits().test, replacement, 0.6, {.step = step});
        };
        const double found = slope(2e-3);
        CHECK(found < -0.1);
        CHECK(slope(1e-2) == Approx(found).epsilon(0.01));
        CHECK(slope(1e-3) == Approx(found).epsilon(0.01));
    };
    const auto kinked = cnn<float>({.channels = 3, .blocks = 1, .hidden = 16}, Activation::relu, Seed{2});
    check(Criterion::all_runner_ups, kinked);
    check(Criterion::smoothed_jacobian, kinked);
    // The Jacobian at the mean image jumps where an activation has a kink; tanh has none.
    check(Criterion::linear_at_mean, mlp<float>({784, 32, 10}, Activation::tanh, Seed{2}));
}

TEST_CASE("the slope adds up to differences of measured accuracies of a linear model", "[long]") {
    const auto& net = linear_model<float>();
    const auto measured = [&](double p) {
        return flip_frequencies(net, digits().test, Replacement{p}, {.draws = 200}).accuracy().value;
    };
    const auto slope = [&](double p) {
        return predicted_slope(Criterion::all_runner_ups, net, digits().test, replacement, p);
    };
    for (const double p : {0.4, 0.7}) {
        constexpr double half = 0.1;
        const double difference = (measured(p + half) - measured(p - half)) / (2 * half);
        const double by_simpson = (slope(p - half) + 4 * slope(p) + slope(p + half)) / 6;
        INFO("p " << p << " measured " << difference << " predicted " << by_simpson);
        CHECK(difference < -0.3);
        // 60,000 draws twice: a standard error of at most 0.015. Margins of a linear model are sums of hundreds of
        // independent pixels, the rest is what `any_below_zero` errs by.
        CHECK(by_simpson == Approx(difference).margin(0.05));
    }
}

TEST_CASE("a predicted curve has every strength's prediction") {
    const auto& net = linear_model<float>();
    const std::vector<Replacement> channels{{0.2}, {0.5}, {0.9}};
    for (const auto criterion : {Criterion::zero_shift, Criterion::linear_at_mean, Criterion::full_moments}) {
        const auto curve = predicted_curve(criterion, net, digits().test, channels);
        REQUIRE(curve.strength == std::vector<double>{0.2, 0.5, 0.9});
        for (std::size_t i = 0; i < 3; ++i) {
            const auto one = predict_by(criterion, net, digits().test, PixelMoments(channels[i]));
            CHECK(curve.accuracy[i] == one.predicted_accuracy());
            CHECK(curve.correct[i][7] == 1 - one.probability[7]);
            CHECK(curve.correct[i].size() == 300);
        }
        CHECK(predicted_curve(criterion, net, digits().test, channels, {.threads = 2}).correct == curve.correct);
    }
}

TEST_CASE("a criterion that does not apply has no curve and no slope, and options are checked") {
    const auto net = cnn<float>({.channels = 2, .blocks = 1, .hidden = 8}, Activation::relu, Seed{1});
    const std::vector<Replacement> channels{{0.2}, {0.5}};
    CHECK_THROWS_WITH(predicted_curve(Criterion::full_moments, net, digits().test, channels),
                      Catch::Contains("predicted_curve: criterion (= full_moments) must apply to the network"));
    const auto slope = [&](Criterion criterion, double p, const SlopeOptions& options) {
        return predicted_slope(criterion, net, digits().test, replacement, p, options);
    };
    CHECK_THROWS_WITH(slope(Criterion::diagonal_moments, 0.5, {}), Catch::Contains("must apply to the network"));
    CHECK_THROWS_AS(slope(Criterion::shifted, 0.5, {.step = 0}), std::invalid_argument);
    CHECK_THROWS_AS(slope(Criterion::shifted, 0.5, {.step = std::nan("")}), std::invalid_argument);
    CHECK_THROWS_AS(slope(Criterion::shifted, 0.5, {.step = 0.6, .highest = 1}), std::invalid_argument);
    CHECK_THROWS_AS(slope(Criterion::shifted, 0.7, {.highest = 0.6}), std::invalid_argument);
}

}  // namespace predicted_curve_test
