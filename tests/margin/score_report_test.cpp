#include <cmath>
#include <vector>

#include <pstar/autodiff/softmax.hpp>
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/score_report.hpp>

#include "catch.hpp"
#include "margin/cases.hpp"

namespace score_report_test {

using namespace margin_case;

TEST_CASE("sums by pixel value serve any channel") {
    const auto data = digits(1);
    RandomSequence random({Seed{5}});
    std::vector<float> g(784);
    for (float& value : g) value = static_cast<float>(random.normal());
    GradientByValue by_value;
    by_value.fill(std::span<const float>(g), data.image(0));
    const PixelMoments moments(Additive{0.7});
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < 784; ++i) {
        const double x = data.image(0)[i] / 255.0;
        mean += g[i] * (Additive{0.7}.mean(x) - x);
        variance += double{g[i]} * g[i] * Additive{0.7}.variance(x);
    }
    CHECK(by_value.mean_change(moments) == Approx(mean).epsilon(1e-12));
    CHECK(by_value.variance(moments) == Approx(variance).epsilon(1e-12));
    CHECK_THROWS_WITH(by_value.fill(std::span<const float>(g).first(3), data.image(0)),
                      Catch::Contains("gradient.size() (= 3)"));
}

TEST_CASE("the margin as a score of your own gives the margin's report") {
    const auto net = mlp<float>({784, 16, 10}, Activation::gelu, Seed{1});
    const auto data = digits(270);
    const auto own = score_report<float>(
        data,
        [&](Variable<float> x, std::span<const Label> labels) {
            const auto f = net(x);
            return pick(f, labels) - max_except(f, labels);
        },
        Replacement{0.4});
    const auto report = margin_report(net, data, Replacement{0.4});
    for (std::size_t n = 0; n < 270; ++n) {
        CHECK(own[n].score == report.images[n].margin);
        CHECK(own[n].mean_change == report.images[n].mean_change);
        CHECK(own[n].sd_change == report.images[n].sd_change);
        CHECK(own[n].probability_below(0) == Approx(report.images[n].flip_probability).epsilon(1e-12));
    }
}

TEST_CASE("any score that is composed on the tape: small changes follow its linear law") {
    const auto net = mlp<double>({784, 16, 10}, Activation::tanh, Seed{9});
    const auto data = digits(3);
    const auto log_probability = [&](auto x, auto labels) { return pick(log_softmax(net(x)), labels); };
    const Additive channel{0.02};
    const auto report = score_report<double>(data, log_probability, channel);
    for (std::size_t n = 0; n < 3; ++n) {
        constexpr int draws = 3000;
        double mean = 0, squares = 0;
        const auto score = [&](const std::vector<double>& x) {
            const auto f = logits_of(net, x);
            return f[data.label(n)] - log_sum_exp(std::span(f));
        };
        const double clean = score(seen(data, n));
        CHECK(report[n].score == Approx(clean).epsilon(1e-12));
        for (std::uint32_t draw = 0; draw < draws; ++draw) {
            const double change = score(seen(data, n, channel, draw)) - clean;
            mean += change / draws;
            squares += change * change / draws;
        }
        // 4 standard errors; the second order, 784 Var s''/2 ~ 784 * 3e-5 * 1e-3, is below 1e-4.
        CHECK(std::abs(report[n].mean_change - mean) < 4 * report[n].sd_change / std::sqrt(draws) + 1e-4);
        CHECK(std::abs(report[n].sd_change - std::sqrt(squares - mean * mean)) <
              4 * report[n].sd_change / std::sqrt(2.0 * draws) + 1e-4);
    }
}

TEST_CASE("a score without fluctuation is below a threshold or is not") {
    CHECK(LinearisedScore{.score = 1, .mean_change = -0.5}.probability_below(0.4) == 0);
    CHECK(LinearisedScore{.score = 1, .mean_change = -0.5}.probability_below(0.5) == 0);
    CHECK(LinearisedScore{.score = 1, .mean_change = -0.5}.probability_below(0.6) == 1);
    CHECK(LinearisedScore{.score = std::nan("")}.probability_below(0) == 1);
    CHECK(LinearisedScore{.score = std::nan(""), .sd_change = 1}.probability_below(0) == 1);
    CHECK(LinearisedScore{.score = 1, .sd_change = std::nan("")}.probability_below(0) == 1);
    CHECK(LinearisedScore{.score = 1, .mean_change = 1, .sd_change = 2}.probability_below(0) ==
          Approx(0.15865525393145707));  // Phi(-1)
}

TEST_CASE("a score that is not one number per image is refused") {
    const auto net = mlp<float>({784, 10}, Activation::relu, Seed{1});
    const auto logits = [&](auto x, auto) { return net(x); };
    CHECK_THROWS_WITH(score_report<float>(digits(2), logits, Identity{}), Catch::Contains("one number per image"));
}

}  // namespace score_report_test
