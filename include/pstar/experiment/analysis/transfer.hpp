#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/statistics/proportion.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/repeats.hpp>

/// Trained with one corruption, tested with others.
namespace pstar {

/// The accuracy of the networks of one point of the grid on one kind of test images.
struct TransferPoint {
    RunKey run;  ///< its repeat has no meaning
    TestPoint test;
    /// Mean over the usable repeats; the 95% interval is for other repeats and other test images (`mean_over_seeds` of
    /// `wilson`).
    Estimate accuracy = {};
    std::size_t repeats = 0;
};

namespace detail {

/// Calls `visit(run index, test point, score)` for every score of a usable run.
template <class Visit>
void for_each_transfer(const char* where, const Results& results, std::span<const std::size_t> runs,
                       const Visit& visit) {
    const auto& tests = results.settings.transfer;
    for (const auto i : runs) {
        const auto* result = usable(results.outcomes[i]);
        if (!result) continue;
        require(result->transfer.size() == tests.size(), where, "scores of a run", result->transfer.size(),
                "be as many as the settings have test points, " + std::to_string(tests.size()));
        for (std::size_t t = 0; t < tests.size(); ++t) visit(i, t, result->transfer[t]);
    }
}

}  // namespace detail

/// One for each point of the grid that has usable runs and each test point of the settings, in this order. Runs that
/// failed or diverged are left out. Throws std::invalid_argument unless `results.test_images` is set and every usable
/// run has the scores.
inline std::vector<TransferPoint> transfer_points(const Results& results) {
    detail::check_results("transfer_points", results);
    require(results.test_images >= 1, "transfer_points", "test_images", results.test_images, "be at least 1");
    const auto n = static_cast<double>(results.test_images);
    std::vector<TransferPoint> points;
    for (const auto& group : detail::group_runs(results.runs, point_key)) {
        std::vector<std::vector<Estimate>> seeds(results.settings.transfer.size());
        detail::for_each_transfer("transfer_points", results, group,
                                  [&](std::size_t, std::size_t test, const TestScore& score) {
                                      seeds[test].push_back(wilson(score.accuracy, n));
                                  });
        for (std::size_t t = 0; t < seeds.size(); ++t)
            if (!seeds[t].empty())
                points.push_back({point_key(results.runs[group[0]]), results.settings.transfer[t],
                                  mean_over_seeds(seeds[t]), seeds[t].size()});
    }
    return points;
}

/// Accuracies of one kind of network over training strength and test strength, both in increasing order.
struct TransferMatrix {
    RunKey run;                ///< its strength and repeat have no meaning
    std::string test_channel;  ///< the corruption of the test images
    std::vector<double> train_strengths, test_strengths;
    std::vector<std::vector<double>> accuracy;  ///< [i][j]: trained at i, tested at j; NaN where nothing is known
};

/// The points as matrices: one for each curve (`curve_key`) and corruption of test images, in the order in which they
/// first occur.
inline std::vector<TransferMatrix> transfer_matrices(std::span<const TransferPoint> points) {
    std::vector<TransferMatrix> matrices;
    const auto matrix_of = [&](const TransferPoint& point) {
        return std::ranges::find_if(matrices, [&](const TransferMatrix& matrix) {
            return matrix.run == curve_key(point.run) && matrix.test_channel == point.test.corruption;
        });
    };
    const auto insert = [](std::vector<double>& sorted, double value) {
        const auto place = std::ranges::lower_bound(sorted, value);
        if (place == sorted.end() || *place != value) sorted.insert(place, value);
    };
    const auto place_of = [](const std::vector<double>& sorted, double value) {
        return static_cast<std::size_t>(std::ranges::lower_bound(sorted, value) - sorted.begin());
    };
    for (const auto& point : points) {
        auto place = matrix_of(point);
        if (place == matrices.end())
            place = matrices.insert(place, {curve_key(point.run), point.test.corruption, {}, {}, {}});
        insert(place->train_strengths, point.run.strength);
        insert(place->test_strengths, point.test.strength);
    }
    for (auto& matrix : matrices)
        matrix.accuracy.assign(
            matrix.train_strengths.size(),
            std::vector<double>(matrix.test_strengths.size(), std::numeric_limits<double>::quiet_NaN()));
    for (const auto& point : points) {
        auto& matrix = *matrix_of(point);
        matrix.accuracy[place_of(matrix.train_strengths, point.run.strength)]
                       [place_of(matrix.test_strengths, point.test.strength)] = point.accuracy.value;
    }
    return matrices;
}

/// `transfer.csv`: one row per usable run and test point: which run it is, its `seed`, the corruption `test_channel` of
/// strength `test_strength` that the test images were seen through, and `test_accuracy` and `test_loss` there.
inline void write_transfer_csv(const std::filesystem::path& path, const Results& results) {
    detail::check_results("write_transfer_csv", results);
    const auto key = point_columns({"repeat"});
    auto columns = key;
    for (const char* name : {"seed", "test_channel", "test_strength", "test_accuracy", "test_loss"})
        columns.emplace_back(name);
    CsvWriter csv(path, columns);
    std::vector<std::size_t> all(results.runs.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    detail::for_each_transfer("write_transfer_csv", results, all,
                              [&](std::size_t i, std::size_t test, const TestScore& score) {
                                  const auto& [corruption, strength] = results.settings.transfer[test];
                                  write_key_cells(csv, results.runs[i], key);
                                  csv.cell(repeat_seed(results.settings.seed, results.runs[i].repeat).value);
                                  csv.cell(corruption);
                                  csv.cell(strength);
                                  csv.cell(score.accuracy);
                                  csv.cell(score.loss);
                                  csv.end_row();
                              });
    csv.commit();
}

/// `transfer_summary.csv`: one row per point: mean accuracy with its 95% interval.
inline void write_transfer_summary_csv(const std::filesystem::path& path, std::span<const TransferPoint> points) {
    CsvWriter csv(path, point_columns({"test_channel", "test_strength", "test_accuracy", "test_accuracy_low",
                                       "test_accuracy_high", "repeats"}));
    for (const auto& [run, test, accuracy, repeats] : points) {
        write_point_cells(csv, run);
        csv.cell(test.corruption);
        csv.cell(test.strength);
        for (const double number : {accuracy.value, accuracy.low, accuracy.high}) csv.cell(number);
        csv.cell(repeats);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
