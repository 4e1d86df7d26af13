#include <cmath>
#include <stdexcept>
#include <vector>

#include <pstar/statistics/mean_interval.hpp>

#include "catch.hpp"

namespace mean_interval_test {

using Values = std::vector<double>;

TEST_CASE("the interval of a mean is Student's") {
    // Values 1, 2, 4: mean 7/3, s^2 = 7/3; t for 2 degrees of freedom and 95% is 4.3027.
    const auto mean = pstar::mean_interval(Values{1, 2, 4});
    CHECK(mean.value == Approx(7.0 / 3));
    CHECK(mean.high - mean.value == Approx(4.30265 * std::sqrt(7.0 / 9)).epsilon(1e-5));
    CHECK(mean.value - mean.low == Approx(mean.high - mean.value));
    const auto narrow = pstar::mean_interval(Values{1, 2, 4}, 0.5);  // t is 0.8165
    CHECK(narrow.high - narrow.value == Approx(0.81650 * std::sqrt(7.0 / 9)).epsilon(1e-4));
}

TEST_CASE("one value has an open interval, none has no mean, and NaN stays NaN") {
    const auto single = pstar::mean_interval(Values{3});
    CHECK(single.value == 3);
    CHECK((std::isinf(single.low) && std::isinf(single.high)));
    CHECK(std::isnan(pstar::mean_interval(Values{}).value));
    const auto alike = pstar::mean_interval(Values(4, 0.1));
    CHECK((alike.low == 0.1 && alike.high == 0.1));
    const auto broken = pstar::mean_interval(Values{1, std::nan(""), 2});
    CHECK((std::isnan(broken.value) && std::isnan(broken.low)));
    CHECK_THROWS_AS(pstar::mean_interval(Values{1, 2}, 1), std::invalid_argument);
}

TEST_CASE("the mean over seeds has the scatter of seeds and the error of the sample they share, added in squares") {
    // Means 1 and 3: s / sqrt(2) = 1, t for one degree of freedom 12.7062. Own half widths 0.5 and 1.5 below, 1 above.
    const std::vector<pstar::Estimate> seeds{{1, 0.5, 2}, {3, 1.5, 4}};
    const auto mean = pstar::mean_over_seeds(seeds);
    CHECK(mean.value == 2);
    CHECK(2 - mean.low == Approx(std::hypot(1.0, 12.7062)).epsilon(1e-5));
    CHECK(mean.high - 2 == Approx(std::hypot(1.0, 12.7062)).epsilon(1e-5));
    const auto one = pstar::mean_over_seeds(std::vector<pstar::Estimate>{{1, 0.5, 3}});
    CHECK((one.value == 1 && one.low == 0.5 && one.high == 3));
    // seeds that agree: the sample's error does not shrink with their number
    const auto same = pstar::mean_over_seeds(std::vector<pstar::Estimate>(9, {1, 0.5, 3}));
    CHECK((same.low == Approx(0.5) && same.high == Approx(3)));
    CHECK_THROWS_AS(pstar::mean_over_seeds({}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::mean_over_seeds(seeds, 0), std::invalid_argument);
}

}  // namespace mean_interval_test
