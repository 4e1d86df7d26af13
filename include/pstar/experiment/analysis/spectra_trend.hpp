#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pstar/experiment/analysis/spectra.hpp>
#include <pstar/statistics/correlation.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>

/// Does a spectrum flatten or concentrate as the corruption grows?
namespace pstar {

/// How the effective rank moves with the strength.
enum class SpectrumVerdict {
    flattens,      ///< the effective rank rises: training can move the outputs along more directions equally
    concentrates,  ///< the effective rank falls
    undecided,
    not_monotone,  ///< it turns between the ends
};
inline std::string to_string(SpectrumVerdict verdict) {
    constexpr std::array<std::string_view, 4> names{"flattens", "concentrates", "undecided", "not_monotone"};
    return std::string(names[static_cast<std::size_t>(verdict)]);
}

/// Whether it turns between the ends, and how.
enum class SpectrumTurn { none, maximum, minimum };
inline std::string to_string(SpectrumTurn turn) {
    constexpr std::array<std::string_view, 3> names{"none", "maximum", "minimum"};
    return std::string(names[static_cast<std::size_t>(turn)]);
}

/// How the effective rank moves with the strength, repeat by repeat: repeats without a kernel at some strength take no
/// part. Intervals are 95%, Student's t over repeats.
struct SpectraTrend {
    std::size_t seeds = 0;              ///< repeats that take part
    Estimate slope;                     ///< of a straight line by least squares, per unit of strength: mean
    double correlation = 0;             ///< Spearman's, with the strength: mean; NaN where it is undefined
    std::vector<Estimate> change = {};  ///< from the first strength to each
    SpectrumVerdict verdict = SpectrumVerdict::undecided;
    SpectrumTurn turn = SpectrumTurn::none;       ///< an extreme between the ends, beyond chance
    std::size_t turn_at = 0;                      ///< the place of that strength
    std::size_t largest_at = 0, smallest_at = 0;  ///< the places of the largest and the smallest mean
};

/// Fewer repeats decide nothing.
inline constexpr std::size_t least_seeds_for_spectra = 3;

namespace detail {

using RankRows = std::vector<std::vector<double>>;

/// Effective ranks of the repeats that have one at every strength: one row per repeat.
inline RankRows ranks_by_seed(std::span<const SpectraPoint> points) {
    std::map<std::size_t, std::vector<double>> rows;
    for (const auto& point : points)
        for (const auto& seed : point.kernels)
            rows[seed.repeat].push_back(number_of(*seed.kernel, SpectrumNumber::rank));
    RankRows whole;
    for (auto& [repeat, row] : rows)
        if (row.size() == points.size()) whole.push_back(std::move(row));
    return whole;
}

/// The mean over repeats of `statistic(row)`.
template <class Statistic>
Estimate mean_over_seeds(const RankRows& rows, const Statistic& statistic, double confidence = 0.95) {
    std::vector<double> values;
    for (const auto& row : rows) values.push_back(statistic(row));
    return mean_interval(values, confidence);
}

/// Whether the mean at place `at` is beyond both ends, above them for `sign` 1, below for -1; the error probability is
/// shared out over the strengths between the ends.
inline bool is_turn(const RankRows& rows, std::size_t at, double sign) {
    const auto last = rows[0].size() - 1;
    const double confidence = 1 - 0.05 / static_cast<double>(last - 1);
    for (const auto end : {std::size_t{0}, last}) {
        const auto beyond = [&](const auto& row) { return sign * (row[at] - row[end]); };
        if (!(mean_over_seeds(rows, beyond, confidence).low > 0)) return false;
    }
    return true;
}

inline void find_turn(SpectraTrend& trend, const RankRows& rows, const std::vector<double>& mean) {
    if (rows.size() < least_seeds_for_spectra || mean.size() < 3) return;
    const auto highest = std::max_element(mean.begin() + 1, mean.end() - 1) - mean.begin();
    const auto lowest = std::min_element(mean.begin() + 1, mean.end() - 1) - mean.begin();
    for (const auto& [at, sign, turn] : {std::tuple(highest, 1.0, SpectrumTurn::maximum),  //
                                         std::tuple(lowest, -1.0, SpectrumTurn::minimum)})
        if (is_turn(rows, static_cast<std::size_t>(at), sign)) {
            trend.turn = turn;
            trend.turn_at = static_cast<std::size_t>(at);
            trend.verdict = SpectrumVerdict::not_monotone;
            return;
        }
}

}  // namespace detail

/// How the effective rank of a curve's points, in increasing order of strength, moves. The verdict is `flattens` or
/// `concentrates` when the interval of the slope leaves out 0, from `least_seeds_for_spectra` repeats on: the line says
/// which way, not that it is straight. A turn is an extreme of the mean between the ends whose differences to both
/// ends, repeat by repeat, leave out 0, the error probability of 5% shared out over the strengths between them; then
/// the verdict is `not_monotone`. The correlation is shown, not tested: strengths of one repeat share weights at the
/// start, order and images. Without a repeat that has every strength, the numbers are NaN and open.
inline SpectraTrend spectra_trend(std::span<const SpectraPoint> points) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const auto rows = detail::ranks_by_seed(points);
    SpectraTrend trend{.seeds = rows.size(), .slope = {nan, -infinity, infinity}, .correlation = nan};
    if (rows.empty()) return trend;
    std::vector<double> strengths, mean;
    for (std::size_t i = 0; i < points.size(); ++i) {
        strengths.push_back(points[i].strength);
        mean.push_back(detail::mean_over_seeds(rows, [&](const auto& row) { return row[i]; }).value);
        trend.change.push_back(detail::mean_over_seeds(rows, [&](const auto& row) { return row[i] - row[0]; }));
    }
    trend.largest_at = static_cast<std::size_t>(std::max_element(mean.begin(), mean.end()) - mean.begin());
    trend.smallest_at = static_cast<std::size_t>(std::min_element(mean.begin(), mean.end()) - mean.begin());
    if (points.size() < 2) return trend;
    const double spread = covariation(strengths, strengths);
    const auto slope = [&](const auto& row) { return covariation(strengths, row) / spread; };
    const auto correlation = [&](const auto& row) { return spearman(strengths, row); };
    trend.slope = detail::mean_over_seeds(rows, slope);
    trend.correlation = detail::mean_over_seeds(rows, correlation).value;
    if (rows.size() >= least_seeds_for_spectra) {
        if (trend.slope.low > 0) trend.verdict = SpectrumVerdict::flattens;
        if (trend.slope.high < 0) trend.verdict = SpectrumVerdict::concentrates;
    }
    detail::find_turn(trend, rows, mean);
    return trend;
}

}  // namespace pstar
