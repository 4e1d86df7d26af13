#include <pstar/core/math.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

namespace math_test {

using namespace pstar;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity(),
                 undefined = std::numeric_limits<double>::quiet_NaN();

double log_sum(const std::vector<double>& x) {
    return log_sum_exp(std::span<const double>(x));
}

}  // namespace

TEST_CASE("log_sum_exp is exact in the extremes and passes NaN on") {
    CHECK(log_sum({0, 0}) == Approx(std::log(2)));
    CHECK(log_sum({1000, 1000}) == Approx(1000 + std::log(2)));
    CHECK(log_sum({-1000, -1001}) == Approx(-1000 + std::log1p(std::exp(-1))));
    CHECK(log_sum({}) == -infinite);
    CHECK(log_sum({-infinite, -infinite}) == -infinite);
    CHECK(log_sum({-infinite, 3}) == 3);
    CHECK(log_sum({infinite, 3}) == infinite);
    for (const auto& x : {std::vector{-infinite, undefined},
                          {undefined, -infinite},
                          {1.0, undefined},
                          {undefined, 1.0},
                          {infinite, undefined},
                          {undefined}})
        CHECK(std::isnan(log_sum(x)));
}

TEST_CASE("the entropy of weights takes 0 log 0 as 0 and has no value where a weight is none") {
    CHECK(entropy(std::vector{0.5, 0.5}) == Approx(std::log(2)));
    CHECK(entropy(std::vector{1.0, 0.0}) == 0);
    CHECK(entropy({}) == 0);
    for (const auto& w : {std::vector{0.5, undefined}, {undefined, 0.5}, {0.5, -0.5}, {-infinite}, {infinite, 0.0}})
        CHECK(std::isnan(entropy(w)));
}

}  // namespace math_test
