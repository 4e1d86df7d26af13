#include <pstar/sweep/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include <pstar/sweep/repeats.hpp>

#include "catch.hpp"

namespace schedule_test {

namespace {

using pstar::Schedule;
using pstar::Turn;

/// All turns, each ended at once.
std::vector<std::size_t> all_turns(Schedule& schedule) {
    std::vector<std::size_t> turns;
    schedule.start();
    for (auto turn = schedule.next(); turn.kind == Turn::run; turn = schedule.next()) {
        turns.push_back(turn.index);
        schedule.ended(turn.index);
    }
    return turns;
}

/// Points whose error is scale[point] / sqrt(n), wanted below 1.
Schedule::Options adaptive(std::vector<double> scales, std::size_t repeats, std::size_t minimum) {
    return {.points = scales.size(),
            .repeats = repeats,
            .minimum = minimum,
            .error = [scales](std::size_t point,
                              std::size_t n) { return scales[point] / std::sqrt(static_cast<double>(n)); },
            .wanted = [repeats](std::size_t n, double error) { return pstar::repeats_wanted(n, error, 1, repeats); }};
}

pstar::Outcome<double> outcome(double value) {
    return {value, "", 0};
}

}  // namespace

TEST_CASE("all points once before any twice, costly ones first") {
    Schedule schedule({.points = 3, .repeats = 2, .minimum = 2, .costs = {1, 5, 3}});
    CHECK(schedule.known() == 6);
    CHECK(all_turns(schedule) == std::vector<std::size_t>{2, 4, 0, 3, 5, 1});
}

TEST_CASE("what is skipped is not run again") {
    Schedule schedule({.points = 2, .repeats = 3, .minimum = 3});
    schedule.skip(0);
    schedule.skip(5);
    schedule.skip(5);
    CHECK(schedule.known() == 4);
    CHECK(all_turns(schedule) == std::vector<std::size_t>{3, 1, 4, 2});
}

TEST_CASE("shards share out all runs, evenly in number and in cost") {
    std::vector<double> costs(13);
    std::iota(costs.begin(), costs.end(), 1.0);
    std::multiset<std::size_t> together;
    std::vector<double> cost_of_shard;
    for (std::size_t i = 1; i <= 4; ++i) {
        Schedule schedule({.points = 13, .repeats = 8, .minimum = 8, .costs = costs, .shard = {i, 4}});
        const auto turns = all_turns(schedule);
        CHECK(turns.size() == 26);
        double cost = 0;
        for (const auto index : turns) cost += costs[index / 8];
        cost_of_shard.push_back(cost);
        together.insert(turns.begin(), turns.end());
    }
    CHECK(together.size() == 104);
    CHECK(std::set<std::size_t>(together.begin(), together.end()).size() == 104);
    const auto [least, most] = std::minmax_element(cost_of_shard.begin(), cost_of_shard.end());
    CHECK(*most / *least < 1.1);  // 728 in all, dealt in order of cost
    Schedule zero({.points = 4, .repeats = 1, .shard = {0, 4}}), four({.points = 4, .repeats = 1, .shard = {4, 4}});
    CHECK(all_turns(zero) == all_turns(four));
    CHECK_THROWS_AS(Schedule({.points = 1, .shard = {0, 0}}), std::invalid_argument);
    CHECK_THROWS_AS(Schedule({.points = 1, .shard = {3, 2}}), std::invalid_argument);
    CHECK_THROWS_AS(Schedule({.points = 1, .costs = {1, 2}}), std::invalid_argument);
}

TEST_CASE("repeats are added where the error is wide, the widest first, until it is small or there are no more") {
    // Errors below 1 need n >= scale^2: 4, 16 and 100 repeats, of 30 at most.
    Schedule schedule(adaptive({2, 4, 10}, 30, 2));
    const auto turns = all_turns(schedule);
    std::vector<std::size_t> count(3);
    for (const auto index : turns) ++count[index / 30];
    CHECK(count[0] == 4);
    CHECK(count[1] >= 16);
    CHECK(count[1] <= 17);  // no overshoot: the last step goes to the number needed
    CHECK(count[2] == 30);
    CHECK(schedule.known() == turns.size());
    CHECK(std::set<std::size_t>(turns.begin(), turns.end()).size() == turns.size());
    CHECK(turns[6] / 30 == 2);  // after two of each, the widest
}

TEST_CASE("which repeats are run does not depend on the order in which runs end") {
    const auto scales = std::vector<double>{3, 1, 5, 0.5, 4};
    Schedule alone(adaptive(scales, 40, 3));
    auto expected = all_turns(alone);
    std::sort(expected.begin(), expected.end());
    for (const std::size_t in_flight : {2U, 7U}) {
        Schedule schedule(adaptive(scales, 40, 3));
        schedule.start();
        std::vector<std::size_t> flying, begun;
        while (true) {
            const auto turn = schedule.next();
            if (turn.kind == Turn::run) flying.push_back(turn.index), begun.push_back(turn.index);
            if (turn.kind == Turn::end && flying.empty()) break;
            if (turn.kind != Turn::run || flying.size() == in_flight) {
                REQUIRE(!flying.empty());
                const auto place = begun.size() * 7 % flying.size();  // in some other order
                schedule.ended(flying[place]);
                flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(place));
            }
        }
        std::sort(begun.begin(), begun.end());
        CHECK(begun == expected);
    }
    // Nor on where it was interrupted: what is there is skipped, the rest is the same.
    for (const std::size_t there : {1U, 10U, 20U}) {
        Schedule schedule(adaptive(scales, 40, 3));
        for (std::size_t i = 0; i < there; ++i) schedule.skip(expected[i]);
        auto rest = all_turns(schedule);
        rest.insert(rest.end(), expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(there));
        std::sort(rest.begin(), rest.end());
        CHECK(rest == expected);
    }
}

TEST_CASE("shards of adaptive repeats share out whole points") {
    const auto scales = std::vector<double>{3, 1, 5, 0.5, 4};
    Schedule whole(adaptive(scales, 40, 3));
    auto expected = all_turns(whole);
    std::vector<std::size_t> together;
    for (std::size_t i = 0; i < 3; ++i) {
        auto options = adaptive(scales, 40, 3);
        options.shard = {i, 3};
        Schedule schedule(options);
        const auto turns = all_turns(schedule);
        together.insert(together.end(), turns.begin(), turns.end());
    }
    std::sort(expected.begin(), expected.end());
    std::sort(together.begin(), together.end());
    CHECK(together == expected);
}

TEST_CASE("how many repeats are wanted") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(pstar::repeats_wanted(10, 0.5, 1, 100) == 10);  // small enough
    CHECK(pstar::repeats_wanted(100, 5, 1, 100) == 100);  // no more
    CHECK(pstar::repeats_wanted(10, 1.1, 1, 100) == 13);  // 10 * 1.21
    CHECK(pstar::repeats_wanted(10, 3, 1, 100) == 15);    // half as many again at most
    CHECK(pstar::repeats_wanted(90, 3, 1, 100) == 100);
    CHECK(pstar::repeats_wanted(2, 1.0001, 1, 100) == 3);  // at least one more
    CHECK(pstar::repeats_wanted(2, infinity, 1, 100) == 3);
    CHECK(pstar::repeats_wanted(10, 0.1, 0, 12) == 12);
    CHECK(pstar::repeats_wanted(10, 0, 0, 12) == 10);
}

TEST_CASE("the error of a point is the largest standard error of what is watched") {
    const pstar::RepeatRule<double> rule{.minimum = 2, .until_error = 0.1};
    const std::vector<pstar::Outcome<double>> three{outcome(1), outcome(2), outcome(4)};
    CHECK(rule.error(three) == Approx(std::sqrt(7.0 / 9)));  // sd^2 = 7/3, over n = 3
    const std::vector<pstar::Outcome<double>> nan{outcome(1), outcome(std::nan("")), outcome(3), {{}, "failed", 0}};
    CHECK(rule.error(nan) == Approx(1));  // of 1 and 3
    CHECK(std::isinf(rule.error(std::vector{outcome(1), outcome(std::nan(""))})));
    CHECK(rule.error(std::vector{outcome(std::nan("")), outcome(std::nan(""))}) == 0);  // more would not help

    using Pair = std::vector<double>;
    const pstar::RepeatRule<Pair> watching{.minimum = 2, .watch = [](const Pair& pair) { return pair; }};
    const std::vector<pstar::Outcome<Pair>> pairs{{Pair{0, 1}, "", 0}, {Pair{0, 3}, "", 0}};
    CHECK(watching.error(pairs) == Approx(1));
    CHECK_THROWS_AS(pstar::RepeatRule<Pair>{.minimum = 2}.error(pairs), std::invalid_argument);
    CHECK_THROWS_AS(pstar::RepeatRule<double>{.minimum = 1}.validate(), std::invalid_argument);
    CHECK_THROWS_AS(pstar::RepeatRule<double>{.until_error = -1}.validate(), std::invalid_argument);
}

}  // namespace schedule_test
