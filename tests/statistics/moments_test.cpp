#include <pstar/statistics/moments.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

namespace moments_test {

using pstar::mean_of, pstar::moments, pstar::variance_about;

TEST_CASE("mean, standard deviation and standard error by hand") {
    const std::vector<double> x{2, 4, 4, 6};  // squares about 4: 4 + 0 + 0 + 4
    const auto found = moments(x);
    CHECK(found.n == 4);
    CHECK(found.mean == 4);
    CHECK(found.stddev == Approx(std::sqrt(8.0 / 3)));
    CHECK(found.sem == Approx(std::sqrt(8.0 / 3) / 2));
    CHECK(mean_of(x) == 4);
    CHECK(variance_about(x, 4) == Approx(8.0 / 3));
    CHECK(variance_about(x, 5) == Approx(12.0 / 3));  // 9 + 1 + 1 + 1
}

TEST_CASE("undefined moments are NaN") {
    const std::vector<double> none, one{3}, broken{1, std::nan(""), 2};
    CHECK(std::isnan(moments(none).mean));
    CHECK(std::isnan(mean_of(none)));
    CHECK(moments(one).mean == 3);
    CHECK((std::isnan(moments(one).stddev) && std::isnan(variance_about(one, 3))));
    CHECK((std::isnan(moments(broken).mean) && std::isnan(moments(broken).sem)));
}

TEST_CASE("equal values have no rounding error, and a large offset takes no digits from the standard deviation") {
    const auto equal = moments(std::vector<double>(3, 0.1));
    CHECK((equal.mean == 0.1 && equal.stddev == 0));
    CHECK(moments(std::vector{1e9 + 1, 1e9 + 2, 1e9 + 3}).stddev == 1);
}

}  // namespace moments_test
