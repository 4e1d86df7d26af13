#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "collapse_report.hpp"
#include "common/report/pictures.hpp"

namespace study {
namespace {

using Rows = std::vector<std::vector<double>>;

bool has_curve(const pstar::CurveFit& fit) {
    return std::isfinite(fit.curve.p_star);
}

/// p* with both ends inside the strengths measured.
bool has_midpoint(const pstar::SizeAnalysis& size) {
    const auto& p = size.fit.p_star;
    return is_comparable(size.fit.status) && p.low >= size.measured.strength.front() &&
           p.high <= size.measured.strength.back();
}

Figure curves_figure(const CollapseResults& results, const pstar::GroupAnalysis& group) {
    Figure figure(720, 440);
    std::string plot;
    double least = 1e300, most = -1e300;
    for (std::size_t k = 0; k < group.found.sizes.size(); ++k) {
        const auto& size = group.found.sizes[k];
        const auto style = line_style(k);
        const double first = size.curve.strength.front(), last = size.curve.strength.back();
        least = std::min(least, first);
        most = std::max(most, last);
        Rows points, fitted;
        for (std::size_t i = 0; i < size.curve.points(); ++i)
            points.push_back({size.curve.strength[i], size.curve.accuracy[i], size.curve.error[i]});
        figure.data(fmt::format("points_{}", k), points);
        if (has_curve(size.fit)) {
            for (int i = 0; i <= 300; ++i) {
                const double p = first + (last - first) * i / 300;
                fitted.push_back({p, size.fit.at(p)});
            }
            figure.data(fmt::format("fit_{}", k), fitted);
            plot += fmt::format("{}$fit_{} with lines linestyle {} notitle", plot.empty() ? "plot " : ", ", k, style);
        }
        const auto star = has_midpoint(size) ? fmt::format("   {{/:Italic p}}* = {:.3f}", size.fit.p_star.value) : "";
        plot += fmt::format("{}$points_{} with yerrorbars linestyle {} linewidth 1.3 title '{}{}'",
                            plot.empty() ? "plot " : ", ", k, style, size_text(size.measured), star);
        if (has_midpoint(size)) {
            const auto& p = size.fit.p_star;
            figure.data(fmt::format("star_{}", k), {{p.value, size.fit.at(p.value), p.low, p.high}});
            plot += fmt::format(
                ", $star_{} using 1:2:3:4 with xerrorbars linestyle {} linewidth 1.6 pointtype 12 pointsize 0.9 "
                "notitle",
                k, style);
        }
    }
    const double air = most > least ? 0.03 * (most - least) : 0.5;
    figure.draw(
        fmt::format("set xrange [{}:{}]\nset yrange [{}]\nset xlabel '{}'\nset ylabel '{}' offset 0.5,0\n"
                    "set key outside right top title '{}'",
                    least - air, most + air, results.flags.columns.any_value ? "*:*" : "*<0:1.02",
                    shown_text(results.flags.columns.strength), shown_text(results.flags.columns.accuracy),
                    shown_text(size_title(results.flags.columns))));
    figure.draw(plot);
    return figure;
}

/// One panel of values with intervals against size; a line where there is a trend.
void draw_against_size(Figure& figure, const CollapseResults& results, const pstar::GroupAnalysis& group,
                       bool of_slope) {
    Rows rows, line;
    double least = 1e300, most = 0;
    for (const auto& size : group.found.sizes) {
        if (!is_comparable(size.fit.status)) continue;
        const auto& e = of_slope ? size.fit.slope : size.fit.p_star;
        if (!std::isfinite(e.value)) continue;
        const double high = std::isfinite(e.high) ? e.high : e.value, low = std::isfinite(e.low) ? e.low : e.value;
        rows.push_back({size.measured.size, e.value, low, high});
        least = std::min(least, size.measured.size);
        most = std::max(most, size.measured.size);
    }
    if (rows.empty()) return;
    const auto& trend = of_slope ? group.found.sharpening : group.found.shift;
    for (int i = 0; i <= 50 && std::isfinite(trend.slope.value); ++i) {
        const double size = least * std::pow(most / least, i / 50.0);
        const double value = trend.intercept + trend.slope.value * std::log(size);
        line.push_back({size, of_slope ? std::exp(value) : value});
    }
    const std::string name = of_slope ? "slopes" : "midpoints", trend_name = name + "_trend";
    figure.data(name, rows);
    if (!line.empty()) figure.data(trend_name, line);
    std::string sizes;
    for (const auto& row : rows) sizes += fmt::format("{}{:g}", sizes.empty() ? "" : ", ", row[0]);
    const auto strength = shown_text(results.flags.columns.strength);
    figure.draw(fmt::format(
        "set logscale x\nset xtics ({})\n{}\nset xrange [{}:{}]\nset xlabel '{}'\nset ylabel '{}' offset 0.5,0\n"
        "unset key",
        sizes,
        of_slope ? "set logscale y\nset ytics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)"
                 : "unset logscale y\nset ytics autofreq",
        least / 1.5, most * 1.5, shown_text(results.flags.columns.size),
        of_slope ? "slope  |{/:Italic A}''(" + strength + "*)|" : strength + "*"));
    figure.draw(fmt::format("plot {}${} with yerrorbars linestyle 1 linewidth 1.5",
                            line.empty() ? "" : fmt::format("${} with lines linestyle 10, ", trend_name), name));
}

Figure trends_figure(const CollapseResults& results, const pstar::GroupAnalysis& group) {
    Figure figure(860, 360);
    figure.panel(0, 2, "where accuracy breaks");
    draw_against_size(figure, results, group, false);
    figure.panel(1, 2, "how sharply");
    draw_against_size(figure, results, group, true);
    return figure;
}

Figure collapse_figure(const CollapseResults& results, const pstar::GroupAnalysis& group) {
    Figure figure(720, 440);
    const auto& exponents = group.found.collapse.exponents;
    std::string plot, stretch = "L^{1/\u03bd}", height;
    for (std::size_t k = 0; k < exponents.more_nu.size(); ++k) stretch += fmt::format(" L_{0}^{{1/\u03bd_{0}}}", k + 2);
    if (exponents.zeta != 0) height += "L^{-\u03b6/\u03bd} ";
    if (exponents.correction.amplitude != 0) height += "(1 + {/:Italic b} L^{-\u03c9})^{-1} ";
    for (std::size_t k = 0; k < group.found.sizes.size(); ++k) {
        const auto scaled = pstar::scale(group.found.sizes[k].curve, exponents);
        Rows rows;
        for (std::size_t i = 0; i < scaled.points(); ++i) rows.push_back({scaled.x[i], scaled.y[i], scaled.dy[i]});
        figure.data(fmt::format("scaled_{}", k), rows);
        plot += fmt::format("{}$scaled_{} with yerrorlines linestyle {} linewidth 1 title '{}'",
                            plot.empty() ? "plot " : ", ", k, line_style(k), size_text(group.found.sizes[k].measured));
    }
    figure.draw(
        fmt::format("set xlabel '{} ({} - {{/:Italic p}}_c)'\nset ylabel '{}{}' offset 0.5,0\n"
                    "set key outside right top title '{}'",
                    stretch, shown_text(results.flags.columns.strength), height,
                    shown_text(results.flags.columns.accuracy), shown_text(size_title(results.flags.columns))));
    figure.draw(plot);
    return figure;
}

Figure landscape_figure(const pstar::GroupAnalysis& group) {
    Figure figure(640, 460);
    const auto& landscape = group.found.landscape;
    Rows rows;
    for (std::size_t i = 0; i < landscape.p_c.size(); ++i)
        for (std::size_t j = 0; j < landscape.inverse_nu.size(); ++j)
            rows.push_back({landscape.p_c[i], landscape.inverse_nu[j],
                            landscape.s[i][j] > 0 ? std::log10(landscape.s[i][j]) : std::nan("")});
    figure.data("landscape", rows);
    const auto& c = group.found.collapse;
    const auto within = [](double value, const std::vector<double>& range) {
        return std::clamp(value, range.front(), range.back());
    };
    figure.data("best", {{c.exponents.p_c, 1 / c.exponents.nu}});
    figure.data("interval",
                {{c.p_c.value, c.inverse_nu.value, within(c.p_c.low, landscape.p_c), within(c.p_c.high, landscape.p_c),
                  within(c.inverse_nu.low, landscape.inverse_nu), within(c.inverse_nu.high, landscape.inverse_nu)}});
    figure.draw(fmt::format(
        "set xlabel '{{/:Italic p}}_c'\nset ylabel '1/\u03bd' offset 0.5,0\nunset grid\nunset key\n"
        "set palette defined (0 '#08306b', 0.25 '#2171b5', 0.5 '#6baed6', 0.75 '#c6dbef', 1 '#f7fbff')\n"
        "set cblabel 'log_{{10}} {{/:Italic S}}'\nset xrange [{}:{}]\nset yrange [{}:{}]",
        landscape.p_c.front(), landscape.p_c.back(), landscape.inverse_nu.front(), landscape.inverse_nu.back()));
    figure.draw(
        "plot $landscape using 1:2:3 with image pixels, $interval using 1:2:3:4:5:6 with xyerrorbars linestyle 2 "
        "linewidth 1.6 pointtype 1 pointsize 0.4, $best with points linestyle 2 pointtype 7 pointsize 0.8");
    return figure;
}

}  // namespace

std::string figure_name(const CollapseResults& results, const pstar::GroupAnalysis& group, const std::string& what) {
    if (results.groups.size() == 1) return what;
    std::vector<std::string> names;
    for (const auto& each : results.groups) {
        auto name = each.name.substr(0, 80);
        for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' ? c : '_';
        names.push_back(name);
    }
    const auto own = static_cast<std::size_t>(&group - results.groups.data());
    const bool are_distinct = std::set(names.begin(), names.end()).size() == names.size();
    return what + "_" + names[own] + (are_distinct ? "" : fmt::format("-{}", own + 1));
}

void draw_collapse_figures(const CollapseResults& results, const OutputFolder& out) {
    for (const auto& group : results.groups) {
        draw(curves_figure(results, group), out, figure_name(results, group, "curves"));
        if (group.found.sizes.size() < 2) continue;
        if (results.flags.columns.more_sizes.empty() &&
            std::ranges::any_of(group.found.sizes, [](const auto& size) { return is_comparable(size.fit.status); }))
            draw(trends_figure(results, group), out, figure_name(results, group, "trends"));
        if (group.found.landscape.p_c.empty()) continue;
        draw(collapse_figure(results, group), out, figure_name(results, group, "collapse"));
        draw(landscape_figure(group), out, figure_name(results, group, "landscape"));
    }
}

}  // namespace study
