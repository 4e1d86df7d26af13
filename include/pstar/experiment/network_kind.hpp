#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/detail/keep_decisions.hpp>
#include <pstar/experiment/detail/probe_kernels.hpp>
#include <pstar/experiment/detail/run_pieces.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/nn/any_network.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>

namespace pstar {

/// A kind of network: `make(spec, images, seed)` gives one of that size for such images, its weights drawn from `seed`.
/// A run is `train` with the run's corruption, then `evaluate` on clean images, through the corruption and
/// through those of a transfer, then the tangent kernels that the settings ask for (`KernelProbe`); the network is kept
/// where the experiment says so.
template <class Scalar>
class NetworkKind final : public ModelKind {
public:
    /// Makes a network for a spec, images of that size and a seed.
    using Make = std::function<AnyNetwork<Scalar>(const ModelSpec&, const Dataset&, Seed)>;

    /// From such a function.
    explicit NetworkKind(Make maker) : make_(std::move(maker)) {}

    RunResult run(const RunContext& context) const override {
        const auto& settings = context.settings;
        auto net = make(context, context.seed);
        const BasicTrainOptions<NamedLoss> training{.epochs = settings.epochs,
                                                    .batch_size = context.run.batch_size,
                                                    .optimizer = settings.optimizer,
                                                    .loss = settings.loss,
                                                    .seed = context.seed.value,
                                                    .noise = settings.noise,
                                                    .prefetch = context.prefetch,
                                                    .keeper = context.keeper};
        const auto history = context.stream ? train(net, *context.stream, context.corruption, training)
                                            : train(net, context.train, context.corruption, training);
        RunResult result{.status = history.status};
        if (!history.loss.empty()) result.train_loss = history.loss.back();
        if (result.status == TrainStatus::diverged) return result;
        const BasicEvaluateOptions<NamedLoss> options{
            .loss = settings.loss, .seed = context.seed.value, .noise = settings.noise};
        detail::measure_tests(result, context, [&](const AnyCorruption& through) -> TestScore {
            const auto found = evaluate(net, context.test, through, options);
            return {found.loss, found.accuracy};
        });
        detail::keep_decisions(result, context, net);
        detail::probe_kernels(result, context, net);
        if (!context.networks.empty())
            save_network(context.networks / network_file_name(context.run), net, context.run.spec(), context.train,
                         {{"pstar_corruption", context.run.corruption},
                          {"pstar_strength", nlohmann::json(context.run.strength).dump()},
                          {"pstar_seed", std::to_string(context.seed.value)}});
        return result;
    }

    RunCost measure_cost(const RunContext& context, double seconds) const override {
        auto net = make(context, Seed{0});
        detail::RunPieces pieces(net, context);
        const double set_up = detail::seconds_taken([&] {
            auto other = make(context, Seed{0});
            const Trainer<AnyNetwork<Scalar>, NamedLoss> trainer(other, context.settings.optimizer,
                                                                 context.settings.loss);
        });
        const double training = pieces.epochs(0.7 * seconds), testing = pieces.tests(0.3 * seconds);
        RunCost probing;
        if (const auto& probe = context.settings.kernel_probe)
            probing = detail::probe_cost(*probe, net, context.test, context.corruption);
        return {.seconds = set_up + training + testing + probing.seconds, .bytes = pieces.bytes() + probing.bytes};
    }

    /// An image of an epoch takes three forward passes. A probed kernel of n rows takes about n^2 products of a layer's
    /// inputs and outputs, and n^3 for its eigenvalues.
    double expected_cost(const RunContext& context) const override {
        using detail::real;
        const double pixels = real(context.train.pixels());
        double probing = 0;
        if (const auto& probe = context.settings.kernel_probe) {
            const double rows = real(probe->rows(context.train.classes));
            const double kinds = (probe->clean ? 1 : 0) + (probe->corrupted ? 1 : 0);
            probing = kinds * rows * rows * (pixels + real(context.run.width * context.run.depth) + rows);
        }
        const double pass = 3 * make(context, Seed{0}).multiply_adds() + detail::overhead_of_pixel * pixels;
        const double transfer = real(context.settings.transfer.size() * context.test.size()) * pass / 3;
        return real(context.run.train_samples) * real(context.settings.epochs) * pass + transfer + probing;
    }

    bool learns_from_streams() const override { return true; }

    std::size_t parameter_count(const RunContext& context) const override {
        return make(context, Seed{0}).parameters().size();
    }

private:
    AnyNetwork<Scalar> make(const RunContext& context, Seed seed) const {
        return make_(context.run.spec(), context.train, seed);
    }

    Make make_;
};

}  // namespace pstar

#ifdef PSTAR_COMPILED
extern template class pstar::NetworkKind<float>;
#endif
