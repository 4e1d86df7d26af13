#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include <pstar/core/error.hpp>
#include <pstar/report/accuracy_figure.hpp>
#include <pstar/report/estimate_text.hpp>
#include <pstar/report/latex_table.hpp>
#include <pstar/scaling/curve/spread.hpp>

namespace pstar {

namespace detail {

using FigureRows = std::vector<std::vector<double>>;
using FigureCurves = std::vector<NamedCurve>;

/// The panels that have curves, in the order clean, corrupted.
PSTAR_INLINE std::vector<FigureCurves> accuracy_panels(const char* where, std::span<const NamedCurve> curves) {
    std::vector<FigureCurves> result;
    for (const auto images : {TestImages::clean, TestImages::corrupted}) {
        FigureCurves some;
        for (const auto& named : curves)
            if (named.curve->measured.images == images && !named.curve->points.empty()) some.push_back(named);
        if (!some.empty()) result.push_back(std::move(some));
    }
    require(!result.empty(), where, "number of curves with points", 0, "be at least 1");
    return result;
}

/// A name between single quotes of gnuplot.
PSTAR_INLINE std::string panel_title(const FigureCurves& curves) {
    return "tested on " + to_string(curves[0].curve->measured.images) + " images";
}

/// The axis of strengths, with some air at both ends.
PSTAR_INLINE std::string strength_axis(const FigureCurves& curves, const std::string& symbol) {
    double first = curves[0].curve->points.front().strength, last = first;
    for (const auto& [curve, name] : curves) {
        first = std::min(first, curve->points.front().strength);
        last = std::max(last, curve->points.back().strength);
    }
    const double air = last > first ? 0.03 * (last - first) : 0.5;
    return "set xrange [" + shown_number(first - air) + ":" + shown_number(last + air) + "]\nset xlabel '" + symbol +
           "'";
}

PSTAR_INLINE std::string table_name(const char* kind, std::size_t panel, std::size_t curve) {
    return std::string(kind) + "_" + std::to_string(panel) + "_" + std::to_string(curve);
}

PSTAR_INLINE bool has_fit(const FittedCurve& curve) {
    return std::isfinite(curve.fit.curve.p_star);
}

/// p* and its interval can be drawn: both ends inside the strengths measured.
PSTAR_INLINE bool has_midpoint(const FittedCurve& curve) {
    const auto& p = curve.fit.p_star;
    return curve.comparable() && has_fit(curve) && p.low >= curve.points.front().strength &&
           p.high <= curve.points.back().strength;
}

PSTAR_INLINE void add_curve_tables(Figure& figure, const FittedCurve& curve, std::size_t panel, std::size_t i) {
    constexpr int samples = 400;
    FigureRows points, sampled;
    for (const auto& point : curve.points) points.push_back({point.strength, point.accuracy, point.stderr_accuracy});
    figure.data(table_name("points", panel, i), points);
    const double first = curve.points.front().strength, last = curve.points.back().strength;
    for (int k = 0; k <= samples && has_fit(curve); ++k) {
        const double p = first + (last - first) * k / samples;
        sampled.push_back({p, curve.fit.at(p)});
    }
    if (has_fit(curve)) figure.data(table_name("fit", panel, i), sampled);
    if (!has_midpoint(curve)) return;
    const auto& p = curve.fit.p_star;
    figure.data(table_name("midpoint", panel, i),
                {{p.value, (curve.fit.upper.value + curve.fit.lower.value) / 2, p.low, p.high}});
}

PSTAR_INLINE std::string curve_plot(const NamedCurve& named, std::size_t panel, std::size_t i,
                                    const std::string& symbol) {
    const auto& curve = *named.curve;
    const auto style = " linestyle " + std::to_string(line_style(i));
    const auto table = [&](const char* kind) { return ", $" + table_name(kind, panel, i); };
    std::string line, midpoint;
    if (has_fit(curve)) line += table("fit") + " with lines" + style + " notitle";
    if (has_midpoint(curve)) midpoint = "   {/:Italic " + symbol + "}* = " + fixed_text(curve.fit.p_star.value, 3);
    line += table("points") + " with yerrorbars" + style + " linewidth 1.3 title '" + shown_text(named.name) +
            midpoint + "'";
    if (has_midpoint(curve))
        line += table("midpoint") + " using 1:2:3:4 with xerrorbars" + style +
                " linewidth 1.6 pointtype 12 pointsize 0.9 notitle";
    return line;
}

/// Where panel `k` of `count` lies from left to right, and between which heights, as shares of the figure.
PSTAR_INLINE std::string panel_place(std::size_t k, std::size_t count, double bottom, double top) {
    const double left = count == 1 ? 0.12 : k == 0 ? 0.07 : 0.565, wide = count == 1 ? 0.85 : 0.415;
    return "set lmargin at screen " + shown_number(left) + "\nset rmargin at screen " + shown_number(left + wide) +
           "\nset bmargin at screen " + shown_number(bottom) + "\nset tmargin at screen " + shown_number(top);
}

/// The number of seeds behind each point, below a panel of accuracies.
PSTAR_INLINE void draw_seeds(Figure& figure, const FigureCurves& curves, std::size_t k, const std::string& axis) {
    std::string plot;
    double most = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        FigureRows rows;
        for (const auto& point : curves[i].curve->points) {
            rows.push_back({point.strength, static_cast<double>(point.repeats)});
            most = std::max(most, rows.back()[1]);
        }
        figure.data(table_name("seeds", k, i), rows);
        plot += (i == 0 ? "plot $" : ", $") + table_name("seeds", k, i) + " with linespoints linestyle " +
                std::to_string(line_style(i)) + " linewidth 1 notitle";
    }
    figure.draw("unset label\nunset title\nset ylabel '" + std::string(k == 0 ? "seeds" : "") + "'\n" + axis +
                "\nset yrange [0:" + shown_number(1.15 * most) + "]\nset ytics " +
                shown_number(std::max(1.0, std::round(most / 2))) + "\nset format x '%g'");
    figure.draw(plot);
    figure.draw("set ytics autofreq");
}

/// Whether a key of so many lines at the lower left of a panel, or at the upper right, would hide points or curves.
PSTAR_INLINE bool key_hides_curves(const FigureCurves& curves, bool lower_left) {
    const double lines = static_cast<double>(curves.size());
    double first = curves[0].curve->points.front().strength, last = first;
    for (const auto& [curve, name] : curves) {
        first = std::min(first, curve->points.front().strength);
        last = std::max(last, curve->points.back().strength);
    }
    const auto hidden = [&](double strength, double accuracy) {
        const double x = last > first ? (strength - first) / (last - first) : 0;
        if (lower_left) return x < 0.62 && accuracy > 0.12 && accuracy < 0.18 + 0.09 * lines;
        return x > 0.38 && accuracy > 0.96 - 0.09 * lines;
    };
    for (const auto& [curve, name] : curves) {
        for (const auto& point : curve->points)
            if (hidden(point.strength, point.accuracy)) return true;
        constexpr int samples = 40;
        for (int k = 0; k <= samples && has_fit(*curve); ++k) {
            const double p = first + (last - first) * k / samples;
            if (p >= curve->points.front().strength && p <= curve->points.back().strength &&
                hidden(p, curve->fit.at(p)))
                return true;
        }
    }
    return false;
}

/// The accuracies of one panel, its place set.
PSTAR_INLINE void draw_accuracies(Figure& figure, const FigureCurves& curves, std::size_t k,
                                  const std::string& symbol) {
    constexpr std::size_t longest = 16;  // a key that would hide curves gets room above them
    const bool key_above = std::ranges::any_of(curves, [](const auto& named) { return named.name.size() > longest; }) ||
                           key_hides_curves(curves, symbol == "p");
    const double top = key_above ? 1.02 + 0.1 * static_cast<double>(curves.size()) : 1.02;
    const double chance = curves[0].curve->measured.chance();
    // where the curves leave room: they fall at large p and at small sigma
    const std::string place = key_above       ? "at graph 0.98,0.99 right top"
                              : symbol == "p" ? "at graph 0.02,0.14 left bottom"
                                              : "at graph 0.98,0.98 right top";
    figure.draw("set yrange [0:" + shown_number(top) + "]\nset ytics 0,0.2,1\nset ylabel '" +
                (k == 0 ? "test accuracy  {/:Italic A}" : "") + "' offset 0.5,0\nset key " + place);
    figure.draw("unset label\nset label 'chance' at graph 0.03, first " + shown_number(chance - 0.035) +
                " left font ',11' textcolor rgb '#6a6a6a'");
    std::string plot = "plot " + shown_number(chance) + " with lines linestyle 10 notitle";
    for (std::size_t i = 0; i < curves.size(); ++i) plot += curve_plot(curves[i], k, i, symbol);
    figure.draw(plot);
}

PSTAR_INLINE bool seeds_vary(std::span<const NamedCurve> curves) {
    std::set<std::size_t> repeats;
    for (const auto& named : curves)
        for (const auto& point : named.curve->points) repeats.insert(point.repeats);
    return repeats.size() > 1;
}

}  // namespace detail

PSTAR_INLINE Figure accuracy_figure(std::span<const NamedCurve> curves, const std::string& symbol) {
    const auto all = detail::accuracy_panels("accuracy_figure", curves);
    const bool with_seeds = detail::seeds_vary(curves);
    Figure figure(all.size() > 1 ? 940 : 520, with_seeds ? 500 : 400);
    for (std::size_t k = 0; k < all.size(); ++k) {
        for (std::size_t i = 0; i < all[k].size(); ++i) detail::add_curve_tables(figure, *all[k][i].curve, k, i);
        const auto axis = detail::strength_axis(all[k], symbol);
        if (with_seeds) {
            if (k == 0) figure.draw("set multiplot");
            figure.draw("set title \"" + detail::panel_title(all[k]) + "\" offset 0,-0.3\n" +
                        detail::panel_place(k, all.size(), 0.33, 0.93) + "\n" + axis +
                        "\nunset xlabel\nset format x ''");
            detail::draw_accuracies(figure, all[k], k, symbol);
            figure.draw(detail::panel_place(k, all.size(), 0.125, 0.28));
            detail::draw_seeds(figure, all[k], k, axis);
        } else {
            figure.panel(k, all.size(), detail::panel_title(all[k]));
            figure.draw(axis);
            detail::draw_accuracies(figure, all[k], k, symbol);
        }
    }
    return figure;
}

PSTAR_INLINE std::string what_is_drawn(std::span<const NamedCurve> curves, const std::string& symbol) {
    const auto any = [&](const auto& is) {
        return std::ranges::any_of(curves,
                                   [&](const auto& named) { return !named.curve->points.empty() && is(*named.curve); });
    };
    std::string text;
    if (any(detail::has_fit)) text += " Lines: fitted curves.";
    if (any(detail::has_midpoint)) text += " Diamonds: the midpoint " + symbol + "* with its 95% interval.";
    if (detail::seeds_vary(curves)) text += " Below, the number of seeds behind each point.";
    return text;
}

PSTAR_INLINE Figure spread_figure(std::span<const NamedCurve> curves, const std::string& symbol) {
    const auto all = detail::accuracy_panels("spread_figure", curves);
    Figure figure(all.size() > 1 ? 940 : 520, 320);
    for (std::size_t k = 0; k < all.size(); ++k) {
        std::string plot;
        double most = 0;
        for (std::size_t i = 0; i < all[k].size(); ++i) {
            detail::FigureRows rows;
            for (const auto& point : spread_across_runs(all[k][i].curve->measured.runs).points)
                rows.push_back({point.strength, 100 * point.stddev.value});
            for (const auto& row : rows) most = std::max(most, row[1]);
            if (rows.empty()) continue;
            const auto table = detail::table_name("spread", k, i);
            figure.data(table, rows);
            plot += (plot.empty() ? "plot $" : ", $") + table + " with linespoints linestyle " +
                    std::to_string(line_style(i)) + " linewidth 1.3 title '" + shown_text(all[k][i].name) + "'";
        }
        if (plot.empty()) continue;
        figure.panel(k, all.size(), detail::panel_title(all[k]));
        const double room = 1.05 + 0.13 * static_cast<double>(all[k].size());  // for the key, above the curves
        figure.draw("set yrange [0:" + (most > 0 ? shown_number(room * most, 3) : "*") + "]\nset ylabel '" +
                    std::string(k == 0 ? "spread of {/:Italic A} across seeds (%)" : "") + "' offset 0.5,0\nset key " +
                    (symbol == "p" ? "top left" : "top right") + "\n" + detail::strength_axis(all[k], symbol));
        figure.draw(plot);
    }
    return figure;
}

PSTAR_INLINE std::vector<NamedCurve> named_curves(std::span<const FittedCurve> curves) {
    const auto differ = [&](const auto& value_of) {
        return std::ranges::any_of(curves, [&](const auto& curve) {
            return value_of(curve.measured.run) != value_of(curves[0].measured.run);
        });
    };
    const auto depth = [](const RunKey& run) { return run.depth; };
    const auto images = [](const RunKey& run) { return run.train_samples; };
    const auto batch = [](const RunKey& run) { return run.batch_size; };
    const auto activation = [](const RunKey& run) { return run.activation; };
    const auto corruption = [](const RunKey& run) { return run.corruption; };
    std::vector<NamedCurve> result;
    for (const auto& curve : curves) {
        const auto& run = curve.measured.run;
        auto name = run.model + ", width " + std::to_string(run.width);
        if (differ(depth)) name += ", " + std::to_string(run.depth) + " layers";
        if (differ(images)) name += ", " + std::to_string(run.train_samples) + " images";
        if (differ(batch)) name += ", batches of " + std::to_string(run.batch_size);
        if (differ(activation)) name += ", " + to_string(run.activation);
        if (differ(corruption)) name += ", " + run.corruption;
        result.push_back({&curve, std::move(name)});
    }
    return result;
}

PSTAR_INLINE std::vector<std::string> fits_header(const std::string& symbol) {
    return {"curve", "test images", "midpoint " + symbol + "*", "steepest slope", "upper level", "shape",
            "seeds", "status"};
}

PSTAR_INLINE std::vector<std::vector<std::string>> fits_rows(std::span<const NamedCurve> curves) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [curve, name] : curves) {
        const auto& fit = curve->fit;
        const auto number = [&, fitted = curve](const Estimate& estimate) {
            return fitted->comparable() ? in_words(estimate) : std::string("not identified");
        };
        const auto least = curve->least_repeats(), most = curve->most_repeats();
        rows.push_back({name, to_string(curve->measured.images), number(fit.p_star), number(fit.slope),
                        number(fit.upper), detail::has_fit(*curve) ? fit.form() : "-",
                        least == most ? std::to_string(most) : std::to_string(least) + " to " + std::to_string(most),
                        to_string(fit.status)});
    }
    return rows;
}

PSTAR_INLINE void write_fits_tex(const std::filesystem::path& path, std::span<const NamedCurve> curves,
                                 const std::string& symbol) {
    const auto midpoint = symbol == "p" ? "$p^*$" : symbol == "sigma" ? "$\\sigma^*$" : latex_text(symbol) + "$^*$";
    std::vector<std::vector<std::string>> rows;
    for (const auto& [curve, name] : curves) {
        const auto number = [fitted = curve](const Estimate& estimate) {
            return fitted->comparable() ? latex_number(estimate) : std::string("--");
        };
        const auto& fit = curve->fit;
        rows.push_back({latex_text(name), latex_text(to_string(curve->measured.images)),
                        latex_text(detail::has_fit(*curve) ? fit.form() : "-"), latex_text(to_string(fit.status)),
                        number(fit.p_star), number(fit.slope), number(fit.upper),
                        std::to_string(curve->most_repeats())});
    }
    write_latex_table(path, {"curve", "test images", "shape", "status", midpoint, "slope", "upper level", "seeds"},
                      rows, 3);
}

}  // namespace pstar
