#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/points.hpp>

/// What was measured at one size, before anything is fitted.
namespace pstar {

/// The accuracies of one size at every strength, either run by run or as means.
struct MeasuredSize {
    double size = 1;                                ///< > 0, e.g. hidden units
    std::vector<double> strength = {};              ///< strictly increasing
    std::vector<std::vector<double>> runs = {};     ///< runs[i]: accuracies in [0, 1] at strength[i]; one if a mean
    std::vector<double> error = {};                 ///< standard error of each mean, 0 if unknown; empty: not given
    std::vector<std::size_t> repeats = {};          ///< number of runs behind each mean; empty: not given
    std::vector<std::vector<double>> proxies = {};  ///< proxies[k][i]: number k at strength[i]; may be NaN
    bool same_seeds = false;                        ///< runs[i][r] has the same seed at every i
    std::vector<double> more_sizes = {};            ///< > 0: other sizes of the same curve, e.g. training images
    bool any_value = false;  ///< "accuracies" are any finite numbers, e.g. a susceptibility: no sigmoid is fitted

    /// Whether the accuracies are means: errors or numbers of repeats were given.
    bool of_means() const { return !error.empty() || !repeats.empty(); }

    /// The smallest and the largest number of runs at one strength.
    std::size_t least_runs() const {
        if (!repeats.empty()) return *std::min_element(repeats.begin(), repeats.end());
        std::size_t least = runs.empty() ? 0 : runs[0].size();
        for (const auto& some : runs) least = std::min(least, some.size());
        return least;
    }
    /// The most runs at a strength.
    std::size_t most_runs() const {
        if (!repeats.empty()) return *std::max_element(repeats.begin(), repeats.end());
        std::size_t most = 0;
        for (const auto& some : runs) most = std::max(most, some.size());
        return most;
    }

    /// The mean accuracy at each strength.
    std::vector<double> accuracy() const {
        std::vector<double> means;
        for (const auto& some : runs)
            means.push_back(std::accumulate(some.begin(), some.end(), 0.0) / static_cast<double>(some.size()));
        return means;
    }

    /// Whether runs at some strength differ, so that their scatter gives errors.
    bool has_scatter() const {
        if (of_means()) return false;
        return std::any_of(runs.begin(), runs.end(), [](const auto& some) {
            return std::any_of(some.begin(), some.end(), [&](double a) { return a != some[0]; });
        });
    }

    /// Strengths at which all of several runs agree, or whose given error is 0: their error is not 0, but unknown.
    std::size_t points_without_error() const {
        if (!error.empty()) return static_cast<std::size_t>(std::count(error.begin(), error.end(), 0.0));
        if (of_means()) return 0;
        return static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [](const auto& some) {
            return some.size() > 1 && std::all_of(some.begin(), some.end(), [&](double a) { return a == some[0]; });
        }));
    }

    /// Throws std::invalid_argument unless size, strengths and accuracies are in their ranges, strengths increase and
    /// all lists have one entry for each strength.
    void validate() const {
        constexpr auto where = "MeasuredSize";
        require(size > 0 && std::isfinite(size), where, "size", size, "be positive and finite");
        for (const double more : more_sizes)
            require(more > 0 && std::isfinite(more), where, "size", more, "be positive and finite");
        const auto n = strength.size();
        require(n > 0, where, "number of strengths", n, "be at least 1");
        const auto fits = [&](const char* name, std::size_t entries, bool may_be_empty) {
            require(entries == n || (may_be_empty && entries == 0), where, name, entries,
                    "equal the number of strengths");
        };
        fits("number of lists of runs", runs.size(), false);
        fits("number of errors", error.size(), true);
        fits("number of repeats", repeats.size(), true);
        for (const auto& proxy : proxies) fits("number of values of a proxy", proxy.size(), false);
        for (std::size_t i = 0; i < n; ++i) {
            require(std::isfinite(strength[i]), where, "strength", strength[i], "be finite");
            require(i == 0 || strength[i] > strength[i - 1], where, "strength", strength[i],
                    "be larger than the one before");
            require(!runs[i].empty(), where, "runs at one strength", runs[i].size(), "be at least 1");
            require(!of_means() || runs[i].size() == 1, where, "accuracies at one strength", runs[i].size(),
                    "be 1 where they are means");
            require(!same_seeds || runs[i].size() == runs[0].size(), where, "runs at one strength", runs[i].size(),
                    "be the same at every strength when the seeds are");
            for (const double a : runs[i]) {
                require(std::isfinite(a), where, "accuracy", a, "be finite");
                require(any_value || (a >= 0 && a <= 1), where, "accuracy", a, "lie in [0, 1]");
            }
        }
        for (const double e : error)
            require(e >= 0 && std::isfinite(e), where, "error", e, "be finite and not negative (0 where unknown)");
        for (const auto count : repeats) require(count >= 1, where, "repeats", count, "be at least 1");
    }
};

/// The curves seed by seed, of a size with `same_seeds`.
inline SeedCurves seed_curves(const MeasuredSize& measured) {
    require(measured.same_seeds, "seed_curves", "same_seeds", measured.same_seeds, "be true");
    SeedCurves curves{measured.strength, std::vector<std::vector<double>>(measured.least_runs())};
    for (const auto& some : measured.runs)
        for (std::size_t r = 0; r < some.size(); ++r) curves.accuracy[r].push_back(some[r]);
    return curves;
}

/// Mean accuracies with their standard errors (0 where unknown) and repeats (0 where unknown).
inline std::vector<CurvePoint> mean_points(const MeasuredSize& measured) {
    std::vector<CurvePoint> points;
    const auto means = measured.accuracy();
    for (std::size_t i = 0; i < means.size(); ++i)
        points.push_back({measured.strength[i], means[i], measured.error.empty() ? 0 : measured.error[i],
                          measured.repeats.empty() ? 0 : measured.repeats[i]});
    return points;
}

/// Means without errors as counts: `test_images` images in each of the runs behind a mean (one run where their number
/// is unknown), rounded to whole images.
inline CurveCounts mean_counts(const MeasuredSize& measured, std::size_t test_images) {
    require(test_images > 0, "mean_counts", "test_images", test_images, "be at least 1");
    CurveCounts counts{measured.strength, {}};
    const auto means = measured.accuracy();
    for (std::size_t i = 0; i < means.size(); ++i) {
        const std::size_t images = test_images * (measured.repeats.empty() ? 1 : measured.repeats[i]);
        counts.runs.push_back(
            {{static_cast<std::size_t>(std::llround(means[i] * static_cast<double>(images))), images}});
    }
    return counts;
}

}  // namespace pstar
