#include "prediction_figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include <pstar/report/image_grid.hpp>
#include "common/report/pictures.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {
namespace {

using Summaries = std::span<const pstar::PredictionSummary>;
using Rows = std::vector<std::vector<double>>;

constexpr std::size_t columns = 4;  // panels side by side

std::size_t rows_for(std::size_t panels) {
    return (panels + columns - 1) / columns;
}
std::string italic(const std::string& symbol) {
    return "{/:Italic " + symbol + "}";
}
std::string title(const std::string& text) {
    return "set title \"" + text + "\" offset 0,-0.3";
}
std::string trained_at(const std::string& symbol, double strength) {
    return fmt::format("trained at {} = {:g}", symbol, strength);
}
std::vector<double> with_ends(double place, const auto& x) {
    return {place, x.value, x.low, x.high};
}

/// Criteria that are drawn beside the measurement: those that apply, but for diagonal moments, which the tables have.
std::vector<std::size_t> drawn_criteria(const pstar::PredictionSummary& summary) {
    std::vector<std::size_t> result;
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c)
        if (pstar::criteria[c] != pstar::Criterion::diagonal_moments && std::isfinite(summary.own.predicted[c]))
            result.push_back(c);
    return result;
}

/// One of the styles 1 to 6; 7 is the measurement's.
std::size_t style_of(std::size_t criterion) {
    return pstar::criteria[criterion] < pstar::Criterion::diagonal_moments ? criterion + 1 : criterion;
}

/// What tells the curves of panels apart: a key in the first of them, or a panel of its own, behind them, with the
/// criteria, and with the measurement.
enum class Key { in_first, criteria, with_measured };

/// A figure with one panel per summary, in rows; `draw(figure, summary, i)` draws it.
template <class Draw>
Figure panels(Summaries summaries, std::size_t height, Key kind, const Draw& draw) {
    const auto all = summaries.size() + (kind == Key::in_first ? 0 : 1), rows = rows_for(all),
               wide = std::min(all, columns);
    Figure figure(320 * wide, height * rows);
    figure.draw(fmt::format("set multiplot layout {},{}", rows, wide));
    for (std::size_t i = 0; i < summaries.size(); ++i) draw(figure, summaries[i], i);
    if (kind == Key::in_first) return figure;
    std::string key;
    for (const auto c : drawn_criteria(summaries[0])) {
        if (kind == Key::with_measured && !std::isfinite(summaries[0].elsewhere[0].predicted[c])) continue;
        key += fmt::format("NaN with linespoints linestyle {} title '{}', ", style_of(c), criterion_in_words(c));
    }
    if (kind == Key::with_measured) key += "NaN with linespoints linestyle 7 title 'measured', ";
    figure.draw(
        "unset title\nunset border\nunset tics\nunset grid\nunset arrow\nset xlabel ' '\nunset ylabel\n"
        "set xrange [0:1]\nset yrange [0:1]\nset key center center\nplot " +
        key + "NaN notitle\nset border 3\nset tics nomirror out scale 0.6\nset grid");  // for the next picture
    return figure;
}

/// Images by predicted (x) and observed (y) failure frequency, one row of panels per strength, one column for each of
/// the criteria that take all classes into account.
Figure map_figure(Summaries summaries, const std::string& symbol) {
    constexpr auto side = pstar::MarginPrediction::map_side;
    auto shown = drawn_criteria(summaries[0]);
    std::erase_if(shown, [](std::size_t c) { return pstar::criteria[c] < pstar::Criterion::all_runner_ups; });
    Figure figure(310 * shown.size() + 30, 295 * summaries.size());
    figure.draw(fmt::format(
        "set multiplot layout {},{}\nset xrange [0:1]\nset yrange [0:1]\nset size square\nunset key\nset tics front\n"
        "set palette defined (0 '#d7e6f1', 0.5 '#3f8fc0', 1 '#08264a')\nset logscale cb",
        summaries.size(), shown.size()));
    for (std::size_t i = 0; i < summaries.size(); ++i)
        for (const auto c : shown) {
            const auto& counts = summaries[i].images[c];
            Rows rows(side, std::vector<double>(side));
            for (std::size_t predicted = 0; predicted < side; ++predicted)
                for (std::size_t observed = 0; observed < side; ++observed) {
                    const double count = counts[predicted * side + observed];
                    rows[observed][predicted] =
                        count > 0 ? count / static_cast<double>(summaries[i].seeds) : std::nan("");
                }
            const auto name = fmt::format("map_{}_{}", i, c);
            figure.data(name, rows);
            figure.draw(title(fmt::format("{},  {} = {:g}", criterion_in_words(c), symbol, summaries[i].run.strength)));
            figure.draw(i + 1 == summaries.size() ? "set xlabel 'predicted failures'" : "set xlabel ' '");
            figure.draw(c == shown.front() ? "set ylabel 'observed failures'" : "set ylabel ' '");
            figure.draw(
                fmt::format("plot ${0} using (($1+0.5)/{1}):(($2+0.5)/{1}):3 matrix with image notitle, x with lines "
                            "linestyle 10 notitle",
                            name, side));
        }
    return figure;
}

Figure calibration_figure(Summaries summaries, const std::string& symbol) {
    return panels(summaries, 340, Key::criteria,
                  [&](Figure& figure, const pstar::PredictionSummary& summary, std::size_t i) {
                      std::string plot = "plot x with lines linestyle 10 notitle";
                      for (const auto c : drawn_criteria(summary)) {
                          Rows rows;
                          for (const auto& bin : summary.calibration[c])
                              rows.push_back(with_ends(bin.predicted, bin.measured));
                          const auto name = fmt::format("bins_{}_{}", i, c);
                          figure.data(name, rows);
                          plot += fmt::format(
                              ", ${0} with lines linestyle {1} linewidth 1 notitle, ${0} with yerrorbars linestyle {1} "
                              "linewidth 1.2 "
                              "title '{2}'",
                              name, style_of(c), criterion_in_words(c));
                      }
                      figure.draw(title(trained_at(symbol, summary.run.strength)));
                      figure.draw("set xrange [0:1]\nset yrange [0:1]\nset xlabel 'predicted failures'\nunset key");
                      figure.draw(i % columns == 0 ? "set ylabel 'observed failures'" : "unset ylabel");
                      figure.draw(plot);
                  });
}

/// The range of strengths: margins and offsets between error bars are shares of it.
double range_of(Summaries summaries) {
    const double range = summaries.back().run.strength - summaries.front().run.strength;
    return range > 0 ? range : 1;
}

Figure auc_figure(Summaries summaries, const std::string& symbol) {
    Figure figure(760, 380);
    const double range = range_of(summaries);
    std::string plot;
    for (const auto c : drawn_criteria(summaries[0])) {
        Rows rows;
        for (const auto& summary : summaries)
            rows.push_back(with_ends(summary.run.strength + 0.008 * range * (static_cast<double>(style_of(c)) - 3.5),
                                     summary.scores[c].auc));
        figure.data(fmt::format("auc_{}", c), rows);
        plot += fmt::format(
            "{0} $auc_{1} with lines linestyle {2} linewidth 1 notitle, $auc_{1} with yerrorbars "
            "linestyle {2} title '{3}'",
            plot.empty() ? "plot" : ",", c, style_of(c), criterion_in_words(c));
    }
    figure.draw(fmt::format(
        "set xrange [{}:{}]\nset xlabel '{}'\nset ylabel 'AUC: failures ranked above successes'\n"
        "set key outside right center",
        summaries.front().run.strength - 0.08 * range, summaries.back().run.strength + 0.08 * range, italic(symbol)));
    figure.draw(plot);
    return figure;
}

/// Measured accuracies with their intervals, and lines for what the criteria predict.
std::string accuracy_plot(Figure& figure, const std::string& name,
                          const std::vector<const pstar::StrengthPrediction*>& points) {
    Rows measured;
    std::array<Rows, pstar::criteria.size()> predicted;
    for (const auto* at : points) {
        measured.push_back(with_ends(at->strength, at->accuracy));
        for (std::size_t c = 0; c < predicted.size(); ++c) predicted[c].push_back({at->strength, at->predicted[c]});
    }
    std::string plot = "plot ";
    for (std::size_t c = 0; c < predicted.size(); ++c) {
        if (pstar::criteria[c] == pstar::Criterion::diagonal_moments || !std::isfinite(points[0]->predicted[c]))
            continue;
        figure.data(fmt::format("{}_{}", name, c), predicted[c]);
        plot += fmt::format("${}_{} with linespoints linestyle {} pointsize 0.5 title '{}', ", name, c, style_of(c),
                            criterion_in_words(c));
    }
    figure.data(name, measured);
    return plot + fmt::format("${} with yerrorbars linestyle 7 linewidth 1.2 title 'measured'", name);
}

Figure accuracy_figure(Summaries summaries, const std::string& symbol) {
    Figure figure(760, 380);
    std::vector<const pstar::StrengthPrediction*> points;
    for (const auto& summary : summaries) points.push_back(&summary.own);
    const double air = 0.08 * range_of(summaries);
    figure.draw(fmt::format(
        "set xrange [{}:{}]\nset xlabel '{}'\nset ylabel 'accuracy on corrupted images  {}'\n"
        "set key outside right center",
        summaries.front().run.strength - air, summaries.back().run.strength + air, italic(symbol), italic("A")));
    figure.draw(accuracy_plot(figure, "own", points));
    return figure;
}

Figure elsewhere_figure(Summaries summaries, const std::string& symbol) {
    return panels(
        summaries, 340, Key::with_measured,
        [&](Figure& figure, const pstar::PredictionSummary& summary, std::size_t i) {
            std::vector<const pstar::StrengthPrediction*> points;
            for (const auto& at : summary.elsewhere) points.push_back(&at);
            figure.draw(title(trained_at(symbol, summary.run.strength)));
            figure.draw(fmt::format("set yrange [0:1.02]\nset xrange [0:{}]\nset xlabel '{}'\nunset key",
                                    1.02 * points.back()->strength, italic(symbol) + " of the test images"));
            figure.draw(i % columns == 0 ? "set ylabel 'accuracy  {/:Italic A}'" : "unset ylabel");
            figure.draw(fmt::format("unset arrow\nset arrow from {0}, graph 0 to {0}, graph 1 nohead linestyle 10",
                                    summary.run.strength));
            figure.draw(accuracy_plot(figure, fmt::format("at_{}", i), points));
        });
}

/// One number of the linear term's error against the strength, one curve per strength of training.
template <class Number>
void linearisation_panel(Figure& figure, Summaries summaries, const std::string& name, Number number,
                         const std::string& symbol) {
    std::string plot;
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        Rows rows;
        for (const auto& at : summaries[i].elsewhere) {
            const auto& x = at.linearisation.*number;
            if (std::isfinite(x.low) && std::isfinite(x.high)) rows.push_back(with_ends(at.strength, x));
        }
        if (rows.empty()) continue;
        const auto block = fmt::format("{}_{}", name, i);
        figure.data(block, rows);
        plot += fmt::format(
            "{0} ${1} with lines linestyle {2} linewidth 1 notitle, ${1} with yerrorbars linestyle {2} linewidth 1.2 "
            "title '{3}'",
            plot.empty() ? "plot" : ",", block, line_style(i), trained_at(symbol, summaries[i].run.strength));
    }
    if (!plot.empty()) figure.draw(plot);
}

Figure linearisation_figure(Summaries summaries, const std::string& symbol) {
    Figure figure(940, 380);
    const double last = summaries.front().elsewhere.back().strength;
    figure.panel(0, 2, "error of the mean change / fluctuation");
    figure.draw(fmt::format("set xrange [0:{}]\nset yrange [0:*]\nset xlabel '{}'\nset key top left", 1.02 * last,
                            italic(symbol) + " of the test images"));
    linearisation_panel(figure, summaries, "error", &pstar::LinearisationError::error_over_sd, symbol);
    figure.panel(1, 2, "fluctuation, predicted / measured");
    figure.draw("unset key");
    linearisation_panel(figure, summaries, "sd_ratio", &pstar::LinearisationError::sd_ratio, symbol);
    return figure;
}

Figure snr_figure(Summaries summaries, const std::string& symbol) {
    return panels(
        summaries, 340, Key::in_first, [&](Figure& figure, const pstar::PredictionSummary& summary, std::size_t i) {
            Rows rows;
            for (const auto& at : summary.elsewhere) {
                std::vector<double> row{at.strength};
                row.insert(row.end(), at.snr.begin(), at.snr.end());
                rows.push_back(row);
            }
            const auto name = fmt::format("snr_{}", i);
            figure.data(name, rows);
            figure.draw(title(trained_at(symbol, summary.run.strength)));
            figure.draw(fmt::format("set xrange [0:{}]\nset yrange [-4:12]\nset xlabel '{}'\nset key top right",
                                    1.02 * rows.back()[0], italic(symbol) + " of the test images"));
            figure.draw(i % columns == 0 ? "set ylabel '(margin + mean shift) / sd'" : "unset ylabel");
            figure.draw(i == 0 ? "set key" : "unset key");
            figure.draw(fmt::format(
                "plot ${0} using 1:2:6 with filledcurves fillcolor rgb '#dcebf5' title '10 to 90%', ${0} using 1:3:5 "
                "with "
                "filledcurves fillcolor rgb '#a9cde4' title '25 to 75%', ${0} using 1:4 with lines linestyle 1 title "
                "'median', 0 with lines linestyle 10 notitle",
                name));
        });
}

/// Clean images of each kind, the clearest first, at some strengths; a row without any is left out.
std::optional<Figure> examples_figure(Summaries summaries, const std::string& symbol, const pstar::Dataset& test) {
    std::vector<double> strengths;
    for (const auto& summary : summaries) strengths.push_back(summary.run.strength);
    std::vector<pstar::ImageRow> rows;
    for (const double strength : pstar::some_of(strengths, 4)) {
        const auto& examples =
            std::ranges::find(summaries, strength, [](const auto& summary) { return summary.run.strength; })->examples;
        for (std::size_t kind = 0; kind < examples.size(); ++kind) {
            if (examples[kind].empty()) continue;
            auto& row = rows.emplace_back();
            row.label = fmt::format("{} = {:g}, {}", symbol, strength, pstar::failure_kinds[kind]);
            for (const auto& example : examples[kind]) row.images.push_back(pstar::picture_of(test, example.image));
        }
    }
    if (rows.empty()) return std::nullopt;
    return pstar::image_grid(rows, test.height(), test.width());
}

}  // namespace

std::string criterion_in_words(std::size_t criterion) {
    constexpr std::array<const char*, pstar::criteria.size()> names{
        "zero shift",       "mean shift",        "all runner-ups", "linear at the mean image",
        "diagonal moments", "smoothed Jacobian", "full moments"};
    return names[criterion];
}

void draw_prediction_figures(const PredictionResults& results, const OutputFolder& out) {
    const auto symbol = strength_symbol(results.flags);
    for (const auto& [name, suffix, summaries] : networks_of(results)) {
        const auto write = [&](const Figure& figure, const std::string& kind) { draw(figure, out, kind + suffix); };
        write(map_figure(summaries, symbol), "images");
        write(calibration_figure(summaries, symbol), "calibration");
        write(auc_figure(summaries, symbol), "auc");
        write(accuracy_figure(summaries, symbol), "accuracy");
        write(elsewhere_figure(summaries, symbol), "accuracy_elsewhere");
        write(linearisation_figure(summaries, symbol), "linearisation");
        write(snr_figure(summaries, symbol), "snr");
        if (const auto figure = examples_figure(summaries, symbol, results.test)) write(*figure, "examples");
    }
}

}  // namespace study
