#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

/// The headers below a folder `include/pstar` and what they include, read as text.
struct Header {
    std::string layer;             ///< `data` for data/idx.hpp and for data.hpp; empty for pstar.hpp and version.hpp
    std::size_t lines = 0;         ///< length of the file
    std::vector<std::string> own;  ///< includes of the form <pstar/...>, without the `pstar/`
    /// Those of them that come last, `#ifndef PSTAR_COMPILED`: the header's own definitions, which include it in turn.
    std::set<std::string> definitions;
    std::vector<std::string> wrong;  ///< includes that reach pstar's own headers in any other form
};

/// Path below include/pstar (`data/idx.hpp`) -> what is in it.
using SourceTree = std::map<std::string, Header>;

inline std::string layer_of(const std::string& path) {
    if (path == "pstar.hpp" || path == "version.hpp") return "";
    const auto slash = path.find('/');
    return slash != std::string::npos ? path.substr(0, slash) : std::filesystem::path(path).stem().string();
}

inline Header read_header(const std::filesystem::path& file, const std::string& path) {
    static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
    Header header{.layer = layer_of(path), .lines = 0, .own = {}, .definitions = {}, .wrong = {}};
    std::ifstream in(file);
    std::smatch found;
    bool defines = false;
    for (std::string line; std::getline(in, line); ++header.lines) {
        if (line == "#ifndef PSTAR_COMPILED") defines = true;
        if (!std::regex_match(line, found, include)) continue;
        const std::string name = found[2];
        const bool is_ours = name.rfind("pstar/", 0) == 0;
        if (is_ours && defines) header.definitions.insert(name.substr(6));
        if (is_ours && found[1] == "<")
            header.own.push_back(name.substr(6));
        else if (is_ours || found[1] == "\"" || name.rfind("..", 0) == 0)
            header.wrong.push_back(name);
    }
    return header;
}

inline SourceTree read_source_tree(const std::filesystem::path& root) {
    SourceTree tree;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".hpp") continue;
        const auto path = entry.path().lexically_relative(root).generic_string();
        tree.emplace(path, read_header(entry.path(), path));
    }
    return tree;
}

/// Everything that `path` includes, directly or not, with or without headers' own definitions; `path` itself only where
/// the includes run in a circle.
inline std::set<std::string> reached_from(const std::string& path, const SourceTree& tree, bool definitions = true) {
    std::set<std::string> reached;
    std::vector<std::string> open{path};
    while (!open.empty()) {
        const auto header = tree.find(open.back());
        open.pop_back();
        if (header == tree.end()) continue;
        for (const auto& next : header->second.own)
            if ((definitions || !header->second.definitions.contains(next)) && reached.insert(next).second)
                open.push_back(next);
    }
    return reached;
}
