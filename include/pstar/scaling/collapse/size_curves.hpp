#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/statistics/moments.hpp>

/// Curves of several sizes, each measured at strengths of its own.
namespace pstar {

/// Mean accuracy against strength at one size, e.g. for one width of a network. What the runs behind a mean were is
/// optional; without them the errors count as known exactly.
struct SizeCurve {
    double size = 1;                             ///< > 0, e.g. hidden units
    std::vector<double> strength;                ///< strictly increasing
    std::vector<double> accuracy;                ///< one at each strength
    std::vector<double> error;                   ///< standard error of each accuracy, > 0
    std::vector<std::vector<double>> runs = {};  ///< empty, or runs[i]: the accuracies averaged at strength[i]
    bool same_seeds = false;                     ///< run r has the same seed at every strength (equal numbers of runs)
    std::vector<double> more_sizes = {};         ///< > 0: other sizes of the same curve, e.g. training images

    /// Number of strengths.
    std::size_t points() const { return strength.size(); }
    /// `size` and `more_sizes`.
    std::vector<double> sizes() const {
        std::vector<double> all{size};
        all.insert(all.end(), more_sizes.begin(), more_sizes.end());
        return all;
    }

    /// Throws std::invalid_argument when lengths differ, strengths do not increase, or an error or a size is not
    /// positive.
    void validate() const {
        constexpr auto where = "SizeCurve";
        for (const double one : sizes())
            require(one > 0 && std::isfinite(one), where, "size", one, "be positive and finite");
        require(!strength.empty(), where, "number of strengths", strength.size(), "be at least 1");
        require(accuracy.size() == points(), where, "number of accuracies", accuracy.size(), "equal that of strengths");
        require(error.size() == points(), where, "number of errors", error.size(), "equal that of strengths");
        require(runs.empty() || runs.size() == points(), where, "number of lists of runs", runs.size(),
                "equal that of strengths, or be 0");
        for (std::size_t i = 0; i < points(); ++i) {
            require(std::isfinite(strength[i]), where, "strength", strength[i], "be finite");
            require(i == 0 || strength[i] > strength[i - 1], where, "strength", strength[i],
                    "be larger than the one before: sort the points, average repeats");
            require(std::isfinite(accuracy[i]), where, "accuracy", accuracy[i], "be finite");
            require(error[i] > 0 && std::isfinite(error[i]), where, "error", error[i],
                    "be positive and finite: `with_pooled_errors` replaces errors of 0");
        }
        for (const auto& run : runs)
            require(!same_seeds || run.size() == runs[0].size(), where, "number of runs", run.size(),
                    "be the same at every strength when the seeds are");
    }
};

/// Validates every curve, and that there are at least `least` of them with different sizes, equally many in each.
inline void validate(std::span<const SizeCurve> curves, std::size_t least = 0) {
    std::vector<std::vector<double>> sizes;
    for (const auto& curve : curves) {
        curve.validate(), sizes.push_back(curve.sizes());
        require(curve.more_sizes.size() == curves[0].more_sizes.size(), "SizeCurve", "number of further sizes",
                curve.more_sizes.size(), "be the same in all curves");
    }
    std::sort(sizes.begin(), sizes.end());
    const auto repeated = std::adjacent_find(sizes.begin(), sizes.end());
    require(repeated == sizes.end(), "SizeCurve", "size", repeated == sizes.end() ? 0.0 : repeated->front(),
            "occur once: put all points of a size into one curve");
    require(sizes.size() >= least, "SizeCurve", "number of sizes", sizes.size(),
            "be at least " + std::to_string(least));
}

/// The number of different first sizes, of which there are fewer than curves where these have several sizes each.
inline std::size_t first_sizes(std::span<const SizeCurve> curves) {
    std::vector<double> sizes;
    for (const auto& curve : curves) sizes.push_back(curve.size);
    std::sort(sizes.begin(), sizes.end());
    return static_cast<std::size_t>(std::unique(sizes.begin(), sizes.end()) - sizes.begin());
}

/// Whether the sizes of the curves, where there are several of each, vary apart from each other: the share of the
/// variance of the logarithm of any size that a linear combination of the others does not explain is above 1e-6. It
/// takes at least one curve more than there are sizes of each.
inline bool vary_apart(std::span<const SizeCurve> curves) {
    if (curves.empty()) return false;
    std::vector<std::vector<double>> logs;  // of each size, about their mean; then without the sizes before it
    for (std::size_t k = 0; k <= curves[0].more_sizes.size(); ++k) {
        std::vector<double> own;
        for (const auto& curve : curves) own.push_back(std::log(curve.sizes()[k]));
        const double mean = mean_of(own);
        for (double& x : own) x -= mean;
        const auto squares = [&] { return std::inner_product(own.begin(), own.end(), own.begin(), 0.0); };
        const double whole = squares();
        for (const auto& other : logs) {
            const double along = std::inner_product(own.begin(), own.end(), other.begin(), 0.0) /
                                 std::inner_product(other.begin(), other.end(), other.begin(), 0.0);
            for (std::size_t i = 0; i < own.size(); ++i) own[i] -= along * other[i];
        }
        if (!(squares() > 1e-6 * whole)) return false;
        logs.push_back(own);
    }
    return true;
}

namespace detail {

struct MeanOfRuns {
    double mean, variance;  ///< of one run: sum (a - mean)^2 / (n - 1); 0 for a single run
    double dof;             ///< n - 1
};

inline MeanOfRuns mean_of_runs(std::span<const double> runs) {
    const double mean = mean_of(runs);
    return {mean, runs.size() > 1 ? variance_about(runs, mean) : 0, static_cast<double>(runs.size()) - 1};
}

/// The place of a mean between the lowest and the highest of its curve, u = (a - min a)(max a - a).
inline std::vector<double> transition_of(std::span<const MeanOfRuns> points) {
    double low = points[0].mean, high = low;
    for (const auto& p : points) low = std::min(low, p.mean), high = std::max(high, p.mean);
    std::vector<double> u;
    for (const auto& p : points) u.push_back((p.mean - low) * (high - p.mean));
    return u;
}

/// Variance of a single run as a function of the mean accuracy a,
///     v = c_1 + c_2 a (1 - a) + c_3 u^2,   c_k >= 0:
/// noise that is the same everywhere, that of counting test images (in proportion to the mean, a^2, where a mean lies
/// outside [0, 1]), and that of seeds which shift the whole curve, whose slope goes like u. The c_k are most likely
/// given sample variances s_i^2 ~ v_i chi^2_dof / dof: multiplicative steps
///     c_k <- c_k (sum_i dof_i b_ki s_i^2 / v_i^2 / sum_i dof_i b_ki / v_i)^(1/2), which never lower the likelihood.
/// Source: Fevotte & Idier, "Algorithms for nonnegative matrix factorization with the beta-divergence",
/// arXiv:1010.1763, section 4 (the case beta = 0).
inline std::vector<double> modelled_variances(std::span<const MeanOfRuns> points, std::span<const double> u) {
    constexpr int steps = 300;
    double total = 0, dof = 0;
    std::vector<std::array<double, 3>> basis;
    const bool are_shares =
        std::all_of(points.begin(), points.end(), [](const MeanOfRuns& p) { return p.mean >= 0 && p.mean <= 1; });
    std::array<double, 3> sum{}, c{};
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& p = points[i];
        total += p.dof * p.variance, dof += p.dof;
        basis.push_back({1, are_shares ? p.mean * (1 - p.mean) : p.mean * p.mean, u[i] * u[i]});
        for (std::size_t k = 0; k < 3; ++k) sum[k] += p.dof * basis.back()[k];
    }
    for (std::size_t k = 0; k < 3; ++k) c[k] = sum[k] > 0 ? total / sum[k] / 3 : 0;
    std::vector<double> v(points.size());
    for (int step = 0; step <= steps; ++step) {
        for (std::size_t i = 0; i < v.size(); ++i)
            v[i] = std::inner_product(c.begin(), c.end(), basis[i].begin(), 1e-9 * total / dof);
        for (std::size_t k = 0; k < 3 && step < steps && total > 0; ++k) {
            double seen = 0, expected = 0;
            for (std::size_t i = 0; i < v.size(); ++i) {
                seen += points[i].dof * basis[i][k] * points[i].variance / (v[i] * v[i]);
                expected += points[i].dof * basis[i][k] / v[i];
            }
            if (expected > 0) c[k] *= std::sqrt(seen / expected);
        }
    }
    return v;
}

/// Factor by which one size is noisier than the model for all: the mean of s^2 / v, drawn towards 1 as if 8 degrees of
/// freedom said so. Seeds that are the same at all strengths count once for the whole curve.
inline double noisier_by(std::span<const MeanOfRuns> points, std::span<const double> v, bool same_seeds) {
    constexpr double prior_dof = 8;
    double sum = 0, dof = 0, most = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
        sum += points[i].dof * points[i].variance / v[i], dof += points[i].dof, most = std::max(most, points[i].dof);
    const double known = same_seeds ? most : dof;
    return dof > 0 ? (known * sum / dof + prior_dof) / (known + prior_dof) : 1;
}

}  // namespace detail

/// Accuracies of one size, run by run.
struct SizeRuns {
    double size = 1;
    std::vector<double> strength;           ///< any order, no repeats
    std::vector<std::vector<double>> runs;  ///< runs[i]: accuracies at strength[i], at least one
    std::vector<double> more_sizes = {};    ///< as `SizeCurve::more_sizes`
};

/// What is known of runs, for `curves_of_runs`.
struct RunOptions {
    bool same_seeds = false;      ///< run r has the same seed at every strength: what it does to a whole curve counts
    std::size_t test_images = 0;  ///< behind each run; no error is below sqrt(a (1 - a) / (runs test_images))
};

namespace detail {

/// The runs in order of strength; errors are still missing.
inline SizeCurve sorted_runs(const SizeRuns& measured, bool same_seeds) {
    constexpr auto where = "curves_of_runs";
    require(measured.runs.size() == measured.strength.size(), where, "number of lists of runs", measured.runs.size(),
            "equal the number of strengths");
    std::vector<std::size_t> order(measured.strength.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return measured.strength[a] < measured.strength[b]; });
    SizeCurve curve{measured.size, {}, {}, {}, {}, same_seeds, measured.more_sizes};
    for (const auto i : order) {
        require(!measured.runs[i].empty(), where, "runs at one strength", measured.runs[i].size(), "be at least 1");
        curve.strength.push_back(measured.strength[i]);
        curve.runs.push_back(measured.runs[i]);
    }
    return curve;
}

inline double counting_error(double accuracy, double images) {
    const double a = (accuracy * images + 0.5) / (images + 1);
    return std::sqrt(a * (1 - a) / images);
}

}  // namespace detail

/// Mean curves with errors, from accuracies measured run by run.
///
/// The error of a mean is sqrt(f v / runs). The variance of a run is modelled as a function of accuracy for all sizes
/// together, v = c_1 + c_2 a (1 - a) + c_3 u^2 with u = (a - min a)(max a - a), and f says by how much a size is
/// noisier than that. Variances of a few runs scatter too much to weigh with: points and sizes whose seeds agree by
/// chance would count too much. Where all runs of a point agree, or there is only one, v is at least 1/20 of the mean
/// variance of a run at all points: at accuracy 1 the model may be 0, which no point's error is.
///
/// Throws as `SizeCurve::validate`, and where no strength has two runs or all runs agree exactly: nothing tells the
/// errors.
inline std::vector<SizeCurve> curves_of_runs(std::span<const SizeRuns> sizes, const RunOptions& options = {}) {
    constexpr double least_share = 0.05;
    std::vector<SizeCurve> curves;
    std::vector<detail::MeanOfRuns> points;
    std::vector<double> u;
    double dof = 0, squares = 0;
    for (const auto& measured : sizes) {
        curves.push_back(detail::sorted_runs(measured, options.same_seeds));
        const auto first = points.size();
        for (const auto& run : curves.back().runs) {
            points.push_back(detail::mean_of_runs(run));
            curves.back().accuracy.push_back(points.back().mean);
            dof += points.back().dof, squares += points.back().dof * points.back().variance;
        }
        if (first == points.size()) continue;  // no strengths: refused below
        const auto own = detail::transition_of(std::span(points).subspan(first));
        u.insert(u.end(), own.begin(), own.end());
    }
    require(dof > 0 || sizes.empty(), "curves_of_runs", "most runs at one strength", 1,
            "be at least 2, or give errors");
    const auto variances = detail::modelled_variances(points, u);
    std::size_t next = 0;
    for (auto& curve : curves) {
        const auto own = std::span(points).subspan(next, curve.points());
        const auto v = std::span(variances).subspan(next, curve.points());
        const double noisier = detail::noisier_by(own, v, options.same_seeds);
        for (std::size_t i = 0; i < curve.points(); ++i) {
            const auto n = static_cast<double>(curve.runs[i].size()), m = n * static_cast<double>(options.test_images);
            const double variance = own[i].variance > 0 ? v[i] : std::max(v[i], least_share * squares / dof);
            curve.error.push_back(std::sqrt(noisier * variance / n));
            if (m > 0) curve.error[i] = std::max(curve.error[i], detail::counting_error(curve.accuracy[i], m));
        }
        next += curve.points();
    }
    validate(curves);
    return curves;
}

}  // namespace pstar
