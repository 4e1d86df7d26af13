#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/experiment/decisions.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/network.hpp>

namespace pstar::detail {

/// The decisions of a network on the run's test images seen through `through`, with the noise of the accuracy.
template <Network Net>
Decisions decisions_of(const Net& net, const RunContext& context, const AnyCorruption& through) {
    Decisions decisions(context.test.size());
    const NoisePlace place{noise_seed(context.seed, through, context.settings.noise), Stream::test_noise};
    for_each_batch(net, context.test, through, place, [&](std::size_t first, const auto& batch, auto, auto logits) {
        for (std::size_t n = 0; n < batch.labels().size(); ++n)
            decisions[first + n] = predicted_class(logits.value().elements().subspan(n * net.outputs(), net.outputs()));
    });
    return decisions;
}

/// Fills in the decisions that the settings ask for at the run's strength.
template <Network Net>
void keep_decisions(RunResult& result, const RunContext& context, const Net& net) {
    const auto& settings = context.settings;
    if (std::ranges::count(settings.decisions_at, context.run.strength) == 0) return;
    if (settings.test_clean) result.decisions = decisions_of(net, context, Identity{});
    if (settings.test_corrupted) result.decisions_corrupted = decisions_of(net, context, context.corruption);
}

}  // namespace pstar::detail
