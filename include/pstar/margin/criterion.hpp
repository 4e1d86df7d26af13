#pragma once

#include <array>
#include <string_view>
#include <vector>

#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/rivals.hpp>

namespace pstar {

/// What is made of clean margins and gradients to predict which images fail. With sd = sqrt(Var[d gamma]):
///     sketch      Phi(-gamma/sd): the margin against its fluctuation, the mean shift left out
///     shifted     Phi(-(gamma + E[d gamma])/sd)
///     all_rivals  P(some rival wins) under the joint law of all K - 1 margins
enum class Criterion { sketch, shifted, all_rivals };
inline constexpr std::array<Criterion, 3> criteria{Criterion::sketch, Criterion::shifted, Criterion::all_rivals};
inline constexpr std::array<std::string_view, 3> criterion_names{"sketch", "shifted", "all_rivals"};

/// The failure probability of each image by a criterion; 1 minus their mean is the predicted accuracy A(p).
inline std::vector<double> failure_probabilities(const RivalReport& report, Criterion criterion) {
    std::vector<double> result;
    result.reserve(report.images.size());
    for (std::size_t i = 0; i < report.images.size(); ++i) {
        const auto& nearest = report.nearest.images[i];
        result.push_back(criterion == Criterion::sketch    ? nearest.sketch_probability()
                         : criterion == Criterion::shifted ? nearest.flip_probability
                                                           : report.images[i].flip_probability);
    }
    return result;
}

/// The accuracy through the channel that a criterion predicts, from clean margins and gradients alone.
inline double predicted_accuracy(const RivalReport& report, Criterion criterion) {
    return criterion == Criterion::sketch    ? report.nearest.sketch_accuracy()
           : criterion == Criterion::shifted ? report.nearest.predicted_accuracy()
                                             : report.predicted_accuracy();
}

}  // namespace pstar
