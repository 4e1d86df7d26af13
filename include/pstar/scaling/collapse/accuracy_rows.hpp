#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/measured_size.hpp>

/// From a table with one row per accuracy to curves of several sizes.
namespace pstar {

/// One measured accuracy: of a run, or the mean over runs.
struct AccuracyRow {
    double size = 1;                      ///< > 0, e.g. hidden units
    double strength = 0;                  ///< of the corruption
    double accuracy = 0;                  ///< in [0, 1], unless `RowOptions::any_value`
    double error = 0;                     ///< standard error of a mean, >= 0; 0 where unknown
    double repeats = 1;                   ///< number of runs behind a mean, a whole number >= 1
    std::string seed = {};                ///< the seed that a run belongs to; empty where unknown
    std::vector<double> more_sizes = {};  ///< > 0: other sizes of the same network, e.g. training images
    std::vector<double> proxies = {};     ///< other numbers measured with it; may be NaN
    std::string place = {};  ///< where the row comes from, e.g. file and line, named in messages; empty: "row 3"
};

/// What the rows of a table hold.
struct RowOptions {
    bool has_errors = false;   ///< rows are means with `error`
    bool has_repeats = false;  ///< rows are means over `repeats` runs
    bool any_value = false;    ///< accuracies are any finite numbers: a Binder ratio, a susceptibility

    /// Whether a row is a mean, not a run.
    bool of_means() const { return has_errors || has_repeats; }
};

/// What is wrong with a row: the member, its value and what it must satisfy.
struct RowFault {
    std::string_view member;
    double value;
    std::string_view must;
};

/// The first fault of a row; nothing where it is as `AccuracyRow` says.
inline std::optional<RowFault> fault_of(const AccuracyRow& row, const RowOptions& options = {}) {
    if (!(row.size > 0) || std::isinf(row.size)) return RowFault{"size", row.size, "be positive and finite"};
    for (const double more : row.more_sizes)
        if (!(more > 0) || std::isinf(more)) return RowFault{"more_sizes", more, "be positive and finite"};
    if (!std::isfinite(row.strength)) return RowFault{"strength", row.strength, "be a finite number"};
    if (!std::isfinite(row.accuracy)) return RowFault{"accuracy", row.accuracy, "be a finite number"};
    if (!options.any_value && !(row.accuracy >= 0 && row.accuracy <= 1))
        return RowFault{"accuracy", row.accuracy, "lie in [0, 1]; divide percentages by 100"};
    if (!(row.error >= 0) || std::isinf(row.error))
        return RowFault{"error", row.error, "be a standard error: finite, at least 0"};
    if (!(row.repeats >= 1) || row.repeats != std::floor(row.repeats) || std::isinf(row.repeats))
        return RowFault{"repeats", row.repeats, "be a whole number of at least 1"};
    return std::nullopt;
}

namespace detail {

using RowsByStrength = std::map<double, std::vector<const AccuracyRow*>>;

/// Sorts the rows of each strength by seed. Returns whether every strength has the same seeds.
inline bool align_seeds(RowsByStrength& points) {
    std::vector<std::string> first;
    for (auto& [strength, rows] : points) {
        std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->seed < b->seed; });
        std::vector<std::string> seeds;
        for (const auto* row : rows) seeds.push_back(row->seed);
        if (seeds.front().empty()) return false;
        if (first.empty()) first = seeds;
        if (seeds != first) return false;
    }
    return true;
}

inline std::string place_of(std::span<const AccuracyRow> rows, std::size_t i) {
    return rows[i].place.empty() ? "row " + std::to_string(i + 1) : rows[i].place;
}

/// Throws for row `later`, which is the same mean, or the same run, as row `earlier`.
[[noreturn]] inline void refuse_repeat(std::span<const AccuracyRow> rows, std::size_t earlier, std::size_t later,
                                       bool of_means) {
    const auto& row = rows[later];
    std::ostringstream text;
    text << place_of(rows, later) << ": size " << row.size;
    for (const double more : row.more_sizes) text << " and " << more;
    text << (of_means ? " and strength " : ", strength ") << row.strength;
    if (!of_means) text << " and seed '" << row.seed << "'";
    text << " occurred before (" << place_of(rows, earlier) << "); a " << (of_means ? "mean" : "run")
         << " occurs once: remove a row, select rows, or tell groups apart";
    throw DataError(text.str());
}

inline double mean_proxy(std::span<const AccuracyRow* const> rows, std::size_t k) {
    double sum = 0;
    for (const auto* row : rows) sum += row->proxies[k];
    return sum / static_cast<double>(rows.size());
}

inline MeasuredSize measured_size(RowsByStrength& points, const RowOptions& options) {
    const auto& first = *points.begin()->second.front();
    MeasuredSize result{.size = first.size, .more_sizes = first.more_sizes, .any_value = options.any_value};
    result.same_seeds = !options.of_means() && align_seeds(points);
    result.proxies.resize(first.proxies.size());
    for (const auto& [strength, rows] : points) {
        result.strength.push_back(strength);
        result.runs.emplace_back();
        for (const auto* row : rows) result.runs.back().push_back(row->accuracy);
        if (options.has_errors) result.error.push_back(rows[0]->error);
        if (options.has_repeats) result.repeats.push_back(static_cast<std::size_t>(rows[0]->repeats));
        for (std::size_t k = 0; k < result.proxies.size(); ++k) result.proxies[k].push_back(mean_proxy(rows, k));
    }
    return result;
}

}  // namespace detail

/// The curves of a table, one for each size, or for each set of sizes, in increasing order of size. Rows of one size
/// and strength are runs, in the order of their seeds where every strength has the same ones, else in the order of the
/// rows. A proxy at a strength is the mean over its rows.
///
/// Throws std::invalid_argument for a row with a fault (`fault_of`) or with another number of proxies or of sizes than
/// the first, and `DataError`, which names both rows, for two means of one size and strength and for two runs of one
/// size, strength and seed: a repeated row is no further run.
inline std::vector<MeasuredSize> group_by_size(std::span<const AccuracyRow> rows, const RowOptions& options = {}) {
    std::map<std::vector<double>, detail::RowsByStrength> all;
    std::map<std::tuple<std::vector<double>, double, std::string>, std::size_t> seen;  // sizes, strength, seed of a row
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (const auto fault = fault_of(row, options))
            require(false, row.place.empty() ? "group_by_size" : row.place, fault->member, fault->value, fault->must);
        require(row.proxies.size() == rows[0].proxies.size(), "group_by_size", "number of proxies of a row",
                row.proxies.size(), "be the same in all rows");
        require(row.more_sizes.size() == rows[0].more_sizes.size(), "group_by_size", "number of further sizes of a row",
                row.more_sizes.size(), "be the same in all rows");
        std::vector<double> sizes{row.size};
        sizes.insert(sizes.end(), row.more_sizes.begin(), row.more_sizes.end());
        if (options.of_means() || !row.seed.empty()) {
            const std::tuple key{sizes, row.strength, options.of_means() ? std::string() : row.seed};
            const auto [earlier, is_new] = seen.try_emplace(key, i);
            if (!is_new) detail::refuse_repeat(rows, earlier->second, i, options.of_means());
        }
        all[sizes][row.strength].push_back(&row);
    }
    std::vector<MeasuredSize> result;
    for (auto& [sizes, points] : all) result.push_back(detail::measured_size(points, options));
    return result;
}

}  // namespace pstar
