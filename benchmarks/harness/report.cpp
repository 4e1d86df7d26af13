#include "harness/report.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <pstar/core/atomic_file.hpp>

#include "harness/measure.hpp"

namespace bench {

namespace {

std::string spread(const nlohmann::json& summary, double scale = 1) {
    return three_digits(summary[0].get<double>() / scale) + " [" + three_digits(summary[1].get<double>() / scale) +
           ", " + three_digits(summary[2].get<double>() / scale) + "]";
}

std::string comparison(const nlohmann::json& row) {
    switch (row["role"].get<Role>()) {
        case Role::peer:
            return spread(row["ratio"]) + " times as fast";
        case Role::limit:
            return spread(row["ratio"]) + " times its time";
        case Role::ours:
            break;
    }
    return "";
}

std::string target(const nlohmann::json& row, double scale) {
    const auto role = row["role"].get<Role>();
    std::ostringstream text;
    text << (role == Role::limit ? "<= " : ">= ") << row["target"].get<double>() / (role == Role::ours ? scale : 1);
    return text.str();
}

std::string verdict(const nlohmann::json& row, double scale) {
    if (!row.contains("target")) return " | ";
    return target(row, scale).append(row["met"].get<bool>() ? " | yes" : " | **no**");
}

/// The profiles of the cases, one after the other.
std::string profiles(const nlohmann::json& result) {
    std::string text;
    for (const auto& task : result["cases"])
        if (task.contains("profile"))
            text += (text.empty() ? " " : "; ") + task["name"].get<std::string>() + ": " +
                    task["profile"].get<std::string>();
    return text.empty() ? text : text + ".";
}

}  // namespace

std::string three_digits(double x) {
    const double rounded_up = 1.0005 * std::abs(x);  // 9.996 has the two digits of 10.0
    const int digits = x == 0 ? 1 : static_cast<int>(std::floor(std::log10(rounded_up))) + 1;
    const double unit = std::pow(10.0, digits - 3);
    std::ostringstream text;
    text << std::fixed << std::setprecision(std::max(0, 3 - digits)) << std::round(x / unit) * unit;
    return text.str();
}

std::string markdown(const nlohmann::json& result) {
    const auto scale = result["scale"].get<double>();
    std::ostringstream text;
    text << "| | contender | " << result["unit"].get<std::string>()
         << " | pstar against it | target | met |\n|---|---|---:|---:|---:|---|\n";
    for (const auto& task : result["cases"]) {
        auto name = task["name"].get<std::string>();
        if (const auto rounds = task["rounds"].get<std::size_t>(); rounds <= 3)
            name += rounds == 1 ? " (one round)" : " (" + std::to_string(rounds) + " rounds)";
        for (const auto& row : task["rows"]) {
            if (row.contains("missing")) {
                text << "| " << std::exchange(name, "") << " | " << row["contender"].get<std::string>()
                     << " | missing: " << row["missing"].get<std::string>() << " | | | |\n";
                continue;
            }
            text << "| " << std::exchange(name, "") << " | " << row["contender"].get<std::string>() << " | "
                 << spread(row["rate"], scale) << " | " << comparison(row) << " | " << verdict(row, scale) << " |\n";
        }
    }
    if (const auto lines = profiles(result); !lines.empty()) text << "\nWhere pstar's time goes:" << lines << "\n";
    return text.str();
}

std::string missed_targets(const std::string& title, const nlohmann::json& result) {
    const auto scale = result["scale"].get<double>();
    const auto& machine = result["machine"];
    std::ostringstream text;
    for (const auto& task : result["cases"])
        for (const auto& row : task["rows"]) {
            if (row.value("met", true)) continue;
            const bool ours = row["role"].get<Role>() == Role::ours;
            text << "- " << title << " (" << machine["vectors"].get<std::string>() << ", BLAS core "
                 << machine["core"].get<std::string>() << "), " << task["name"].get<std::string>() << ", "
                 << (ours ? "" : "against ") << row["contender"].get<std::string>() << ": "
                 << three_digits(row[ours ? "rate" : "ratio"][0].get<double>() / (ours ? scale : 1)) << ", target "
                 << target(row, scale) << "\n";
        }
    return text.str();
}

void replace_results(const std::filesystem::path& file, const std::string& text) {
    const std::string begin = "<!-- results: begin -->\n", end = "<!-- results: end -->\n";
    std::ifstream in(file);
    std::string page(std::istreambuf_iterator<char>(in), {});
    const auto first = page.find(begin), last = page.find(end);
    if (first == std::string::npos || last == std::string::npos || last < first)
        throw std::runtime_error(file.string() +
                                 " lacks the lines '<!-- results: begin -->' and '<!-- results: end -->'");
    page.replace(first + begin.size(), last - first - begin.size(), text);
    pstar::AtomicFile out(file);
    out.write(page);
    out.commit();
}

}  // namespace bench
