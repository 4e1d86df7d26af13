#include <pstar/io/json_line.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <pstar/io/json_difference.hpp>

#include "catch.hpp"

namespace json_line_test {

using Json = nlohmann::ordered_json;

TEST_CASE("a sealed line is JSON with its own checksum and comes back") {
    const Json object{{"run", {{"p", 0.1}, {"name", "a \"quoted\" ü"}}}, {"x", 1.0 / 3}};
    const auto line = pstar::sealed_line(object);
    CHECK(line.find('\n') == std::string::npos);
    const auto parsed = Json::parse(line);
    const auto comma = line.rfind(",\"crc32\"");
    CHECK(parsed["crc32"].get<std::string>().size() == 8);
    const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(line.data()), comma);
    CHECK(std::stoul(parsed["crc32"].get<std::string>(), nullptr, 16) == crc);
    CHECK(pstar::unsealed(line) == object);
}

TEST_CASE("no changed bit and no missing byte of a sealed line goes unseen") {
    const auto line = pstar::sealed_line(Json{{"run", {{"p", 0.25}}}, {"result", 0.75}});
    for (std::size_t i = 0; i < line.size(); ++i)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto flipped = line;
            flipped[i] = static_cast<char>(static_cast<unsigned char>(flipped[i]) ^ (1U << bit));
            CHECK(!pstar::unsealed(flipped));
        }
    for (std::size_t n = 0; n < line.size(); ++n) {
        CHECK(!pstar::unsealed(line.substr(0, n)));
        CHECK(!pstar::unsealed(line.substr(line.size() - n)));
    }
    CHECK(!pstar::unsealed(line + " "));
}

TEST_CASE("numbers that JSON does not have survive a line") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto there_and_back = [](double value) {
        const auto line = pstar::sealed_line(Json{{"x", pstar::json_number(value)}});
        return pstar::number_of_json(pstar::unsealed(line)->at("x"));
    };
    CHECK(std::isnan(there_and_back(std::nan(""))));
    CHECK(there_and_back(infinity) == infinity);
    CHECK(there_and_back(-infinity) == -infinity);
    for (const double value : {0.1, 1e-310, 1.7976931348623157e308, -1.0 / 3}) CHECK(there_and_back(value) == value);
    CHECK_THROWS(pstar::number_of_json(Json("many")));
}

TEST_CASE("the difference of two configurations names every place") {
    const nlohmann::json there{{"epochs", 20}, {"seed", 1}, {"loss", "softmax_mse"}};
    const nlohmann::json here{{"epochs", 10}, {"loss", "softmax_mse"}, {"noise", "common"}};
    CHECK(pstar::json_difference(there, here) ==
          "epochs 20 there, 10 here; noise unset there, \"common\" here; seed 1 there, unset here");
    CHECK(pstar::json_difference(here, here).empty());
    CHECK(pstar::json_difference(nlohmann::json(3), here).find("3 there") == 0);
}

}  // namespace json_line_test
