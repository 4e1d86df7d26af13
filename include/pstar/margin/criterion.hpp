#pragma once

#include <array>
#include <string_view>
#include <vector>

#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/runner_ups.hpp>

namespace pstar {

/// What is made of clean margins and gradients to predict which images fail. With sd = sqrt(Var[d gamma]):
///     zero_shift  Phi(-gamma/sd): the margin against its fluctuation, the mean shift left out
///     shifted     Phi(-(gamma + E[d gamma])/sd)
///     all_runner_ups  P(some runner-up wins) under the joint law of all K - 1 margins
enum class Criterion { zero_shift, shifted, all_runner_ups };
inline constexpr std::array<Criterion, 3> criteria{Criterion::zero_shift, Criterion::shifted,
                                                   Criterion::all_runner_ups};
inline constexpr std::array<std::string_view, 3> criterion_names{"zero_shift", "shifted", "all_runner_ups"};

/// The failure probability of each image by a criterion; 1 minus their mean is the predicted accuracy A(p).
inline std::vector<double> failure_probabilities(const RunnerUpReport& report, Criterion criterion) {
    std::vector<double> result;
    result.reserve(report.images.size());
    for (std::size_t i = 0; i < report.images.size(); ++i) {
        const auto& nearest = report.nearest.images[i];
        result.push_back(criterion == Criterion::zero_shift ? nearest.zero_shift_probability()
                         : criterion == Criterion::shifted  ? nearest.flip_probability
                                                            : report.images[i].flip_probability);
    }
    return result;
}

/// The accuracy through the channel that a criterion predicts, from clean margins and gradients alone.
inline double predicted_accuracy(const RunnerUpReport& report, Criterion criterion) {
    return criterion == Criterion::zero_shift ? report.nearest.zero_shift_accuracy()
           : criterion == Criterion::shifted  ? report.nearest.predicted_accuracy()
                                              : report.predicted_accuracy();
}

}  // namespace pstar
