// p* predicted from clean images, against p* measured by drawing corrupted ones.
#include <cmath>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/predicted_curve_fit.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace predicted_curve_fit_test {

using namespace pstar;

TEST_CASE("the p* that is predicted from clean images is that of corrupted ones", "[long]") {
    const auto data = synthetic_digits({.train = 1500, .test = 300, .seed = 4});
    auto net = mlp<float>({784, 64, 10}, Activation::relu, Seed{2});
    train(net, data.train, Replacement{0.5}, {.epochs = 6, .batch_size = 32});
    std::vector<Replacement> channels;
    for (int i = 0; i <= 10; ++i) channels.push_back({0.1 * i});

    ImageOutcomes outcomes;
    for (const auto& channel : channels) {
        const auto flips = flip_frequencies(net, data.test, channel, {.draws = 40});
        outcomes.strength.push_back(channel.p);
        auto& correct = outcomes.correct.emplace_back(flips.frequencies());
        for (double& share : correct) share = 1 - share;
    }
    const CurveFitOptions options{.bootstrap = 200};
    const auto measured = fit_curve(outcomes, options);
    const auto curve = predicted_curve(Criterion::smoothed_jacobian, net, data.test, channels);
    const auto predicted = fit_predicted_curve(curve, options);
    INFO(measured.explanation << "\n" << predicted.explanation);
    REQUIRE(std::isfinite(measured.p_star.low));
    REQUIRE(std::isfinite(predicted.p_star.value));
    // The images are the same, so that what is particular to them is in both. Within 0.02 of the measured interval, the
    // what the prediction is off by in accuracy over the slope, and 0.03 of the measured p* itself.
    CHECK(predicted.p_star.value > measured.p_star.low - 0.02);
    CHECK(predicted.p_star.value < measured.p_star.high + 0.02);
    CHECK(predicted.p_star.value == Approx(measured.p_star.value).margin(0.03));
}

}  // namespace predicted_curve_fit_test
