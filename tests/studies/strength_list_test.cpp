#include "common/cli/lists.hpp"

#include <vector>

#include "catch.hpp"
#include "common/cli/program.hpp"

namespace strength_list_test {

using study::parse_strengths;

TEST_CASE("a range gives exactly the doubles that its decimals name") {
    const std::vector<double> tenths{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
    CHECK(parse_strengths("0:1:0.1") == tenths);
    CHECK(parse_strengths("0.85:1:0.05") == std::vector<double>{0.85, 0.9, 0.95, 1});
    CHECK(parse_strengths("0:1:0.4") == std::vector<double>{0, 0.4, 0.8});  // the last is not reached
    CHECK(parse_strengths("0.3:0.3:1") == std::vector<double>{0.3});
}

TEST_CASE("a list is sorted") {
    CHECK(parse_strengths("0.9,0,0.5") == std::vector<double>{0, 0.5, 0.9});
    CHECK(parse_strengths("1e-3") == std::vector<double>{1e-3});
}

TEST_CASE("what is no list of strengths is refused") {
    for (const char* text : {"", "0,", "a", "0:1", "0:1:0", "1:0:0.1", "0:1:0.1:2", "-0.1", "nan", "inf", "0.5,0.5",
                             "0:1:1e-1", "0:1:0.0000000001", "0:1000000:0.001", "0.5x", "0 1"})
        CHECK_THROWS_AS(parse_strengths(text), study::UsageError);
}

}  // namespace strength_list_test
