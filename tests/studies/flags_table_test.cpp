// docs/flags.md is what the studies themselves say of their flags, and the columns of the files that they write.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "program.hpp"

namespace flags_table_test {

using namespace study_test;

namespace {

struct Flag {
    std::string group, names, type, usual, text;
};

std::vector<std::string> cells_of(const std::string& line, char mark) {
    std::vector<std::string> cells{""};
    for (const char letter : line)
        if (letter == mark)
            cells.emplace_back();
        else
            cells.back() += letter;
    return cells;
}

/// What `--describe-flags` prints.
std::vector<Flag> flags_of(const std::string& of_program) {
    const auto said = shell(of_program + " --describe-flags");
    REQUIRE(said.code == 0);
    std::vector<Flag> flags;
    std::istringstream in(said.output);
    for (std::string line; std::getline(in, line);) {
        const auto cells = cells_of(line, '\t');
        REQUIRE(cells.size() == 5);
        flags.push_back({cells[0], cells[1], cells[2], cells[3], cells[4]});
    }
    return flags;
}

/// Text in a cell of Markdown.
std::string cell(const std::string& text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '|' || letter == '<') result += '\\';
        result += letter;
    }
    return result;
}
std::string code(const std::string& text) {
    std::string result;
    for (const char letter : text) result += letter == '|' ? std::string("\\|") : std::string(1, letter);
    return result.empty() ? "" : "`" + result + "`";
}

struct Program {
    std::string name, path;
    std::string run;  ///< flags of a run of a second or less
};

/// A flag as a row, with the default of each study that has it.
struct Row {
    Flag flag;
    std::map<std::string, std::string> usual;
};

/// Groups in the order of their first flag; a flag whose text differs between studies has a row for each text.
std::string flags_in_markdown(const std::vector<Program>& programs) {
    std::vector<std::string> groups;
    std::vector<Row> rows;
    for (const auto& one : programs)
        for (const auto& flag : flags_of(one.path)) {
            if (std::ranges::find(groups, flag.group) == groups.end()) groups.push_back(flag.group);
            auto row = std::ranges::find_if(rows, [&](const Row& known) {
                return known.flag.group == flag.group && known.flag.names == flag.names &&
                       known.flag.text == flag.text && known.flag.type == flag.type;
            });
            if (row == rows.end()) row = rows.insert(row, {flag, {}});
            row->usual[one.name] = flag.usual;
        }
    std::string text;
    for (const auto& group : groups) {
        text += "\n## " + cell(group) + "\n\n| flag | value | what it does |";
        for (const auto& one : programs) text += " " + one.name + " |";
        text += "\n|---|---|---|";
        for (std::size_t i = 0; i < programs.size(); ++i) text += "---|";
        text += "\n";
        for (const auto& row : rows) {
            if (row.flag.group != group) continue;
            text += "| " + code(row.flag.names) + " | " + code(row.flag.type) + " | " + cell(row.flag.text) + " |";
            for (const auto& one : programs) {
                const auto usual = row.usual.find(one.name);
                text += usual == row.usual.end() ? " |"
                        : usual->second.empty()  ? " yes |"
                                                 : " " + code(usual->second) + " |";
            }
            text += "\n";
        }
    }
    return text;
}

/// The files of tables that a run of each study has written, with their columns; studies that write the same share a
/// row.
std::string columns_in_markdown(const std::vector<Program>& programs, const Folder& folder) {
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> written;
    for (const auto& one : programs) {
        const auto out = folder / one.name;
        INFO(one.name);
        const auto ended = shell("PATH=/nowhere " + one.path + " " + one.run + " --out " + out);
        INFO(ended.output);
        REQUIRE(ended.code == 0);
        for (const auto& entry : fs::directory_iterator(out)) {
            if (entry.path().extension() != ".csv") continue;
            const auto columns = cells_of(lines(entry.path()).at(0), ',');
            std::string names;
            for (const auto& column : columns) names += (names.empty() ? "" : ", ") + code(column);
            written[{entry.path().filename().string(), names}].push_back(one.name);
        }
    }
    std::string text = "\n## Columns of the tables\n\n| file | of | columns |\n|---|---|---|\n";
    for (const auto& [file, studies] : written) {
        text += "| " + code(file.first) + " |";
        for (std::size_t i = 0; i < studies.size(); ++i) text += (i ? ", " : " ") + studies[i];
        text += " | " + file.second + " |\n";
    }
    return text;
}

const std::string head =
    "# Flags and columns of the studies\n\n"
    "What each study says of itself; a test writes this page (`tests/studies/flags_table_test.cpp`). A cell below a "
    "study "
    "has the default of the flag there, or yes where it has none or the text says it; an empty cell: the study has no "
    "such "
    "flag. What a study is for: [studies](studies.md); what the words mean: [experiments](experiments.md#words).\n";

}  // namespace

TEST_CASE("docs/flags.md has the flags and columns of the studies as they are") {
    const Folder folder;
    const std::string small = "--train 120 --test 60 --quiet ";
    const std::vector<Program> programs{
        {"accuracy_vs_corruption", STUDY_PROGRAM,
         small + "--strength 0,0.5,1 --width 4,8 --epochs 1 --test-channel additive --test-strength 1 --decisions-at 0 "
                 "--subset fresh "
                 "--seeds-per-subset 2 --repeats 4"},
        {"mlp_vs_cnn", STUDY_NETWORKS_PROGRAM,
         small + "--strength 0,0.5,1 --repeats 3 --mlp-width 4 --cnn-channels 2 --epochs 1"},
        {"margin_prediction", STUDY_MARGIN_PROGRAM,
         small + "--width 4 --epochs 1 --draws 4 --strength 0.5,0.8 --repeats 2"},
        {"knee_anatomy", STUDY_ANATOMY_PROGRAM,
         small + "--width 8 --depth 1 --epochs 1 --strength 0,0.5,0.9 --repeats 2"},
        {"rbm_baseline", STUDY_BASELINE_PROGRAM,
         small + "--strength 0,0.5,1 --repeats 3 --rbm-components 4 --mlp-width 4 --rbm-n-iter 1 --epochs 1 "
                 "--ais-temperatures 29"},
        {"ntk_spectrum", STUDY_NTK_PROGRAM, small + "--strength 0,0.5,1 --repeats 3 --width 4 --subset 8 --epochs 1"},
        {"curve_collapse", STUDY_COLLAPSE_PROGRAM,
         (folder / "accuracy_vs_corruption") +
             "/runs.csv --size width --strength p --accuracy test_accuracy --bootstrap 100 --quiet"}};
    const auto page = head + flags_in_markdown(programs) + columns_in_markdown(programs, folder);
    const fs::path file = fs::path(PSTAR_SOURCE_DIR) / "docs/flags.md";
    if (std::getenv("PSTAR_WRITE_DOCS")) std::ofstream(file) << page;
    INFO("PSTAR_WRITE_DOCS=1 test_study \"docs/flags.md*\" writes it");
    CHECK(contents(file) == page);
}

}  // namespace flags_table_test
