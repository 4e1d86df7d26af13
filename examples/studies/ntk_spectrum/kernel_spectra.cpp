#include "kernel_spectra.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include <pstar/statistics/distributions.hpp>
#include <pstar/sweep/outcome.hpp>

namespace study {
namespace {

using Values = std::vector<double>;

/// Effective ranks of the seeds that have one at every strength: a row a seed.
std::vector<Values> ranks_by_seed(std::span<const SpectraPoint> points) {
    std::map<std::size_t, Values> rows;
    for (const auto& point : points)
        for (const auto& seed : point.kernels)
            rows[seed.repeat].push_back(number_of(*seed.kernel, SpectrumNumber::rank));
    std::vector<Values> whole;
    for (auto& [repeat, row] : rows)
        if (row.size() == points.size()) whole.push_back(std::move(row));
    return whole;
}

/// sum (x - mean x)(y - mean y)
double covariation(const Values& x, const Values& y) {
    const auto n = static_cast<double>(x.size());
    const double x_mean = std::reduce(x.begin(), x.end()) / n, y_mean = std::reduce(y.begin(), y.end()) / n;
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - x_mean) * (y[i] - y_mean);
    return sum;
}

/// Places from smallest to largest; equal values share theirs.
Values places(const Values& values) {
    Values result;
    for (const double value : values) {
        double place = 0;
        for (const double other : values) place += other < value ? 1 : other == value ? 0.5 : 0;
        result.push_back(place);
    }
    return result;
}

double spearman(const Values& x, const Values& y) {
    const auto a = places(x), b = places(y);
    return covariation(a, b) / std::sqrt(covariation(a, a) * covariation(b, b));
}

/// The mean over seeds of what `of` makes of a seed's row.
template <class Of>
pstar::Estimate over_seeds(const std::vector<Values>& rows, const Of& of, double confidence = 0.95) {
    Values values;
    for (const auto& row : rows) values.push_back(of(row));
    return interval_of(pstar::moments(values), confidence);
}

/// Whether the mean at place `at` is beyond both ends, above them for `sign` 1, below for -1.
bool is_turn(const std::vector<Values>& rows, std::size_t at, double sign) {
    const auto last = rows[0].size() - 1;
    const double confidence = 1 - 0.05 / static_cast<double>(last - 1);
    for (const auto end : {std::size_t{0}, last})
        if (!(over_seeds(
                  rows, [&](const auto& row) { return sign * (row[at] - row[end]); }, confidence)
                  .low > 0))
            return false;
    return true;
}

void find_turn(SpectraTrend& trend, const std::vector<Values>& rows, const Values& mean) {
    if (rows.size() < seeds_for_a_verdict || mean.size() < 3) return;
    const auto highest = std::max_element(mean.begin() + 1, mean.end() - 1) - mean.begin();
    const auto lowest = std::min_element(mean.begin() + 1, mean.end() - 1) - mean.begin();
    for (const auto& [at, sign, turn] :
         {std::tuple(highest, 1.0, SpectrumTurn::maximum), std::tuple(lowest, -1.0, SpectrumTurn::minimum)})
        if (is_turn(rows, static_cast<std::size_t>(at), sign)) {
            trend.turn = turn;
            trend.turn_at = static_cast<std::size_t>(at);
            return;
        }
}

/// Puts a run's kernel where it belongs, or counts why it has none.
void add(SpectraPoint& point, const pstar::RunKey& run, const pstar::Outcome<pstar::RunResult>& outcome,
         pstar::TestImages inputs) {
    using Status = pstar::SpectrumStatus;
    if (outcome.skipped()) return;
    const auto* result = pstar::usable(outcome);
    if (!result) {
        ++point.no_network;
        return;
    }
    const auto& kernel = inputs == pstar::TestImages::clean ? result->kernel : result->kernel_corrupted;
    if (!kernel) return;
    const auto status = kernel->spectrum.status;
    point.zero_trace += status == Status::zero_trace;
    point.indefinite += status == Status::indefinite;
    point.not_converged += status == Status::not_converged;
    if (status == Status::ok) point.kernels.push_back({run.repeat, &*kernel, pstar::test_accuracy(*result, inputs)});
}

SpectraCurve curve_of(const pstar::RunKey& network, pstar::TestImages inputs, const Grid& grid,
                      const Outcomes& outcomes) {
    std::map<double, SpectraPoint> points;
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const auto run = grid[i];
        if (pstar::curve_key(run) != pstar::curve_key(network)) continue;
        auto& point = points[run.strength];
        point.strength = run.strength;
        add(point, run, outcomes[i], inputs);
    }
    SpectraCurve curve{.run = network, .inputs = inputs};
    for (auto& [strength, point] : points) curve.points.push_back(std::move(point));
    curve.trend = trend_of(curve.points);
    return curve;
}

}  // namespace

double number_of(const pstar::ProbedKernel& kernel, SpectrumNumber number) {
    const auto& s = kernel.spectrum;
    switch (number) {
        case SpectrumNumber::rank:
            return s.effective_rank;
        case SpectrumNumber::entropy:
            return s.entropy;
        case SpectrumNumber::trace:
            return s.trace;
        case SpectrumNumber::participation:
            return s.participation_ratio;
        case SpectrumNumber::top_share:
            return s.eigenvalues.front() / s.trace;
        case SpectrumNumber::nonzero:
            return static_cast<double>(s.rank);
        case SpectrumNumber::alignment:
            break;
    }
    return kernel.label_alignment;
}

std::string_view to_string(SpectrumVerdict verdict) {
    constexpr std::array<std::string_view, 3> names{"flattens", "concentrates", "undecided"};
    return names[static_cast<std::size_t>(verdict)];
}
std::string_view to_string(SpectrumTurn turn) {
    constexpr std::array<std::string_view, 3> names{"none", "maximum", "minimum"};
    return names[static_cast<std::size_t>(turn)];
}

pstar::Moments moments_of(const SpectraPoint& point, SpectrumNumber number) {
    Values values;
    for (const auto& seed : point.kernels) values.push_back(number_of(*seed.kernel, number));
    return pstar::moments(values);
}
pstar::Moments accuracies_of(const SpectraPoint& point) {
    Values values;
    for (const auto& seed : point.kernels) values.push_back(seed.accuracy);
    return pstar::moments(values);
}

pstar::Estimate interval_of(const pstar::Moments& moments, double confidence) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (moments.n < 2) return {moments.mean, -infinity, infinity};
    const double half = pstar::student_t_quantile(confidence, static_cast<double>(moments.n - 1)) * moments.sem;
    return {moments.mean, moments.mean - half, moments.mean + half};
}

SpectraTrend trend_of(std::span<const SpectraPoint> points) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const auto rows = ranks_by_seed(points);
    SpectraTrend trend{.seeds = rows.size(), .slope = {nan, -infinity, infinity}, .correlation = nan};
    if (rows.empty()) return trend;
    Values strengths, mean;
    for (std::size_t i = 0; i < points.size(); ++i) {
        strengths.push_back(points[i].strength);
        mean.push_back(over_seeds(rows, [&](const auto& row) { return row[i]; }).value);
        trend.change.push_back(over_seeds(rows, [&](const auto& row) { return row[i] - row[0]; }));
    }
    trend.largest_at = static_cast<std::size_t>(std::ranges::max_element(mean) - mean.begin());
    trend.smallest_at = static_cast<std::size_t>(std::ranges::min_element(mean) - mean.begin());
    if (points.size() < 2) return trend;
    const double spread = covariation(strengths, strengths);
    trend.slope = over_seeds(rows, [&](const auto& row) { return covariation(strengths, row) / spread; });
    trend.correlation = over_seeds(rows, [&](const auto& row) { return spearman(strengths, row); }).value;
    if (rows.size() >= seeds_for_a_verdict) {
        if (trend.slope.low > 0) trend.verdict = SpectrumVerdict::flattens;
        if (trend.slope.high < 0) trend.verdict = SpectrumVerdict::concentrates;
    }
    find_turn(trend, rows, mean);
    return trend;
}

std::vector<SpectraCurve> collect_spectra(const CurveStory& story, const Grid& grid, const Outcomes& outcomes) {
    std::vector<pstar::TestImages> kinds;
    if (story.flags.kernel->inputs != "corrupted") kinds.push_back(pstar::TestImages::clean);
    if (story.flags.kernel->inputs != "clean") kinds.push_back(pstar::TestImages::corrupted);
    const auto runs = grid.runs();
    std::vector<SpectraCurve> curves;
    for (const auto& group : pstar::detail::grouped(std::span<const pstar::RunKey>(runs), pstar::curve_key))
        for (const auto inputs : kinds) curves.push_back(curve_of(runs[group[0]], inputs, grid, outcomes));
    return curves;
}

}  // namespace study
