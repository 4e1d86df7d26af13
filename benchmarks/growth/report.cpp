#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "growth/task.hpp"
#include "harness/figure.hpp"
#include "harness/report.hpp"

namespace bench {

namespace {

/// 12 ms, 3.4 GB: three digits and a prefix.
std::string amount(double value, const std::string& unit) {
    const bool bytes = unit == "bytes";
    const std::array<std::pair<double, const char*>, 4> units =
        bytes ? std::array<std::pair<double, const char*>, 4>{{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}}}
              : std::array<std::pair<double, const char*>, 4>{{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}};
    for (const auto& [size, name] : units)
        if (value >= size) return three_digits(value / size) + " " + name;
    return three_digits(value / units.back().first) + " " + units.back().second;
}

}  // namespace

std::string growth_table(const Result& result) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(2)
         << "| cost | against | from | to | exponent, fitted | expected |\n|---|---|---:|---:|---:|---:|\n";
    for (const auto& series : result["series"]) {
        const std::vector<double> x = series["x"], y = series["y"];
        const std::string against = series["against"], unit = series["unit"];
        const auto end = [&](double size, double cost) {
            std::ostringstream cell;
            cell << amount(cost, unit) << " at " << size;
            return cell.str();
        };
        text << "| " << series["cost"].get<std::string>() << " | " << against << " | " << end(x.front(), y.front())
             << " | " << end(x.back(), y.back()) << " | " << series["exponent"].get<double>();
        if (const auto error = series["error"].get<double>(); error > 0) text << " ± " << error;
        text << " | " << series["expected"].get<double>() << " |\n";
    }
    return text.str();
}

std::string growth_headline(const std::string& title, const Result& result) {
    const auto excess = [](const Result& series) {
        return series["exponent"].get<double>() - series["expected"].get<double>();
    };
    const Result* worst = nullptr;
    for (const auto& series : result["series"])
        if (worst == nullptr || excess(series) > excess(*worst)) worst = &series;
    if (worst == nullptr) return {};
    std::ostringstream text;
    text << std::fixed << std::setprecision(2) << "| " << title << " | " << (*worst)["cost"].get<std::string>()
         << ", against " << (*worst)["against"].get<std::string>() << " | exponent "
         << (*worst)["exponent"].get<double>() << " | - | - | " << (*worst)["expected"].get<double>()
         << " expected | - |\n";
    return text.str();
}

bool draw_growth(const Result& result, const std::filesystem::path& svg) {
    const auto& all = result["series"];
    const std::size_t columns = 3, rows = (all.size() + columns - 1) / columns;
    std::ostringstream script;
    script << "set terminal svg size 1100," << 280 * rows << " font 'DejaVu Sans,11' background 'white'\nset output "
           << quoted(svg.string()) << "\nset encoding utf8\nset logscale xy\nset grid\nset key top left\n"
           << "set format y '%.0s %c'\nset multiplot layout " << rows << "," << columns << "\n";
    for (const auto& series : all) {
        const std::vector<double> x = series["x"], y = series["y"];
        const double slope = series["exponent"], expected = series["expected"];
        double middle_x = 0, middle_y = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
            middle_x += std::log(x[i]) / static_cast<double>(x.size()),
                middle_y += std::log(y[i]) / static_cast<double>(x.size());
        const auto line = [&](double exponent) {
            std::ostringstream formula;
            formula << std::exp(middle_y) << "*(x/" << std::exp(middle_x) << ")**" << exponent;
            return formula.str();
        };
        script << "$points << EOD\n";
        for (std::size_t i = 0; i < x.size(); ++i) script << x[i] << " " << y[i] << "\n";
        script << "EOD\nset title " << quoted(series["cost"]) << " noenhanced\nset xlabel " << quoted(series["against"])
               << "\nset ylabel " << quoted(series["unit"] == "s" ? "seconds" : "bytes") << "\nset xrange ["
               << x.front() / 1.3 << ":" << x.back() * 1.3 << "]\nset yrange [" << *std::ranges::min_element(y) / 2
               << ":" << *std::ranges::max_element(y) * 6 << "]\nset xtics (";
        for (std::size_t i = 0; i < x.size(); ++i) script << (i ? ", " : "") << x[i];
        script << std::fixed << std::setprecision(2) << ")\nplot " << line(slope) << " lc rgb '#0060ad' title 'x^{"
               << slope << "}', " << line(expected) << " dt 2 lc rgb '#888888' title 'expected: x^{" << expected
               << "}', $points using 1:2 with points pt 7 ps 0.7 lc rgb '#0060ad' notitle\n"
               << std::defaultfloat << std::setprecision(6);
    }
    script << "unset multiplot\n";
    return run_gnuplot(script.str());
}

}  // namespace bench
