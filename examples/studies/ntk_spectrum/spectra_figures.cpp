#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <pstar/spectrum/log_histogram.hpp>
#include <pstar/statistics/mean_interval.hpp>

#include <pstar/report/image_grid.hpp>
#include "common/report/pictures.hpp"
#include "spectra_report.hpp"

namespace study {
namespace {

using pstar::SpectraCurve, pstar::SpectraPoint, pstar::SpectrumNumber;
using Rows = std::vector<std::vector<double>>;
using Curves = std::vector<const SpectraCurve*>;

constexpr std::size_t panel_width = 330, panel_height = 290;

/// What a panel shows: a number of every seed of a point.
struct Quantity {
    std::string name, title, commands;
    std::function<std::vector<double>(const SpectraPoint&)> values;
};

/// The mean of the number at every point of a curve against the strength, with its interval; moved aside by a share of
/// the strengths' range, so that the error bars of several curves stand side by side.
Rows against_strength(const SpectraCurve& curve, const Quantity& quantity, double aside) {
    Rows rows;
    const double range = curve.points.back().strength - curve.points.front().strength;
    for (const auto& point : curve.points) {
        const auto e = pstar::mean_interval(quantity.values(point));
        if (!std::isfinite(e.value)) continue;
        const bool open = !std::isfinite(e.low);
        rows.push_back({point.strength + aside * range, e.value, open ? e.value : e.low, open ? e.value : e.high});
    }
    return rows;
}

/// One panel: one curve per network. Draws nothing but its frame where nothing was measured.
void draw_panel(Figure& figure, const Curves& curves, const std::string& name, const SizeAxis& colours,
                const Quantity& quantity) {
    std::string plot;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        constexpr double step = 0.012;
        const double middle = 0.5 * static_cast<double>(curves.size() - 1);
        const auto rows = against_strength(*curves[i], quantity, step * (static_cast<double>(i) - middle));
        if (rows.empty()) continue;
        const auto table = fmt::format("{}_{}", name, i);
        figure.data(table, rows);
        plot += fmt::format(
            "{0} ${1} with lines linestyle {2} linewidth 1.2 notitle, ${1} with yerrorbars linestyle {2} linewidth 1.3 "
            "title '{3}'",
            plot.empty() ? "plot" : ",", table, line_style(i), colours.of(curves[i]->run));
    }
    figure.draw(plot.empty() ? "plot NaN notitle" : plot);
}

bool has_accuracies(const Curves& curves) {
    return std::ranges::any_of(curves, [](const auto* curve) {
        return std::ranges::any_of(curve->points, [](const auto& point) {
            return std::isfinite(pstar::moments(pstar::accuracies_of(point)).mean);
        });
    });
}

/// Effective rank, entropy and accuracy: one row of panels for each kind of inputs.
Figure spectra_figure(const CurveStory& story, const std::vector<Curves>& kinds) {
    const auto number = [](SpectrumNumber which) {
        return [which](const SpectraPoint& point) { return pstar::values_of(point, which); };
    };
    std::vector<Quantity> quantities{
        {"rank", "effective rank, {} inputs", "set yrange [0:*]", number(SpectrumNumber::rank)},
        {"entropy", "entropy (nats), {} inputs", "unset key\nset yrange [*:*]", number(SpectrumNumber::entropy)},
        {"accuracy", "accuracy, {} test images",
         fmt::format(
             "set yrange [0:1.02]\nset arrow 1 from graph 0, first {0} to graph 1, first {0} nohead linestyle 10",
             story.curves[0].measured.chance()),
         pstar::accuracies_of}};
    if (std::ranges::none_of(kinds, has_accuracies)) quantities.pop_back();
    Figure figure(panel_width * quantities.size(), panel_height * kinds.size() + 20);
    const auto& points = kinds[0][0]->points;
    const double first = points.front().strength, last = points.back().strength;
    const double air = last > first ? 0.05 * (last - first) : 0.5;
    figure.draw(fmt::format("set multiplot layout {},{}\nset xrange [{}:{}]\nset xlabel '{{/:Italic {}}}'",
                            kinds.size(), quantities.size(), first - air, last + air, figure_symbol(story)));
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        const auto& curves = kinds[k];
        figure.draw(k == 0 && curves.size() > 1 ? "set key top left" : "unset key");
        for (const auto& quantity : quantities) {
            const auto title = fmt::format(fmt::runtime(quantity.title), to_string(curves[0]->inputs));
            figure.draw(quantity.commands + "\nset title \"" + title + "\" offset 0,-0.3");
            draw_panel(figure, curves, fmt::format("{}_{}", quantity.name, k), colour_axis(story.flags), quantity);
        }
        figure.draw("unset arrow");
    }
    return figure;
}

/// The values with their places, from 1.
Rows numbered(const std::vector<double>& values) {
    Rows rows;
    for (std::size_t i = 0; i < values.size(); ++i) rows.push_back({static_cast<double>(i + 1), values[i]});
    return rows;
}

/// The histogram as the corners of its steps; its integral over log10 of the eigenvalue is 1.
Rows steps_of(const std::vector<double>& values, const pstar::LogHistogramOptions& bins) {
    const auto histogram = pstar::log_histogram(values, bins);
    Rows rows{{histogram.edges[0], 0}};
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        rows.push_back({histogram.edges[i], histogram.density(i)});
        rows.push_back({histogram.edges[i + 1], histogram.density(i)});
    }
    rows.push_back({histogram.edges.back(), 0});
    return rows;
}

using Points = std::vector<const SpectraPoint*>;

Points drawn_points(const CurveStory& story, const SpectraCurve& curve) {
    Points points;
    for (const double strength : pstar::some_of(story.flags.strength, 4))
        for (const auto& point : curve.points)
            if (point.strength == strength && !point.kernels.empty()) points.push_back(&point);
    return points;
}

/// Bins that hold all eigenvalues to be drawn.
pstar::LogHistogramOptions bins_for(const std::vector<Points>& kinds) {
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (const auto& points : kinds)
        for (const auto* point : points)
            for (const double value : pstar::positive_eigenvalues(*point)) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
    if (!(most > 0)) return {};
    return {.low = 0.9 * least, .high = 1.1 * most, .bins = 24};
}

/// The histogram of eigenvalues, and their shares from the largest to the smallest; a row of panels a kind of inputs.
Figure eigenvalues_figure(const CurveStory& story, const Curves& kinds) {
    Figure figure(2 * 470, panel_height * kinds.size() + 30);
    std::vector<Points> points;
    for (const auto* curve : kinds) points.push_back(drawn_points(story, *curve));
    const auto bins = bins_for(points);
    figure.draw(fmt::format("set multiplot layout {},2", kinds.size()));
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        std::string histograms, shares;
        for (std::size_t i = 0; i < points[k].size(); ++i) {
            const auto& point = *points[k][i];
            figure.data(fmt::format("histogram_{}_{}", k, i), steps_of(pstar::positive_eigenvalues(point), bins));
            figure.data(fmt::format("shares_{}_{}", k, i), numbered(pstar::mean_eigenvalue_shares(point)));
            const auto name = fmt::format("{} = {}", figure_symbol(story), decimal(point.strength));
            const auto* joint = i == 0 ? "plot" : ",";
            histograms += fmt::format("{} $histogram_{}_{} with lines linestyle {} linewidth 1.5 title '{}'", joint, k,
                                      i, line_style(i), name);
            shares += fmt::format("{} $shares_{}_{} with linespoints linestyle {} linewidth 1.2 pointsize 0.4 notitle",
                                  joint, k, i, line_style(i));
        }
        figure.draw(fmt::format(
            "set logscale x\nunset logscale y\nset format x '10^{{%T}}'\nset format y '%g'\nset xrange [{}:{}]\n"
            "set yrange [0:*]\nset xlabel 'eigenvalue'\nset ylabel 'share per decade' offset 0.5,0\n{}\n"
            "set title \"eigenvalues, {} inputs\" offset 0,-0.3",
            bins.low, bins.high, k == 0 ? "set key top left" : "unset key", to_string(kinds[k]->inputs)));
        figure.draw(histograms.empty() ? "plot NaN notitle" : histograms);
        figure.draw(fmt::format(
            "unset key\nset logscale xy\nset format x '%g'\nset format y '10^{{%T}}'\nset xrange [*:*]\n"
            "set yrange [*:1]\nset xlabel 'index, largest first'\nset ylabel 'share in the trace' offset 0.5,0\n"
            "set title \"in order, {} inputs\" offset 0,-0.3",
            to_string(kinds[k]->inputs)));
        figure.draw(shares.empty() ? "plot NaN notitle" : shares);
    }
    return figure;
}

}  // namespace

std::string eigenvalues_name(const CurveStory& story, const Family& family, const SpectraCurve& curve) {
    const auto& axis = colour_axis(story.flags);
    return fmt::format("eigenvalues_{}_{}{}", family.name, axis.name, decimal(axis.value(curve.run)));
}

std::vector<Curves> spectra_of(const Family& family, std::span<const SpectraCurve> curves) {
    std::vector<Curves> kinds;
    for (const auto inputs : {pstar::TestImages::clean, pstar::TestImages::corrupted}) {
        Curves some;
        for (const auto& curve : curves)
            if (curve.inputs == inputs && std::ranges::any_of(family.curves, [&](const auto* member) {
                    return pstar::curve_key(member->measured.run) == pstar::curve_key(curve.run);
                }))
                some.push_back(&curve);
        if (!some.empty()) kinds.push_back(std::move(some));
    }
    return kinds;
}

void draw_spectra(const CurveStory& story, std::span<const SpectraCurve> curves, const OutputFolder& out) {
    for (const auto& family : families(story.flags, story.curves)) {
        const auto kinds = spectra_of(family, curves);
        draw(spectra_figure(story, kinds), out, "spectra_" + family.name);
        for (std::size_t i = 0; i < kinds[0].size(); ++i) {
            Curves of_network;
            for (const auto& kind : kinds) of_network.push_back(kind[i]);
            draw(eigenvalues_figure(story, of_network), out, eigenvalues_name(story, family, *kinds[0][i]));
        }
    }
}

}  // namespace study
