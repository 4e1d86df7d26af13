#include "studies/accuracy_vs_corruption/variations.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <pstar/report/heat_map.hpp>
#include <pstar/report/image_grid.hpp>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"

namespace study {
namespace {

constexpr std::size_t images_shown = 12, images_listed = 50;

std::string symbol_of(const std::string& channel) {
    return channel == "additive" ? "\u03c3" : "p";
}

/// A standard deviation of accuracies, in percentage points, of a variance with its interval.
std::string points_in_words(const pstar::Estimate& variance) {
    const auto root = [](double value) { return 100 * std::sqrt(value); };
    return in_words({root(variance.value), root(variance.low), root(variance.high)});
}

std::string point_name(const CurveStory& story, const pstar::RunKey& run, pstar::TestImages images) {
    return fmt::format("{} at {} = {:g}", curve_name(story, run, images), strength_symbol(story.flags), run.strength);
}

/// Of the total, what each part has.
std::string shares_in_words(const pstar::AccuracyVariance& variance) {
    const auto& found = variance.found;
    const auto part = [&](const char* name, const pstar::Estimate& of) {
        return fmt::format("{} {} ({} points)", name, percent(of.value / variance.total()), points_in_words(of));
    };
    const auto images = part("test images", variance.test_images);
    if (found.groups == 1) return part("seed", found.within) + ", " + images;
    if (std::isnan(found.within.value))
        return part("seed and training set together", found.of_group_means) + ", " + images;
    return fmt::format("{}, {}{}, {}", part("seed", found.within), part("training set", found.between),
                       found.truncated ? ", set to 0 because its estimate was negative" : "", images);
}

/// Keeps of each curve the point where the variance is largest.
void keep_largest(std::vector<const pstar::AccuracyVariance*>& largest, const pstar::AccuracyVariance& variance) {
    const auto same = [&](const pstar::AccuracyVariance* other) {
        return other->images == variance.images && pstar::curve_key(other->run) == pstar::curve_key(variance.run);
    };
    const auto place = std::ranges::find_if(largest, same);
    if (place == largest.end())
        largest.push_back(&variance);
    else if (variance.total() > (*place)->total())
        *place = &variance;
}

pstar::Figure confusion_figure(const pstar::PointFailures& point) {
    pstar::HeatMap map;
    map.x_label = "class of the image", map.y_label = "decision", map.z_label = "share of the class";
    for (Eigen::Index k = 0; k < point.confusion.rows(); ++k) {
        map.x.push_back(static_cast<double>(k));
        map.y.push_back(static_cast<double>(k));
        auto& row = map.z.emplace_back();
        const double all = point.confusion.row(k).sum();
        for (Eigen::Index l = 0; l < point.confusion.cols(); ++l)
            row.push_back(all > 0 ? point.confusion(k, l) / all : std::nan(""));
    }
    return pstar::heat_map_figure(map);
}

}  // namespace

Variations::Variations(const CurveStory& story) : story_(story) {
    if (story.flags.repeats.most >= 2)
        for (const auto& curve : story.curves)
            for (const auto& variance : pstar::accuracy_variances(curve.measured, story.results.settings))
                variances_.push_back(variance);
    transfer_ = pstar::transfer_points(story.results);
    matrices_ = pstar::transfer_matrices(transfer_);
    failures_ = pstar::point_failures(story.results, story.data.test.all_labels());
}

void Variations::write_tables(const OutputFolder& out) const {
    if (has_variances()) pstar::write_variance_components_csv(out / "variance_components.csv", variances_);
    if (!transfer_.empty()) pstar::write_transfer_summary_csv(out / "transfer_summary.csv", transfer_);
    if (failures_.empty()) return;
    pstar::write_confusion_csv(out / "confusion.csv", failures_);
    pstar::write_class_accuracy_csv(out / "class_accuracy.csv", failures_);
    pstar::write_hardest_images_csv(out / "hardest_images.csv", failures_, story_.data.test.all_labels(),
                                    images_listed);
}

void Variations::draw(const OutputFolder& out) const {
    for (std::size_t i = 0; i < matrices_.size(); ++i) {
        const auto& matrix = matrices_[i];
        study::draw(
            pstar::heat_map_figure(pstar::HeatMap{
                .x = matrix.train_strengths,
                .y = matrix.test_strengths,
                .z = matrix.accuracy,
                .x_label = fmt::format("trained at {} ({})", figure_symbol(story_), story_.flags.channel),
                .y_label = fmt::format("tested at {} ({})", symbol_of(matrix.test_channel), matrix.test_channel),
                .z_label = "test accuracy"}),
            out, fmt::format("transfer_{}", i + 1));
    }
    const auto& test = story_.data.test;
    for (std::size_t i = 0; i < failures_.size(); ++i) {
        study::draw(confusion_figure(failures_[i]), out, fmt::format("confusion_{}", i + 1));
        const auto hardest = pstar::hardest_images(failures_[i], images_shown);
        if (hardest.empty()) continue;
        pstar::ImageRow row{.label = "", .images = {}};
        for (const auto image : hardest) row.images.push_back(pstar::picture_of(test, image));
        row.images.resize(images_shown, std::vector<float>(test.height() * test.width(), 1.0F));
        study::draw(pstar::image_grid(std::span(&row, 1), test.height(), test.width()), out,
                    fmt::format("hardest_{}", i + 1));
    }
}

std::vector<std::string> Variations::variances_in_words() const {
    std::vector<const pstar::AccuracyVariance*> largest;  // of each curve, where its accuracy varies most
    for (const auto& variance : variances_) keep_largest(largest, variance);
    std::vector<std::string> sentences;
    for (const auto* variance : largest)
        sentences.push_back(fmt::format("{}: of the variance of a network's accuracy {}.",
                                        point_name(story_, variance->run, variance->images),
                                        shares_in_words(*variance)));
    return sentences;
}

std::vector<std::string> Variations::found() const {
    std::vector<std::string> sentences;
    if (story_.flags.variations->is_fresh()) sentences = variances_in_words();
    for (const auto& point : failures_) {
        std::size_t worst = 0;
        for (std::size_t k = 0; k < point.class_accuracy.size(); ++k)
            if (point.class_accuracy[k].value < point.class_accuracy[worst].value) worst = k;
        sentences.push_back(
            fmt::format("{}: class {} has the lowest accuracy, {}; {} of {} test images fail in every one of {}.",
                        point_name(story_, point.run, point.images), worst, in_words(point.class_accuracy[worst]),
                        std::ranges::count(point.failed, 1.0), point.failed.size(), counted(point.runs, "network")));
    }
    return sentences;
}

void Variations::add_transfer(Report& report, const OutputFolder& out) const {
    if (matrices_.empty()) return;
    report.heading("Trained with one corruption, tested with others");
    for (std::size_t i = 0; i < matrices_.size(); ++i) {
        const auto& matrix = matrices_[i];
        const auto caption = fmt::format(
            "{}, trained through {}, tested through {}: mean accuracy over seeds of the same networks. Intervals are "
            "in "
            "transfer_summary.csv, single runs in transfer.csv.",
            network_name(story_.flags, matrix.run), matrix.run.corruption, matrix.test_channel);
        if (story_.has_figures)
            report.figure(out / fmt::format("transfer_{}.svg", i + 1), caption);
        else
            report.paragraph(caption);
    }
}

void Variations::add_failures(Report& report, const OutputFolder& out) const {
    for (std::size_t i = 0; i < failures_.size(); ++i) {
        const auto& point = failures_[i];
        report.heading("What fails: " + point_name(story_, point.run, point.images));
        std::vector<std::vector<std::string>> rows;
        for (std::size_t k = 0; k < point.class_accuracy.size(); ++k)
            rows.push_back({std::to_string(k), in_words(point.class_accuracy[k])});
        report.table({"class", "accuracy"}, rows);
        if (!story_.has_figures) continue;
        report.figure(out / fmt::format("confusion_{}.svg", i + 1),
                      fmt::format("Which class is taken for which: share of each class's images, over {}.",
                                  counted(point.runs, "network")));
        std::vector<std::string> words;
        for (const auto image : pstar::hardest_images(point, images_shown))
            words.push_back(fmt::format("{} ({}, taken for {}, {})", image, story_.data.test.label(image),
                                        point.taken_for[image], percent(point.failed[image])));
        if (!words.empty())
            report.figure(out / fmt::format("hardest_{}.svg", i + 1),
                          "The test images that fail most often, without corruption; number, class, the class they are "
                          "taken for most often, share of networks that fail: " +
                              enumerated(words));
    }
}

void Variations::add_to(Report& report, const OutputFolder& out) const {
    if (has_variances()) {
        report.heading("Where the scatter of accuracies comes from");
        report.list(variances_in_words());
        const auto& set = *story_.flags.variations;
        std::string text =
            "At the strength where each curve scatters most; all points are in variance_components.csv. In brackets "
            "standard deviations in percentage points with 95% intervals. Seed: initial weights, order and noise, at "
            "one "
            "training set. Test images: other images, as many (binomial). Networks that disagree image by image differ "
            "for that alone on a finite test set, which is in the first and in the last: the parts add up to slightly "
            "more than the whole.";
        if (!set.is_fresh())
            text += " All seeds learn from the same images: --subset fresh shows what others would do.";
        if (set.is_fresh() && set.seeds_per_subset == 1)
            text += " Each seed has a training set of its own; --seeds-per-subset 2 tells the two apart.";
        const double share =
            static_cast<double>(largest_training_set(story_.flags)) / static_cast<double>(story_.data.train.size());
        if (set.is_fresh() && share > 0.05)
            text += fmt::format(
                " Training sets are drawn from {} images: sets from the whole population would vary more, by a factor "
                "of "
                "{:.2f} of the variance at the largest size.",
                story_.data.train.size(), 1 / (1 - share));
        report.paragraph(text);
    }
    add_transfer(report, out);
    add_failures(report, out);
}

}  // namespace study
