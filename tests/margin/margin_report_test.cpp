#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace pstar;

namespace {
const Dataset& digits() {
    static const Dataset data = synthetic_digits({.train = 1, .test = 40, .seed = 2}).test;
    return data;
}
std::vector<double> logits_of(const Mlp<double>& net, std::vector<double> pixels) {
    Tape<double> tape;
    const auto f = net(tape.constant({pixels.data(), {1, pixels.size()}})).value();
    return {f.data, f.data + f.size()};
}
double margin_of(const std::vector<double>& f, std::size_t label) {
    double rival = -1e300;
    for (std::size_t k = 0; k < f.size(); ++k)
        if (k != label) rival = std::max(rival, f[k]);
    return f[label] - rival;
}
}  // namespace

TEST_CASE("a linear network: first order is exact, so mean and spread equal Monte Carlo") {
    auto net = mlp<double>({784, 10}, Activation::linear, Seed{4});
    // Logit 0 far below and one rival far above the rest, so that no draw changes who the rival is.
    auto bias = net.parameters()[1];
    const auto data = take(digits(), 6);
    for (std::size_t k = 0; k < 10; ++k) bias.data[k] = k == 9 ? 50 : 0;
    auto relabelled = data;
    for (auto& label : relabelled.labels) label = 3;
    const auto check = [&](const auto& channel) {
        const auto report = margin_report(net, relabelled, channel);
        for (std::size_t n = 0; n < relabelled.size(); ++n) {
            constexpr int draws = 4000;
            double mean = 0, squares = 0;
            std::vector<double> clean(784), noisy(784);
            corrupt(Identity{}, relabelled.image(n), std::span<double>(clean), {});
            const double gamma = margin_of(logits_of(net, clean), 3);
            for (std::uint32_t draw = 0; draw < draws; ++draw) {
                corrupt(channel, relabelled.image(n), std::span<double>(noisy), {Seed{8}, Stream::test_noise, draw, 0});
                const double change = margin_of(logits_of(net, noisy), 3) - gamma;
                mean += change / draws;
                squares += change * change / draws;
            }
            const auto& image = report.images[n];
            CHECK(image.rival == 9);
            CHECK(image.margin == Approx(gamma).epsilon(1e-12));
            // 4 standard errors of the mean; of a normal sample's sd, sd/sqrt(2 draws).
            CHECK(std::abs(image.mean_change - mean) < 4 * image.sd_change / std::sqrt(draws));
            CHECK(std::abs(image.sd_change - std::sqrt(squares - mean * mean)) <
                  4 * image.sd_change / std::sqrt(2.0 * draws));
        }
    };
    check(Replacement{0.4});
    check(Additive{1.2});
}

TEST_CASE("the report agrees with evaluation, and bounds hold") {
    const auto data = synthetic_digits({.train = 600, .test = 300, .seed = 5});
    auto net = mlp<float>({784, 32, 10}, Activation::relu, Seed{1});
    train(net, data.train, Replacement{0.3}, {.epochs = 6, .batch_size = 32, .optimizer = Adam{.lr = 3e-3}});
    const auto report = margin_report(net, data.test, Replacement{0.5});
    REQUIRE(report.images.size() == 300);
    CHECK(report.clean_accuracy() == Approx(accuracy(net, data.test)));
    for (std::size_t n = 0; n < 300; ++n) {
        CHECK(report.images[n].rival != data.test.label(n));
        CHECK((report.images[n].flip_probability >= 0 && report.images[n].flip_probability <= 1));
    }
    const auto clean = margin_report(net, data.test, Replacement{0});
    CHECK(clean.predicted_accuracy() == Approx(clean.clean_accuracy()));
    for (const auto& image : clean.images) CHECK(image.sd_change == 0);
}
