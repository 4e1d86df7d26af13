#include "anatomy_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/pictures.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {
namespace {

using pstar::AnatomyPoint, pstar::Contender;
using Rows = std::vector<std::vector<double>>;
using TextRows = std::vector<std::vector<std::string>>;

constexpr std::array<const char*, pstar::contenders.size()> in_words_of{
    "MLP", "CNN", "softmax regression", "infinite network", "nearest class mean", "posterior over training images"};

std::string shown_knee(const pstar::AnatomyKnee* knee, const std::string& symbol) {
    if (knee == nullptr) return "";
    const auto& p = knee->fit.p_star;
    if (!std::isfinite(p.value)) return fmt::format("no {}* ({})", symbol, to_string(knee->fit.status));
    if (!std::isfinite(p.low) || !std::isfinite(p.high)) return fmt::format("{}* = {:.3f}", symbol, p.value);
    return fmt::format("{}* = {}", symbol, in_words(p));
}

/// The strength among those measured at which the MLP lost half of what it can lose, or nothing.
const AnatomyPoint* at_knee(const AnatomyResults& results) {
    const auto& points = results.summary.points;
    const auto* knee = results.summary.knee("mlp");
    if (points.empty()) return nullptr;
    const double p =
        knee != nullptr && std::isfinite(knee->fit.p_star.value) ? knee->fit.p_star.value : points.back().run.strength;
    return &*std::ranges::min_element(points, {}, [&](const auto& point) { return std::abs(point.run.strength - p); });
}

const pstar::Estimate& of(const AnatomyPoint& point, Contender who) {
    return point.accuracy[static_cast<std::size_t>(who)];
}

/// Whose the knee is, in one sentence: of what the MLP loses there, is more than half, beyond the intervals, lost for
/// want of information, or less?
std::string in_short(const AnatomyResults& results, const AnatomyPoint& point) {
    const auto* knee = results.summary.knee("mlp");
    if (knee == nullptr || !std::isfinite(knee->fit.p_star.value))
        return "Whose is the knee? Undecided: the MLP has none within the strengths measured.";
    const auto& right = of(point, Contender::mlp);
    const double missed = 1 - right.value, taken = 1 - point.limit.value;
    const bool is_network = 1 - point.limit.low < (1 - right.high) / 2;
    const bool is_channel = 1 - point.limit.high > (1 - right.low) / 2;
    return fmt::format(
        "Whose is the knee? {}: at {} = {:g}, next to the MLP's knee, it errs on {} of the test images, "
        "and for want of information alone the best classifier of training images errs on {}.",
        is_network   ? "The network's"
        : is_channel ? "The channel's"
                     : "Undecided",
        strength_symbol(results.flags), point.run.strength, percent(missed), percent(taken));
}

/// `The knee of the MLP, p* = 0.86 [...], is not the channel's: ...`
std::vector<std::string> answers(const AnatomyResults& results) {
    const auto* point = at_knee(results);
    if (point == nullptr) return {"Nothing could be measured."};
    const auto symbol = strength_symbol(results.flags);
    const auto& summary = results.summary;
    std::vector<std::string> lines;
    lines.push_back(in_short(results, *point));
    // 1. channel or network
    const auto *mlp = summary.knee("mlp"), *limit = summary.knee("channel_limit");
    lines.push_back(fmt::format(
        "The MLP's knee is {}, the channel's own limit falls at {}. What is lost for want of information is the "
        "channel's; the rest is that of a network that has to learn what it cannot look up.",
        shown_knee(mlp, symbol), limit == nullptr ? "no strength measured" : shown_knee(limit, symbol)));
    // 2. who is above whom there
    std::vector<std::size_t> order(pstar::contenders.size());
    for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t c) { return point->accuracy[c].value; });
    std::vector<std::string> ranked;
    for (const auto c : order)
        ranked.push_back(fmt::format("{} {}", in_words_of[c], percent(point->accuracy[c].value)));
    lines.push_back(fmt::format("There the accuracies on test images are: {}.", enumerated(ranked)));
    // 3. like the nearest class mean?
    const auto& first = summary.points.front().agreement[0];
    const auto& there = point->agreement[0];
    if (std::isfinite(there.kappa.value) && std::isfinite(first.kappa.value))
        lines.push_back(
            fmt::format("MLP and nearest class mean decide alike with Cohen's kappa {} at {} = {:g} and {} at the "
                        "knee; of the images "
                        "on which either errs there, they give the same class to {}.",
                        in_words(first.kappa), symbol, summary.points.front().run.strength, in_words(there.kappa),
                        std::isfinite(there.same_where_wrong.value) ? percent(there.same_where_wrong.value) : "none"));
    // 4. predicted from clean images
    const auto* predicted = summary.knee("mlp_predicted");
    if (predicted != nullptr && mlp != nullptr && std::isfinite(predicted->fit.p_star.value) &&
        std::isfinite(mlp->fit.p_star.value)) {
        double worst = 0;
        for (const auto& each : summary.points)
            worst = std::max(worst, std::abs(each.predicted[0] - of(each, Contender::mlp).value));
        lines.push_back(
            fmt::format("From clean images and the trained MLPs' weights, moments predict {}* = {:.3f}; the accuracy "
                        "they predict is "
                        "off by at most {:.1f} points at the strengths measured.",
                        symbol, predicted->fit.p_star.value, 100 * worst));
    }
    return lines;
}

/// Above accuracies, below agreement: one axis of strengths.
Figure anatomy_figure(const AnatomyResults& results) {
    const auto& points = results.summary.points;
    const auto symbol = "{/:Italic " + strength_symbol(results.flags) + "}";
    Figure figure(980, 760);
    const auto ends = [](double x, const pstar::Estimate& e) { return std::vector<double>{x, e.value, e.low, e.high}; };
    std::string plot = "plot ";
    const auto add = [&](const std::string& name, const Rows& rows, const std::string& how, const std::string& title) {
        figure.data(name, rows);
        plot += fmt::format("{}${} {} title '{}'", plot == "plot " ? "" : ", ", name, how, title);
    };
    const double range = points.back().run.strength - points.front().run.strength;
    figure.draw("set multiplot");
    figure.draw(
        "set size 1,0.62\nset origin 0,0.38\nset lmargin 10\nset rmargin 42\nset key at screen 0.985,0.97 right top");
    figure.draw(
        fmt::format("set xrange [{}:{}]\nset yrange [0:1.02]\nset ylabel 'accuracy on corrupted images'\nunset xlabel",
                    points.front().run.strength - 0.02 * range, points.back().run.strength + 0.02 * range));
    Rows limit;
    for (const auto& point : points) limit.push_back(ends(point.run.strength, point.limit));
    add("limit", limit, "with yerrorlines linestyle 10 linewidth 2", "the channel''s limit (training images)");
    for (std::size_t c = 0; c < pstar::contenders.size(); ++c) {
        Rows rows;
        for (const auto& point : points) rows.push_back(ends(point.run.strength, point.accuracy[c]));
        add(fmt::format("accuracy_{}", c), rows, fmt::format("with yerrorlines linestyle {}", line_style(c)),
            in_words_of[c]);
    }
    constexpr std::array<const char*, pstar::anatomy_networks> methods{"MLP, predicted by moments",
                                                                       "CNN, predicted by moments"};
    for (std::size_t n = 0; n < pstar::anatomy_networks; ++n) {
        Rows rows;
        for (const auto& point : points) rows.push_back({point.run.strength, point.predicted[n]});
        add(fmt::format("predicted_{}", n), rows, fmt::format("with lines linestyle {} dashtype 2", line_style(n)),
            methods[n]);
    }
    figure.draw(plot);
    plot = "plot ";
    figure.draw("set size 1,0.38\nset origin 0,0\nset key at screen 0.985,0.34 right top");
    figure.draw(fmt::format("set yrange [-0.05:1.02]\nset ylabel 'agreement'\nset xlabel '{}'", symbol));
    for (std::size_t n = 0; n < pstar::anatomy_networks; ++n) {
        Rows kappa, wrong;
        for (const auto& point : points) {
            kappa.push_back(ends(point.run.strength, point.agreement[n].kappa));
            wrong.push_back(ends(point.run.strength, point.agreement[n].same_where_wrong));
        }
        add(fmt::format("kappa_{}", n), kappa, fmt::format("with yerrorlines linestyle {}", line_style(n)),
            fmt::format("{}, Cohen''s kappa", in_words_of[n]));
        add(fmt::format("wrong_{}", n), wrong, fmt::format("with yerrorlines linestyle {} dashtype 2", line_style(n)),
            fmt::format("{}, where either errs", in_words_of[n]));
    }
    figure.draw(plot);
    return figure;
}

/// Classes against decisions at the knee, of networks and nearest class mean.
Figure confusion_figure(const AnatomyPoint& point) {
    const std::array shown{Contender::mlp, Contender::cnn, Contender::nearest_class_mean};
    Figure figure(960, 350);
    figure.draw(
        "set palette defined (0 '#f4f8fb', 0.5 '#3f8fc0', 1 '#08264a')\nset cbrange [0:1]\nset size square\nunset key\n"
        "set tics front\nset ylabel 'class'\nset yrange [*:*] reverse");
    for (std::size_t k = 0; k < shown.size(); ++k) {
        const auto& counts = point.confusion[static_cast<std::size_t>(shown[k])];
        const auto classes = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(counts.size()))));
        Rows rows(classes, std::vector<double>(classes));
        for (std::size_t y = 0; y < classes; ++y) {
            double all = 0;
            for (std::size_t d = 0; d < classes; ++d) all += counts[y * classes + d];
            for (std::size_t d = 0; d < classes; ++d) rows[y][d] = all > 0 ? counts[y * classes + d] / all : 0;
        }
        const auto name = fmt::format("confusion_{}", k);
        figure.data(name, rows);
        figure.panel(k, shown.size(), in_words_of[static_cast<std::size_t>(shown[k])]);
        figure.draw(fmt::format(
            "set xlabel 'decision'\nset xrange [-0.5:{0}]\nset yrange [{0}:-0.5]\nplot ${1} matrix with image",
            static_cast<double>(classes) - 0.5, name));
    }
    return figure;
}

TextRows accuracy_rows(const AnatomyResults& results) {
    TextRows rows;
    for (const auto& point : results.summary.points) {
        std::vector<std::string> row{fmt::format("{:g}", point.run.strength), percent(point.limit.value)};
        for (const auto& accuracy : point.accuracy) row.push_back(percent(accuracy.value));
        for (const double predicted : point.predicted) row.push_back(percent(predicted));
        row.push_back(percent(point.nearest_class_mean_theory));
        row.push_back(fmt::format("{:.1f}", point.information.value));
        rows.push_back(row);
    }
    return rows;
}

TextRows knee_rows(const AnatomyResults& results) {
    TextRows rows;
    for (const auto& [name, fit] : results.summary.knees)
        rows.push_back({name, std::isfinite(fit.p_star.value) ? in_words(fit.p_star) : "-", to_string(fit.status)});
    return rows;
}

TextRows agreement_rows(const AnatomyResults& results) {
    TextRows rows;
    const auto shown = [](const pstar::Estimate& e) { return std::isfinite(e.value) ? in_words(e) : std::string("-"); };
    for (const auto& point : results.summary.points)
        for (std::size_t n = 0; n < pstar::anatomy_networks; ++n) {
            const auto& a = point.agreement[n];
            rows.push_back({fmt::format("{:g}", point.run.strength), in_words_of[n], shown(a.same),
                            shown(a.same_where_wrong), shown(a.kappa)});
        }
    return rows;
}

std::string setting(const AnatomyResults& results) {
    const auto& flags = results.flags;
    const auto& options = results.options;
    return fmt::format(
        "At each strength of the {} channel an MLP ({} hidden layers of {} units, {}), a CNN ({} blocks, {} channels "
        "first), softmax regression on the pixels, the nearest class mean and an infinitely wide network (kernel ridge "
        "regression with its tangent kernel, {} hidden layers, on the first {} images) learned from {} images of {} "
        "that "
        "were corrupted at that strength, networks for {}; all were tested on the same {} images with the same noise, "
        "{}.",
        flags.channel, options.depth, options.width, flags.activation[0], options.cnn_blocks, options.cnn_channels,
        options.depth, std::min(options.infinite_images, flags.train[0]), flags.train[0], flags.data,
        counted(flags.epochs, "epoch"), *flags.test, counted(flags.repeats.most, "seed"));
}

}  // namespace

void write_report(const AnatomyResults& results, const OutputFolder& out) {
    Report report("Whose is the knee",
                  fmt::format("{}, {} channel, {}", results.flags.data, results.flags.channel, date_and_time()));
    const auto lines = answers(results);
    const auto* const knee = at_knee(results);
    report.highlight(lines[0], knee == nullptr ? "" : setting(results));
    if (const auto* point = knee) {
        const auto symbol = strength_symbol(results.flags);
        report.list({lines.begin() + 1, lines.end()});
        if (results.has_figures) {
            draw(anatomy_figure(results), out, "anatomy");
            draw(confusion_figure(*point), out, "confusion");
            report.heading("Accuracy and agreement");
            report.figure(
                out / "anatomy.svg",
                "Above: accuracy on corrupted test images; grey: the channel's limit, the most that any "
                "classifier reaches on images of the training set. Below: agreement of decisions with the nearest "
                "class mean. Bars are 95% intervals, for other images and other seeds; predictions have none.");
            report.heading(fmt::format("Who takes what for what, at {} = {:g}", symbol, point->run.strength));
            report.figure(out / "confusion.svg",
                          "Share of each class's images (row) by the class they were given (column).");
        } else {
            report.paragraph("Figures were left out: gnuplot is not installed.");
        }
        std::vector<std::string> header{symbol, "channel's limit"};
        header.insert(header.end(), in_words_of.begin(), in_words_of.end());
        header.insert(header.end(),
                      {"MLP predicted", "CNN predicted", "nearest class mean, theory", "information (nats)"});
        report.heading("Accuracies");
        report.table(header, accuracy_rows(results));
        report.heading("Knees");
        report.table({"curve", symbol + "*", "status of the fit"}, knee_rows(results));
        report.heading("Agreement with the nearest class mean");
        report.table({symbol, "network", "same decision", "the same where either errs", "Cohen's kappa"},
                     agreement_rows(results));
        report.heading("How to read this");
        report.list(
            {"The channel's limit is exact for images of the training set, each as likely: it knows all of them, the "
             "channel "
             "and its strength. Of test images it says that no more than this is lost for want of information, if they "
             "are "
             "as hard to tell apart; the posterior over training images is the same classifier on test images, where "
             "it is "
             "a kernel density and no limit.",
             "With noise from a continuum a pixel that equals a grey level was not replaced: the channel erases, and "
             "says "
             "where. With 8-bit noise (--corruption-mode byte_replacement) it does not say where.",
             fmt::format("Information: of single pixels, added up; {} images need {:.1f} nats to be told apart.",
                         results.flags.train[0], std::log(static_cast<double>(results.flags.train[0]))),
             "MLP and CNN predicted: by the smoothed Jacobian, from clean test images and the trained weights. Nearest "
             "class mean, theory: closed form for normal classes with one covariance.",
             "Cohen's kappa: agreement beyond chance, 1 for equal decisions, 0 for independent ones. Two good "
             "classifiers "
             "agree because both are right; where either errs tells whether they also err alike.",
             "Knees: half-way between the upper level and chance, with 95% intervals over seeds."});
    }
    if (results.runs.diverged > 0)
        report.paragraph(fmt::format("{} diverged and were left out.", counted(results.runs.diverged, "run")));
    if (results.runs.failed > 0)
        report.paragraph(fmt::format("{} failed, the first with: {}", counted(results.runs.failed, "run"),
                                     results.runs.first_error));
    add_origins(
        report, settings_of(results.flags), results.command,
        "Beside this page: anatomy.csv, agreement.csv, knees.csv, confusion.csv, config.json, journal.jsonl (the runs "
        "as they ended), and every figure as SVG, PNG and gnuplot script.",
        out);
    report.write(out / "report.html");
}

std::vector<std::string> findings(const AnatomyResults& results) {
    return answers(results);
}

}  // namespace study
