#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/sweep/outcome.hpp>

#include "prediction_run.hpp"

namespace study {

/// All networks trained at one strength.
///
/// Every number is the mean over seeds. Its interval is for other images and other seeds: the half widths of the
/// networks' own intervals (over images; the seeds share the test images, so their mean scatters as much as each) and
/// Student's interval of the mean over seeds, added in squares, each side on its own, and cut to where the number can
/// lie. One seed leaves the images alone.
struct PredictionSummary {
    double strength;
    std::size_t seeds;  ///< networks that were measured
    pstar::Estimate clean_accuracy;
    AtStrength trained_at;
    ByCriterion<pstar::Estimate> excess;  ///< predicted minus measured accuracy; images through the measured one
    ByCriterion<pstar::PredictionScore> scores;
    std::array<pstar::PredictionScore, criterion_pairs.size()> differences;
    ByCriterion<std::vector<Bin>> calibration;  ///< `images` is the sum over seeds
    ByCriterion<std::vector<double>> images;    ///< sums over seeds
    std::vector<AtStrength> elsewhere;
};

/// Results of one strength after the other, `repeats` outcomes each, as a sweep returns them. Strengths without any
/// usable outcome are left out.
std::vector<PredictionSummary> summarise(std::span<const pstar::Outcome<PredictionResult>> outcomes,
                                         std::size_t repeats);

}  // namespace study
