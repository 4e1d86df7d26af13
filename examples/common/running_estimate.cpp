#include "running_estimate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <pstar/scaling/sigmoid_fit.hpp>

#include "words.hpp"

namespace study {

RunningEstimate::RunningEstimate(const Flags& flags, const pstar::TrainTest& data)
    : network_{.activation = activations_of(flags)[0],
               .width = std::ranges::max(flags.width),
               .depth = std::ranges::max(flags.depth),
               .train_samples = std::ranges::max(flags.train),
               .batch_size = flags.batch_size[0],
               .corruption = corruption_of(flags)},
      images_(test_images_of(flags)[0]),
      classes_(data.train.classes),
      test_images_(data.test.size()),
      symbol_(strength_symbol(flags)) {}

void RunningEstimate::add(const pstar::AccuracyRun& run, const pstar::AccuracyResult& result) {
    if (pstar::has_diverged(result) || pstar::detail::curve_key(run) != pstar::detail::curve_key(network_)) return;
    accuracies_[run.strength].push_back(pstar::test_accuracy(result, images_));
}

std::string RunningEstimate::text() const {
    pstar::CurveRuns runs;
    for (const auto& [strength, accuracies] : accuracies_) {
        runs.strength.push_back(strength);
        runs.accuracy.push_back(accuracies);
    }
    if (runs.strength.empty()) return {};
    const auto fit =
        pstar::fit_sigmoid(pstar::summarise(runs),
                           {.lower = 1 / static_cast<double>(classes_), .bootstrap = 100, .test_images = test_images_});
    using enum pstar::CurveStatus;
    if ((fit.status != ok && fit.status != misfit && fit.status != step) || !std::isfinite(fit.p_star.value)) return {};
    return fmt::format("{}* {} (width {})", symbol_, in_words(fit.p_star), network_.width);
}

}  // namespace study
