#include <cstddef>
#include <string>

#include <pstar/experiment/decisions.hpp>

#include "catch.hpp"

namespace decisions_test {

using pstar::Decisions;

TEST_CASE("decisions are read back as they were") {
    CHECK(pstar::decisions_text(Decisions{3, 0, 1}) == "1DAB");
    CHECK(pstar::decisions_text(Decisions{64, 2}) == "2BAAC");
    CHECK(pstar::decisions_text(Decisions{}) == "1");
    for (const std::size_t step : {1U, 63U, 64U, 4095U, 4096U, 65536U, 262143U}) {
        Decisions decisions;
        for (std::size_t i = 0; i < 5; ++i) decisions.push_back(i * step % 262144);
        INFO(step);
        CHECK(pstar::decisions_of_text(pstar::decisions_text(decisions)) == decisions);
    }
    CHECK(pstar::decisions_of_text("1").empty());
    CHECK_THROWS_AS(pstar::decisions_text(Decisions{262144}), std::invalid_argument);
}

TEST_CASE("other text is refused") {
    for (const std::string text : {"", "0AB", "4AAAA", "2ABC", "1A-", "x"}) {
        INFO(text);
        CHECK_THROWS_AS(pstar::decisions_of_text(text), pstar::DataError);
    }
}

}  // namespace decisions_test
