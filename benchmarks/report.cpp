#include "report.hpp"

#include <sstream>
#include <string_view>

#include "compile_time/task.hpp"
#include "growth/task.hpp"
#include "harness/figure.hpp"
#include "harness/machine.hpp"
#include "harness/report.hpp"

namespace bench {

namespace {

/// What holds for all parts.
std::string heading(const nlohmann::json& part, const Options& options) {
    const auto& machine = part["machine"];
    std::ostringstream text;
    text << "Measured on " << today() << (options.quick ? " (`--quick`: preliminary)" : "") << " with pstar "
         << machine["version"].get<std::string>() << ", " << machine["compiler"].get<std::string>() << ", on "
         << machine["processor"].get<std::string>() << ".";
    if (part.contains("data")) text << " Data: " << part["data"].get<std::string>() << ".";
    text << "\n";
    return text.str();
}

/// A part's table under what it was measured with.
std::string table(const nlohmann::json& part) {
    const auto& machine = part["machine"];
    const auto cores = part["cores"].get<std::size_t>();
    std::ostringstream text;
    text << "\n";
    if (cores > 1) text << "**All " << cores << " cores**: pstar, its BLAS and PyTorch may use as many threads. ";
    text << "pstar compiled for " << machine["vectors"].get<std::string>()
         << ", BLAS: " << machine["blas"].get<std::string>() << ".";
    for (const auto& remark : part["remarks"]) text << " " << remark.get<std::string>() << ".";
    text << "\n\n";
    if (part.contains("series"))
        text << growth_table(part);
    else if (part.contains("programs"))
        text << compile_time_table(part);
    else
        text << markdown(part);
    return text.str();
}

}  // namespace

void Report::add(const Task& task, std::span<const nlohmann::json> parts) {
    if (start_.empty()) start_ = heading(parts[0], options_);
    const std::string title(task.title);
    std::string tables;
    for (const auto& part : parts) {
        tables += table(part);
        if (part.contains("programs"))
            missed_ += missed_compile_times(part);
        else if (part.contains("cases") && part["cores"] == 1)
            missed_ += missed_targets(title, part);
    }
    sections_ += folded(title, tables);
    if (headlines_.empty()) headlines_ = headline_head();
    if (parts[0].contains("cases")) headlines_ += headline(title, parts[0]);
    if (parts[0].contains("series")) headlines_ += growth_headline(title, parts[0]);
    if (parts[0].contains("programs")) headlines_ += compile_time_headline(title, parts[0]);
    if (parts[0].contains("cases")) measured_.push_back({title, {parts.begin(), parts.end()}});
    if (parts[0].contains("series")) growth_ = parts[0];
}

void Report::draw(const std::filesystem::path& folder) {
    std::vector<RatioBar> bars;
    for (const auto& [title, parts] : measured_) {
        append_bars(bars, title, parts.front());
        if (parts.back()["cores"] != 1) append_bars(bars, title, parts.back());
    }
    if (!bars.empty() && draw_ratios(bars, folder / "ratios.svg"))
        figures_ += "\n![How many times as fast pstar is, contender by contender](ratios.svg)\n";
    if (!growth_.is_null() && draw_growth(growth_, folder / "growth.svg"))
        figures_ += "\n![Costs against sizes on logarithmic axes](growth.svg)\n";
}

std::string Report::text() const {
    const auto verdict = missed_.empty() ? std::string("\nEvery target is met.\n") : "\nNot met:\n\n" + missed_;
    const auto summary = headlines_.empty() ? std::string()
                                            : "\nOn one core, of each task the case in which pstar gains least on its "
                                              "fastest peer:\n\n" +
                                                  headlines_;
    return start_ + summary + verdict + figures_ + "\nAll tables, task by task:\n" + sections_;
}

}  // namespace bench
