#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/network.hpp>

namespace pstar {

/// How a network does on a data set.
struct Evaluation {
    double accuracy = 0;      ///< correct/total
    double loss = 0;          ///< mean over samples
    std::size_t correct = 0;  ///< images whose largest logit is the true class's alone or the first of equal ones
    std::size_t total = 0;
};

/// How to evaluate; `LossType` is a built-in `Loss` or a `LossFunction` of your own.
template <class LossType = Loss>
struct BasicEvaluateOptions {
    LossType loss = {};           ///< cross-entropy, if it is a `Loss`
    std::uint64_t seed = 0;       ///< of the corruption's noise
    std::uint32_t draw = 0;       ///< which draw of the noise: another number, other noise
    Noise noise = Noise::common;  ///< whether different strengths share their uniforms
    std::size_t threads = 1;      ///< 0: all cores; see `with_threads`. In float no bit depends on it
};
/// The usual options: a built-in loss.
using EvaluateOptions = BasicEvaluateOptions<>;

/// The largest element's index, the first of equal ones; size() if any element is NaN: such a prediction is never
/// right.
template <class Scalar>
std::size_t predicted_class(std::span<const Scalar> logits) {
    std::size_t best = 0;
    for (std::size_t k = 0; k < logits.size(); ++k) {
        if (std::isnan(logits[k])) return logits.size();
        if (logits[k] > logits[best]) best = k;
    }
    return best;
}

/// Images whose logits are computed at once.
inline constexpr std::size_t evaluation_batch = 256;

/// Calls `body(first, batch, x, logits)` for batch after batch of `data` seen through `corruption`, in the data's
/// order, or those in `range`; `x` are the batch's images as a differentiable input, the network's parameters are
/// constants.
template <Network Net, Corruption C, class Body>
void for_each_batch(const Net& net, const Dataset& data, const C& corruption, const NoisePlace& place, const Body& body,
                    ImageRange range = {}) {
    using Scalar = typename Net::scalar_type;
    Tape<Scalar> tape;
    const auto visit = [&](std::size_t first, const Batch<Scalar>& batch) {
        tape.clear();
        const auto x = tape.input(batch.images());
        body(first, batch, x, net(x, net.parameters().record_constant(tape)));
    };
    for_each_batch<Scalar>(data, corruption, place, evaluation_batch, visit, range);
}

/// Accuracy and loss on `data` seen through `corruption`: image i draws its noise from (seed, test_noise, draw, i).
/// With several threads, each works on images of its own: `net` and a loss of your own are then called from all of
/// them.
template <Network Net, Corruption C, class LossType = Loss>
Evaluation evaluate(const Net& net, const Dataset& data, const C& corruption,
                    const BasicEvaluateOptions<LossType>& options = {}) {
    using Scalar = typename Net::scalar_type;
    corruption.validate();
    detail::check_fit("evaluate", net, data);
    const NoisePlace place{noise_seed(Seed{options.seed}, corruption, options.noise), Stream::test_noise, options.draw};
    Evaluation result{.total = data.size()};
    struct Part {
        std::size_t correct = 0;
        double loss = 0;
    };
    std::vector<Part> parts((data.size() + evaluation_batch - 1) / evaluation_batch);  // added up in order
    const auto score = [&](std::size_t first, const Batch<Scalar>& batch, Variable<Scalar>, Variable<Scalar> logits) {
        auto& part = parts[first / evaluation_batch];
        const auto rows = logits.value();
        for (std::size_t n = 0; n < batch.labels().size(); ++n) {
            const auto row = rows.elements().subspan(n * net.outputs(), net.outputs());
            part.correct += predicted_class(row) == batch.labels()[n];
        }
        part.loss = static_cast<double>(loss(options.loss, logits, batch.labels()).item()) *
                    static_cast<double>(batch.labels().size());
    };
    with_threads(options.threads, [&] {
        detail::for_ranges(data.size(), evaluation_batch, evaluation_batch, [&](std::size_t first, std::size_t last) {
            for_each_batch(net, data, corruption, place, score, {first, last});
        });
    });
    for (const auto& part : parts) result.correct += part.correct, result.loss += part.loss;
    result.loss /= static_cast<double>(result.total);
    result.accuracy = static_cast<double>(result.correct) / static_cast<double>(result.total);
    return result;
}

/// Accuracy and loss on clean images.
template <Network Net, class LossType = Loss>
Evaluation evaluate(const Net& net, const Dataset& data, const BasicEvaluateOptions<LossType>& options = {}) {
    return evaluate(net, data, Identity{}, options);
}

/// The share of images classified correctly, on clean images or through a corruption.
template <Network Net>
double accuracy(const Net& net, const Dataset& data) {
    return evaluate(net, data).accuracy;
}
/// The share of images classified correctly, seen through a corruption.
template <Network Net, Corruption C>
double accuracy(const Net& net, const Dataset& data, const C& corruption, const EvaluateOptions& options = {}) {
    return evaluate(net, data, corruption, options).accuracy;
}

}  // namespace pstar
