#include <pstar/autodiff/batch_norm.hpp>
#include <pstar/autodiff/dropout.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "reference/batch_norm.hpp"
#include "reference/derivatives.hpp"

namespace normalisation_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

namespace {

// A channel of one pixel and of many, one channel, sizes beside every vector's length.
const std::vector<Shape> shapes{{2, 1}, {5, 3}, {3, 17}, {1, 2, 1, 2}, {2, 3, 4, 5}, {3, 1, 3, 3}};

}  // namespace

TEST_CASE("batch normalisation: values and statistics, against the definition") {
    for (const auto& s : shapes) {
        CAPTURE(s);
        const auto x = random_input(s, 1, -3, 5), w = random_input({s[1]}, 2), b = random_input({s[1]}, 3);
        const auto exact = reference::batch_norm(x.values, s, w.values, b.values, 1e-5);
        std::vector<double> mean(s[1], 2), variance(s[1], 4);
        Tape<double> tape;
        const auto input = tape.constant(x.view()), weight = tape.constant(w.view()), bias = tape.constant(b.view());
        const auto y =
            batch_norm(input, weight, bias, 1e-5, {.mean = mean.data(), .variance = variance.data(), .kept = 0.75});
        for (std::size_t i = 0; i < s.size(); ++i) CHECK(y.value().data[i] == Approx(exact.y[i]).margin(1e-12));
        for (std::size_t c = 0; c < s[1]; ++c) {
            CHECK(mean[c] == Approx(0.75 * 2 + 0.25 * exact.mean[c]).epsilon(1e-13));
            CHECK(variance[c] == Approx(0.75 * 4 + 0.25 * exact.unbiased_variance[c]).epsilon(1e-13));
        }
        // With the batch's own statistics the other primitive gives the same.
        const auto z = normalise(input, weight, bias, {exact.mean.data(), {s[1]}}, {exact.variance.data(), {s[1]}});
        for (std::size_t i = 0; i < s.size(); ++i) CHECK(z.value().data[i] == Approx(exact.y[i]).margin(1e-12));
    }
}

TEST_CASE("batch normalisation: derivatives") {
    for (const auto& s : shapes) {
        if (s.size() == 2 * s[1]) continue;  // two numbers per channel become +-1: no slope to compare with
        CAPTURE(s);
        const std::vector<reference::Input> inputs{random_input(s, 1), random_input({s[1]}, 2),
                                                   random_input({s[1]}, 3)};
        check_derivatives([](auto& x) { return batch_norm(x[0], x[1], x[2]); }, inputs);
        // Reached twice, so that the second contribution is added.
        check_derivatives(
            [](auto& x) { return batch_norm(x[0], x[1], x[2]) * batch_norm(x[0], x[1], x[2], 1e-2) + x[0]; }, inputs);
        std::vector<double> mean(s[1], 0.3), variance(s[1], 1.7);
        const View<const double> m{mean.data(), {s[1]}}, v{variance.data(), {s[1]}};
        check_derivatives([&](auto& x) { return normalise(x[0], x[1], x[2], m, v); }, inputs);
        check_derivatives(
            [&](auto& x) { return normalise(x[0], x[1], x[2], m, v) * normalise(x[0], x[1], x[2], m, v); }, inputs);
        auto constant = inputs;
        constant[0].differentiable = false;
        check_derivatives([](auto& x) { return batch_norm(x[0], x[1], x[2]); }, constant);
        check_derivatives([&](auto& x) { return normalise(x[0], x[1], x[2], m, v); }, constant);
    }
}

TEST_CASE("batch normalisation that cannot be is refused") {
    const std::vector<double> v(24, 1.0);
    Tape<double> tape;
    const auto tensor = [&](Shape s) { return tape.constant({v.data(), s}); };
    CHECK_THROWS_WITH(batch_norm(tensor({1, 3}), tensor({3}), tensor({3})), Catch::Contains("batch of one sample"));
    CHECK_THROWS_WITH(batch_norm(tensor({2, 3}), tensor({2}), tensor({3})), Catch::Contains("(2)"));
    CHECK_THROWS_AS(batch_norm(tensor({2, 3, 4}), tensor({3}), tensor({3})), std::invalid_argument);
    CHECK_THROWS_AS(batch_norm(tensor({2, 3}), tensor({3}), tensor({3}), 0), std::invalid_argument);
    CHECK_THROWS_AS(normalise(tensor({2, 3}), tensor({3}), tensor({3}), {v.data(), {2}}, {v.data(), {3}}),
                    std::invalid_argument);
    CHECK_NOTHROW(normalise(tensor({1, 3}), tensor({3}), tensor({3}), {v.data(), {3}}, {v.data(), {3}}));
}

TEST_CASE("dropout: derivatives, and values by the definition from the counter-based words") {
    const std::vector<std::uint32_t> samples{7, 0, 100000};
    const DropoutDraws draws{Seed{3}, 2, samples};
    for (const Shape& s : {Shape{3, 1}, Shape{3, 5}, Shape{3, 300}, Shape{3, 2, 3, 4}}) {
        CAPTURE(s);
        const auto x = random_input(s, 4);
        check_derivatives([&](auto& in) { return dropout(in[0], 0.4, draws) * in[0]; }, {x});
        Tape<double> tape;
        const auto y = dropout(tape.constant(x.view()), 0.4, draws).value();
        for (std::size_t n = 0; n < 3; ++n)
            for (std::size_t i = 0; i < s.columns(); ++i) {
                const auto word = RandomStream{Seed{3}, Stream::dropout, 2, samples[n]}.word(i);
                const auto at = n * s.columns() + i;
                REQUIRE(y.data[at] == (unit_interval(word) < 0.4F ? 0 : x.values[at] * (1 / 0.6)));
            }
    }
}

TEST_CASE("dropout: a sample's mask does not depend on the batch, and keeps 1 - p of the units") {
    const std::vector<float> ones(4 * 5000, 1.0F);
    const auto masks = [&](std::vector<std::uint32_t> samples, std::uint32_t epoch) {
        Tape<float> tape;
        const auto x = tape.constant({ones.data(), {samples.size(), 5000}});
        const auto y = dropout(x, 0.25, {Seed{1}, epoch, samples}).value();
        return std::vector<float>(y.data, y.data + y.size());
    };
    const auto four = masks({3, 8, 1, 2}, 0), one = masks({8}, 0);
    CHECK(std::equal(one.begin(), one.end(), four.begin() + 5000));
    CHECK((one != masks({8}, 1) && one != masks({9}, 0)));
    const auto kept = std::ranges::count_if(four, [](float y) { return y != 0; });
    // 20,000 draws with probability 0.75: four standard deviations are 4 sqrt(20000 0.75 0.25) = 245.
    CHECK(std::abs(static_cast<double>(kept) - 15000) < 245);
    CHECK(*std::ranges::max_element(four) == 1 / 0.75F);
    Tape<float> tape;
    const auto x = tape.constant({ones.data(), {2, 4}});
    CHECK(std::ranges::equal(dropout(x, 0, {}).value().elements(), x.value().elements()));
    CHECK_THROWS_WITH(dropout(x, 1, {}), "dropout: p (= 1) must lie in [0, 1)");
    CHECK_THROWS_AS(dropout(x, std::nan(""), {}), std::invalid_argument);
    const std::vector<std::uint32_t> three{1, 2, 3};
    CHECK_THROWS_AS(dropout(x, 0.5, {Seed{1}, 0, three}), std::invalid_argument);
}

}  // namespace normalisation_test
