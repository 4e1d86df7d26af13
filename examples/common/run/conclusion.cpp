#include "common/run/conclusion.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <pstar/core/blas.hpp>
#include <pstar/core/parse_number.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/version.hpp>

#include "common/cli/text.hpp"
#include "common/report/pictures.hpp"

namespace study {

bool can_draw() {
    if (pstar::has_gnuplot()) return true;
    note("gnuplot is not installed: figures are left out (apt-get install gnuplot-nox, run again).\n");
    return false;
}

void add_origins(Report& report, std::span<const Setting> settings, const std::string& command,
                 const std::string& beside, const OutputFolder& out) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& setting : settings)
        rows.push_back({setting.word, fmt::format("{}", fmt::join(setting.values, ", "))});
    rows.push_back({"pstar", PSTAR_VERSION});
    rows.push_back({"compiler", compiler_description()});
    rows.push_back({"BLAS", pstar::blas_description()});
    rows.push_back({"processor", processor_description()});
    report.heading("Configuration");
    report.table({"setting", "value"}, rows);
    report.heading("The command that made this page");
    report.command(command);
    report.heading("Files");
    report.paragraph(beside);
    report.files(out.path());
}

namespace {

using Json = nlohmann::ordered_json;

Json rows_of(const std::filesystem::path& path) {
    const auto table = pstar::read_csv(path);
    auto rows = Json::array();
    for (const auto& cells : table.rows) {
        Json row;
        for (std::size_t j = 0; j < cells.size(); ++j) {
            const auto value = pstar::parse_number(cells[j]);
            const auto whole = pstar::parse_whole_number(cells[j]);
            row[table.header[j]] = whole                   ? Json(*whole)
                                   : !value                ? Json(cells[j])
                                   : std::isfinite(*value) ? Json(*value)
                                                           : Json();
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void print_json(const OutputFolder& out, const Conclusion& conclusion, std::string_view state) {
    const auto& runs = conclusion.runs;
    Json json{{"study", conclusion.study}, {"state", state}, {"report", (out / "report.html").string()}};
    if (runs.ended() > 0)
        json["runs"] = {{"finished", runs.finished}, {"diverged", runs.diverged}, {"failed", runs.failed}};
    json["found"] = conclusion.found;
    json["results"] = rows_of(out / conclusion.table);
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int conclude(const OutputFolder& out, const Conclusion& conclusion) {
    const auto& runs = conclusion.runs;
    out.set_state(runs.failed == 0 ? pstar::RunState::complete : pstar::RunState::partial);
    if (conclusion.as_json) {
        print_json(out, conclusion, runs.failed == 0 ? "complete" : "partial");
    } else {
        fmt::print("\n");
        for (const auto& line : conclusion.found) fmt::print("{}\n", line);
        fmt::print("\nReport: {}\n", (out / "report.html").string());
    }
    if (runs.failed > 0)
        complain("{} of {} failed: {}\nTo run them again, add --retry-failed.\n", runs.failed,
                 counted(runs.ended(), "run"), runs.first_error);
    return runs.failed == 0 ? 0 : 1;
}

}  // namespace study
