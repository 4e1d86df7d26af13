#include "rbm_figures.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"

namespace study {
namespace {

using pstar::ModelRanking;

/// Rankings that differ in nothing but the strength, weakest first.
std::vector<std::span<const ModelRanking>> curves_of(std::span<const ModelRanking> rankings) {
    const auto place = [](const ModelRanking& ranking) {
        return std::pair(ranking.images, ranking.models[0].run.train_samples);
    };
    std::vector<std::span<const ModelRanking>> result;
    for (std::size_t first = 0, last = 0; first < rankings.size(); first = last) {
        while (last < rankings.size() && place(rankings[last]) == place(rankings[first])) ++last;
        result.push_back(rankings.subspan(first, last - first));
    }
    return result;
}

std::string model_name(const CurveStory& story, const pstar::RankedModel& model) {
    return colour_axis(story.flags).of(model.run);
}

/// `p = 0 to 0.5 and 0.9`: where `best` is the best, or nothing is; neighbours together.
std::string strengths_where(const CurveStory& story, std::span<const ModelRanking> curve,
                            std::optional<std::size_t> best) {
    const auto strength = [&](std::size_t i) { return decimal(curve[i].models[0].run.strength); };
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        if (curve[i].best != best) continue;
        const auto first = i;
        while (i + 1 < curve.size() && curve[i + 1].best == best) ++i;
        parts.push_back(first == i ? strength(i) : fmt::format("{} to {}", strength(first), strength(i)));
    }
    return parts.empty() ? std::string() : fmt::format("{} = {}", strength_symbol(story.flags), enumerated(parts));
}

std::string place_in_words(const CurveStory& story, std::span<const ModelRanking> curve) {
    const auto images = to_string(curve[0].images);
    if (story.flags.train.size() < 2) return fmt::format("Tested on {} images", images);
    return fmt::format("{} training images, tested on {} ones", curve[0].models[0].run.train_samples, images);
}

std::string answer(const CurveStory& story, std::span<const ModelRanking> curve) {
    std::string line;
    const auto add = [&](const std::string& part) { line += (line.empty() ? " " : "; ") + part; };
    const auto& models = curve[0].models;
    for (std::size_t i = 0; i < models.size(); ++i)
        if (const auto where = strengths_where(story, curve, i); !where.empty())
            add(fmt::format("{} is the most accurate at {}", model_name(story, models[i]), where));
    if (const auto where = strengths_where(story, curve, std::nullopt); !where.empty())
        add(fmt::format("undecided at {}", where));
    return place_in_words(story, curve) + ":" + line + ".";
}

std::string share(const pstar::Estimate& e) {
    if (!std::isfinite(e.value)) return "-";
    if (!std::isfinite(e.low)) return percent(e.value);
    return fmt::format("{:.1f} \u00b1 {:.1f}%", 100 * e.value, 50 * (e.high - e.low));
}

void add_table(Report& report, const CurveStory& story, std::span<const ModelRanking> curve) {
    std::vector<std::string> header{strength_symbol(story.flags)};
    for (const auto& model : curve[0].models) header.push_back(model_name(story, model));
    header.emplace_back("most accurate");
    std::vector<std::vector<std::string>> rows;
    for (const auto& ranking : curve) {
        auto& row = rows.emplace_back(1, decimal(ranking.models[0].run.strength));
        for (const auto& model : ranking.models) row.push_back(share(model.accuracy));
        row.push_back(ranking.best ? model_name(story, ranking.models[*ranking.best]) : "undecided");
    }
    report.paragraph(place_in_words(story, curve) + ":");
    report.table(header, rows);
}

std::string learner(const RbmFlags& rbm) {
    std::string text = fmt::format("{}{}-{}", rbm.centred ? "centred " : "", rbm.persistent ? "PCD" : "CD", rbm.cd_k);
    if (rbm.chains > 0) text += fmt::format(" of {} chains", rbm.chains);
    if (rbm.temperatures > 1) text += fmt::format(" at {} temperatures", rbm.temperatures);
    return text;
}

std::string rate(const RbmFlags& rbm) {
    if (rbm.final_rate == 1) return fmt::format("learning rate {:g}", rbm.learning_rate);
    return fmt::format("learning rate {:g} falling to {:g} of it", rbm.learning_rate, rbm.final_rate);
}

/// With `--rbm-plain`: where the learner that was asked for is above or below plain CD-1, of equal components.
std::string learner_answer(const CurveStory& story, std::span<const ModelRanking> curve) {
    std::vector<std::string> better, worse, undecided;
    for (const auto& ranking : curve)
        for (const auto& pair : ranking.differences) {
            const auto &first = ranking.models[pair.first].run, &second = ranking.models[pair.second].run;
            if (first.model != "rbm" || second.model != "rbm_plain" || first.width != second.width) continue;
            const auto gain = fmt::format("{} = {} ({:+.1f} points, {} components)", strength_symbol(story.flags),
                                          decimal(first.strength), 100 * pair.difference.value, first.width);
            auto& where = pair.verdict == pstar::Comparison::larger    ? better
                          : pair.verdict == pstar::Comparison::smaller ? worse
                                                                       : undecided;
            where.push_back(gain);
        }
    std::string line = fmt::format("{}: the RBM's learner, {}, against plain CD-1:", place_in_words(story, curve),
                                   learner(*story.flags.rbm));
    if (!better.empty()) line += " more accurate at " + enumerated(better) + ";";
    if (!worse.empty()) line += " less accurate at " + enumerated(worse) + ";";
    if (!undecided.empty()) line += " undecided at " + enumerated(undecided) + ";";
    if (better.empty() && worse.empty()) line += " no strength shows that it changes the curve;";
    line.back() = '.';
    return line;
}

std::string setting(const CurveStory& story) {
    const auto& rbm = *story.flags.rbm;
    return fmt::format(
        "All learned from the same {}, {}, and were tested on the same {} others. The RBM made {} over the images "
        "({}, {}, batches of {}), softmax regression learned from its features; another softmax "
        "regression from the pixels; the MLP for {} ({}, learning rate {:g}).",
        images_in_words(story), seeds_in_words(story), *story.flags.test,
        rbm.n_iter == 1 ? "1 pass" : fmt::format("{} passes", rbm.n_iter), learner(rbm), rate(rbm), rbm.batch_size,
        counted(story.flags.epochs, "epoch"), story.flags.optimizer, story.flags.learning_rate);
}

std::string limits(const CurveStory& story) {
    return fmt::format(
        "Models of one seed see the same noise, so they are compared seed by seed: a model is called the most accurate "
        "at a strength when the 95% interval (Student's t) of its mean difference to every other leaves out 0, from {} "
        "seeds at least; every difference is in comparison.csv. Each is judged for itself: of many that are nothing "
        "but chance one in twenty would be decided. The intervals know the chance of seeds alone, not that of the test "
        "images, and other settings of a model may move it by more. Networks and RBMs see new noise at each pass, "
        "the two regressions one draw of it; a regression that has not converged after {} iterations is taken as it "
        "is.",
        pstar::least_seeds_to_rank, story.flags.rbm->classifier_max_iter);
}

std::vector<std::string> answers(const CurveStory& story, std::span<const ModelRanking> rankings) {
    std::vector<std::string> lines;
    for (const auto& curve : curves_of(rankings)) lines.push_back(answer(story, curve));
    if (story.flags.rbm->plain)
        for (const auto& curve : curves_of(rankings)) lines.push_back(learner_answer(story, curve));
    constexpr auto least = pstar::least_seeds_to_rank;
    if (story.flags.repeats.most < least)
        lines.push_back(fmt::format("{} decide{} nothing: at least {} are needed (--repeats {}).",
                                    seeds_in_words(story), story.flags.repeats.most == 1 ? "s" : "", least, least));
    return lines;
}

}  // namespace

std::vector<std::string> write_baseline_report(const CurveStory& story, std::span<const ModelRanking> rankings,
                                               std::span<const TrainedRbm> rbms, const OutputFolder& out) {
    const auto lines = answers(story, rankings);
    write_curve_report(story, out, "A classical baseline: RBMs and softmax regression beside an MLP",
                       fmt::format("{}", fmt::join(lines, " ")), setting(story), [&](Report& report) {
                           report.heading("Which model is the most accurate where?");
                           for (const auto& curve : curves_of(rankings)) add_table(report, story, curve);
                           report.paragraph(limits(story));
                           add_rbms(report, story, rbms, out);
                       });
    return lines;
}

}  // namespace study
