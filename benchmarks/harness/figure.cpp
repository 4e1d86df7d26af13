#include "harness/figure.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "harness/measure.hpp"

namespace bench {

void append_bars(std::vector<RatioBar>& bars, const std::string& title, const nlohmann::json& part) {
    for (const auto& task : part["cases"])
        for (const auto& row : task["rows"]) {
            if (!row.contains("ratio")) continue;
            const std::vector<double> r = row["ratio"];
            const auto label = task["name"].get<std::string>() + ": " + row["contender"].get<std::string>();
            const bool all_cores = part["cores"] != 1;
            if (row["role"].get<Role>() == Role::peer)
                bars.push_back({title, label, r[0], r[1], r[2], all_cores});
            else
                bars.push_back({title, label, 1 / r[0], 1 / r[2], 1 / r[1], all_cores});
        }
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result += '"';
}

bool run_gnuplot(const std::string& script) {
    if (std::system("command -v gnuplot >/dev/null") != 0) return false;
    std::FILE* pipe = popen("gnuplot", "w");
    if (!pipe) throw std::runtime_error("cannot start gnuplot");
    std::fwrite(script.data(), 1, script.size(), pipe);
    if (pclose(pipe) != 0) throw std::runtime_error("gnuplot failed");
    return true;
}

namespace {

/// The lines of the figure: a heading for each task, below it one line per label, where the ratio on all cores stands
/// beside that on one.
struct Lines {
    std::vector<std::string> texts;
    std::ostringstream points[2];  ///< one core, all cores: ratio, line, low, high

    explicit Lines(std::span<const RatioBar> bars) {
        std::string heading;
        std::vector<std::string> labels;  // as `texts`, "" for headings
        for (const auto& bar : bars) {
            if (bar.task != heading) {
                heading = bar.task;
                texts.push_back("{/:Bold " + escaped(heading) + "}");
                labels.assign(texts.size(), "");
            }
            auto place = std::ranges::find(labels, bar.label);
            if (place == labels.end()) {
                texts.push_back(escaped(bar.label));
                place = labels.insert(labels.end(), bar.label);
            }
            const auto line = static_cast<double>(place - labels.begin()) + (bar.all_cores ? 0.15 : -0.15);
            points[bar.all_cores] << bar.median << " " << line << " " << bar.low << " " << bar.high << "\n";
        }
    }

private:
    /// What gnuplot's enhanced text would take for markup.
    static std::string escaped(const std::string& text) {
        std::string result;
        for (const char c : text) {
            if (std::string_view("_^@&~{}").find(c) != std::string_view::npos) result += '\\';
            result += c;
        }
        return result;
    }
};

}  // namespace

bool draw_ratios(std::span<const RatioBar> bars, const std::filesystem::path& svg) {
    const Lines lines(bars);
    const auto count = lines.texts.size();
    std::ostringstream script;
    script << "set terminal svg size 1000," << 100 + 15 * count << " font 'DejaVu Sans,10' background 'white'\n"
           << "set output " << quoted(svg.string()) << "\nset encoding utf8\n"
           << "set title 'Times as fast: pstar against peers, and against what its time is limited by' offset screen "
              "-0.2,0\n"
           << "set lmargin at screen 0.5\nset rmargin at screen 0.97\nset logscale x\nset grid x\n"
           << "set key at screen 0.97, graph 1 bottom right horizontal\nset yrange [" << count << ":-1]\n"
           << "set arrow from 1, graph 0 to 1, graph 1 nohead lw 2 lc rgb '#888888'\nset ytics scale 0 (";
    for (std::size_t i = 0; i < count; ++i) script << (i ? ", " : "") << quoted(lines.texts[i]) << " " << i;
    script << ") font ',9'\n$one << EOD\n"
           << lines.points[0].str() << "EOD\n$all << EOD\n"
           << lines.points[1].str()
           << "EOD\nplot $one using 1:2:3:4 with xerrorbars pt 7 ps 0.5 lc rgb '#0060ad' title 'one core'";
    if (!lines.points[1].str().empty())
        script << ", $all using 1:2:3:4 with xerrorbars pt 6 ps 0.5 lc rgb '#dd6010' title 'all cores'";
    script << "\n";
    return run_gnuplot(script.str());
}

}  // namespace bench
