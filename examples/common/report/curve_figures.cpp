#include "common/report/curve_figures.hpp"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <pstar/corruption/batch.hpp>
#include <pstar/experiment/built_in.hpp>
#include <pstar/scaling/curve/spread.hpp>

#include "common/report/image_grid.hpp"

namespace study {
namespace {

using pstar::FittedCurve;
using Curves = std::vector<const FittedCurve*>;
using Rows = std::vector<std::vector<double>>;

/// The panels that have curves, in the order clean, corrupted.
std::vector<Curves> panels(const Family& family) {
    std::vector<Curves> result;
    for (const auto images : {pstar::TestImages::clean, pstar::TestImages::corrupted})
        if (auto some = family.tested_on(images); !some.empty()) result.push_back(std::move(some));
    return result;
}

std::string title_of(const Curves& curves) {
    return fmt::format("tested on {} images", to_string(curves[0]->measured.images));
}

/// The axis of strengths, with some air at both ends.
std::string strength_axis(const Curves& curves, const std::string& symbol) {
    double first = curves[0]->points.front().strength, last = first;
    for (const auto* curve : curves) {
        first = std::min(first, curve->points.front().strength);
        last = std::max(last, curve->points.back().strength);
    }
    const double air = last > first ? 0.03 * (last - first) : 0.5;
    return fmt::format("set xrange [{}:{}]\nset xlabel '{}'", first - air, last + air, symbol);
}

std::string name(const char* kind, std::size_t panel, std::size_t curve) {
    return fmt::format("{}_{}_{}", kind, panel, curve);
}

Rows sampled(const pstar::CurveFit& fit, double first, double last) {
    constexpr int samples = 400;
    Rows rows;
    for (int i = 0; i <= samples; ++i) {
        const double p = first + (last - first) * i / samples;
        rows.push_back({p, fit.at(p)});
    }
    return rows;
}

bool has_curve(const FittedCurve& curve) {
    return std::isfinite(curve.fit.curve.p_star);
}

/// p* and its interval can be drawn: both ends inside the strengths measured.
bool has_midpoint(const FittedCurve& curve) {
    const auto& p = curve.fit.p_star;
    return curve.comparable() && has_curve(curve) && p.low >= curve.points.front().strength &&
           p.high <= curve.points.back().strength;
}

void add_tables(Figure& figure, const FittedCurve& curve, std::size_t panel, std::size_t i) {
    Rows points;
    for (const auto& point : curve.points) points.push_back({point.strength, point.accuracy, point.stderr_accuracy});
    figure.data(name("points", panel, i), points);
    if (has_curve(curve))
        figure.data(name("fit", panel, i),
                    sampled(curve.fit, curve.points.front().strength, curve.points.back().strength));
    const auto& p = curve.fit.p_star;
    if (has_midpoint(curve)) {
        const double half = (curve.fit.upper.value + curve.fit.lower.value) / 2;
        figure.data(name("midpoint", panel, i), {{p.value, half, p.low, p.high}});
    }
}

/// Where the curves leave room: they fall at large p and at small sigma.
std::string key_place(const std::string& symbol) {
    return symbol == "p" ? "at graph 0.02,0.14 left bottom" : "at graph 0.98,0.98 right top";
}

std::string plot_commands(const FittedCurve& curve, std::size_t panel, std::size_t i, const SizeAxis& colours,
                          const std::string& symbol) {
    const auto style = line_style(i);
    std::string line;
    if (has_curve(curve)) line += fmt::format(", ${} with lines linestyle {} notitle", name("fit", panel, i), style);
    const auto midpoint =
        has_midpoint(curve) ? fmt::format("   {{/:Italic {}}}* = {:.3f}", symbol, curve.fit.p_star.value) : "";
    line += fmt::format(", ${} with yerrorbars linestyle {} linewidth 1.3 title '{}{}'", name("points", panel, i),
                        style, colours.of(curve.measured.run), midpoint);
    if (has_midpoint(curve))
        line += fmt::format(
            ", ${} using 1:2:3:4 with xerrorbars linestyle {} linewidth 1.6 pointtype 12 pointsize 0.9 notitle",
            name("midpoint", panel, i), style);
    return line;
}

/// Where panel `k` of `count` lies from left to right, and between which heights, as shares of the figure.
std::string place(std::size_t k, std::size_t count, double bottom, double top) {
    const double left = count == 1 ? 0.12 : k == 0 ? 0.07 : 0.565, wide = count == 1 ? 0.85 : 0.415;
    return fmt::format(
        "set lmargin at screen {}\nset rmargin at screen {}\nset bmargin at screen {}\nset tmargin at screen {}", left,
        left + wide, bottom, top);
}

/// The number of seeds behind each point, below a panel of accuracies.
void draw_seeds(Figure& figure, const Curves& curves, std::size_t k, const std::string& axis) {
    std::string plot;
    double most = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        Rows rows;
        for (const auto& point : curves[i]->points) {
            rows.push_back({point.strength, static_cast<double>(point.repeats)});
            most = std::max(most, rows.back()[1]);
        }
        figure.data(name("seeds", k, i), rows);
        plot += fmt::format("{} ${} with linespoints linestyle {} linewidth 1 notitle", i == 0 ? "plot" : ",",
                            name("seeds", k, i), line_style(i));
    }
    figure.draw("unset label\nunset title\nset ylabel '" + std::string(k == 0 ? "seeds" : "") + "'\n" + axis +
                fmt::format("\nset yrange [0:{}]\nset ytics {}\nset format x '%g'", 1.15 * most,
                            std::max(1.0, std::round(most / 2))));
    figure.draw(plot);
    figure.draw("set ytics autofreq");
}

/// Names so long that their key would hide curves: it gets room above them.
bool has_long_names(const Curves& curves, const SizeAxis& colours) {
    constexpr std::size_t longest = 16;
    return std::ranges::any_of(curves,
                               [&](const auto* curve) { return colours.of(curve->measured.run).size() > longest; });
}

/// The accuracies of one panel, its place set.
void draw_accuracies(Figure& figure, const Curves& curves, std::size_t k, const SizeAxis& colours, double chance,
                     const std::string& symbol) {
    const bool key_above = has_long_names(curves, colours);
    const double top = key_above ? 1.02 + 0.1 * static_cast<double>(curves.size()) : 1.02;
    figure.draw(fmt::format("set yrange [0:{}]\nset ytics 0,0.2,1\nset ylabel '{}' offset 0.5,0\nset key {}", top,
                            k == 0 ? "test accuracy  {/:Italic A}" : "",
                            key_above ? "at graph 0.98,0.99 right top" : key_place(symbol)));
    figure.draw(
        fmt::format("unset label\nset label 'chance' at graph 0.03, first {} left font ',11' textcolor rgb '#6a6a6a'",
                    chance - 0.035));
    std::string plot = fmt::format("plot {} with lines linestyle 10 notitle", chance);
    for (std::size_t i = 0; i < curves.size(); ++i) plot += plot_commands(*curves[i], k, i, colours, symbol);
    figure.draw(plot);
}

}  // namespace

Figure accuracy_figure(const Family& family, const SizeAxis& colours, double chance, const std::string& symbol) {
    const auto all = panels(family);
    const bool with_seeds = family.seeds_vary();
    Figure figure(all.size() > 1 ? 940 : 520, with_seeds ? 500 : 400);
    for (std::size_t k = 0; k < all.size(); ++k) {
        for (std::size_t i = 0; i < all[k].size(); ++i) add_tables(figure, *all[k][i], k, i);
        const auto axis = strength_axis(all[k], symbol);
        if (with_seeds) {
            if (k == 0) figure.draw("set multiplot");
            figure.draw("set title \"" + title_of(all[k]) + "\" offset 0,-0.3\n" + place(k, all.size(), 0.33, 0.93) +
                        "\n" + axis + "\nunset xlabel\nset format x ''");
            draw_accuracies(figure, all[k], k, colours, chance, symbol);
            figure.draw(place(k, all.size(), 0.125, 0.28));
            draw_seeds(figure, all[k], k, axis);
        } else {
            figure.panel(k, all.size(), title_of(all[k]));
            figure.draw(axis);
            draw_accuracies(figure, all[k], k, colours, chance, symbol);
        }
    }
    return figure;
}

Figure spread_figure(const Family& family, const SizeAxis& colours, const std::string& symbol) {
    const auto all = panels(family);
    Figure figure(all.size() > 1 ? 940 : 520, 320);
    for (std::size_t k = 0; k < all.size(); ++k) {
        std::string plot;
        for (std::size_t i = 0; i < all[k].size(); ++i) {
            Rows rows;
            for (const auto& point : pstar::spread_across_runs(all[k][i]->measured.runs).points)
                rows.push_back({point.strength, 100 * point.stddev.value});
            if (rows.empty()) continue;
            figure.data(name("spread", k, i), rows);
            plot += fmt::format("{} ${} with linespoints linestyle {} linewidth 1.3 title '{}'",
                                plot.empty() ? "plot" : ",", name("spread", k, i), line_style(i),
                                colours.of(all[k][i]->measured.run));
        }
        if (plot.empty()) continue;
        figure.panel(k, all.size(), title_of(all[k]));
        figure.draw("set yrange [0:*]\nset ylabel '" +
                    std::string(k == 0 ? "spread of {/:Italic A} across seeds (%)" : "") + "' offset 0.5,0\nset key " +
                    (symbol == "p" ? "top left" : "top right") + "\n" + strength_axis(all[k], symbol));
        figure.draw(plot);
    }
    return figure;
}

Figure strip_figure(const pstar::Dataset& data, const std::string& corruption, std::span<const double> strengths,
                    const std::string& symbol) {
    const auto corruptions = pstar::built_in_corruptions();
    std::vector<ImageRow> rows;
    for (const double strength : some_of(strengths, 6)) {
        rows.push_back({fmt::format("{} = {:g}", symbol, strength), {}});
        for (std::size_t label = 0; label < data.classes; ++label) {
            std::uint32_t index = 0;  // the first image of the class
            while (index < data.size() && data.label(index) != label) ++index;
            if (index == data.size()) continue;
            auto& seen = rows.back().images.emplace_back(data.pixels());
            pstar::corrupt_images(data, std::span(&index, 1), corruptions.at(corruption)(strength),
                                  {pstar::Seed{0}, pstar::Stream::test_noise},
                                  pstar::View<float>{seen.data(), {1, data.pixels()}});
        }
    }
    return image_grid(rows, data.height(), data.width());
}

}  // namespace study
