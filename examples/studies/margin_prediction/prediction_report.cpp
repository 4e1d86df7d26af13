#include "prediction_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/report.hpp"
#include "common/run/conclusion.hpp"
#include "prediction_figures.hpp"

namespace study {
namespace {

using TextRows = std::vector<std::vector<std::string>>;

struct ScoreKind {
    const char* name;
    decltype(&pstar::PredictionScore::auc) member;
    double better;  ///< the sign of a difference that is an improvement

    pstar::Estimate of(const pstar::PredictionScore& scores) const {
        const auto& x = scores.*member;
        return {x.value, x.low, x.high};
    }
};
constexpr std::array<ScoreKind, 3> score_kinds{{{"AUC", &pstar::PredictionScore::auc, 1},
                                                {"Brier score", &pstar::PredictionScore::brier, -1},
                                                {"log score", &pstar::PredictionScore::log_score, -1}}};

std::string defined_in_words(const auto& x) {
    return std::isfinite(x.value) ? in_words(pstar::Estimate{x.value, x.low, x.high}) : "not defined";
}
/// `+0.012 [+0.010, +0.014]`.
std::string signed_in_words(const pstar::Estimate& x) {
    if (!std::isfinite(x.value)) return "not defined";
    const double scale = (x.high - x.low) / 2;
    return fmt::format("{} [{}, {}]", signed_number(x.value, scale), signed_number(x.low, scale),
                       signed_number(x.high, scale));
}
bool excludes_zero(const pstar::Estimate& x) {
    return x.low > 0 || x.high < 0;
}
std::string at_strength(const PredictionResults& results, double strength) {
    return fmt::format("{} = {:g}", strength_symbol(results.flags), strength);
}

/// Score of criterion `a` minus that of `b`.
pstar::Estimate difference(const pstar::PredictionSummary& summary, const ScoreKind& kind, std::size_t a,
                           std::size_t b) {
    for (std::size_t k = 0; k < pstar::criterion_pairs.size(); ++k) {
        const auto [first, second] = pstar::criterion_pairs[k];
        const auto x = kind.of(summary.differences[k]);
        if (first == a && second == b) return x;
        if (first == b && second == a) return {-x.value, -x.high, -x.low};
    }
    return {0, 0, 0};
}

/// The criteria from the best to the worst; nothing where the score is not defined.
std::optional<pstar::ByCriterion<std::size_t>> ranking(const pstar::PredictionSummary& summary, const ScoreKind& kind) {
    pstar::ByCriterion<std::size_t> order{};
    for (std::size_t c = 0; c < order.size(); ++c) {
        order[c] = c;
        if (!std::isfinite(kind.of(summary.scores[c]).value)) return std::nullopt;
    }
    std::ranges::stable_sort(order, std::greater{},
                             [&](std::size_t c) { return kind.better * kind.of(summary.scores[c]).value; });
    return order;
}

/// `by AUC all runner-ups (0.950 [0.946, 0.955]), +0.004 [...] against mean shift and +0.011 [...] against zero shift`.
std::string best_by(const pstar::PredictionSummary& summary, const ScoreKind& kind) {
    const auto order = ranking(summary, kind);
    if (!order) return fmt::format("the {} is not defined (nothing fails, or everything)", kind.name);
    std::vector<std::string> others;
    for (std::size_t k = 1; k < order->size(); ++k) {
        const auto x = difference(summary, kind, (*order)[0], (*order)[k]);
        others.push_back(fmt::format("{} against {}{}", signed_in_words(x), criterion_in_words((*order)[k]),
                                     excludes_zero(x) ? "" : " (undecided)"));
    }
    return fmt::format("by {} {} ({}): {}", kind.name, criterion_in_words((*order)[0]),
                       in_words(kind.of(summary.scores[(*order)[0]])), enumerated(others));
}

std::string ranking_sentence(const PredictionResults& results, const pstar::PredictionSummary& summary) {
    std::vector<std::string> parts;
    for (const auto& kind : score_kinds) parts.push_back(best_by(summary, kind));
    return fmt::format("{}: failures are predicted best {}.", at_strength(results, summary.strength),
                       fmt::join(parts, "; "));
}

std::string accuracy_sentence(const PredictionResults& results, const pstar::PredictionSummary& summary) {
    std::vector<std::string> predictions;
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c)
        predictions.push_back(fmt::format("{} by {}", percent(summary.own.predicted[c]), criterion_in_words(c)));
    const auto& measured = summary.own.accuracy;
    return fmt::format(
        "{}: accuracy on corrupted images is {} [{}, {}]; from clean margins and gradients alone it is "
        "predicted as {}. On clean images it is {}.",
        at_strength(results, summary.strength), percent(measured.value), percent(measured.low), percent(measured.high),
        enumerated(predictions), percent(summary.clean_accuracy.value));
}

/// The first strength from which on the linear term errs by more than `limit` fluctuations, beyond its interval.
std::optional<double> breaks_at(const pstar::PredictionSummary& summary, double limit) {
    std::optional<double> first;
    for (const auto& at : summary.elsewhere) {
        const bool over = at.linearisation.error_over_sd.low > limit;
        if (over && !first) first = at.strength;
        if (!over) first.reset();
    }
    return first;
}

std::string linearisation_sentence(const PredictionResults& results, const pstar::PredictionSummary& summary) {
    const auto& own = summary.own.linearisation;
    auto sentence = fmt::format(
        "Network trained at {}: there the linear mean change errs by {} of the margin's fluctuation (root mean square "
        "over images), and the predicted fluctuation is {} times the measured one.",
        at_strength(results, summary.strength), defined_in_words(own.error_over_sd), defined_in_words(own.sd_ratio));
    std::vector<std::string> limits;
    for (const double limit : {0.5, 1.0})
        if (const auto p = breaks_at(summary, limit))
            limits.push_back(
                fmt::format("{} fluctuation from {} on", limit < 1 ? "half a" : "a whole", at_strength(results, *p)));
    if (limits.empty()) return sentence + " At no strength is its error sure to exceed half a fluctuation.";
    return sentence + " Its error exceeds " + enumerated(limits) + ", beyond its interval.";
}

TextRows score_rows(const PredictionResults& results) {
    TextRows rows;
    for (const auto& summary : results.summaries)
        for (std::size_t c = 0; c < pstar::criteria.size(); ++c) {
            const auto& scores = summary.scores[c];
            rows.push_back({fmt::format("{:g}", summary.strength), criterion_in_words(c), defined_in_words(scores.auc),
                            defined_in_words(scores.brier), defined_in_words(scores.log_score),
                            signed_in_words(summary.excess[c])});
        }
    return rows;
}

TextRows difference_rows(const PredictionResults& results) {
    TextRows rows;
    for (const auto& summary : results.summaries)
        for (std::size_t k = 0; k < pstar::criterion_pairs.size(); ++k) {
            const auto [first, second] = pstar::criterion_pairs[k];
            std::vector<std::string> row{
                fmt::format("{:g}", summary.strength),
                fmt::format("{} \u2212 {}", criterion_in_words(first), criterion_in_words(second))};
            for (const auto& kind : score_kinds) {
                const auto x = kind.of(summary.differences[k]);
                const auto winner = kind.better * x.value > 0 ? first : second;
                row.push_back(signed_in_words(x) +
                              (excludes_zero(x) ? ": " + criterion_in_words(winner) + " is better" : ": undecided"));
            }
            rows.push_back(row);
        }
    return rows;
}

std::string setting_sentence(const PredictionResults& results) {
    const auto& flags = results.flags;
    return fmt::format(
        "{} ({} {}, {} of {} {}) were trained for {} on {} images of {} with the {} channel, each at one strength. "
        "From "
        "the margins and gradients of a network on {} clean test images it is predicted which of them it misclassifies "
        "when they are corrupted at that strength; {} of every image show whether it does.",
        counted(results.runs.finished, "network"), flags.activation[0], flags.arch,
        counted(flags.depth[0], flags.arch == "cnn" ? "block" : "hidden layer"), flags.width[0],
        flags.arch == "cnn" ? "channels" : "units", counted(flags.epochs, "epoch"), flags.train[0], flags.data,
        flags.channel, *flags.test, counted(*flags.draws, "draw"));
}

void figures(Report& report, const PredictionResults& results, const OutputFolder& out) {
    if (!results.has_figures) report.paragraph("Figures were left out: gnuplot is not installed.");
    const pstar::MarginPredictionOptions elsewhere;
    const auto add = [&](const std::string& heading, const std::string& name, const std::string& caption) {
        if (!results.has_figures) return;
        report.heading(heading);
        report.figure(out / (name + ".svg"), caption);
    };
    add("Which criterion ranks failures best", "auc",
        "AUC of each criterion: the probability that a draw that fails was given a higher failure probability than "
        "one that does not. 95% intervals; the criteria see the same images, so their differences (table below) are "
        "known better than these intervals suggest.");
    add("Predicted against observed failures", "images",
        "Test images by predicted failure probability and observed failure frequency; the colour is their number, mean "
        "over seeds, on a logarithmic scale. On the dashed line prediction is perfect.");
    add("Calibration", "calibration",
        "Observed failure frequency of the images in each tenth of predicted probability, with 95% intervals. Above "
        "the "
        "dashed line: failures come more often than predicted.");
    add("Accuracy, predicted and measured", "accuracy",
        "Accuracy on test images corrupted at the strength of training: measured with 95% intervals, and as each "
        "criterion predicts it from clean images.");
    add("Accuracy at other strengths", "accuracy_elsewhere",
        fmt::format("The same for test images corrupted at other strengths than the network's own (dashed): {} images, "
                    "{} draws.",
                    std::min(*results.flags.test, elsewhere.elsewhere_images), elsewhere.elsewhere_draws));
    add("Where linearisation breaks", "linearisation",
        "Left: root mean square error of the linear mean change over images, divided by the measured fluctuation of "
        "the "
        "margin; at 1 the error is as large as what the criterion weighs the margin against. Right: predicted over "
        "measured fluctuation. 95% intervals.");
    add("Signal to noise over the data set", "snr",
        "Quantiles over test images of (margin + mean shift)/sd, mean over seeds; below 0 an image is expected to "
        "fail. The same numbers are in snr.csv, for a collapse of curves.");
}

void explanations(Report& report, const PredictionResults& results) {
    report.heading("How to read this");
    report.list(
        {"\u03b3 is an image's margin: the label's logit minus the largest other one, on the clean image. To first "
         "order "
         "corruption changes it by its gradient times the change of the pixels: E is the mean of that, sd its standard "
         "deviation, both exact for the channel.",
         "Zero shift: P(fail) = \u03a6(\u2212\u03b3/sd). Mean shift: \u03a6(\u2212(\u03b3 + E)/sd). All runner-ups: "
         "the probability that any other class wins, under the joint normal law of all margins.",
         "Images that are wrong already without corruption are counted like all others.",
         "AUC: 0.5 is chance, 1 perfect. Brier and log score: 0 is perfect; a coin has 0.25 and 0.693.",
         fmt::format("Intervals are for other images and other seeds at 95%: resampled images, and Student's interval "
                     "over {}, added in squares{}. The strengths share seeds and images.",
                     counted(results.flags.repeats.most, "seed"),
                     results.flags.repeats.most < 2 ? " (one seed: images alone)" : "")});
    if (results.runs.diverged > 0)
        report.paragraph(
            fmt::format("{} diverged in training and were left out.", counted(results.runs.diverged, "run")));
    if (results.runs.failed > 0)
        report.paragraph(fmt::format("{} failed, the first with: {}", counted(results.runs.failed, "run"),
                                     results.runs.first_error));
}

void origins(Report& report, const PredictionResults& results) {
    add_origins(report, settings_of(results.flags), results.command,
                "Beside this page: predictions.csv, differences.csv, accuracy.csv, calibration.csv, "
                "accuracy_elsewhere.csv, linearisation.csv, snr.csv, config.json, journal.jsonl (the runs as they "
                "ended), and every figure as SVG, PNG and gnuplot script.");
}

}  // namespace

void write_report(const PredictionResults& results, const OutputFolder& out) {
    Report report("Which images fail",
                  fmt::format("{}, {} channel, {}", results.flags.data, results.flags.channel, date_and_time()));
    report.highlight(setting_sentence(results));
    report.heading("What was found");
    report.list(findings(results));
    if (!results.summaries.empty()) figures(report, results, out);
    report.heading("Scores");
    report.table({strength_symbol(results.flags), "criterion", "AUC", "Brier score", "log score",
                  "predicted \u2212 measured accuracy"},
                 score_rows(results));
    report.heading("By how much");
    report.table({strength_symbol(results.flags), "criteria", "AUC", "Brier score", "log score"},
                 difference_rows(results));
    explanations(report, results);
    origins(report, results);
    report.write(out / "report.html");
}

std::vector<std::string> findings(const PredictionResults& results) {
    std::vector<std::string> lines;
    for (const auto& summary : results.summaries) lines.push_back(ranking_sentence(results, summary));
    for (const auto& summary : results.summaries) lines.push_back(accuracy_sentence(results, summary));
    for (const auto& summary : results.summaries) lines.push_back(linearisation_sentence(results, summary));
    if (lines.empty()) lines.emplace_back("No network could be measured.");
    return lines;
}

}  // namespace study
