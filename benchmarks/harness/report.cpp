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

std::string headline_head() {
    return "| task | where pstar gains least | pstar | best peer | times as fast | limit: times its time | targets "
           "missed "
           "|\n|---|---|---:|---|---:|---|---:|\n";
}

namespace {

/// The row that decides a case: of peers the fastest, of limits the one that is missed by most; null without one. pstar
/// itself in another way is a peer where there is no other.
const nlohmann::json* deciding(const nlohmann::json& task, Role role) {
    const nlohmann::json* found = nullptr;
    const auto is_own = [](const nlohmann::json& row) {
        return row["contender"].get<std::string>().starts_with("pstar");
    };
    bool others = false;
    for (const auto& row : task["rows"]) others = others || (row["role"].get<Role>() == Role::peer && !is_own(row));
    for (const auto& row : task["rows"]) {
        if (row["role"].get<Role>() != role || row.contains("missing") || (role == Role::peer && others && is_own(row)))
            continue;
        const double ratio = row["ratio"][0];
        if (found == nullptr || (role == Role::peer ? ratio < (*found)["ratio"][0] : ratio > (*found)["ratio"][0]))
            found = &row;
    }
    return found;
}

struct Decided {
    const nlohmann::json *task = nullptr, *row = nullptr;
};

/// The case with the smallest ratio of all to its fastest peer, or with the largest to its limit.
Decided decided(const nlohmann::json& result, Role role) {
    Decided worst;
    for (const auto& task : result["cases"]) {
        const auto* row = deciding(task, role);
        if (row == nullptr) continue;
        const double ratio = (*row)["ratio"][0];
        if (worst.row == nullptr ||
            (role == Role::peer ? ratio < (*worst.row)["ratio"][0] : ratio > (*worst.row)["ratio"][0]))
            worst = {&task, row};
    }
    return worst;
}

}  // namespace

std::string headline(const std::string& title, const nlohmann::json& result) {
    std::size_t targets = 0, missed = 0;
    for (const auto& task : result["cases"])
        for (const auto& row : task["rows"]) {
            targets += row.contains("target") ? 1 : 0;
            missed += row.value("met", true) ? 0 : 1;
        }
    const auto peer = decided(result, Role::peer);
    auto limit = decided(result, Role::limit);
    const auto& task = peer.task != nullptr ? *peer.task : limit.task != nullptr ? *limit.task : result["cases"][0];
    if (const auto* own = deciding(task, Role::limit)) limit = {&task, own};
    const auto scale = result["scale"].get<double>();
    const auto rate = [&](const nlohmann::json& row) {
        return row.contains("rate") ? three_digits(row["rate"][0].get<double>() / scale) : std::string("-");
    };
    std::ostringstream text;
    text << "| " << title << " | " << task["name"].get<std::string>() << " | " << rate(task["rows"][0]) << " "
         << result["unit"].get<std::string>() << " | ";
    if (peer.row != nullptr)
        text << (*peer.row)["contender"].get<std::string>() << ", " << rate(*peer.row) << " | "
             << three_digits((*peer.row)["ratio"][0]) << " | ";
    else
        text << "- | - | ";
    if (limit.row != nullptr)
        text << three_digits((*limit.row)["ratio"][0]) << ", " << (*limit.row)["contender"].get<std::string>()
             << (limit.task == &task ? "" : " (" + (*limit.task)["name"].get<std::string>() + ")");
    else
        text << "-";
    text << " | ";
    if (targets == 0)
        text << "-";
    else if (missed == 0)
        text << "0 of " << targets;
    else
        text << "**" << missed << " of " << targets << "**";
    return text.str() + " |\n";
}

std::string folded(const std::string& title, const std::string& markdown) {
    return "\n<details><summary>" + title + "</summary>\n" + markdown + "\n</details>\n";
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
