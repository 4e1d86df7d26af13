#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>

namespace pstar::detail {

/// The pieces of a run, each timed on its own.
template <Network Net>
class RunPieces {
public:
    RunPieces(Net& net, const RunContext& context)
        : net_(net),
          context_(context),
          samples_(context.training_images()),
          batch_size_(std::min(context.run.batch_size, samples_)),
          order_(samples_) {}

    double epochs(double seconds) {
        const double order = seconds_taken([&] { epoch_order(Seed{0}, 0, order_); }), step = stepping(seconds);
        return real(context_.settings.epochs) * (order + step * real(samples_) / real(batch_size_));
    }
    double tests(double seconds) { return real(context_.test.size()) * testing(seconds); }
    /// Of the network and what trains it, or tests it, and of the order of the samples.
    double bytes() const {
        return real(sizeof(Scalar) * net_.parameters().size() + std::max(training_bytes_, testing_bytes_) +
                    sizeof(std::uint32_t) * samples_);
    }

private:
    using Scalar = typename Net::scalar_type;

    /// A step, on average over steps that take `seconds` in all, one at least.
    double stepping(double seconds) {
        Trainer<Net, NamedLoss> trainer(net_, context_.settings.optimizer, context_.settings.loss);
        Batch<Scalar> batch;
        std::size_t first = 0;
        const auto step = [&] {
            if (first + batch_size_ > samples_) first = 0;
            const auto samples = std::span<const std::uint32_t>(order_).subspan(first, batch_size_);
            if (context_.stream)
                batch.fill(*context_.stream, samples, context_.corruption, {Seed{0}});
            else
                batch.fill(context_.train, samples, context_.corruption, {Seed{0}});
            trainer.step(batch.images(), batch.labels());
            first += batch_size_;
        };
        step();  // the first one allocates
        training_bytes_ = trainer.memory() + batch.images().elements().size_bytes();
        double taken = 0, steps = 0;
        for (; steps == 0 || taken < seconds; ++steps) taken += seconds_taken(step);
        return taken / steps;
    }
    /// All that is asked of a test image, on average over some that take about `seconds`.
    double testing(double seconds) {
        const BasicEvaluateOptions<NamedLoss> options{.loss = context_.settings.loss};
        auto n = std::min<std::size_t>(512, context_.test.size());
        while (true) {
            const auto part = take(context_.test, n);
            measure_memory(part);
            const double taken = seconds_taken([&] {
                if (context_.settings.test_clean) evaluate(net_, part, options);
                if (context_.settings.test_corrupted) evaluate(net_, part, context_.corruption, options);
                for (const auto& through : context_.transfer) evaluate(net_, part, through, options);
            });
            if (n == context_.test.size() || 5 * taken > seconds) return taken / real(n);
            n = std::min(4 * n, context_.test.size());
        }
    }
    void measure_memory(const Dataset& images) {
        std::size_t largest = 0;
        for_each_batch(net_, images, Identity{}, {},
                       [&](std::size_t, const Batch<Scalar>& batch, Variable<Scalar> x, Variable<Scalar>) {
                           largest = std::max(largest, x.tape->memory() + batch.images().elements().size_bytes());
                       });
        testing_bytes_ = largest;
    }

    Net& net_;
    const RunContext& context_;
    std::size_t samples_, batch_size_, training_bytes_ = 0, testing_bytes_ = 0;
    std::vector<std::uint32_t> order_;
};

}  // namespace pstar::detail
