#include "harness/figure.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <utility>

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

bool draw_ratios(std::span<const RatioBar> bars, const std::filesystem::path& svg) {
    // A line a label; the ratio on all cores stands on the line of that on one.
    std::vector<std::pair<std::string, std::string>> lines;
    std::ostringstream data[2];
    for (const auto& bar : bars) {
        const std::pair line{bar.task, bar.label};
        auto place = std::ranges::find(lines, line);
        if (place == lines.end()) place = lines.insert(lines.end(), line);
        const auto height = static_cast<double>(place - lines.begin()) + (bar.all_cores ? 0.15 : -0.15);
        data[bar.all_cores] << bar.median << " " << height << " " << bar.low << " " << bar.high << "\n";
    }
    std::ostringstream script;
    script << "set terminal svg size 1000," << 90 + 17 * lines.size() << " font 'DejaVu Sans,11' background 'white'\n"
           << "set output " << quoted(svg.string()) << "\nset encoding utf8\n"
           << "set title 'How many times as fast pstar is (left of 1: slower)'\n"
           << "set logscale x\nset grid x\nset key top right\nset yrange [" << lines.size() << ":-1]\n"
           << "set arrow from 1, graph 0 to 1, graph 1 nohead lw 2 lc rgb '#888888'\nset ytics (";
    for (std::size_t i = 0; i < lines.size(); ++i)
        script << (i ? ", " : "") << quoted(lines[i].first + " — " + lines[i].second) << " " << i;
    script << ") noenhanced font ',9'\n$one << EOD\n"
           << data[0].str() << "EOD\n$all << EOD\n"
           << data[1].str()
           << "EOD\nplot $one using 1:2:3:4 with xerrorbars pt 7 ps 0.6 lc rgb '#0060ad' title 'one core'";
    if (!data[1].str().empty())
        script << ", $all using 1:2:3:4 with xerrorbars pt 6 ps 0.6 lc rgb '#dd6010' title 'all cores'";
    script << "\n";
    return run_gnuplot(script.str());
}

}  // namespace bench
