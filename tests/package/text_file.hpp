#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"

/// All of a file.
inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file);
    REQUIRE(in);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}
