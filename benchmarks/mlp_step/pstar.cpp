#include <memory>
#include <numeric>

#include <pstar/corruption/replacement.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "mlp_step/step.hpp"

namespace bench {

namespace {

struct Step {
    Step(const pstar::Dataset& data, std::size_t width, std::size_t batch_size)
        : net({data.pixels(), width, width, data.classes}, pstar::Activation::relu, pstar::Seed{1}),
          trainer(net, pstar::Sgd{.lr = 0.01, .momentum = 0.9}) {
        std::vector<std::uint32_t> indices(batch_size);
        std::iota(indices.begin(), indices.end(), 0U);
        batch.fill(data, indices, pstar::Replacement{0.5}, {.seed = pstar::Seed{1}});
    }
    pstar::Mlp<float> net;
    pstar::Trainer<pstar::Mlp<float>> trainer;
    pstar::Batch<float> batch;
};

}  // namespace

Repeat pstar_step(const pstar::Dataset& data, std::size_t width, std::size_t batch) {
    return [step = std::make_shared<Step>(data, width, batch)](std::size_t repeats) {
        for (std::size_t r = 0; r < repeats; ++r) step->trainer.step(step->batch.images(), step->batch.labels());
    };
}

}  // namespace bench
