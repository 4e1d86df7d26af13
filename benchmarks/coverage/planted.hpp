#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/quantile.hpp>

#include "table.hpp"

namespace coverage {

inline constexpr std::size_t images = 1000;

/// 0, 1/steps, ..., 1.
inline std::vector<double> even(std::size_t steps) {
    std::vector<double> strengths;
    for (std::size_t i = 0; i <= steps; ++i) strengths.push_back(static_cast<double>(i) / static_cast<double>(steps));
    return strengths;
}

/// How accuracies scatter about their curve, in the units of the docs.
struct Noise {
    double shift = 0;                ///< sd of the shift of the curve of a seed
    double plateau = 0, middle = 0;  ///< sd of a run on the plateaus and half way down; 0: counts of `images` alone
};

/// Accuracies about a planted curve. What a run gives depends on experiment, seed and strength alone.
struct PlantedSeeds {
    std::function<double(double)> curve;
    double lower, upper;
    Noise noise;
    std::uint32_t experiment;

    double operator()(double p, std::size_t seed) const {
        pstar::RandomSequence whole({pstar::Seed{20261126}, pstar::Stream::user, experiment, lane(seed) + 1999});
        return (*this)(p, seed, noise.shift * whole.normal());
    }
    /// With a shift that is given, in place of `noise.shift`.
    double operator()(double p, std::size_t seed, double shift) const {
        const auto place = lane(seed) + static_cast<std::uint32_t>(std::llround(1000 * p));
        pstar::RandomSequence own({pstar::Seed{20261126}, pstar::Stream::user, experiment, place});
        const double accuracy = curve(p - shift);
        if (noise.plateau == 0) {
            std::size_t correct = 0;
            for (std::size_t i = 0; i < images; ++i) correct += own.uniform() < accuracy ? 1 : 0;
            return static_cast<double>(correct) / images;
        }
        const double h = (accuracy - lower) / (upper - lower);
        const double sd = noise.plateau + (noise.middle - noise.plateau) * 4 * h * (1 - h);
        return std::clamp(accuracy + sd * own.normal(), 0.0, 1.0);
    }
    pstar::SeedCurves measured(const std::vector<double>& strengths, std::size_t seeds) const {
        pstar::SeedCurves curves{strengths, {}};
        for (std::size_t seed = 0; seed < seeds; ++seed) {
            curves.accuracy.emplace_back();
            for (const double p : strengths) curves.accuracy.back().push_back((*this)(p, seed));
        }
        return curves;
    }
    /// The first so many seeds at each strength.
    pstar::CurveRuns measured(const std::map<double, std::size_t>& seeds) const {
        pstar::CurveRuns runs;
        for (const auto& [p, n] : seeds) {
            runs.strength.push_back(p), runs.accuracy.emplace_back(), runs.seed.emplace_back();
            for (std::size_t seed = 0; seed < n; ++seed)
                runs.accuracy.back().push_back((*this)(p, seed)), runs.seed.back().push_back(seed);
        }
        return runs;
    }

private:
    static std::uint32_t lane(std::size_t seed) { return static_cast<std::uint32_t>(2000 * seed); }
};

inline double half_width(const pstar::Estimate& estimate) {
    return (estimate.high - estimate.low) / 2;
}

/// Median half width over 100 even grids of strengths and seeds; `estimate_of(experiment)` measures one.
template <class EstimateOf>
double even_grids_half_width(const EstimateOf& estimate_of) {
    std::vector<double> widths;
    for (std::uint32_t e = 0; e < 100; ++e) widths.push_back(half_width(estimate_of(1'000'000 + e)));
    std::ranges::sort(widths);
    return pstar::quantile(widths, 0.5);
}

/// A row whose experiments, `run(half_width, experiment)`, want what `wanted()` gives, which is asked for once.
template <class Wanted, class Run>
Row row_with_goal(const char* text, std::size_t experiments, Wanted wanted, Run run) {
    const auto width = std::make_shared<double>(0);
    return {text, experiments, [=](std::uint32_t experiment) {
                if (*width == 0) *width = wanted();
                return run(*width, experiment);
            }};
}

}  // namespace coverage
