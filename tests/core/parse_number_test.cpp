#include <pstar/core/parse_number.hpp>

#include <cmath>
#include <string>

#include "catch.hpp"

namespace parse_number_test {

using namespace pstar;

TEST_CASE("a text that is a number, all of it, is that number") {
    CHECK(parse_number("0.5") == 0.5);
    CHECK(parse_number("-1e-3") == -1e-3);
    CHECK(parse_number("12") == 12.0);
    CHECK(parse_number(".25") == 0.25);
    CHECK(parse_number("1e308") == 1e308);
    CHECK(parse_number("inf") == HUGE_VAL);
    CHECK(parse_number("-inf") == -HUGE_VAL);
    CHECK(std::isnan(parse_number("nan").value()));
}

TEST_CASE("other text is no number") {
    for (const std::string text : {"", "-", "+1", " 1", "1 ", "1,5", "0x10", "1e400", "1e", "--1", "one", "1.2.3"}) {
        INFO(text);
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("whole numbers are digits alone, and fit") {
    CHECK(parse_whole_number("0") == 0U);
    CHECK(parse_whole_number("007") == 7U);
    CHECK(parse_whole_number("18446744073709551615") == 18446744073709551615U);
    for (const std::string text : {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "18446744073709551616"}) {
        INFO(text);
        CHECK_FALSE(parse_whole_number(text));
    }
}

}  // namespace parse_number_test
