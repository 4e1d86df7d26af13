// The pages of the guide: links lead somewhere, the index has every page, every status is explained.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "text_file.hpp"

namespace pages_test {
namespace {

namespace fs = std::filesystem;
const fs::path root = PSTAR_SOURCE_DIR;

/// Without what is between fences: code has brackets of its own.
std::string prose_of(const fs::path& page) {
    std::istringstream in(read_text(page));
    std::string prose;
    bool fenced = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("```"))
            fenced = !fenced;
        else if (!fenced)
            prose += line + "\n";
    }
    return prose;
}

/// As GitHub makes it of a heading: lower case, letters, digits, `_` and `-`, hyphens for spaces.
std::string anchor_of(const std::string& heading) {
    std::string anchor;
    for (const char letter : heading) {
        if (letter == ' ')
            anchor += '-';
        else if (letter == '-' || letter == '_' || std::isalnum(static_cast<unsigned char>(letter)))
            anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return anchor;
}

std::set<std::string> anchors_of(const fs::path& page) {
    std::set<std::string> anchors;
    std::istringstream in(prose_of(page));
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("#")) anchors.insert(anchor_of(line.substr(line.find_first_not_of('#') + 1)));
    return anchors;
}

std::vector<fs::path> pages() {
    std::vector<fs::path> result{root / "README.md", root / "CONTRIBUTING.md", root / "benchmarks/README.md"};
    for (const auto& entry : fs::directory_iterator(root / "docs"))
        if (entry.path().extension() == ".md") result.push_back(entry.path());
    return result;
}

/// Targets of `[text](target)` on a page that are files.
std::vector<std::string> links_of(const fs::path& page) {
    static const std::regex link(R"(\]\(([^() ]+)\))");
    const auto prose = prose_of(page);
    std::vector<std::string> links;
    for (auto found = std::sregex_iterator(prose.begin(), prose.end(), link); found != std::sregex_iterator(); ++found)
        if (const std::string target = (*found)[1]; !target.starts_with("http")) links.push_back(target);
    return links;
}

/// Why a link leads nowhere; empty where it does not.
std::string fault_of(const fs::path& page, const std::string& target) {
    const auto mark = target.find('#');
    const auto file = mark == 0 ? page : page.parent_path() / target.substr(0, mark);
    if (!fs::exists(file)) return "no such file";
    if (mark == std::string::npos || file.extension() != ".md") return "";
    return anchors_of(file).contains(target.substr(mark + 1)) ? "" : "no such heading";
}

}  // namespace

TEST_CASE("links between pages lead to files and headings that are there") {
    std::size_t links = 0;
    for (const auto& page : pages())
        for (const auto& target : links_of(page)) {
            INFO(page.lexically_relative(root).string() << ": " << target);
            CHECK(fault_of(page, target) == "");
            ++links;
        }
    CHECK(links > 100);
    CHECK(fault_of(root / "docs/README.md", "nowhere.md") == "no such file");
    CHECK(fault_of(root / "docs/README.md", "data.md#nowhere") == "no such heading");
    CHECK(anchor_of("Which learner?") == "which-learner");
}

TEST_CASE("the index of the guide has every page") {
    std::set<std::string> listed;
    for (const auto& target : links_of(root / "docs/README.md")) listed.insert(target.substr(0, target.find('#')));
    for (const auto& page : pages()) {
        const auto path = page.lexically_relative(root / "docs").generic_string();
        INFO(path);
        CHECK((path == "README.md" || path == "../README.md" || listed.contains(path)));
    }
}

TEST_CASE("every status that a fit, a run or a folder can have is explained in docs/troubleshooting.md") {
    static const std::regex enumeration(R"(enum class (\w*(Status|Verdict)|RunState|BatchKind)\b[^{]*\{([^}]*)\})");
    const auto is_explained = [](const std::string& page, std::string name) {
        name.insert(name.begin(), '`');
        return page.find(name.append("`")) != std::string::npos;
    };
    static const std::regex comment("//[^\n]*"), word(R"(\b[a-z][a-z_]*\b)");
    const auto page = read_text(root / "docs/troubleshooting.md");
    std::size_t kinds = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root / "include/pstar")) {
        if (entry.path().extension() != ".hpp") continue;
        const auto header = read_text(entry.path());
        for (auto found = std::sregex_iterator(header.begin(), header.end(), enumeration);
             found != std::sregex_iterator(); ++found, ++kinds) {
            const std::string name = (*found)[1];
            INFO(name);
            CHECK(is_explained(page, name));
            const auto words = std::regex_replace((*found)[3].str(), comment, "");
            for (auto one = std::sregex_iterator(words.begin(), words.end(), word); one != std::sregex_iterator();
                 ++one) {
                INFO(one->str());
                CHECK(is_explained(page, one->str()));
            }
        }
    }
    CHECK(kinds >= 14);
}

}  // namespace pages_test
