#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/statistics/variance_components.hpp>

#include "catch.hpp"

namespace variance_components_test {

using Groups = std::vector<std::vector<double>>;

namespace {

/// Normal values around normal centres.
Groups planted(const std::vector<std::size_t>& sizes, double between, double within, pstar::RandomSequence& next) {
    Groups groups;
    for (const auto size : sizes) {
        const double centre = 0.9 + std::sqrt(between) * next.normal();
        auto& group = groups.emplace_back();
        for (std::size_t j = 0; j < size; ++j) group.push_back(centre + std::sqrt(within) * next.normal());
    }
    return groups;
}

/// Averages over many experiments: of the estimates, and how often the intervals hold what was planted.
struct Average {
    double between = 0, within = 0, of_group_means = 0;  // of M - W/h, which may be negative
    double between_holds = 0, within_holds = 0, truncated = 0;
};

Average average(const std::vector<std::size_t>& sizes, double between, double within) {
    pstar::RandomSequence next({pstar::Seed{3}});
    double inverse = 0;
    for (const auto size : sizes) inverse += 1 / static_cast<double>(size * sizes.size());
    constexpr int experiments = 1500;
    Average sum;
    for (int i = 0; i < experiments; ++i) {
        const auto found = pstar::nested_variance(planted(sizes, between, within, next));
        sum.between += (found.of_group_means.value - found.within.value * inverse) / experiments;
        sum.within += found.within.value / experiments;
        sum.of_group_means += found.of_group_means.value / experiments;
        sum.between_holds += (found.between.low <= between && between <= found.between.high) / double{experiments};
        sum.within_holds += (found.within.low <= within && within <= found.within.high) / double{experiments};
        sum.truncated += found.truncated / double{experiments};
        CHECK(found.between.value >= 0);
        CHECK(found.truncated == (found.of_group_means.value < found.within.value * inverse));
    }
    return sum;
}

}  // namespace

TEST_CASE("components by hand") {
    // Means 2, 5, 8; W = (2 + 2 + 2)/3 = 2; M = 9, 1/h = 1/2: between = 9 - 1.
    const auto found = pstar::nested_variance(Groups{{1, 3}, {4, 6}, {7, 9}});
    CHECK(found.mean == Approx(5));
    CHECK(found.within.value == Approx(2));
    CHECK(found.between.value == Approx(8));
    CHECK(found.of_group_means.value == Approx(9));
    CHECK(!found.truncated);
    // chi2(3) has 0.2158 and 9.3484 at 2.5% and 97.5%, chi2(2) 0.050636 and 7.3778; F(2, 3) 0.025533 and 16.0441.
    CHECK(found.within.low == Approx(6 / 9.3484).epsilon(1e-4));
    CHECK(found.within.high == Approx(6 / 0.215795).epsilon(1e-4));
    CHECK(found.between.low == 0);  // 9 < 16.04 * 1
    CHECK(found.between.high == Approx(2 * (9 - 0.025533) / 0.050636).epsilon(1e-4));
    // With unequal groups: means 0 and 3, W = 2/1, M = 4.5, 1/h = 3/4.
    const auto unequal = pstar::nested_variance(Groups{{3}, {-1, 1}});
    CHECK(unequal.between.value == Approx(4.5 - 1.5));
}

TEST_CASE("planted components are recovered, and the intervals hold them") {
    for (const double between : {4.0, 0.25}) {
        INFO(between);
        const auto found = average({4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, between, 1);
        CHECK(found.within == Approx(1).margin(0.03));  // sd of one: sqrt(2/30)
        CHECK(found.between == Approx(between).epsilon(0.06));
        CHECK(found.within_holds == Approx(0.95).margin(0.02));
        CHECK(found.between_holds > 0.93);
        CHECK(found.between_holds < 0.98);
    }
    const auto unequal = average({2, 6, 3, 4, 2, 8, 5}, 1, 2);
    CHECK(unequal.within == Approx(2).margin(0.06));
    CHECK(unequal.between == Approx(1).margin(0.08));
    CHECK(unequal.between_holds > 0.93);
}

TEST_CASE("a component that is not there is truncated at 0 about half of the time, and said so") {
    const auto found = average({3, 3, 3, 3, 3, 3, 3, 3}, 0, 1);
    CHECK(found.between == Approx(0).margin(0.02));
    CHECK(found.truncated > 0.45);
    CHECK(found.truncated < 0.7);
    CHECK(found.between_holds > 0.95);  // one side only: 97.5%
    const auto once = pstar::nested_variance(Groups{{0, 2}, {1, 1}, {2, 0}});
    CHECK(once.truncated);
    CHECK(once.between.value == 0);
    CHECK(once.between.low == 0);
}

TEST_CASE("what a design cannot tell is open") {
    const auto single = pstar::nested_variance(Groups{{1}, {2}, {3}});
    CHECK(std::isnan(single.between.value));
    CHECK(std::isnan(single.within.value));
    CHECK(std::isinf(single.between.high));
    CHECK(single.of_group_means.value == Approx(1));
    const auto one_group = pstar::nested_variance(Groups{{1, 2, 3}});
    CHECK(one_group.within.value == Approx(1));
    CHECK(std::isnan(one_group.between.value));
    CHECK(std::isnan(one_group.of_group_means.value));
    CHECK(std::isnan(pstar::nested_variance(Groups{{1, std::nan("")}, {1, 2}}).within.value));
    CHECK_THROWS_AS(pstar::nested_variance(Groups{{}, {1}}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::nested_variance(Groups{{1}}, 1.0), std::invalid_argument);
    const auto alike = pstar::nested_variance(Groups{{0.5, 0.5}, {0.5, 0.5}});
    CHECK(alike.between.value == 0);
    CHECK(alike.within.high == 0);
}

}  // namespace variance_components_test
