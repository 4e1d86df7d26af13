#include <pstar/statistics/quantile.hpp>

#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

namespace quantile_test {

using pstar::quantile;

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 undefined = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("quantiles are linear between order statistics, as R's type 7") {
    const std::vector<double> x{1, 2, 4, 8};
    CHECK(quantile(x, 0) == 1);
    CHECK(quantile(x, 1) == 8);
    CHECK(quantile(x, 0.5) == 3);
    CHECK(quantile(x, 0.25) == Approx(1.75));  // R: quantile(c(1, 2, 4, 8), .25)
    CHECK(quantile(x, 0.9) == Approx(6.8));
    CHECK(quantile(std::vector{7.0}, 0.3) == 7);
}

TEST_CASE("infinite values stay infinite, and none becomes NaN") {
    const std::vector<double> x{-infinity, 0, 1, infinity};
    CHECK(quantile(x, 0.1) == -infinity);
    CHECK(quantile(x, 0.5) == 0.5);
    CHECK(quantile(x, 0.9) == infinity);
    const std::vector<double> ends{-infinity, infinity};
    CHECK(quantile(ends, 0.4) == -infinity);
    CHECK(quantile(ends, 0.6) == infinity);
    CHECK(quantile(std::vector{infinity, infinity}, 0.5) == infinity);
}

TEST_CASE("quantiles of nothing, or at no probability, are refused") {
    CHECK_THROWS_AS(quantile(std::vector<double>{}, 0.5), std::invalid_argument);
    for (const double q : {-0.1, 1.1, undefined})
        CHECK_THROWS_AS(quantile(std::vector{1.0, 2.0}, q), std::invalid_argument);
}

}  // namespace quantile_test
