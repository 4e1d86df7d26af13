#include "prediction_report.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/report/pictures.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/sweep_runs.hpp"
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
constexpr std::array<ScoreKind, 4> score_kinds{{{"AUC", &pstar::PredictionScore::auc, 1},
                                                {"Brier score", &pstar::PredictionScore::brier, -1},
                                                {"log score", &pstar::PredictionScore::log_score, -1},
                                                {"error per image", &pstar::PredictionScore::rms_error, -1}}};

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

/// The criteria whose score is defined, from the best to the worst.
std::vector<std::size_t> ranking(const pstar::PredictionSummary& summary, const ScoreKind& kind) {
    std::vector<std::size_t> order;
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c)
        if (std::isfinite(kind.of(summary.scores[c]).value)) order.push_back(c);
    std::ranges::stable_sort(order, std::greater{},
                             [&](std::size_t c) { return kind.better * kind.of(summary.scores[c]).value; });
    return order;
}

/// `+4.1`, in percentage points.
std::string points(const pstar::Estimate& x) {
    return signed_number(100 * x.value, 100 * std::max((x.high - x.low) / 2, 0.005));
}

/// The best criterion by AUC, if one is: the second best may be as good.
struct Best {
    std::size_t criterion;
    bool sure;  ///< better than every other, beyond the interval of the difference
    bool operator==(const Best&) const = default;
};
std::optional<Best> best_of(const pstar::PredictionSummary& summary) {
    const auto& auc = score_kinds[0];
    const auto order = ranking(summary, auc);
    if (order.empty()) return std::nullopt;
    bool sure = true;
    for (std::size_t k = 1; k < order.size(); ++k)
        sure = sure && excludes_zero(difference(summary, auc, order[0], order[k]));
    return Best{order[0], sure};
}

/// `At p = 0.3 and 0.6 the criterion "all runner-ups" predicts best which images fail (AUC 0.95 and 0.93). The accuracy
/// that it predicts is off by −0.2 and +4.1 percentage points.`
std::string answer_at(const PredictionResults& results, std::span<const pstar::PredictionSummary> summaries,
                      const Best& best) {
    std::vector<std::string> strengths, scores, errors;
    for (const auto& summary : summaries) {
        strengths.push_back(fmt::format("{:g}", summary.run.strength));
        scores.push_back(fmt::format("{:.3f}", summary.scores[best.criterion].auc.value));
        errors.push_back(points(summary.excess[best.criterion]));
    }
    return fmt::format(
        "At {} = {} the criterion \"{}\" predicts best which images fail (AUC {}{}). The accuracy that it predicts is "
        "off by {} percentage points.",
        strength_symbol(results.flags), enumerated(strengths), criterion_in_words(best.criterion), enumerated(scores),
        best.sure ? "" : "; others may be as good", enumerated(errors));
}

/// `At p = 0.95 every image fails in all draws or in none: there is nothing to rank. The accuracy predicted by "full
/// moments" is off by +0.0 percentage points.` An AUC of exactly 1 is possible in this case alone.
std::string certain_at(const PredictionResults& results, std::span<const pstar::PredictionSummary> summaries,
                       const Best& best) {
    std::string text;
    for (const auto& summary : summaries)
        text += fmt::format(
            "{}At {} every image fails in all draws or in none: there is nothing to rank. The accuracy predicted by "
            "\"{}\" is off by {} percentage points.",
            text.empty() ? "" : " ", at_strength(results, summary.run.strength), criterion_in_words(best.criterion),
            points(summary.excess[best.criterion]));
    return text;
}

std::string answer(const PredictionResults& results, const NetworkPredictions& network) {
    std::string text;
    const auto all = network.summaries;
    for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
        const auto best = best_of(all[first]);
        while (last < all.size() && best_of(all[last]) == best) ++last;
        const auto some = all.subspan(first, last - first);
        if (best && all[first].scores[best->criterion].auc.value == 1)
            text += " " + certain_at(results, some, *best);
        else if (best)
            text += " " + answer_at(results, some, *best);
        else
            for (const auto& summary : some)
                text += fmt::format(" {}: nothing fails, or everything.", at_strength(results, summary.run.strength));
    }
    return network.suffix.empty() ? text.substr(1) : network.name + ":" + text;
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
        "Trained at {}: there the linear mean change errs by {} of the margin's fluctuation (root mean square "
        "over images), and the predicted fluctuation is {} times the measured one.",
        at_strength(results, summary.run.strength), defined_in_words(own.error_over_sd),
        defined_in_words(own.sd_ratio));
    std::vector<std::string> limits;
    for (const double limit : {0.5, 1.0})
        if (const auto p = breaks_at(summary, limit))
            limits.push_back(
                fmt::format("{} fluctuation from {} on", limit < 1 ? "half a" : "a whole", at_strength(results, *p)));
    if (limits.empty()) return sentence + " At no strength is its error sure to exceed half a fluctuation.";
    return sentence + " Its error exceeds " + enumerated(limits) + ", beyond its interval.";
}

TextRows accuracy_rows(const NetworkPredictions& network) {
    TextRows rows;
    for (const auto& summary : network.summaries) {
        const auto& measured = summary.own.accuracy;
        std::vector<std::string> row{
            fmt::format("{:g}", summary.run.strength),
            fmt::format("{} [{}, {}]", percent(measured.value), percent(measured.low), percent(measured.high))};
        for (const double predicted : summary.own.predicted)
            row.push_back(std::isfinite(predicted) ? percent(predicted) : "-");
        row.push_back(percent(summary.clean_accuracy.value));
        rows.push_back(row);
    }
    return rows;
}

TextRows score_rows(const NetworkPredictions& network) {
    TextRows rows;
    for (const auto& summary : network.summaries)
        for (std::size_t c = 0; c < pstar::criteria.size(); ++c) {
            if (!std::isfinite(summary.own.predicted[c])) continue;
            const auto& scores = summary.scores[c];
            rows.push_back({fmt::format("{:g}", summary.run.strength), criterion_in_words(c),
                            defined_in_words(scores.auc), defined_in_words(scores.brier),
                            defined_in_words(scores.log_score), defined_in_words(scores.rms_error),
                            signed_in_words(summary.excess[c]), fmt::format("{:.2f}", summary.seconds[c])});
        }
    return rows;
}

TextRows difference_rows(const NetworkPredictions& network) {
    TextRows rows;
    for (const auto& summary : network.summaries)
        for (std::size_t k = 0; k < pstar::criterion_pairs.size(); ++k) {
            const auto [first, second] = pstar::criterion_pairs[k];
            const auto best = best_of(summary);
            if (!best || (first != best->criterion && second != best->criterion)) continue;
            if (!std::isfinite(summary.differences[k].brier.value)) continue;
            std::vector<std::string> row{
                fmt::format("{:g}", summary.run.strength),
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
    const bool cnn = flags.arch == "cnn";
    return fmt::format(
        "{} ({} {}, {} of {} {}) were trained for {} on {} images of {} with the {} channel, each at one strength. "
        "From the margins and gradients of a network on {} clean test images it is predicted which of them it "
        "misclassifies when they are corrupted at that strength; {} of every image show whether it does.",
        counted(results.runs.finished, "network"), fmt::join(flags.activation, " or "), flags.arch,
        fmt::format("{} {}{}", fmt::join(flags.depth, " or "), cnn ? "block" : "hidden layer",
                    flags.depth == std::vector<std::size_t>{1} ? "" : "s"),
        fmt::join(flags.width, " or "), cnn ? "channels" : "units", counted(flags.epochs, "epoch"),
        fmt::join(flags.train, " or "), flags.data, flags.channel, *flags.test, counted(*flags.draws, "draw"));
}

void figures(Report& report, const PredictionResults& results, const NetworkPredictions& network,
             const OutputFolder& out) {
    const pstar::MarginPredictionOptions elsewhere;
    const auto add = [&](const std::string& heading, const std::string& name, const std::string& caption) {
        if (!results.has_figures) return;
        report.heading(network.suffix.empty() ? heading : heading + ": " + network.name);
        report.figure(out / (name + network.suffix + ".svg"), caption);
    };
    const auto has_examples = [](const auto& summary) {
        return std::ranges::any_of(summary.examples, [](const auto& images) { return !images.empty(); });
    };
    if (std::ranges::any_of(network.summaries, has_examples))
        add("Images that fail", "examples",
            "Clean test images of the first seed's network, the clearest from the left, by what all runner-ups "
            "predict: foreseen fail as predicted; missed fail more often, spared less often than predicted, by more "
            "than a quarter of the draws. A kind without images has no row. Which images they are is in "
            "examples.csv.");
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
         "Linear at the mean image: the same, with margins and gradients of the image that corruption makes on "
         "average. "
         "Diagonal moments, smoothed Jacobian (of CNNs, too), full moments: means and variances of the units, passed "
         "through the layers; the last with their covariances, which takes longest and is left out at other strengths.",
         "Images that are wrong already without corruption are counted like all others.",
         "AUC: 0.5 is chance, 1 perfect. Brier and log score: 0 is perfect; a coin has 0.25 and 0.693. Error per "
         "image: "
         "root mean square difference of predicted probability and observed frequency; the draws, which are finite, "
         "have a share in it.",
         "Seconds: to predict all test images, mean over seeds, while other runs may share the processor.",
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

void origins(Report& report, const PredictionResults& results, const OutputFolder& out) {
    add_origins(
        report, settings_of(results.flags), results.command,
        "Beside this page: predictions.csv, differences.csv, prediction_times.csv, accuracy.csv, calibration.csv, "
        "accuracy_elsewhere.csv, linearisation.csv, snr.csv, examples.csv, config.json, journal.jsonl (the runs as "
        "they ended), and every figure as SVG, PNG and gnuplot script.",
        out);
}

}  // namespace

void write_report(const PredictionResults& results, const OutputFolder& out) {
    Report report("Which images fail",
                  fmt::format("{}, {} channel, {}", results.flags.data, results.flags.channel, date_and_time()));
    const auto networks = networks_of(results);
    std::string answers;
    for (const auto& network : networks) answers += (answers.empty() ? "" : " ") + answer(results, network);
    report.highlight(answers.empty() ? "No network could be measured." : answers, setting_sentence(results));
    if (!results.has_figures) report.paragraph("Figures were left out: gnuplot is not installed.");
    const auto symbol = strength_symbol(results.flags);
    std::vector<std::string> accuracies{symbol, "measured"};
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c) accuracies.push_back(criterion_in_words(c));
    accuracies.emplace_back("clean images");
    for (const auto& network : networks) {
        const auto heading = [&](const std::string& text) {
            report.heading(network.suffix.empty() ? text : text + ": " + network.name);
        };
        heading("Accuracy on corrupted images, measured and predicted");
        report.table(accuracies, accuracy_rows(network));
        figures(report, results, network, out);
        heading("The error of the linear expansion, strength by strength");
        std::vector<std::string> limits;
        for (const auto& summary : network.summaries) limits.push_back(linearisation_sentence(results, summary));
        report.list(limits);
        heading("Scores");
        report.table({symbol, "criterion", "AUC", "Brier score", "log score", "error per image",
                      "predicted \u2212 measured accuracy", "seconds"},
                     score_rows(network));
        heading("By how much the best by AUC is better");
        report.table({symbol, "criteria", "AUC", "Brier score", "log score", "error per image"},
                     difference_rows(network));
    }
    explanations(report, results);
    origins(report, results, out);
    report.write(out / "report.html");
}

std::vector<NetworkPredictions> networks_of(const PredictionResults& results) {
    std::vector<NetworkPredictions> networks;
    const auto all = results.summaries;
    for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
        const auto curve = pstar::curve_key(all[first].run);
        while (last < all.size() && pstar::curve_key(all[last].run) == curve) ++last;
        networks.push_back({network_name(results.flags, curve), "", all.subspan(first, last - first)});
    }
    for (auto& network : networks) {
        if (networks.size() == 1) break;
        network.suffix = "_";
        for (const char letter : network.name)
            if (const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0;
                plain || !network.suffix.ends_with('_'))
                network.suffix += plain ? letter : '_';
    }
    return networks;
}

std::vector<std::string> findings(const PredictionResults& results) {
    std::vector<std::string> lines;
    for (const auto& network : networks_of(results)) lines.push_back(answer(results, network));
    if (lines.empty()) lines.emplace_back("No network could be measured.");
    return lines;
}

}  // namespace study
