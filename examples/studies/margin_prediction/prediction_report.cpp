#include "prediction_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/report.hpp"
#include "common/run/conclusion.hpp"
#include "prediction_figures.hpp"

namespace study {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct ScoreKind {
    const char* name;
    pstar::Estimate pstar::PredictionScore::*member;
    double better;  ///< the sign of a difference that is an improvement
};
constexpr std::array<ScoreKind, 3> score_kinds{{{"AUC", &pstar::PredictionScore::auc, 1},
                                                {"Brier score", &pstar::PredictionScore::brier, -1},
                                                {"log score", &pstar::PredictionScore::log_score, -1}}};

std::string in_words(const pstar::Estimate& x) {
    return std::isfinite(x.value) ? study::in_words(pstar::Estimate{x.value, x.low, x.high}) : "not defined";
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
std::string at_strength(const PredictionStory& story, double strength) {
    return fmt::format("{} = {:g}", strength_symbol(story.flags), strength);
}

/// Score of `a` minus that of `b`.
pstar::Estimate difference(const PredictionSummary& summary, const ScoreKind& kind, std::size_t a, std::size_t b) {
    for (std::size_t k = 0; k < criterion_pairs.size(); ++k) {
        const auto& x = summary.differences[k].*kind.member;
        if (criterion_pairs[k].first == a && criterion_pairs[k].second == b) return x;
        if (criterion_pairs[k].first == b && criterion_pairs[k].second == a) return {-x.value, -x.high, -x.low};
    }
    return {0, 0, 0};
}

/// The criteria from the best to the worst; nothing where the score is not defined.
std::optional<ByCriterion<std::size_t>> ranking(const PredictionSummary& summary, const ScoreKind& kind) {
    ByCriterion<std::size_t> order{};
    for (std::size_t c = 0; c < order.size(); ++c) {
        order[c] = c;
        if (!std::isfinite((summary.scores[c].*kind.member).value)) return std::nullopt;
    }
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return kind.better * (summary.scores[a].*kind.member).value >
               kind.better * (summary.scores[b].*kind.member).value;
    });
    return order;
}

/// `by AUC all runner-ups (0.950 [0.946, 0.955]), +0.004 [...] against mean shift and +0.011 [...] against zero shift`.
std::string best_by(const PredictionSummary& summary, const ScoreKind& kind) {
    const auto order = ranking(summary, kind);
    if (!order) return fmt::format("the {} is not defined (nothing fails, or everything)", kind.name);
    std::vector<std::string> others;
    for (std::size_t k = 1; k < order->size(); ++k) {
        const auto x = difference(summary, kind, (*order)[0], (*order)[k]);
        others.push_back(fmt::format("{} against {}{}", signed_in_words(x), criterion_in_words((*order)[k]),
                                     excludes_zero(x) ? "" : " (undecided)"));
    }
    return fmt::format("by {} {} ({}): {}", kind.name, criterion_in_words((*order)[0]),
                       in_words(summary.scores[(*order)[0]].*kind.member), enumerated(others));
}

std::string ranking_sentence(const PredictionStory& story, const PredictionSummary& summary) {
    std::vector<std::string> parts;
    for (const auto& kind : score_kinds) parts.push_back(best_by(summary, kind));
    return fmt::format("{}: failures are predicted best {}.", at_strength(story, summary.strength),
                       fmt::join(parts, "; "));
}

std::string accuracy_sentence(const PredictionStory& story, const PredictionSummary& summary) {
    std::vector<std::string> predictions;
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c)
        predictions.push_back(fmt::format("{} by {}", percent(summary.trained_at.predicted[c]), criterion_in_words(c)));
    const auto& measured = summary.trained_at.measured;
    return fmt::format(
        "{}: accuracy on corrupted images is {} [{}, {}]; from clean margins and gradients alone it is "
        "predicted as {}. On clean images it is {}.",
        at_strength(story, summary.strength), percent(measured.value), percent(measured.low), percent(measured.high),
        enumerated(predictions), percent(summary.clean_accuracy.value));
}

/// The first strength from which on the linear term errs by more than `limit` fluctuations, beyond its interval.
std::optional<double> breaks_at(const PredictionSummary& summary, double limit) {
    std::optional<double> first;
    for (const auto& at : summary.elsewhere) {
        const bool over = at.linearisation[4].low > limit;
        if (over && !first) first = at.strength;
        if (!over) first.reset();
    }
    return first;
}

std::string linearisation_sentence(const PredictionStory& story, const PredictionSummary& summary) {
    const auto& own = summary.trained_at.linearisation;
    auto sentence = fmt::format(
        "Network trained at {}: there the linear mean change errs by {} of the margin's fluctuation (root mean square "
        "over images), and the predicted fluctuation is {} times the measured one.",
        at_strength(story, summary.strength), in_words(own[4]), in_words(own[5]));
    std::vector<std::string> limits;
    for (const double limit : {0.5, 1.0})
        if (const auto p = breaks_at(summary, limit))
            limits.push_back(
                fmt::format("{} fluctuation from {} on", limit < 1 ? "half a" : "a whole", at_strength(story, *p)));
    if (limits.empty()) return sentence + " At no strength is its error sure to exceed half a fluctuation.";
    return sentence + " Its error exceeds " + enumerated(limits) + ", beyond its interval.";
}

Rows score_rows(const PredictionStory& story) {
    Rows rows;
    for (const auto& summary : story.summaries)
        for (std::size_t c = 0; c < pstar::criteria.size(); ++c) {
            const auto& scores = summary.scores[c];
            rows.push_back({fmt::format("{:g}", summary.strength), criterion_in_words(c), in_words(scores.auc),
                            in_words(scores.brier), in_words(scores.log_score), signed_in_words(summary.excess[c])});
        }
    return rows;
}

Rows difference_rows(const PredictionStory& story) {
    Rows rows;
    for (const auto& summary : story.summaries)
        for (std::size_t k = 0; k < criterion_pairs.size(); ++k) {
            const auto [first, second] = criterion_pairs[k];
            std::vector<std::string> row{
                fmt::format("{:g}", summary.strength),
                fmt::format("{} \u2212 {}", criterion_in_words(first), criterion_in_words(second))};
            for (const auto& kind : score_kinds) {
                const auto& x = summary.differences[k].*kind.member;
                const auto winner = kind.better * x.value > 0 ? first : second;
                row.push_back(signed_in_words(x) +
                              (excludes_zero(x) ? ": " + criterion_in_words(winner) + " is better" : ": undecided"));
            }
            rows.push_back(row);
        }
    return rows;
}

std::string setting_sentence(const PredictionStory& story) {
    const auto& flags = story.flags;
    return fmt::format(
        "{} ({} {}, {} of {} {}) learned for {} from {} images of {} through the {} channel, each at one strength. "
        "From "
        "its margins and their gradients on {} clean test images, never shown to it before, each foretold which of "
        "them it gets wrong when they are corrupted at that strength; {} of every image told.",
        counted(story.runs.finished, "network"), flags.activation[0], flags.arch,
        counted(flags.depth[0], flags.arch == "cnn" ? "block" : "hidden layer"), flags.width[0],
        flags.arch == "cnn" ? "channels" : "units", counted(flags.epochs, "epoch"), flags.train[0], flags.data,
        flags.channel, *flags.test, counted(*flags.draws, "draw"));
}

void figures(Report& report, const PredictionStory& story, const OutputFolder& out) {
    if (!story.has_figures) report.paragraph("Figures were left out: gnuplot is not installed.");
    const auto add = [&](const std::string& heading, const std::string& name, const std::string& caption) {
        if (!story.has_figures) return;
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
                    std::min(*story.flags.test, PredictionResult::elsewhere_images),
                    PredictionResult::elsewhere_draws));
    add("Where linearisation breaks", "linearisation",
        "Left: root mean square error of the linear mean change over images, divided by the measured fluctuation of "
        "the "
        "margin; at 1 the error is as large as what the criterion weighs the margin against. Right: predicted over "
        "measured fluctuation. 95% intervals.");
    add("Signal to noise over the data set", "snr",
        "Quantiles over test images of (margin + mean shift)/sd, mean over seeds; below 0 an image is expected to "
        "fail. The same numbers are in snr.csv, for a collapse of curves.");
}

void explanations(Report& report, const PredictionStory& story) {
    report.heading("How to read this");
    report.list(
        {"\u03b3 is an image's margin: the label's logit minus the largest other one, on the clean image. To first "
         "order "
         "corruption changes it by its gradient times the change of the pixels: E is the mean of that, sd its standard "
         "deviation, both exact for the channel.",
         "Zero shift: P(fail) = \u03a6(\u2212\u03b3/sd). Mean shift: \u03a6(\u2212(\u03b3 + E)/sd). All runner-ups: "
         "the "
         "probability that any other class wins, under the joint normal law of all margins.",
         "Images that are wrong already without corruption are counted like all others.",
         "AUC: 0.5 is chance, 1 perfect. Brier and log score: 0 is perfect; a coin has 0.25 and 0.693.",
         fmt::format("Intervals are for other images and other seeds at 95%: resampled images, and Student's interval "
                     "over {}, added in squares{}. The strengths share seeds and images.",
                     counted(story.flags.repeats.most, "seed"),
                     story.flags.repeats.most < 2 ? " (one seed: images alone)" : "")});
    if (story.runs.diverged > 0)
        report.paragraph(
            fmt::format("{} diverged in training and were left out.", counted(story.runs.diverged, "run")));
    if (story.runs.failed > 0)
        report.paragraph(
            fmt::format("{} failed, the first with: {}", counted(story.runs.failed, "run"), story.runs.first_error));
}

void origins(Report& report, const PredictionStory& story) {
    add_origins(report, settings_of(story.flags), story.command,
                "Beside this page: predictions.csv, differences.csv, accuracy.csv, calibration.csv, "
                "accuracy_elsewhere.csv, linearisation.csv, snr.csv, config.json, journal.jsonl (the runs as they "
                "ended), and every figure as SVG, PNG and gnuplot script.");
}

}  // namespace

void write_report(const PredictionStory& story, const OutputFolder& out) {
    Report report("Which images fail",
                  fmt::format("{}, {} channel, {}", story.flags.data, story.flags.channel, date_and_time()));
    report.highlight(setting_sentence(story));
    report.heading("What was found");
    report.list(findings(story));
    if (!story.summaries.empty()) figures(report, story, out);
    report.heading("Scores");
    report.table({strength_symbol(story.flags), "criterion", "AUC", "Brier score", "log score",
                  "predicted \u2212 measured accuracy"},
                 score_rows(story));
    report.heading("By how much");
    report.table({strength_symbol(story.flags), "criteria", "AUC", "Brier score", "log score"}, difference_rows(story));
    explanations(report, story);
    origins(report, story);
    report.write(out / "report.html");
}

std::vector<std::string> findings(const PredictionStory& story) {
    std::vector<std::string> lines;
    for (const auto& summary : story.summaries) lines.push_back(ranking_sentence(story, summary));
    for (const auto& summary : story.summaries) lines.push_back(accuracy_sentence(story, summary));
    for (const auto& summary : story.summaries) lines.push_back(linearisation_sentence(story, summary));
    if (lines.empty()) lines.emplace_back("No network could be measured.");
    return lines;
}

}  // namespace study
