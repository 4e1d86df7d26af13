#include "comparison_report.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/report/pictures.hpp"

namespace study {
namespace {

using pstar::FittedCurve;

/// Curves whose p* can be drawn, tested on those images; from bottom to top.
std::vector<const FittedCurve*> drawable(const Family& family, pstar::TestImages images) {
    auto curves = family.tested_on(images);
    std::erase_if(curves, [](const auto* curve) {
        const auto& p = curve->fit.p_star;
        return !curve->comparable() || !std::isfinite(p.low) || !std::isfinite(p.high);
    });
    std::ranges::reverse(curves);
    return curves;
}

/// An axis around the intervals of all curves, the same in every panel, with at most eight numbers that do not touch.
std::string axis_around(double low, double high) {
    const double room = std::max(0.05 * (high - low), 1e-6);
    low -= room, high += room;
    double step = std::pow(10.0, std::floor(std::log10((high - low) / 7)));
    for (const double factor : {2.0, 2.5, 2.0})  // 1, 2, 5, 10 times a power of ten
        if ((high - low) / step > 7) step *= factor;
    return fmt::format("set xrange [{:.6g}:{:.6g}]\nset xtics {:.6g}", low, high, step);
}

Figure midpoints_figure(const Family& family, const SizeAxis& names, const std::string& symbol) {
    std::vector<std::pair<std::string, std::vector<const FittedCurve*>>> panels;
    for (const auto images : {pstar::TestImages::clean, pstar::TestImages::corrupted})
        if (auto curves = drawable(family, images); !curves.empty())
            panels.emplace_back(fmt::format("tested on {} images", to_string(images)), std::move(curves));
    std::size_t rows = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto& [title, curves] : panels) {
        rows = std::max(rows, curves.size());
        for (const auto* curve : curves)
            low = std::min(low, curve->fit.p_star.low), high = std::max(high, curve->fit.p_star.high);
    }
    Figure figure(panels.size() > 1 ? 940 : 520, 110 + 40 * rows);
    figure.draw("unset key\nset xlabel '{/:Italic " + symbol + "}*'\nset lmargin 18\nset rmargin 3");
    figure.draw(axis_around(low, high));
    for (std::size_t k = 0; k < panels.size(); ++k) {
        const auto& curves = panels[k].second;
        std::string labels, plot;
        for (std::size_t i = 0; i < curves.size(); ++i) {
            const auto& p = curves[i]->fit.p_star;
            const auto table = fmt::format("midpoint_{}_{}", k, i);
            figure.data(table, {{p.value, static_cast<double>(i), p.low, p.high}});
            const bool is_cnn = curves[i]->measured.run.model == "cnn";
            plot += fmt::format("{} ${} using 1:2:3:4 with xerrorbars linestyle {} pointsize 1.1",
                                i == 0 ? "plot" : ",", table, line_style(is_cnn ? 1 : 0));
            labels += fmt::format("{}'{}' {}", i == 0 ? "" : ", ", names.of(curves[i]->measured.run), i);
        }
        figure.panel(k, panels.size(), panels[k].first);
        figure.draw(fmt::format("set ytics scale 0 ({})\nset yrange [-0.6:{}]", labels,
                                static_cast<double>(curves.size()) - 0.4));
        figure.draw(plot);
    }
    return figure;
}

std::string name_of(const CurveStory& story, const FittedCurve& curve, std::size_t parameters) {
    return fmt::format("{} ({} parameters)", colour_axis(story.flags).of(curve.measured.run), parameters);
}

/// `relu, 1000 training images, `: what tells a question from others, where several are asked.
std::string where(const CurveStory& story, const NetworkComparison& question) {
    if (families(story.flags, story.curves).size() < 2) return "";
    return family_title(story.flags, question.cnn->measured.run) + ", ";
}

std::string answer_word(const NetworkComparison& question) {
    if (question.found.verdict == pstar::Comparison::larger) return "Yes";
    return question.found.verdict == pstar::Comparison::smaller ? "No, it is smaller" : "Undecided";
}

/// Why there is no difference to report.
std::string obstacle(const CurveStory& story, const NetworkComparison& question) {
    const auto symbol = strength_symbol(story.flags);
    switch (question.found.status) {
        case pstar::DifferenceStatus::too_few_seeds:
            return fmt::format("{} with an accuracy at every strength of both; at least 3 are needed (--repeats 3).",
                               counted(question.found.seeds, "seed"));
        case pstar::DifferenceStatus::unstable:
            return fmt::format("{}* of one of them hangs on a single seed; run more (--repeats).", symbol);
        default:
            break;
    }
    std::string line;
    const auto explain = [&](const FittedCurve& curve, const pstar::CurveFit& fit) {
        if (fit.status == pstar::CurveStatus::ok || fit.status == pstar::CurveStatus::smooth ||
            fit.status == pstar::CurveStatus::misfit)
            return;
        line += fmt::format("{}{}* of {} is not identified ({}): {}", line.empty() ? "" : " ", symbol,
                            colour_axis(story.flags).of(curve.measured.run), to_string(fit.status), fit.explanation);
    };
    explain(*question.cnn, question.found.first);
    explain(*question.mlp, question.found.second);
    return line;
}

std::string interval(const pstar::Estimate& e) {
    auto text = with_sign(e);
    return text.replace(text.find(' '), 1, ", 95% interval ");
}

std::string answer(const CurveStory& story, const NetworkComparison& question) {
    const auto& found = question.found;
    const auto symbol = strength_symbol(story.flags);
    const auto head = fmt::format(
        "{} ({}{}, {} test images): {} against {}", answer_word(question), where(story, question),
        to_string(question.basis), to_string(question.cnn->measured.images),
        name_of(story, *question.cnn, question.cnn_parameters), name_of(story, *question.mlp, question.mlp_parameters));
    if (found.status != pstar::DifferenceStatus::ok) return head + ". " + obstacle(story, question);
    const auto share = std::isfinite(found.share_above)
                           ? fmt::format("; positive in {} of resamples of the seeds", percent(found.share_above))
                           : std::string();
    return fmt::format("{}: {}* {:.3f} and {:.3f}, difference {}, {}{}.", head, symbol, found.first.p_star.value,
                       found.second.p_star.value, interval(found.difference), counted(found.seeds, "seed"), share);
}

/// All of a list, or how they differ: `yes`, `no`, `undecided`, for one basis.
std::string in_short(const CurveStory& story, std::span<const NetworkComparison> comparisons, Basis basis) {
    std::size_t asked = 0, larger = 0, smaller = 0;
    for (const auto& question : comparisons) {
        if (question.basis != basis) continue;
        ++asked;
        larger += question.found.verdict == pstar::Comparison::larger ? 1 : 0;
        smaller += question.found.verdict == pstar::Comparison::smaller ? 1 : 0;
    }
    const auto at = fmt::format("at {}", to_string(basis));
    if (larger == asked) return fmt::format("yes {}", at);
    if (smaller == asked) return fmt::format("no {}, {}* of the CNNs is smaller", at, strength_symbol(story.flags));
    if (larger + smaller == 0) return fmt::format("undecided {}", at);
    return fmt::format("{} yes, {} no, {} undecided of {} {}", larger, smaller, asked - larger - smaller,
                       counted(asked, "comparison"), at);
}

std::string setting(const CurveStory& story) {
    return fmt::format(
        "All networks learned for {} from the same {} ({}, learning rate {:g}), in the same order with the same noise "
        "for the same seed, {}; and were tested on the same {} others.",
        counted(story.flags.epochs, "epoch"), images_in_words(story), story.flags.optimizer, story.flags.learning_rate,
        seeds_in_words(story), *story.flags.test);
}

std::string limits(const CurveStory& story) {
    const auto symbol = strength_symbol(story.flags);
    return fmt::format(
        "How it is decided: {0}* is the midpoint of the curve through the mean accuracies, and the difference is that "
        "of the two midpoints. Its interval comes from leaving out one seed at a time, of both networks at all "
        "strengths, and fitting both curves again (the jackknife), with Student's t for as many degrees of freedom as "
        "there are seeds but one. Yes or no is said when the interval leaves out 0; each question is judged for "
        "itself. The share of resamples draws seeds with replacement, again the same for both networks and all "
        "strengths, and fits both curves again: of few seeds it is coarse and too sure of itself, and decides nothing. "
        "The interval knows the chance of seeds alone: other training images, other test images, another optimiser, "
        "learning rate or number of steps may change {0}* by more.",
        symbol);
}

void add_answers(Report& report, const CurveStory& story, std::span<const NetworkComparison> comparisons) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& question : comparisons) {
        const auto& [basis, cnn, mlp, cnn_parameters, mlp_parameters, found] = question;
        const bool told = found.status == pstar::DifferenceStatus::ok;
        const auto& names = colour_axis(story.flags);
        rows.push_back({where(story, question) + to_string(basis), to_string(cnn->measured.images),
                        names.of(cnn->measured.run), names.of(mlp->measured.run), number_of(*cnn, cnn->fit.upper),
                        number_of(*mlp, mlp->fit.upper), told ? interval(found.difference) : to_string(found.status),
                        std::to_string(found.seeds), answer_word(question)});
    }
    report.table({"basis", "test images", "CNN", "MLP", "upper level of the CNN", "of the MLP",
                  fmt::format("{0}*(CNN) \u2212 {0}*(MLP)", strength_symbol(story.flags)), "seeds", "answer"},
                 rows);
    report.paragraph(limits(story));
}

bool has_midpoints(const Family& family) {
    return !drawable(family, pstar::TestImages::clean).empty() ||
           !drawable(family, pstar::TestImages::corrupted).empty();
}

}  // namespace

void draw_midpoints(const CurveStory& story, const OutputFolder& out) {
    for (const auto& family : families(story.flags, story.curves)) {
        if (has_midpoints(family))
            draw(midpoints_figure(family, colour_axis(story.flags), figure_symbol(story)), out,
                 "midpoints_" + family.name);
    }
}

std::vector<std::string> write_report(const CurveStory& story, std::span<const NetworkComparison> comparisons,
                                      const OutputFolder& out) {
    std::vector<std::string> answers;
    for (const auto& question : comparisons) answers.push_back(answer(story, question));
    const auto symbol = strength_symbol(story.flags);
    const auto asked = fmt::format("Is {0}*(CNN) > {0}*(MLP)?", symbol);
    auto found = fmt::format("{}; {}.", in_short(story, comparisons, Basis::data),
                             in_short(story, comparisons, Basis::parameters));
    found[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(found[0])));
    write_curve_report(
        story, out, "Do CNNs tolerate more corruption than MLPs?", asked + " " + found, setting(story),
        [&](Report& report) {
            report.heading(asked);
            report.list(answers);
            add_answers(report, story, comparisons);
            for (const auto& family : families(story.flags, story.curves))
                if (story.has_figures && has_midpoints(family))
                    report.figure(
                        out / ("midpoints_" + family.name + ".svg"),
                        fmt::format(
                            "{}: {}* of the networks that have one, with its 95% interval, that of its own curve. "
                            "Overlapping intervals do not mean that a difference is undecided: seeds are "
                            "shared, and what they do to both networks cancels.",
                            family.title, symbol));
        });
    return answers;
}

}  // namespace study
