// What README.md shows is what is compiled, and the version is written the same everywhere.
#include <filesystem>
#include <string>

#include <pstar/version.hpp>

#include "catch.hpp"
#include "text_file.hpp"

namespace {

/// The lines between ```cpp and ``` of the first block of C++; empty if there is none.
std::string first_cpp_block(const std::string& markdown) {
    const std::string opening = "\n```cpp\n";
    const auto begin = markdown.find(opening);
    if (begin == std::string::npos) return "";
    const auto end = markdown.find("\n```\n", begin + opening.size() - 1);
    if (end == std::string::npos) return "";
    return markdown.substr(begin + opening.size(), end + 1 - begin - opening.size());
}

}  // namespace

TEST_CASE("The first program of README.md is examples/quickstart.cpp, character by character") {
    const std::filesystem::path root = PSTAR_SOURCE_DIR;
    CHECK(first_cpp_block(read_text(root / "README.md")) == read_text(root / "examples/quickstart.cpp"));
}

TEST_CASE("The first block of C++ is found") {
    CHECK(first_cpp_block("# pstar\n```sh\nls\n```\n```cpp\nint main() {\n}\n```\nand\n```cpp\nint x;\n```\n") ==
          "int main() {\n}\n");
    CHECK(first_cpp_block("no program").empty());
    CHECK(first_cpp_block("never closed\n```cpp\nint main() {}\n").empty());
}

TEST_CASE("The version is the same in the header, its parts and CITATION.cff") {
    const std::string parts = std::to_string(PSTAR_VERSION_MAJOR) + "." + std::to_string(PSTAR_VERSION_MINOR) + "." +
                              std::to_string(PSTAR_VERSION_PATCH);
    CHECK(parts == PSTAR_VERSION);
    const auto citation = read_text(std::filesystem::path(PSTAR_SOURCE_DIR) / "CITATION.cff");
    CHECK(citation.find("\nversion: " + parts + "\n") != std::string::npos);
}
