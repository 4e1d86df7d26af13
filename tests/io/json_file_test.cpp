#include <pstar/io/json_file.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"

namespace json_file_test {

using namespace pstar;
using Catch::Contains;

TEST_CASE("JSON files are indented, end in a line break and come back equal") {
    const Scratch folder;
    const nlohmann::json value{
        {"p", {0.1, 1e-300, 5e-324, 1.0 / 3}}, {"name", "a \"b\" \n ä"}, {"none", nullptr}, {"n", 7}};
    write_json(folder / "t.json", value);
    CHECK(read_json(folder / "t.json") == value);

    nlohmann::ordered_json ordered;
    ordered["z"] = 1;
    ordered["a"] = {true};
    write_json(folder / "t.json", ordered);
    CHECK(read_bytes(folder / "t.json") == "{\n    \"z\": 1,\n    \"a\": [\n        true\n    ]\n}\n");
}

TEST_CASE("what JSON cannot hold is refused and the old file stays") {
    const Scratch folder;
    const auto path = write_bytes(folder / "t.json", "old");
    const nlohmann::json value{{"fits", {{{"slope", 1.5}}, {{"slope", std::nan("")}}}}};
    CHECK_THROWS_WITH(write_json(path, value), Contains("the number at /fits/1/slope (= nan) must be finite"));
    CHECK_THROWS_AS(write_json(path, nlohmann::json(std::numeric_limits<double>::infinity())), std::invalid_argument);
    CHECK_THROWS_AS(write_json(path, nlohmann::json("\xff")), std::invalid_argument);
    CHECK_THROWS_AS(write_json(folder / "no/t.json", nlohmann::json(1)), std::system_error);
    CHECK(read_bytes(path) == "old");
}

TEST_CASE("broken JSON files are refused with the place") {
    const Scratch folder;
    const auto path = folder / "t.json";
    CHECK_THROWS_WITH(read_json(path), Contains("does not exist"));
    const auto refused = [&](const std::string& text, const char* reason) {
        CHECK_THROWS_AS(read_json(write_bytes(path, text)), DataError);
        CHECK_THROWS_WITH(read_json(path), Contains(reason) && Contains(path.string()) && !Contains("json.exception"));
    };
    refused("", "parse error at line 1, column 1");
    refused("{\n  \"a\": 1,\n  \"b\" 2\n}", "parse error at line 3, column");
    refused("{} {}", "parse error");
    refused("{\"a\": NaN}", "parse error");
    refused("[1e999]", "number overflow");
    refused("\"\xff\"", "UTF-8");
    refused(R"({"a": 1, "b": {"c": 1, "c": 2}})", "the key \"c\" appears twice");
    CHECK(read_json(write_bytes(path, R"({"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]})")).size() == 2);
    CHECK(read_json(write_bytes(path, std::string(100, '[') + std::string(100, ']'))).is_array());
    refused(std::string(101, '[') + std::string(101, ']'), "nested more than 100 levels");
    refused(std::string(1'000'000, '['), "nested more than 100 levels");
}

}  // namespace json_file_test
