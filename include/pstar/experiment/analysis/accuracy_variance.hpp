#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/experiment/training_set.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/statistics/proportion.hpp>
#include <pstar/statistics/variance_components.hpp>

/// Where the variance of test accuracies comes from.
namespace pstar {

/// The variance of the accuracy at one point of a curve.
struct AccuracyVariance {
    RunKey run;  ///< its repeat has no meaning
    TestImages images = TestImages::clean;
    /// Between training sets drawn anew (`between`) and between seeds that share one (`within`: initial weights, order,
    /// noise, and which images stay clean or get another label); both as seen on these test images. Where every repeat
    /// has a training set of its own the two are not told apart: `of_group_means` is their sum.
    NestedVariance found = {};
    /// What other test images, as many, would do to one network's accuracy a: the mean of a (1 - a)/n, binomial. The
    /// interval is that of the accuracy (`wilson`).
    Estimate test_images = {};

    /// Of one network on other test images: seed, training set and test images added up. Networks that disagree image
    /// by image differ for that alone on n images, which is in the first two and in the third: it is at most the sum.
    double total() const {
        const bool is_told_apart = found.between.value >= 0 && found.within.value >= 0;
        const double runs = is_told_apart       ? found.between.value + found.within.value
                            : found.groups == 1 ? found.within.value
                                                : found.of_group_means.value;
        return runs + test_images.value;
    }
};

namespace detail {

inline Estimate test_image_variance(std::span<const double> accuracies, std::size_t test_images) {
    const auto n = static_cast<double>(test_images);
    const auto of = [&](double accuracy) { return accuracy * (1 - accuracy) / n; };
    double value = 0;
    for (const double accuracy : accuracies) value += of(accuracy) / static_cast<double>(accuracies.size());
    const auto accuracy = wilson(std::clamp(moments(accuracies).mean, 0.0, 1.0), n);
    const auto [low, high] = std::minmax({of(accuracy.low), of(accuracy.high)});
    const bool has_half = accuracy.low <= 0.5 && accuracy.high >= 0.5;
    return {value, std::min(value, low), std::max(value, has_half ? of(0.5) : high)};
}

}  // namespace detail

/// One for each strength of the curve, in its order; `settings` are those of the runs. Subsets drawn from a pool of N
/// images are less different than training sets from the whole population: of n images each, the latter's variance is
/// about `between` / (1 - n/N). Throws std::invalid_argument unless the curve knows the repeat behind every accuracy
/// and the number of test images.
inline std::vector<AccuracyVariance> accuracy_variances(const AccuracyCurve& curve,
                                                        const ExperimentSettings& settings) {
    require(curve.test_images >= 1, "accuracy_variances", "test_images", curve.test_images, "be at least 1");
    const auto& runs = curve.runs;
    require(runs.seed.size() == runs.strength.size(), "accuracy_variances", "strengths with repeats", runs.seed.size(),
            "be all of them, " + std::to_string(runs.strength.size()));
    std::vector<AccuracyVariance> variances;
    for (std::size_t i = 0; i < runs.strength.size(); ++i) {
        std::map<std::size_t, std::vector<double>> by_set;
        for (std::size_t r = 0; r < runs.accuracy[i].size(); ++r)
            by_set[training_subset_of(settings, runs.seed[i][r])].push_back(runs.accuracy[i][r]);
        std::vector<std::vector<double>> groups;
        for (auto& [set, accuracies] : by_set) groups.push_back(std::move(accuracies));
        AccuracyVariance variance{.run = point_key(curve.run), .images = curve.images};
        variance.run.strength = runs.strength[i];
        variance.found = nested_variance(groups);
        variance.test_images = detail::test_image_variance(runs.accuracy[i], curve.test_images);
        variances.push_back(variance);
    }
    return variances;
}

/// `variance_components.csv`: one row per point. Variances of test accuracy, in squares of a share, with 95% intervals:
/// `seed` (`within`), `training_set` (`between`), `test_images`; `of_set_means`, of the mean of the seeds that share a
/// training set, which of one seed each is seed and training set together. A component that the design cannot tell is
/// `nan`; one whose estimate was negative is 0, and `truncated` 1.
inline void write_variance_components_csv(const std::filesystem::path& path,
                                          std::span<const AccuracyVariance> variances) {
    std::vector<std::string> columns{"evaluation", "repeats", "training_sets", "mean_test_accuracy"};
    detail::add_intervals(columns, {"seed", "training_set", "test_images", "of_set_means"});
    columns.emplace_back("truncated");
    CsvWriter csv(path, point_columns(columns));
    for (const auto& [run, images, found, of_images] : variances) {
        write_point_cells(csv, run);
        detail::append_cells(csv, to_string(images), found.values, found.groups, found.mean, found.within,
                             found.between, of_images, found.of_group_means, found.truncated ? 1 : 0);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
