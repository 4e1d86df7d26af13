// The predicted curve and its slope: against closed forms, and against what is measured.
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/predicted_curve.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace predicted_curve_test {

using namespace pstar;

namespace {

/// Two classes of digits, 0 and 1.
Dataset two_classes(Dataset data) {
    std::vector<std::size_t> some;
    for (std::size_t i = 0; i < data.size(); ++i)
        if (data.label(i) < 2) some.push_back(i);
    auto part = subset(data, some);
    part.classes = 2;
    return part;
}
Replacement replace(double p) {
    return {.p = p};
}

}  // namespace

TEST_CASE("the slope of a linear network's accuracy is that of its closed form") {
    const auto data = two_classes(synthetic_digits({.train = 10, .test = 300, .seed = 2}).test);
    const Sequential<double> net({1, 28, 28}, {layer::Flatten{}, layer::Dense{2}}, Seed{3});
    // margins are affine, gamma(x') = gamma(x) + <g, x' - x>: normal to a good approximation with 784 pixels
    for (const double p : {0.2, 0.5, 0.8}) {
        double slope = 0;
        std::size_t image = 0;
        for_each_runner_up_gradients(net, data, [&](const RunnerUpGradients<double>& found) {
            const auto x = data.image(image);
            double shift = 0, spread = 0, uniform = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double g = found.gradients.data[i], away = x[i] / 255.0 - 0.5;
                shift -= g * away;              // E = p shift
                spread += g * g * away * away;  // sd^2 = p (1 - p) spread + p uniform
                uniform += g * g / 12;
            }
            const double margin = found.margins.data()[0];
            const double mean = margin + p * shift, square = p * (1 - p) * spread + p * uniform, sd = std::sqrt(square);
            const double t = mean / sd;
            const double by_p = shift / sd - mean * ((1 - 2 * p) * spread + uniform) / (2 * square * sd);
            slope += std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi) * by_p / static_cast<double>(data.size());
            ++image;
        });
        INFO("p = " << p << ", closed form " << slope);
        CHECK(predicted_slope(Criterion::all_runner_ups, net, data, replace, p) == Approx(slope).epsilon(1e-5));
        CHECK(predicted_slope(Criterion::linear_at_mean, net, data, replace, p) == Approx(slope).epsilon(1e-5));
    }
}

TEST_CASE("the predicted curve of one trained network is near the measured one, and so is its slope") {
    const auto digits = synthetic_digits({.train = 3000, .test = 300, .seed = 4});
    auto net = mlp<float>({784, 48, 10}, Activation::relu, Seed{2});
    train(net, digits.train, replace(0.4), {.epochs = 6, .batch_size = 32});
    std::vector<Replacement> channels;
    for (const double p : {0.1, 0.3, 0.4, 0.5, 0.7, 0.9}) channels.push_back(replace(p));
    const auto curve = predicted_curve(Criterion::smoothed_jacobian, net, digits.test, channels);
    REQUIRE(curve.size() == channels.size());
    const FlipOptions drawing{.draws = 40, .seed = 1};
    const auto measured = [&](double p) {
        return flip_frequencies(net, digits.test, replace(p), drawing).accuracy().value;
    };
    for (const auto& point : curve) {
        INFO("p = " << point.strength << ": " << point.accuracy << ", measured " << measured(point.strength));
        CHECK(std::abs(point.accuracy - measured(point.strength)) < 0.05);
    }
    for (const auto criterion : {Criterion::smoothed_jacobian, Criterion::full_moments}) {
        const double slope = predicted_slope(criterion, net, digits.test, replace, 0.5);
        const auto at = [&](double p) {
            return predict_by(criterion, net, digits.test, PixelMoments(replace(p))).predicted_accuracy();
        };
        CHECK(slope == Approx((at(0.51) - at(0.49)) / 0.02).epsilon(0.02));
        // Draws share their noise between strengths. A prediction that errs by .02 at both ends errs by .4 in a slope.
        CHECK(slope == Approx((measured(0.55) - measured(0.45)) / 0.1).margin(0.35));
    }
}

TEST_CASE("a slope refuses steps and criteria that give none") {
    const auto data = synthetic_digits({.train = 1, .test = 20, .seed = 2}).test;
    const Sequential<float> residual(
        {1, 28, 28}, {layer::Flatten{}, layer::Dense{8}, layer::Residual{layer::Dense{8}}, layer::Dense{10}}, Seed{1});
    CHECK_THROWS_WITH(predicted_slope(Criterion::full_moments, residual, data, replace, 0.5),
                      Catch::Contains("criterion (= full_moments) must apply to the network"));
    CHECK(predicted_curve(Criterion::full_moments, residual, data, std::vector{replace(0.5)}).empty());
    CHECK_THROWS_WITH(predicted_slope(Criterion::linear_at_mean, residual, data, replace, 0.5, 0.0),
                      Catch::Contains("step (= 0) must be positive"));
    CHECK_THROWS_WITH(predicted_slope(Criterion::linear_at_mean, residual, data, replace, 1.0),
                      Catch::Contains("must lie in [0, 1]"));
}

}  // namespace predicted_curve_test
