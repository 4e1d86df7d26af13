#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <pstar/scaling/collapse/bootstrap.hpp>
#include <pstar/scaling/collapse/exponents.hpp>
#include <pstar/scaling/collapse/noise.hpp>
#include <pstar/scaling/detail/collapse_response.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>

/// Intervals of what a collapse finds.
namespace pstar::detail {

/// The interval laid evenly about its value: whether redraws have the longer tail on the same side as the estimate
/// or on the other depends on how the noise of 1/nu grows with 1/nu, and the mean of both is right most often. It
/// is at least as wide as the curvature of the score says (`half`; 0 where seeds tie points together), and the
/// bias, taken out, counts as one more standard error (times a quantile: `bias`): it is known to about its own
/// size.
inline Estimate evened(const Estimate& found, double half, double bias) {
    const double own = (found.high - found.low) / 2;
    if (!(own > 0) || !std::isfinite(own)) return found;
    const double wide = std::hypot(std::max(own, half), bias);
    return {found.value, found.value - wide, found.value + wide};
}

/// What intervals are made from: the optimum, the place around which was redrawn, and the redraws.
struct CollapseDraws {
    const CollapseOptimum& optimum;
    const CollapsePlace& truth;
    const CollapseRedraws& redraws;
    double confidence, inflation;
};

/// Intervals of functions of the place.
class CollapseIntervals {
public:
    CollapseIntervals(const CollapseFrame& frame, const CollapseBox& box, const ScoreCurvature& curvature,
                      std::span<const CurveNoise> noise, const CollapseDraws& draws)
        : frame_(frame),
          exponents_(box.exponents),
          response_(curvature.response()),
          noise_(noise),
          draws_(draws),
          is_shared_(std::any_of(noise.begin(), noise.end(), [](const auto& n) { return n.is_shared(); })) {}

    /// Whether the data leave free coordinate k open: more redraws than an end of an interval leaves out ran into the
    /// end of its range.
    bool is_open(std::size_t k) const {
        const auto& edges = draws_.redraws.edges;
        const auto hits =
            std::count_if(edges.begin(), edges.end(), [&](const std::vector<bool>& edge) { return edge[k]; });
        return draws_.optimum.edges[k] ||
               2 * static_cast<double>(hits) > (1 - draws_.confidence) * static_cast<double>(edges.size());
    }

    /// Of free coordinate k.
    Estimate coordinate(std::size_t k) const {
        const auto at = [&](const CollapsePlace& p) { return exponents_.coordinates(p)[k]; };
        if (is_open(k)) return open_interval(at(draws_.optimum.place));
        std::vector<double> slope(exponents_.count());
        slope[k] = 1;
        return of(slope, at);
    }

    /// Of a function of the place whose derivatives with respect to the free coordinates are `slope`.
    template <class Function>
    Estimate of(const std::vector<double>& slope, const Function& f) const {
        const double shortest = student_t_quantile(draws_.confidence, std::numeric_limits<double>::infinity());
        std::vector<double> replicates, along(response_.gradient.empty() ? 0 : response_.gradient[0].size());
        for (const auto& place : draws_.redraws.place) replicates.push_back(f(place));
        double variance = 0;
        for (std::size_t k = 0; k < slope.size(); ++k) {
            for (std::size_t i = 0; i < along.size(); ++i) along[i] += slope[k] * response_.gradient[k][i];
            for (std::size_t l = 0; l < slope.size(); ++l) variance += slope[k] * slope[l] * response_.covariance[k][l];
        }
        const double dof = std::max(1.0, variance_along(noise_, frame_, along).dof);
        const double stretch = draws_.inflation * student_t_quantile(draws_.confidence, dof) / shortest;
        const double best = f(draws_.optimum.place);
        const auto found = basic_interval(best, f(draws_.truth), std::move(replicates), draws_.confidence, stretch);
        const double unit = draws_.inflation * shortest;  // the errors of all points together are well known
        if (is_shared_) variance = 0;                     // the curvature takes the points for independent
        return evened(found, unit * std::sqrt(std::max(0.0, variance)), unit * (best - found.value));
    }

private:
    const CollapseFrame& frame_;
    const FreeExponents& exponents_;
    ScoreCurvature::Response response_;
    std::span<const CurveNoise> noise_;
    CollapseDraws draws_;
    bool is_shared_;  ///< whether seeds tie points together
};

}  // namespace pstar::detail
