#include <cmath>
#include <stdexcept>
#include <vector>

#include <pstar/statistics/correlation.hpp>

#include "catch.hpp"

namespace correlation_test {

using Values = std::vector<double>;

TEST_CASE("covariation gives the slope of the straight line by least squares") {
    const Values x{0, 1, 2, 5}, y{1, 3, 5, 11};     // y = 1 + 2 x
    CHECK(pstar::covariation(x, x) == Approx(14));  // mean 2: 4 + 1 + 0 + 9
    CHECK(pstar::covariation(x, y) / pstar::covariation(x, x) == Approx(2));
    CHECK(pstar::covariation(x, Values(4, 3.0)) == 0);
    CHECK(std::isnan(pstar::covariation(Values{}, Values{})));
    CHECK_THROWS_AS(pstar::covariation(x, Values{1}), std::invalid_argument);
}

TEST_CASE("ranks count from the smallest, and equal values share theirs") {
    CHECK(pstar::mid_ranks(Values{30, 10, 20}) == Values{2, 0, 1});
    CHECK(pstar::mid_ranks(Values{5, 1, 5, 5}) == Values{2, 0, 2, 2});  // the places 1, 2, 3 have the mean 2
    CHECK_THROWS_AS(pstar::mid_ranks(Values{1, std::nan("")}), std::invalid_argument);
}

TEST_CASE("Spearman's correlation sees order alone") {
    const Values x{1, 2, 3, 4, 5};
    CHECK(pstar::spearman(x, Values{1, 10, 100, 1000, 10000}) == Approx(1));
    CHECK(pstar::spearman(x, Values{9, 7, 5, 3, -100}) == Approx(-1));
    // Without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)); ranks 2 1 4 3 5 differ by 1, 1, 1, 1, 0: 1 - 24/120.
    CHECK(pstar::spearman(x, Values{20, 10, 40, 30, 50}) == Approx(0.8));
    // With ties, Pearson's of the ranks 0 1.5 1.5 3 and 0 1 2 3: 4.5 / sqrt(4.5 * 5).
    CHECK(pstar::spearman(Values{1, 2, 2, 3}, Values{1, 2, 3, 4}) == Approx(4.5 / std::sqrt(22.5)));
    CHECK(std::isnan(pstar::spearman(x, Values(5, 7.0))));
}

}  // namespace correlation_test
