#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/knee_anatomy.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/sweep/outcome.hpp>

/// Anatomies of several strengths, pooled over their seeds, with the knee of each curve.
namespace pstar {

/// The numbers of an agreement: name and member of each.
inline constexpr std::array agreement_numbers{std::pair{"same", &Agreement::same},
                                              std::pair{"same_where_wrong", &Agreement::same_where_wrong},
                                              std::pair{"kappa", &Agreement::kappa}};

/// One strength. Numbers are means over seeds, with the intervals of `mean_over_seeds`; predictions have none.
struct AnatomyPoint {
    RunKey run = {};  ///< its repeat has no meaning
    std::size_t seeds = 0;
    ByContender<Estimate> accuracy = {};
    Estimate limit = {}, information = {};
    ByNetwork<double> predicted = {};
    double nearest_class_mean_theory = 0;
    ByNetwork<Agreement> agreement = {};
    ByContender<std::vector<double>> confusion = {};  ///< sums over seeds
    std::vector<ByContender<double>> by_seed = {};    ///< accuracies, seed by seed
    std::vector<double> limit_by_seed = {};
    std::vector<ByNetwork<double>> predicted_by_seed = {};
};

/// The knee of a curve: where it has fallen by half, from all its strengths.
struct AnatomyKnee {
    std::string name;  ///< of a contender, `channel_limit`, `mlp_predicted`, `cnn_predicted`
    CurveFit fit;      ///< p* with its 95% interval over seeds
};

/// All strengths of one kind of network, in order, and the knees of their curves.
struct AnatomySummary {
    std::vector<AnatomyPoint> points;
    std::vector<AnatomyKnee> knees;

    /// The knee of a classifier's curve by name; null where there is none.
    const AnatomyKnee* knee(std::string_view name) const {
        const auto found = std::ranges::find(knees, name, &AnatomyKnee::name);
        return found == knees.end() ? nullptr : &*found;
    }
};

namespace detail {

template <class Get>
Estimate pool_anatomy(const std::vector<const KneeAnatomy*>& results, double lowest, double highest, const Get& get) {
    std::vector<Estimate> seeds;
    for (const auto* result : results) {
        const Estimate one = get(*result);
        if (std::isfinite(one.value)) seeds.push_back(one);
    }
    return seeds.empty() ? Estimate{} : clamped(mean_over_seeds(seeds), lowest, highest);
}

inline AnatomyPoint pool_anatomies(const RunKey& run, const std::vector<const KneeAnatomy*>& results) {
    AnatomyPoint point{.run = point_key(run), .seeds = results.size()};
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < contenders.size(); ++c) {
        point.accuracy[c] = pool_anatomy(results, 0, 1, [c](const auto& r) { return r.accuracy[c]; });
        point.confusion[c].assign(results.front()->confusion[c].size(), 0.0);
        for (const auto* result : results)
            for (std::size_t i = 0; i < point.confusion[c].size(); ++i)
                point.confusion[c][i] += result->confusion[c][i];
    }
    point.limit = pool_anatomy(results, 0, 1, [](const auto& r) { return r.limit; });
    point.information = pool_anatomy(results, -infinity, infinity, [](const auto& r) { return r.information; });
    for (std::size_t n = 0; n < anatomy_networks; ++n)
        for (const auto& [name, member] : agreement_numbers)
            point.agreement[n].*member =
                pool_anatomy(results, -1, 1, [n, member = member](const auto& r) { return r.agreement[n].*member; });
    const auto share = 1 / static_cast<double>(results.size());
    for (const auto* result : results) {
        for (std::size_t n = 0; n < anatomy_networks; ++n) point.predicted[n] += share * result->predicted[n];
        point.nearest_class_mean_theory += share * result->nearest_class_mean_theory;
        auto& seed = point.by_seed.emplace_back();
        for (std::size_t c = 0; c < contenders.size(); ++c) seed[c] = result->accuracy[c].value;
        point.limit_by_seed.push_back(result->limit.value);
        point.predicted_by_seed.push_back(result->predicted);
    }
    return point;
}

/// The fit of the accuracies that `of_seeds` gives at each strength, one for each seed.
template <class OfSeeds>
CurveFit fit_anatomy(std::span<const AnatomyPoint> points, std::size_t classes, const OfSeeds& of_seeds) {
    CurveRuns runs;
    for (const auto& point : points) {
        runs.strength.push_back(point.run.strength);
        runs.accuracy.push_back(of_seeds(point));
    }
    return fit_curve(runs, {.lower = 1 / static_cast<double>(classes)});
}

}  // namespace detail

/// The points of all strengths, in their order, and the knees of their curves, fitted with the lower level 1/classes.
/// Runs that failed or diverged are left out; so is a strength of which nothing is left. Throws std::invalid_argument
/// unless there is one outcome per run.
template <std::same_as<KneeAnatomy> Result = KneeAnatomy>  // compiled where it is called
AnatomySummary summarise_anatomies(std::type_identity_t<std::span<const RunKey>> runs,
                                   std::type_identity_t<std::span<const Outcome<Result>>> outcomes,
                                   std::size_t classes) {
    require(outcomes.size() == runs.size(), "summarise_anatomies", "number of outcomes", outcomes.size(),
            "equal the number of runs");
    AnatomySummary summary;
    for (const auto& group : detail::group_runs(runs, point_key)) {
        std::vector<const Result*> results;
        for (const auto i : group)
            if (const auto* result = usable(outcomes[i])) results.push_back(result);
        if (!results.empty()) summary.points.push_back(detail::pool_anatomies(runs[group[0]], results));
    }
    std::ranges::stable_sort(summary.points, {}, [](const auto& point) { return point.run.strength; });
    if (summary.points.size() < 2) return summary;
    const auto add = [&](std::string name, const auto& of_seeds) {
        summary.knees.push_back({std::move(name), detail::fit_anatomy(summary.points, classes, of_seeds)});
    };
    for (std::size_t c = 0; c < contenders.size(); ++c)
        add(std::string(contender_names[c]), [c](const AnatomyPoint& point) {
            std::vector<double> values;
            for (const auto& seed : point.by_seed) values.push_back(seed[c]);
            return values;
        });
    add("channel_limit", [](const AnatomyPoint& point) { return point.limit_by_seed; });
    for (std::size_t n = 0; n < anatomy_networks; ++n)
        add(std::string(contender_names[n]) + "_predicted", [n](const AnatomyPoint& point) {
            std::vector<double> values;
            for (const auto& seed : point.predicted_by_seed) values.push_back(seed[n]);
            return values;
        });
    return summary;
}

/// `anatomy.csv`: one row per strength: the accuracy of each contender, the channel's limit, the pixels' information
/// and the predictions.
inline void write_anatomy_csv(const std::filesystem::path& path, const AnatomySummary& summary) {
    auto columns = point_columns();
    for (const auto name : contender_names) detail::add_intervals(columns, {std::string(name).c_str()});
    detail::add_intervals(columns, {"channel_limit", "information"});
    detail::add_columns(columns, {"mlp_predicted", "cnn_predicted", "nearest_class_mean_theory", "seeds"});
    CsvWriter csv(path, columns);
    for (const auto& point : summary.points) {
        write_point_cells(csv, point.run);
        for (const auto& accuracy : point.accuracy) detail::append_cells(csv, accuracy);
        detail::append_cells(csv, point.limit, point.information, point.predicted[0], point.predicted[1],
                             point.nearest_class_mean_theory, point.seeds);
        csv.end_row();
    }
    csv.commit();
}

/// `agreement.csv`: one row per strength and network: its agreement with the nearest class mean.
inline void write_agreement_csv(const std::filesystem::path& path, const AnatomySummary& summary) {
    auto columns = point_columns({"network"});
    for (const auto& [name, member] : agreement_numbers) detail::add_intervals(columns, {name});
    detail::add_columns(columns, {"seeds"});
    CsvWriter csv(path, columns);
    for (const auto& point : summary.points)
        for (std::size_t n = 0; n < anatomy_networks; ++n) {
            write_point_cells(csv, point.run);
            detail::append_cells(csv, contender_names[n]);
            for (const auto& [name, member] : agreement_numbers) detail::append_cells(csv, point.agreement[n].*member);
            csv.cell(point.seeds);
            csv.end_row();
        }
    csv.commit();
}

/// `knees.csv`: one row per curve: p* and slope with 95% intervals over seeds, and the status of the fit.
inline void write_knees_csv(const std::filesystem::path& path, const AnatomySummary& summary) {
    std::vector<std::string> columns{"curve"};
    detail::add_intervals(columns, {"p_star", "slope"});
    detail::add_columns(columns, {"status"});
    CsvWriter csv(path, columns);
    for (const auto& [name, fit] : summary.knees) {
        csv.cell(name);
        detail::append_cells(csv, fit.p_star, fit.slope);
        csv.cell(to_string(fit.status));
        csv.end_row();
    }
    csv.commit();
}

/// `confusion.csv`: one row per strength, classifier, class and decision: how many images, over all seeds.
inline void write_confusion_csv(const std::filesystem::path& path, const AnatomySummary& summary) {
    CsvWriter csv(path, point_columns({"classifier", "label", "decision", "images"}));
    for (const auto& point : summary.points)
        for (std::size_t c = 0; c < contenders.size(); ++c) {
            const auto& counts = point.confusion[c];
            const auto classes = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(counts.size()))));
            for (std::size_t i = 0; i < counts.size(); ++i) {
                write_point_cells(csv, point.run);
                detail::append_cells(csv, contender_names[c], i / classes, i % classes, counts[i]);
                csv.end_row();
            }
        }
    csv.commit();
}

/// All tables under the names above, in a folder that exists.
inline void write_anatomy_tables(const std::filesystem::path& folder, const AnatomySummary& summary) {
    write_anatomy_csv(folder / "anatomy.csv", summary);
    write_agreement_csv(folder / "agreement.csv", summary);
    write_knees_csv(folder / "knees.csv", summary);
    write_confusion_csv(folder / "confusion.csv", summary);
}

}  // namespace pstar
