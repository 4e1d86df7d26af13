#include <pstar/sweep/grid.hpp>

#include <cmath>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/autodiff/activation.hpp>

#include "catch.hpp"

namespace grid_test {

namespace {

struct Run {
    double strength = -1;
    std::size_t width = 7, repeat = 0;
    pstar::Activation activation = pstar::Activation::relu;
    std::string data = "digits";
};

}  // namespace

TEST_CASE("a grid is the product of its axes, the last fastest, repeats fastest of all") {
    const auto grid = pstar::Grid<Run>()
                          .repeats("repeat", &Run::repeat, 2)
                          .axis("strength", &Run::strength, {0, 0.5, 1})
                          .axis("width", &Run::width, {16, 64});
    CHECK(grid.size() == 12);
    CHECK(grid.points() == 6);
    CHECK(grid.repeats() == 2);
    const auto runs = grid.runs();
    REQUIRE(runs.size() == 12);
    for (std::size_t i = 0; i < 12; ++i) {
        CHECK(runs[i].repeat == i % 2);
        CHECK(runs[i].width == (i / 2 % 2 == 0 ? 16 : 64));
        CHECK(runs[i].strength == 0.5 * static_cast<double>(i / 4));
        CHECK(runs[i].data == "digits");
    }
    CHECK_THROWS_AS(grid[12], std::invalid_argument);
    CHECK(pstar::Grid<Run>(Run{.width = 3}).size() == 1);
    CHECK(pstar::Grid<Run>(Run{.width = 3})[0].width == 3);
}

TEST_CASE("keys name every axis, are all different and do not depend on the grid's other values") {
    const auto small = pstar::Grid<Run>()
                           .axis("activation", &Run::activation, {pstar::Activation::tanh})
                           .axis("strength", &Run::strength, {0.1})
                           .axis("data", &Run::data, {"mnist"})
                           .repeats("repeat", &Run::repeat, 2);
    CHECK(small.key(small[1]).dump() == R"({"activation":"tanh","strength":0.1,"data":"mnist","repeat":1})");
    const auto large = pstar::Grid<Run>()
                           .axis("activation", &Run::activation, {pstar::Activation::relu, pstar::Activation::tanh})
                           .axis("strength", &Run::strength, {0, 0.1, 0.2})
                           .axis("data", &Run::data, {"digits", "mnist"})
                           .repeats("repeat", &Run::repeat, 3);
    std::set<std::string> keys;
    for (const auto& run : large.runs()) keys.insert(large.key(run).dump());
    CHECK(keys.size() == large.size());
    for (const auto& run : small.runs()) CHECK(keys.count(small.key(run).dump()) == 1);
    Run minus{.strength = -0.0};
    CHECK(small.key(minus)["strength"].dump() == "0.0");
}

TEST_CASE("members can vary together") {
    const auto grid =
        pstar::Grid<Run>()
            .together<pstar::Activation, std::size_t>(
                {"activation", "width"}, {&Run::activation, &Run::width},
                {{pstar::Activation::relu, 4}, {pstar::Activation::tanh, 8}, {pstar::Activation::tanh, 4}})
            .axis("strength", &Run::strength, {0, 1});
    CHECK(grid.size() == 6);
    CHECK(grid[3].activation == pstar::Activation::tanh);
    CHECK(grid[3].width == 8);
    CHECK(grid[3].strength == 1);
    CHECK(grid.key(grid[4]).dump() == R"({"activation":"tanh","width":4,"strength":0.0})");
    const auto twice = [] {
        pstar::Grid<Run>().together<double, std::size_t>({"strength", "width"}, {&Run::strength, &Run::width},
                                                         {{0.5, 4}, {0.5, 8}, {0.5, 4}});
    };
    CHECK_THROWS_WITH(twice(), Catch::Contains("strength, width: the value (= {\"strength\":0.5,\"width\":4})"));
}

TEST_CASE("keys leave out an axis where it has the value from before there was one") {
    const auto before = pstar::Grid<Run>().axis("strength", &Run::strength, {0, 0.5});
    auto grid = pstar::Grid<Run>().axis("strength", &Run::strength, {0, 0.5}).axis("width", &Run::width, {4, 8});
    grid.leave_out("width", std::size_t{4});
    for (const double strength : {0.0, 0.5}) {
        CHECK(grid.key({.strength = strength, .width = 4}) == before.key({.strength = strength}));
        CHECK(grid.key({.strength = strength, .width = 8}).dump() ==
              before.key({.strength = strength}).dump().insert(15, ",\"width\":8"));
    }
    CHECK_THROWS_AS(grid.leave_out("depth", std::size_t{4}), std::invalid_argument);
}

TEST_CASE("an axis that would make two runs one is refused, by name") {
    pstar::Grid<Run> grid;
    grid.axis("width", &Run::width, {1, 2}).repeats("repeat", &Run::repeat, 3);
    CHECK_THROWS_AS(grid.axis("width", &Run::strength, {1}), std::invalid_argument);
    CHECK_THROWS_AS(grid.axis("repeat", &Run::strength, {1}), std::invalid_argument);
    CHECK_THROWS_AS(grid.axis("", &Run::strength, {1}), std::invalid_argument);
    CHECK_THROWS_AS(grid.axis("strength", &Run::strength, {}), std::invalid_argument);
    CHECK_THROWS_AS(grid.axis("strength", &Run::strength, {0, std::nan("")}), std::invalid_argument);
    CHECK_THROWS_AS(grid.repeats("again", &Run::repeat, 3), std::invalid_argument);
    CHECK_THROWS_AS(pstar::Grid<Run>().repeats("repeat", &Run::repeat, 0), std::invalid_argument);
    try {
        grid.axis("strength", &Run::strength, {0.5, 0, 0.5});
        FAIL("two equal strengths were taken");
    } catch (const std::invalid_argument& error) {
        CHECK(std::string(error.what()).find("strength: the value (= 0.5)") != std::string::npos);
    }
    CHECK(grid.size() == 6);  // what was refused left nothing behind
}

}  // namespace grid_test
