#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/margin/snr.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"
#include "margin/cases.hpp"

namespace margin_report_test {

using namespace margin_case;

namespace {

/// 784 -> 10, linear, with runner-up 9 far above the other runner-ups, so that no draw changes who the runner-up is.
Mlp<double> linear_net_with_one_runner_up() {
    auto net = mlp<double>({784, 10}, Activation::linear, Seed{4});
    auto bias = net.parameters()[1];
    for (std::size_t k = 0; k < 10; ++k) bias.data[k] = k == 9 ? 50 : 0;
    return net;
}

/// A channel of a user's own: darkens, x' = x(1 - s u).
struct Dimming {
    double s = 0;
    void validate() const { require(s >= 0 && s <= 1, "Dimming", "s", s, "lie in [0, 1]"); }
    double strength() const { return s; }
    double mean(double x) const { return x * (1 - s / 2); }
    double variance(double x) const { return x * x * s * s / 12; }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return x * (1 - static_cast<Scalar>(s) * unit_interval<Scalar>(word));
    }
};

double infinity() {
    return std::numeric_limits<double>::infinity();
}

}  // namespace

TEMPLATE_TEST_CASE("a linear network: first order is exact, so mean and spread equal Monte Carlo", "", Replacement,
                   Additive, BinaryReplacement, Dimming) {
    const auto net = linear_net_with_one_runner_up();
    auto data = digits(4);
    for (auto& label : data.labels) label = 3;
    const TestType channel{0.8};
    const auto report = margin_report(net, data, channel);
    for (std::size_t n = 0; n < data.size(); ++n) {
        constexpr int draws = 3000;
        double mean = 0, squares = 0;
        const double gamma = margin_of(logits_of(net, seen(data, n)), 3);
        for (std::uint32_t draw = 0; draw < draws; ++draw) {
            const double change = margin_of(logits_of(net, seen(data, n, channel, draw)), 3) - gamma;
            mean += change / draws;
            squares += change * change / draws;
        }
        const auto& image = report.images[n];
        CHECK(image.runner_up == 9);
        CHECK(image.label == 3);
        CHECK(image.margin == Approx(gamma).epsilon(1e-12));
        // 4.5 standard errors of the mean; of a normal sample's sd, sd/sqrt(2 draws). 32 comparisons: p = 2e-4 in all.
        CHECK(std::abs(image.mean_change - mean) < 4.5 * image.sd_change / std::sqrt(draws));
        CHECK(std::abs(image.sd_change - std::sqrt(squares - mean * mean)) <
              4.5 * image.sd_change / std::sqrt(2.0 * draws));
    }
}

TEST_CASE("composed channels and channels of a user's own are predicted as any other") {
    const auto net = linear_net_with_one_runner_up();
    const auto data = digits(3);
    const auto twice = margin_report(net, data, Compose{Replacement{0.3}, Dimming{0.5}});
    for (std::size_t n = 0; n < 3; ++n) {
        const auto gradients = margin_gradients(net, data);
        double mean = 0, variance = 0;  // E[x''] = 3/4 E[x'], Var[x''] = E[x'^2]/48 + (3/4)^2 Var[x']
        for (std::size_t i = 0; i < 784; ++i) {
            const double x = data.image(n)[i] / 255.0, g = gradients(n, i);
            const double m = Replacement{0.3}.mean(x), v = Replacement{0.3}.variance(x);
            mean += g * (0.75 * m - x);
            variance += g * g * ((v + m * m) / 48 + 0.5625 * v);
        }
        CHECK(twice.images[n].mean_change == Approx(mean).epsilon(1e-9));
        CHECK(twice.images[n].sd_change == Approx(std::sqrt(variance)).epsilon(1e-9));
    }
}

TEST_CASE("a linear network: P(flip) is that of many pixels, and not that of one") {
    SECTION("784 pixels add up to a normal change") {
        auto net = mlp<double>({784, 2}, Activation::linear, Seed{12});
        auto data = digits(5);
        data.classes = 2;
        for (auto& label : data.labels) label = 0;
        const Replacement channel{0.5};
        for (const double wanted : {-1.2, 0.0, 0.7}) {  // the ratio of the first image, by its bias
            const auto before = margin_report(net, data, channel).images[0];
            net.parameters()[1].data[0] += wanted * before.sd_change - before.margin - before.mean_change;
            const auto report = margin_report(net, data, channel);
            CHECK(report.images[0].flip_probability == Approx(normal_cdf(-wanted)));
            for (std::size_t n = 0; n < data.size(); ++n) {
                constexpr int draws = 3000;
                int flips = 0;
                for (std::uint32_t draw = 0; draw < draws; ++draw)
                    flips += margin_of(logits_of(net, seen(data, n, channel, draw)), 0) < 0;
                const double p = report.images[n].flip_probability;
                // 4 binomial errors, and what 784 comparable terms leave of skewness and kurtosis (below 1e-2).
                CHECK(std::abs(static_cast<double>(flips) / draws - p) < 4 * std::sqrt(p * (1 - p) / draws) + 0.01);
            }
        }
    }
    SECTION("one pixel does not") {
        // f = (x - 0.9, 0), x = 1: the margin is 0.1. A coin replaces x with probability 0.2, so it becomes -0.9 with
        // probability 0.1. Its expectation is 0.1 - 0.1 = 0, so the normal law says 1/2.
        auto net = mlp<double>({1, 2}, Activation::linear, Seed{1});
        const std::vector<double> parameters{1, 0, -0.9, 0};
        std::copy(parameters.begin(), parameters.end(), net.parameters().values().begin());
        const auto data = strips(1, {{255}}, {0}, 2);
        const auto image = margin_report(net, data, BinaryReplacement{0.2}).images[0];
        int flips = 0;
        for (std::uint32_t draw = 0; draw < 2000; ++draw)
            flips += margin_of(logits_of(net, seen(data, 0, BinaryReplacement{0.2}, draw)), 0) < 0;
        CHECK(flips / 2000.0 == Approx(0.1).margin(4 * std::sqrt(0.09 / 2000)));
        CHECK(image.mean_change == Approx(-0.1));
        CHECK(image.flip_probability == Approx(0.5));
    }
}

TEST_CASE("gradients are those of finite differences, image by image and batch after batch") {
    const auto net = mlp<double>({784, 20, 10}, Activation::tanh, Seed{3});
    const auto data = digits(300);  // more than a batch
    const auto gradients = margin_gradients(net, data);
    for (const std::size_t n : {0, 255, 256, 299})
        for (const std::size_t i : {0, 100, 406, 783}) {
            auto x = seen(data, n);
            const double h = 1e-5, at = x[i];
            x[i] = at + h;
            const double above = margin_of(logits_of(net, x), data.label(n));
            x[i] = at - h;
            const double below = margin_of(logits_of(net, x), data.label(n));
            // Differences err by h^2 gamma'''/6 + eps gamma/h ~ 1e-11; weights are about 0.04.
            CHECK(gradients(n, i) == Approx((above - below) / (2 * h)).margin(1e-9));
        }
}

TEST_CASE("convolutional networks have margins as any other") {
    const auto net = cnn<double>({.channels = 2}, Activation::tanh, Seed{2});
    auto data = digits(3);  // but of grey noise: pooling has kinks where a background has one value
    RandomSequence random({Seed{1}});
    for (auto& pixel : data.images) pixel = static_cast<std::uint8_t>(random.below(256));
    const auto gradients = margin_gradients(net, data);
    const auto at = [&](const std::vector<double>& x, std::size_t label) {
        Tape<double> tape;
        const auto f = net(tape.constant({x.data(), {1, 784}}), net.parameters().record_constant(tape)).value();
        return margin_of({f.data, f.data + f.size()}, label);
    };
    for (const std::size_t i : {0, 330, 406}) {
        auto above = seen(data, 1), below = above;
        above[i] += 1e-5;
        below[i] -= 1e-5;
        CHECK(gradients(1, i) == Approx((at(above, data.label(1)) - at(below, data.label(1))) / 2e-5).margin(1e-8));
    }
    CHECK(margin_report(net, data, Replacement{0.5}).clean_accuracy() == Approx(accuracy(net, data)));
}

TEST_CASE("a report agrees with evaluation, and bounds hold") {
    const auto data = synthetic_digits({.train = 600, .test = 300, .seed = 5});
    auto net = mlp<float>({784, 32, 10}, Activation::relu, Seed{1});
    train(net, data.train, Replacement{0.3}, {.epochs = 4, .batch_size = 32, .optimizer = Adam{.lr = 3e-3}});
    const auto report = margin_report(net, data.test, Replacement{0.5});
    REQUIRE(report.images.size() == 300);
    CHECK(report.strength == 0.5);
    CHECK(report.clean_accuracy() == Approx(accuracy(net, data.test)).epsilon(1e-12));
    CHECK(report.clean_accuracy() < 1);  // so that some images are wrong already, and part of the report
    for (std::size_t n = 0; n < 300; ++n) {
        const auto& image = report.images[n];
        CHECK(image.runner_up != data.test.label(n));
        CHECK(image.wrong() == (image.margin < 0));
        CHECK(image.flip_probability == Approx(normal_cdf(-image.shifted_ratio())));
        CHECK(image.zero_shift_ratio() == Approx(image.margin / image.sd_change));
        CHECK(image.shifted_ratio() == Approx((image.margin + image.mean_change) / image.sd_change));
    }
    const auto clean = margin_report(net, data.test, Replacement{0});
    CHECK(clean.predicted_accuracy() == clean.clean_accuracy());
    CHECK(clean.zero_shift_accuracy() == clean.clean_accuracy());
    for (const auto& image : clean.images) CHECK(std::isinf(image.shifted_ratio()));
}

TEST_CASE("many channels at once give what each gives alone") {
    const auto net = mlp<float>({784, 16, 10}, Activation::relu, Seed{1});
    const auto data = digits(30);
    const std::vector<Replacement> strengths{{0.0}, {0.3}, {1.0}};
    const auto reports = margin_reports(net, data, strengths);
    REQUIRE(reports.size() == 3);
    for (std::size_t c = 0; c < 3; ++c) {
        const auto alone = margin_report(net, data, strengths[c]);
        CHECK(reports[c].strength == strengths[c].p);
        for (std::size_t n = 0; n < 30; ++n) {
            CHECK(reports[c].images[n].mean_change == alone.images[n].mean_change);
            CHECK(reports[c].images[n].flip_probability == alone.images[n].flip_probability);
        }
    }
    const std::vector<PixelMoments> mixed{PixelMoments(Replacement{0.3}), PixelMoments(Additive{0.5})};
    const auto both = margin_reports(net, data, std::span(mixed));
    CHECK(both[0].images[7].sd_change == reports[1].images[7].sd_change);
    CHECK(both[1].images[7].mean_change == margin_report(net, data, Additive{0.5}).images[7].mean_change);
}

TEST_CASE("ties, dead networks and logits that are no numbers have one answer each, evaluation's") {
    auto net = mlp<double>({4, 3}, Activation::linear, Seed{1});
    const auto values = net.parameters().values();
    std::fill(values.begin(), values.end(), 0.0);  // every logit 0 for every image: the first class wins
    const auto data = strips(4, {{0, 9, 80, 255}, {1, 2, 3, 4}, {5, 5, 5, 5}}, {0, 1, 2}, 3);
    SECTION("all logits equal") {
        const auto report = margin_report(net, data, Replacement{0.7});
        CHECK(report.images[0].runner_up == 1);
        CHECK(report.images[1].runner_up == 0);
        CHECK(report.images[2].runner_up == 0);
        const std::vector<double> expected{0, 1, 1};
        for (std::size_t n = 0; n < 3; ++n) {
            CHECK(report.images[n].sd_change == 0);
            CHECK(report.images[n].flip_probability == expected[n]);
            CHECK(report.images[n].zero_shift_probability() == expected[n]);
            CHECK(report.images[n].shifted_ratio() == (expected[n] == 0 ? infinity() : -infinity()));
        }
        CHECK(report.clean_accuracy() == accuracy(net, data));
        CHECK(report.predicted_accuracy() == accuracy(net, data, Replacement{0.7}));
    }
    SECTION("a tie of two classes behind and before the label") {
        net.parameters()[1].data[1] = net.parameters()[1].data[2] = 2;  // f = (0, 2, 2)
        const auto report = margin_report(net, data, Identity{});
        CHECK(report.images[0].runner_up == 1);
        CHECK((report.images[0].margin == -2 && report.images[0].wrong()));
        CHECK((report.images[1].margin == 0 && !report.images[1].wrong()));
        CHECK((report.images[2].margin == 0 && report.images[2].wrong()));
        CHECK(report.clean_accuracy() == accuracy(net, data));
    }
    SECTION("a logit that is NaN, though neither the label's nor the runner_up's") {
        net.parameters()[1].data[2] = std::nan("");
        const auto report = margin_report(net, take(data, 1), Replacement{0.5});
        CHECK(std::isnan(report.images[0].margin));
        CHECK(report.images[0].flip_probability == 1);
        CHECK(report.clean_accuracy() == 0);
    }
}

TEST_CASE("what is no number counts as lost") {
    const double nan = std::nan("");
    for (const auto& [mean, sd] : {std::pair{nan, 1.0}, {1.0, nan}, {nan, nan}, {1.0, infinity()}}) {
        const ImageMargin image{.margin = 2, .label = 1, .runner_up = 0, .mean_change = mean, .sd_change = sd};
        CHECK(image.shifted_ratio() == -infinity());
        CHECK(image.zero_shift_probability() ==
              (std::isfinite(sd) ? Approx(0.022750131948179) : Approx(1)));  // Phi(-2)
    }
    const ImageMargin lost{.margin = nan, .mean_change = 1, .sd_change = 1};
    CHECK(lost.zero_shift_probability() == 1);
}

TEMPLATE_TEST_CASE("weights that are not finite leave no probability that is no number", "", float, double) {
    using Limits = std::numeric_limits<TestType>;
    const auto data = digits(6);
    const auto within = [](double p) { return p >= 0 && p <= 1; };
    for (std::size_t tensor = 0; tensor < 4; ++tensor)  // weights and biases of both layers
        for (const TestType value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::max()}) {
            auto net = mlp<TestType>({784, 8, 10}, Activation::relu, Seed{3});
            const auto weights = net.parameters()[tensor].elements();
            for (std::size_t i = 0; i < weights.size(); i += 5) weights[i] = value;
            CAPTURE(tensor, value);
            const auto report = runner_up_report(net, data, Replacement{0.5});
            for (std::size_t n = 0; n < data.size(); ++n) {
                CHECK(within(report.nearest.images[n].flip_probability));
                CHECK(within(report.nearest.images[n].zero_shift_probability()));
                CHECK(within(report.images[n].flip_probability));
            }
            const auto margins = margin_report(net, data, Replacement{0.5});
            CHECK(margins.clean_accuracy() == accuracy(net, data));
            CHECK(within(margins.predicted_accuracy()));
            CHECK(within(margins.zero_shift_accuracy()));
            for (const double q : snr_quantiles(margins).quantiles) CHECK(!std::isnan(q));
            for (const double f : flip_frequencies(net, data, Replacement{0.5}, {.draws = 3}).frequencies())
                CHECK(within(f));
        }
}

TEST_CASE("two classes, where there is one runner_up") {
    const auto net = mlp<double>({784, 8, 2}, Activation::relu, Seed{6});
    auto data = digits(20);
    data.classes = 2;
    for (std::size_t n = 0; n < 20; ++n) data.labels.data()[n] = n % 2;
    const auto report = margin_report(net, data, Replacement{0.4});
    for (std::size_t n = 0; n < 20; ++n) {
        const auto f = logits_of(net, seen(data, n));
        CHECK(report.images[n].runner_up == 1 - n % 2);
        CHECK(report.images[n].margin == Approx(f[n % 2] - f[1 - n % 2]).margin(1e-14));
    }
}

TEST_CASE("the signal-to-noise curve is made of the ratios' quantiles") {
    const auto net = mlp<float>({784, 16, 10}, Activation::relu, Seed{1});
    const auto data = digits(41);  // quantiles 0, 0.25, ... are order statistics
    const auto curve =
        snr_curve(net, data, std::vector<Replacement>{{0.0}, {0.4}, {0.9}}, std::vector<double>{0, 0.25, 0.5, 1});
    REQUIRE(curve.size() == 3);
    for (const double end : curve[0].quantiles) CHECK(std::isinf(end));
    std::vector<double> ratios;
    for (const auto& image : margin_report(net, data, Replacement{0.4}).images) ratios.push_back(image.shifted_ratio());
    std::sort(ratios.begin(), ratios.end());
    CHECK(curve[1].strength == 0.4);
    CHECK(curve[1].quantiles == std::vector<double>{ratios[0], ratios[10], ratios[20], ratios[40]});
    CHECK(snr_quantiles(margin_report(net, data, Replacement{0.4})).quantiles[2] == ratios[20]);
    CHECK_THROWS_WITH(snr_quantiles(margin_report(net, data, Replacement{0.4}), std::vector{1.5}),
                      Catch::Contains("a probability (= 1.5)"));
}

TEST_CASE("what cannot be is refused") {
    const auto net = mlp<float>({784, 10}, Activation::relu, Seed{1});
    CHECK_THROWS_WITH(margin_report(net, digits(2), Replacement{1.2}), Catch::Contains("p (= 1.2)"));
    CHECK_THROWS_WITH(margin_report(mlp<float>({5, 10}, Activation::relu, Seed{1}), digits(2), Identity{}),
                      Catch::Contains("number of pixels (= 784)"));
    auto lone = digits(2);
    lone.classes = 1;
    for (auto& label : lone.labels) label = 0;
    CHECK_THROWS_WITH(margin_report(mlp<float>({784, 1}, Activation::relu, Seed{1}), lone, Identity{}),
                      Catch::Contains("the number of columns (= 1)"));
    struct Shrinking : Dimming {
        double variance(double) const { return -0.5; }
    };
    CHECK_THROWS_WITH(margin_report(net, digits(2), Shrinking{}), Catch::Contains("variance (= -0.5)"));
}

}  // namespace margin_report_test
