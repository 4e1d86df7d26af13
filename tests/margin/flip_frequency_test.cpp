#include <cmath>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/linearisation.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/statistics/proportion.hpp>

#include "catch.hpp"
#include "margin/cases.hpp"

namespace flip_frequency_test {

using namespace margin_case;

TEST_CASE("Wilson's interval, by values worked out elsewhere") {
    // R: binom::binom.confint(c(0, 3, 15, 10), c(10, 10, 148, 10), methods = "wilson"); 15 of 148 is Newcombe's (1998).
    const auto check = [](double successes, double n, double low, double high) {
        const auto interval = wilson(successes / n, n);
        CHECK(interval.low == Approx(low).margin(5e-5));
        CHECK(interval.high == Approx(high).margin(5e-5));
    };
    check(0, 10, 0, 0.2775);
    check(3, 10, 0.1078, 0.6032);
    check(15, 148, 0.0624, 0.1605);
    check(10, 10, 0.7225, 1);
    CHECK(normal_two_sided(0.95) == Approx(1.959963984540054).epsilon(1e-12));
    CHECK((wilson(0, 0).low == 0 && wilson(0, 0).high == 1));
    CHECK_THROWS_WITH(wilson(1.1, 3), Catch::Contains("f (= 1.1)"));
    CHECK_THROWS_WITH(wilson(0.5, 3, 1), Catch::Contains("confidence (= 1)"));
}

TEST_CASE("a mean of frequencies counts images, and draws as far as they differ") {
    const std::vector<double> alike(40, 0.3), opposite = [] {
        std::vector<double> f(40, 0.0);
        std::fill(f.begin(), f.begin() + 12, 1.0);
        return f;
    }();
    const auto equal = [](const Estimate& a, const Estimate& b) {
        CHECK(a.value == Approx(b.value));
        CHECK(a.low == Approx(b.low));
        CHECK(a.high == Approx(b.high));
    };
    equal(clustered_proportion(opposite, 50), wilson(0.3, 40));  // draws repeat one another: one trial an image
    equal(clustered_proportion(opposite, 1), wilson(0.3, 40));
    std::vector<double> mixed;  // half 0.2, half 0.4: Var = 0.01 40/39, trials = 0.21 39/0.01 = 819
    for (int i = 0; i < 40; ++i) mixed.push_back(i % 2 ? 0.2 : 0.4);
    equal(clustered_proportion(mixed, 50), wilson(0.3, 819));
    equal(clustered_proportion(mixed, 10), wilson(0.3, 400));  // no more than there were
    equal(clustered_proportion(alike, 10), wilson(0.3, 40));   // no scatter to judge by: the images
}

TEST_CASE("flip frequencies are evaluation's, draw by draw") {
    const auto net = mlp<float>({784, 16, 10}, Activation::relu, Seed{3});
    const auto data = digits(300);
    const Replacement channel{0.5};
    const auto flips = flip_frequencies(net, data, channel, {.draws = 3, .seed = 11});
    double accuracies = 0;
    for (std::uint32_t draw = 0; draw < 3; ++draw)
        accuracies += accuracy(net, data, channel, {.seed = 11, .draw = draw}) / 3;
    CHECK(flips.accuracy().value == Approx(accuracies).epsilon(1e-12));
    CHECK(flips.strength == 0.5);

    SECTION("they depend on the seed and on nothing else") {
        const auto again = flip_frequencies(net, data, channel, {.draws = 3, .seed = 11});
        CHECK(again.frequencies() == flips.frequencies());
        CHECK(flip_frequencies(net, data, channel, {.draws = 3, .seed = 12}).frequencies() != flips.frequencies());
        // Image 7 is in another batch of another size, yet meets the same noise.
        const auto few = flip_frequencies(net, take(data, 8), channel, {.draws = 3, .seed = 11});
        CHECK(few.images[7].failures == flips.images[7].failures);
        CHECK(few.images[7].mean_change == Approx(flips.images[7].mean_change).margin(1e-5));
    }
    SECTION("independent noise is evaluation's too") {
        const auto own = flip_frequencies(net, data, channel, {.draws = 1, .noise = Noise::independent});
        CHECK(own.accuracy().value == Approx(accuracy(net, data, channel, {.noise = Noise::independent})));
    }
}

TEST_CASE("an image's margins over the draws: mean, spread and failures by a plain loop") {
    const auto net = mlp<double>({784, 12, 10}, Activation::relu, Seed{3});
    const auto data = digits(3);
    const auto flips = flip_frequencies(net, data, Replacement{0.6}, {.draws = 50, .seed = 8});
    for (std::size_t n = 0; n < 3; ++n) {
        const double clean = margin_of(logits_of(net, seen(data, n)), data.label(n));
        std::vector<double> changes;
        std::uint32_t failures = 0;
        double mean = 0, squares = 0;
        for (std::uint32_t draw = 0; draw < 50; ++draw) {  // `seen` draws under seed 8
            const double margin = margin_of(logits_of(net, seen(data, n, Replacement{0.6}, draw)), data.label(n));
            failures += margin < 0;
            changes.push_back(margin - clean);
            mean += changes.back() / 50;
        }
        for (const double change : changes) squares += (change - mean) * (change - mean);
        CHECK(flips.images[n].failures == failures);
        CHECK(flips.images[n].mean_change == Approx(mean).epsilon(1e-9));
        CHECK(flips.images[n].sd_change == Approx(std::sqrt(squares / 49)).epsilon(1e-9));
        CHECK(flips.frequency(n).high == wilson(failures / 50.0, 50).high);
    }
}

TEST_CASE("the clean channel fails what is wrong already, and nothing else") {
    const auto net = mlp<float>({784, 16, 10}, Activation::relu, Seed{3});
    const auto data = digits(100);
    const auto flips = flip_frequencies(net, data, Identity{}, {.draws = 4});
    const auto margins = margin_report(net, data, Identity{});
    for (std::size_t n = 0; n < 100; ++n) {
        CHECK(flips.images[n].failures == (margins.images[n].wrong() ? 4 : 0));
        CHECK(flips.images[n].mean_change == 0);
    }
    CHECK(std::isnan(flip_frequencies(net, data, Identity{}, {.draws = 1}).images[0].sd_change));
    CHECK_THROWS_WITH(flip_frequencies(net, data, Identity{}, {.draws = 0}), Catch::Contains("draws (= 0)"));
}

TEST_CASE("the linear term is exact for linear networks, and errs the more the stronger the noise for others") {
    SECTION("linear, two classes: no kink anywhere") {
        const auto net = mlp<double>({784, 2}, Activation::linear, Seed{5});
        auto data = digits(40);
        data.classes = 2;
        for (auto& label : data.labels) label %= 2;
        const Replacement channel{0.7};
        const auto error = linearisation_error(margin_report(net, data, channel),
                                               flip_frequencies(net, data, channel, {.draws = 200}));
        CHECK(error.strength == 0.7);
        CHECK((error.relative_bias.low < 0 && error.relative_bias.high > 0));
        // Noise is taken off: what is left is its own scatter, (s^2/200)/m^2 sqrt(2/40) under a root.
        CHECK(error.relative_error.value < 0.06);
        CHECK(error.sd_ratio.value == Approx(1).margin(4 / std::sqrt(2.0 * 40 * 200)));
    }
    SECTION("hand-made numbers") {
        MarginReport report{0.5, {}};
        FlipFrequencies measured{0.5, 4, {}};
        for (const double m : {1.0, 3.0}) {
            report.images.push_back({.margin = 1, .mean_change = 2 * m, .sd_change = 3});
            measured.images.push_back({.failures = 0, .mean_change = m, .sd_change = 1});
        }
        const auto error = linearisation_error(report, measured);
        CHECK(error.predicted_mean.value == Approx(4));
        CHECK(error.measured_mean.value == Approx(2));
        CHECK(error.relative_bias.value == Approx(1));
        CHECK(error.relative_error.value == Approx(1));  // (1 - 1/4 + 9 - 1/4) over the same
        CHECK(error.error_over_sd.value == Approx(std::sqrt(9.5 / 2)));
        CHECK(error.sd_ratio.value == Approx(3));
        measured.images[0].mean_change = measured.images[1].mean_change = 0;
        CHECK(std::isnan(linearisation_error(report, measured).relative_bias.value));
        CHECK(std::isnan(linearisation_error(report, measured).relative_error.value));
        measured.strength = 0.4;
        CHECK_THROWS_WITH(linearisation_error(report, measured), Catch::Contains("measured.strength (= 0.4)"));
    }
    SECTION("tanh, far from its linear part") {
        auto net = mlp<double>({784, 12, 10}, Activation::tanh, Seed{5});
        for (double& w : net.parameters().values()) w *= 4;
        const auto data = digits(60);
        const auto at = [&](double p) {
            return linearisation_error(margin_report(net, data, Replacement{p}),
                                       flip_frequencies(net, data, Replacement{p}, {.draws = 200}));
        };
        const auto small = at(0.02), large = at(0.8);
        CHECK(small.error_over_sd.high < 0.3);
        CHECK(large.error_over_sd.low > 1);
        CHECK(std::abs(small.sd_ratio.value - 1) < 0.1);
        CHECK(large.sd_ratio.low > 1.3);
    }
}

}  // namespace flip_frequency_test
