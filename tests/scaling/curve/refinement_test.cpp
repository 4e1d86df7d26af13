#include <pstar/scaling/curve/refinement.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

namespace refinement_test {

using List = std::vector<double>;

TEST_CASE("gaps are halved until they are narrow, in decimals that are easy to read") {
    CHECK(pstar::halved(List{0, 0.1, 0.2}, 0.025) == List{0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2});
    CHECK(pstar::halved(List{0, 0.5, 0.75, 1}, 0.25) == List{0, 0.25, 0.5, 0.75, 1});
    CHECK(pstar::halved(List{0, 1}, 1) == List{0, 1});
    CHECK(pstar::halved(List{0, 1}, 0.99) == List{0, 0.5, 1});
    CHECK(pstar::halved(List{0.3, 0.4}, 0.1) == List{0.3, 0.4});  // 0.4 - 0.3 is a little more than 0.1
    CHECK(pstar::halved(List{2}, 0.1) == List{2});
    CHECK(pstar::halved(List{}, 0.1).empty());
    CHECK(pstar::halved(List{1e-12, 3e-12}, 1e-12) == List{1e-12, 2e-12, 3e-12});
}

TEST_CASE("a finer resolution keeps the strengths of a coarser one") {
    const List coarse{0, 0.1, 0.3, 0.7, 1};
    const auto some = pstar::halved(coarse, 0.05), more = pstar::halved(coarse, 0.003);
    CHECK(std::ranges::includes(more, some));
    CHECK(std::ranges::includes(some, coarse));
    for (std::size_t i = 0; i + 1 < more.size(); ++i) CHECK((more[i + 1] > more[i] && more[i + 1] - more[i] <= 0.003));
}

TEST_CASE("strengths are inserted where neighbours differ") {
    const List strength{0, 0.25, 0.5, 0.75, 1}, accuracy{0.95, 0.94, 0.9, 0.2, 0.1};
    const List open{0.1, 0.3, 0.6, 0.65, 0.8, 0.9};
    CHECK(pstar::steep_middles(strength, accuracy, open, 0.1) == List{0.6});  // 0.6 and 0.65 are as near: the lower
    CHECK(pstar::steep_middles(strength, accuracy, open, 0.05) == List{0.6, 0.9});
    CHECK(pstar::steep_middles(strength, accuracy, open, 0) == List{0.1, 0.3, 0.6, 0.9});
    CHECK(pstar::steep_middles(strength, accuracy, List{0.1}, 0.05).empty());
    CHECK(pstar::steep_middles(List{0.5}, List{0.5}, open, 0).empty());
    // A rise counts as a fall.
    CHECK(pstar::steep_middles(List{0, 1}, List{0.1, 0.9}, List{0.4}, 0.1) == List{0.4});
}

TEST_CASE("what cannot be refined is refused") {
    CHECK_THROWS_WITH(pstar::halved(List{0, 1}, 0), Catch::Contains("resolution (= 0)"));
    CHECK_THROWS_WITH(pstar::halved(List{0, 1}, 1e-9), Catch::Contains("larger resolution"));
    CHECK_THROWS_AS(pstar::halved(List{1, 0}, 0.1), std::invalid_argument);
    CHECK_THROWS_AS(pstar::halved(List{0, INFINITY}, 0.1), std::invalid_argument);
    CHECK_THROWS_AS(pstar::steep_middles(List{0, 1}, List{1}, List{}, 0), std::invalid_argument);
    CHECK_THROWS_AS(pstar::steep_middles(List{0, 1}, List{1, NAN}, List{}, 0), std::invalid_argument);
    CHECK_THROWS_AS(pstar::steep_middles(List{0, 1}, List{1, 0}, List{}, -0.1), std::invalid_argument);
    CHECK_THROWS_AS(pstar::steep_middles(List{0, 1}, List{1, 0}, List{0.5, 0.4}, 0), std::invalid_argument);
}

}  // namespace refinement_test
