#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/decisions.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/agreement.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/statistics/proportion.hpp>
#include <pstar/sweep/outcome.hpp>

/// Which classes are taken for which, and which images fail most often.
namespace pstar {

/// What the networks of one point decide on the test images.
struct PointFailures {
    RunKey run = {};  ///< its repeat has no meaning
    TestImages images = TestImages::clean;
    std::size_t runs = 0;           ///< that kept their decisions
    Matrix<double> confusion = {};  ///< (classes, classes): element (k, l) counts images of class k taken for l
    std::vector<Estimate> class_accuracy = {};  ///< of each class, see `point_failures`
    std::vector<double> failed = {};            ///< of each test image, the share of runs that misclassify it
    std::vector<std::size_t> taken_for = {};    ///< and the class it is then taken for most often, the first of equal
                                                ///< ones; its own where none misclassifies it
};

namespace detail {

/// Of every image: how often it is decided to be of each class, (images, classes).
inline Matrix<double> decision_counts(std::span<const Decisions* const> runs, std::size_t images, std::size_t classes) {
    Matrix<double> counts = Matrix<double>::Zero(static_cast<Eigen::Index>(images), static_cast<Eigen::Index>(classes));
    for (const auto* decisions : runs)
        for (std::size_t i = 0; i < images; ++i)
            counts(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>((*decisions)[i])) += 1;
    return counts;
}

inline PointFailures failures_of(std::span<const Decisions* const> runs, std::span<const Label> labels,
                                 std::size_t classes) {
    PointFailures point{.runs = runs.size()};
    const auto size = static_cast<Eigen::Index>(classes);
    point.confusion = Matrix<double>::Zero(size, size);
    std::vector<std::vector<Estimate>> of_class(classes);
    for (const auto* decisions : runs) {
        const Matrix<double> confusion = confusion_matrix(*decisions, labels, classes);
        point.confusion += confusion;
        for (std::size_t k = 0; k < classes; ++k) {
            const auto row = static_cast<Eigen::Index>(k);
            const double n = confusion.row(row).sum();
            if (n > 0) of_class[k].push_back(wilson(confusion(row, row) / n, n));
        }
    }
    for (const auto& seeds : of_class)
        point.class_accuracy.push_back(seeds.empty() ? Estimate{} : mean_over_seeds(seeds));
    const auto counts = decision_counts(runs, labels.size(), classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i), own = static_cast<Eigen::Index>(labels[i]);
        auto wrong = counts.row(row).eval();
        wrong(own) = 0;
        Eigen::Index most = 0;
        const bool fails = wrong.maxCoeff(&most) > 0;
        point.failed.push_back(1 - counts(row, own) / static_cast<double>(runs.size()));
        point.taken_for.push_back(fails ? static_cast<std::size_t>(most) : labels[i]);
    }
    return point;
}

}  // namespace detail

/// One for each point of the grid with runs that kept their decisions (`ExperimentSettings::decisions_at`) and each
/// kind of test images, in the order of the runs; `labels` are those of the test images. The accuracy of a class is the
/// mean over runs of the share of its images that are right, with a 95% interval for other runs and other images
/// (`mean_over_seeds` of `wilson`); NaN of a class without images. Throws std::invalid_argument for runs with another
/// number of decisions than there are labels, and for decisions that are no class.
inline std::vector<PointFailures> point_failures(const Results& results, std::span<const Label> labels) {
    detail::check_results("point_failures", results);
    std::vector<PointFailures> points;
    for (const auto& group : detail::group_runs(results.runs, point_key))
        for (const auto images : {TestImages::clean, TestImages::corrupted}) {
            std::vector<const Decisions*> runs;
            for (const auto i : group) {
                const auto* result = usable(results.outcomes[i]);
                if (!result) continue;
                const auto& kept = images == TestImages::clean ? result->decisions : result->decisions_corrupted;
                if (!kept) continue;
                require(kept->size() == labels.size(), "point_failures", "decisions of a run", kept->size(),
                        "be as many as there are labels, " + std::to_string(labels.size()));
                runs.push_back(&*kept);
            }
            if (runs.empty()) continue;
            auto point = detail::failures_of(runs, labels, results.classes);
            point.run = point_key(results.runs[group[0]]);
            point.images = images;
            points.push_back(std::move(point));
        }
    return points;
}

/// The numbers of the images that fail most often, at most `most` of them, of equal ones the first; those that never
/// fail are left out.
inline std::vector<std::size_t> hardest_images(const PointFailures& point, std::size_t most) {
    std::vector<std::size_t> order(point.failed.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::erase_if(order, [&](std::size_t i) { return point.failed[i] == 0; });
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return point.failed[a] > point.failed[b]; });
    order.resize(std::min(order.size(), most));
    return order;
}

/// `confusion.csv`: one row per point, kind of test images, class and decision. `images` counts images, summed over
/// `runs`; `share` is theirs among all of the class.
inline void write_confusion_csv(const std::filesystem::path& path, std::span<const PointFailures> points) {
    CsvWriter csv(path, point_columns({"evaluation", "runs", "class", "decision", "images", "share"}));
    for (const auto& point : points)
        for (Eigen::Index k = 0; k < point.confusion.rows(); ++k)
            for (Eigen::Index l = 0; l < point.confusion.cols(); ++l) {
                write_point_cells(csv, point.run);
                const double images = point.confusion(k, l), all = point.confusion.row(k).sum();
                detail::append_cells(csv, to_string(point.images), point.runs, static_cast<std::size_t>(k),
                                     static_cast<std::size_t>(l), images,
                                     all > 0 ? images / all : std::numeric_limits<double>::quiet_NaN());
                csv.end_row();
            }
    csv.commit();
}

/// `class_accuracy.csv`: one row per point, kind of test images and class: its accuracy with a 95% interval.
inline void write_class_accuracy_csv(const std::filesystem::path& path, std::span<const PointFailures> points) {
    std::vector<std::string> columns{"evaluation", "runs", "class"};
    detail::add_intervals(columns, {"test_accuracy"});
    CsvWriter csv(path, point_columns(columns));
    for (const auto& point : points)
        for (std::size_t k = 0; k < point.class_accuracy.size(); ++k) {
            write_point_cells(csv, point.run);
            detail::append_cells(csv, to_string(point.images), point.runs, k, point.class_accuracy[k]);
            csv.end_row();
        }
    csv.commit();
}

/// `hardest_images.csv`: the `most` images of every point and kind of test images that fail most often: number among
/// the test images, class, share of runs that misclassify it, and the class it is then taken for most often.
inline void write_hardest_images_csv(const std::filesystem::path& path, std::span<const PointFailures> points,
                                     std::span<const Label> labels, std::size_t most) {
    CsvWriter csv(path, point_columns({"evaluation", "runs", "image", "class", "failed", "taken_for"}));
    for (const auto& point : points)
        for (const auto i : hardest_images(point, most)) {
            write_point_cells(csv, point.run);
            detail::append_cells(csv, to_string(point.images), point.runs, i, std::size_t{labels[i]}, point.failed[i],
                                 point.taken_for[i]);
            csv.end_row();
        }
    csv.commit();
}

}  // namespace pstar
