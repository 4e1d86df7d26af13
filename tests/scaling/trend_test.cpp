#include <pstar/scaling/trend.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace trend_test {

using namespace pstar;

TEST_CASE("the weighted line agrees with one worked by hand") {
    // pyfssa's reference line: x = -2 0 -10 10, y = -4 0 -100 100, dy = .2 .1 1 1; at x = 1: y = 354400/35600, and its
    // variance 527/35600 = 1 / sum w + (1 - xm)^2 slope_error^2.
    const std::vector<double> x{-2, 0, -10, 10}, y{-4, 0, -100, 100}, w{25, 100, 1, 1};
    const auto line = detail::weighted_line(x, y, w);
    CHECK(line.intercept + line.slope == Approx(354400.0 / 35600).epsilon(1e-13));
    const double xm = -50.0 / 127;
    CHECK(1 / 127.0 + (1 - xm) * (1 - xm) * line.slope_error * line.slope_error ==
          Approx(527.0 / 35600).epsilon(1e-13));
}

TEST_CASE("planted trends are told, with the slope per factor e in size") {
    std::vector<SizedValue> values;
    for (const double size : {16, 64, 256, 1024}) values.push_back({size, 0.6 + 0.02 * std::log(size), 0.005});
    const auto rising = fit_trend(values);
    CHECK(rising.verdict == Verdict::rises);
    CHECK(rising.slope.value == Approx(0.02));
    CHECK(rising.intercept == Approx(0.6));
    CHECK((rising.sizes == 4 && rising.dof == 2));
    // x spaced by log 4 about their mean: sum (x - xm)^2 = 5 log(4)^2
    CHECK(rising.slope.high - 0.02 == Approx(1.96 * 0.005 / (std::sqrt(5.0) * std::log(4.0))).epsilon(1e-4));
    for (auto& v : values) v.value = -v.value;
    CHECK(fit_trend(values).verdict == Verdict::falls);
    for (auto& v : values) v.error = 1;
    CHECK(fit_trend(values).verdict == Verdict::undecided);
    for (auto& v : values) v.error = 0;
    CHECK(fit_trend(values).verdict == Verdict::falls);  // no scatter at all
}

TEST_CASE("without a trend the verdict is undecided as often as the confidence says") {
    int told = 0, told_by_scatter = 0, missed = 0;
    for (std::uint32_t experiment = 0; experiment < 1000; ++experiment) {
        RandomSequence random({Seed{11}, Stream::user, experiment});
        std::vector<SizedValue> values;
        for (const double size : {32, 64, 128, 256}) values.push_back({size, 0.7 + 0.01 * random.normal(), 0.01});
        told += fit_trend(values).verdict != Verdict::undecided;
        for (auto& v : values) v.error = 0;
        told_by_scatter += fit_trend(values).verdict != Verdict::undecided;
        for (auto& v : values) v.value += 0.02 * std::log(v.size), v.error = 0.01;
        missed += fit_trend(values).verdict != Verdict::rises;
    }
    CHECK(told <= 78);             // at most 50 expected, sd 6.9; scatter beyond the errors only makes it rarer
    CHECK(told_by_scatter <= 78);  // exactly t: 50 expected
    CHECK(told_by_scatter >= 22);
    CHECK(missed < 300);  // the slope is 3.1 of its errors: missed at 12% by the normal law, more where scatter widens
}

TEST_CASE("two sizes decide by their difference, one decides nothing") {
    const double sum_of_errors = std::hypot(0.01, 0.02);
    const auto seen = fit_trend(std::vector<SizedValue>{{64, 0.6, 0.01}, {128, 0.6 + 2 * sum_of_errors, 0.02}});
    const auto unseen = fit_trend(std::vector<SizedValue>{{64, 0.6, 0.01}, {128, 0.6 + 1.9 * sum_of_errors, 0.02}});
    CHECK(seen.verdict == Verdict::rises);  // 2 > 1.96 > 1.9
    CHECK(unseen.verdict == Verdict::undecided);
    const auto unknown = fit_trend(std::vector<SizedValue>{{64, 0.6, 0}, {128, 0.9, 0}});
    CHECK(unknown.verdict == Verdict::undecided);
    CHECK_THAT(unknown.reason, Catch::Contains("without errors"));
    for (const auto& few : {std::vector<SizedValue>{}, std::vector<SizedValue>{{64, 0.6, 0.01}, {64, 0.7, 0.01}}}) {
        const auto trend = fit_trend(few);
        CHECK(trend.verdict == Verdict::undecided);
        CHECK_THAT(trend.reason, Catch::Contains("two sizes"));
        CHECK((std::isinf(trend.slope.high) && std::isinf(trend.slope.low)));
    }
}

TEST_CASE("open intervals carry no weight") {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<SizedValue> values{at_size(64, {0.6, 0.58, 0.62}), at_size(128, {9, 1, infinity}),
                                         at_size(256, {0.8, 0.78, 0.82}),
                                         at_size(512, {std::nan(""), -infinity, infinity})};
    const auto trend = fit_trend(values);
    CHECK(trend.sizes == 2);
    CHECK(trend.slope.value == Approx(0.2 / std::log(4.0)));
    CHECK(values[0].error == Approx(0.02 / 1.959964).epsilon(1e-6));
}

TEST_CASE("the trend does not mind the unit of size or value") {
    std::vector<SizedValue> values{{16, 0.5, 0.02}, {64, 0.54, 0.01}, {256, 0.53, 0.02}, {512, 0.58, 0.01}};
    const auto reference = fit_trend(values);
    for (auto& v : values) v.size *= 1000, v.value *= 7, v.error *= 7;
    const auto scaled = fit_trend(values);
    CHECK(scaled.slope.low == Approx(7 * reference.slope.low).epsilon(1e-10));
    CHECK(scaled.slope.high == Approx(7 * reference.slope.high).epsilon(1e-10));
}

TEST_CASE("sizes and errors that cannot be are refused") {
    CHECK_THROWS_AS(fit_trend(std::vector<SizedValue>{{0, 1, 1}}), std::invalid_argument);
    CHECK_THROWS_AS(fit_trend(std::vector<SizedValue>{{1, 1, -1}}), std::invalid_argument);
    CHECK_THROWS_AS(fit_trend(std::vector<SizedValue>{{1, 1, 0}, {2, 1, 1}}), std::invalid_argument);
    CHECK_THROWS_AS(fit_trend({}, 1.0), std::invalid_argument);
}

TEST_CASE("three sizes far off a line still rise, unless two of them contradict that") {
    // a line through these misses by 10 errors; with one degree of freedom left its slope is hardly known
    std::vector<SizedValue> values{{16, 0.69, 0.02, 4}, {64, 0.852, 0.008, 4}, {256, 0.898, 0.002, 4}};
    auto trend = fit_trend(values);
    CHECK(trend.slope.low < 0);
    CHECK(trend.p_value < 0.01);
    CHECK(trend.verdict == Verdict::rises);
    for (auto& v : values) v.value = 1 - v.value;
    CHECK(fit_trend(values).verdict == Verdict::falls);
    // the middle one lies outside
    trend = fit_trend(std::vector<SizedValue>{{16, 0.5, 0.01, 4}, {64, 0.3, 0.01, 4}, {256, 0.4, 0.01, 4}});
    CHECK(trend.p_value < 0.01);
    CHECK(trend.verdict == Verdict::undecided);
}

TEST_CASE("errors from few seeds widen the interval by Student's t") {
    const std::vector<SizedValue> known{{10, 1, 0.1}, {20, 1.1, 0.1}}, few{{10, 1, 0.1, 3}, {20, 1.1, 0.1, 3}};
    const auto a = fit_trend(known), b = fit_trend(few);
    CHECK(b.slope.value == a.slope.value);
    // two equal errors with 3 degrees of freedom each: 6 together, t = 2.4469 instead of 1.95996
    CHECK((b.slope.high - b.slope.value) / (a.slope.high - a.slope.value) == Approx(2.446912 / 1.959964).epsilon(1e-5));
    CHECK(at_size(1, {2, 1, 3}, 0.95, 3).error == Approx(1 / 3.182446).epsilon(1e-6));
    CHECK(log_at_size(1, {1, 0.5, 2}).error == Approx(std::log(2.0) / 1.959964).epsilon(1e-6));
}

TEST_CASE("a trend has a low end, a value and a high end whatever the unit of the values") {
    const auto in_unit = [](double unit) {
        std::vector<SizedValue> values;
        for (const double size : {16, 64, 256, 1024})
            values.push_back({size, unit * (0.6 + 0.02 * std::log(size) + 0.001 * (size == 64)), unit * 0.005, 5});
        return fit_trend(values);
    };
    const auto plain = in_unit(1);
    for (const int exponent : {-1000, -600, -40, 40, 600, 1000}) {
        const double unit = std::scalbn(1.0, exponent);
        const auto other = in_unit(unit);
        INFO(exponent);
        CHECK(other.verdict == plain.verdict);
        CHECK(other.slope.low == plain.slope.low * unit);
        CHECK(other.slope.value == plain.slope.value * unit);
        CHECK(other.slope.high == plain.slope.high * unit);
        CHECK(other.chi_squared == plain.chi_squared);
        CHECK(other.p_value == plain.p_value);
    }
    for (const double error : {0.0, 1e-300, 1e-20, 1e100})
        for (const double value : {0.0, 1e-300, -1e150, 1e300}) {
            const std::vector<SizedValue> values{{1, value, error}, {2, 1, error}, {1e300, -value / 2, error}};
            const auto trend = fit_trend(values);
            INFO(error << " " << value);
            CHECK(trend.slope.low <= trend.slope.value);
            CHECK(trend.slope.value <= trend.slope.high);
            CHECK(!std::isnan(trend.p_value));
        }
    CHECK_THROWS_WITH(fit_trend(std::vector<SizedValue>{{1, 1, 1, 0}, {2, 2, 1, 0}}), Catch::Contains("dof (= 0)"));
    CHECK_THROWS_WITH(fit_trend(std::vector<SizedValue>{{1, 1, 1e-60}, {2, 2, 1e60}}), Catch::Contains("1e100"));
}

}  // namespace trend_test
