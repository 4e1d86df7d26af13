#include <pstar/statistics/estimate.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"

namespace estimate_test {

using namespace pstar;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool is(const Estimate& x, double value, double low, double high) {
    return x.value == value && x.low == low && x.high == high;
}

}  // namespace

TEST_CASE("an estimate that nobody made is undefined, not zero") {
    const Estimate none;
    CHECK((std::isnan(none.value) && std::isnan(none.low) && std::isnan(none.high)));
    CHECK_FALSE(contains(none, 0));
    CHECK((std::isnan(open_interval().value) && contains(open_interval(), -1e300)));
    CHECK(is(open_interval(3, 0), 3, 0, infinity));
}

TEST_CASE("estimates are moved, mirrored and cut") {
    const Estimate x{2, 1, 5};
    CHECK(is(shifted(x, 10), 12, 11, 15));
    CHECK(is(negated(x), -2, -5, -1));
    CHECK(is(exactly(4), 4, 4, 4));
    CHECK(is(plus_minus(4, 3), 4, 1, 7));
    CHECK(is(clamped(x, 1.5, 3), 2, 1.5, 3));
    CHECK(is(clamped(x, 0, 10), 2, 1, 5));
    CHECK(is(clamped(x, 3, 4), 2, 2, 4));  // the value itself stays, and the interval keeps it
    const auto root = transformed(Estimate{4, 1, infinity}, [](double value) { return std::sqrt(value); });
    CHECK(is(root, 2, 1, infinity));
    CHECK((contains(x, 1) && contains(x, 5) && !contains(x, 0.99) && !contains(x, 5.01)));
}

}  // namespace estimate_test
