// No two purposes share a stream of random numbers, read from the sources.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

/// Path below include/pstar -> text without comments.
using Sources = std::map<std::string, std::string>;

/// Streams that several headers draw from: common random numbers of all models trained with one seed, and the caller's.
const std::set<std::string> common = {"init", "shuffle", "train_noise", "test_noise", "user"};

Sources read_sources(const std::filesystem::path& root) {
    Sources sources;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const auto code = std::regex_replace(text.str(), std::regex("//[^\n]*"), "");  // comments draw nothing
        sources[entry.path().lexically_relative(root).generic_string()] = code;
    }
    return sources;
}

/// Every match's first group.
std::vector<std::string> found_in(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::vector<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
        found.push_back((*match)[1]);
    return found;
}

/// What is wrong with the use of streams, one sentence each.
std::vector<std::string> violations(const Sources& sources) {
    const auto& random = sources.at("core/random.hpp");
    const auto begin = random.find("enum class Stream");
    const auto list = random.substr(begin, random.find("};", begin) - begin);
    std::map<std::string, std::set<std::string>> users;
    for (const auto& name : found_in(list, R"((?:^|\n)\s*(\w+) = )")) users[name];
    for (const auto& [path, text] : sources)
        for (const auto& name : found_in(text, R"(\bStream::(\w+))")) users[name].insert(path);
    std::vector<std::string> wrong;
    for (const auto& [name, paths] : users) {
        if (paths.empty()) wrong.push_back(name + " is used nowhere");
        if (paths.size() < 2 || common.count(name) > 0) continue;
        std::string all;
        for (const auto& path : paths) all += " " + path;
        wrong.push_back(name + " is shared by" + all);
    }
    const auto numbers = found_in(list, R"(= (\w+(?: << \w+)?))");
    if (std::set<std::string>(numbers.begin(), numbers.end()).size() != users.size())
        wrong.emplace_back("two streams have one number");
    return wrong;
}

}  // namespace

TEST_CASE("No two purposes share a random stream") {
    const auto sources = read_sources(PSTAR_SOURCE_DIR "/include/pstar");
    for (const auto& violation : violations(sources)) FAIL_CHECK(violation);
}

TEST_CASE("The test of the streams finds what is planted") {
    Sources sources{{"core/random.hpp", "enum class Stream {\n    init = 1,  ///< x\n    bootstrap = 2,\n};"},
                    {"a.hpp", "{seed, Stream::bootstrap}, {seed, Stream::init}"},
                    {"b.hpp", "{seed, Stream::init}"}};
    CHECK(violations(sources).empty());
    SECTION("shared") {
        sources["b.hpp"] += " Stream::bootstrap";
        CHECK(violations(sources) == std::vector<std::string>{"bootstrap is shared by a.hpp b.hpp"});
    }
    SECTION("unused") {
        sources["a.hpp"] = "";
        CHECK(violations(sources) == std::vector<std::string>{"bootstrap is used nowhere"});
    }
    SECTION("one number for two") {
        sources["core/random.hpp"] = "enum class Stream {\n    init = 1,\n    bootstrap = 1,\n};";
        CHECK(violations(sources) == std::vector<std::string>{"two streams have one number"});
    }
}
