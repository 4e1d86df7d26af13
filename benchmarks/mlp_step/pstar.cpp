#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/nn/train.hpp>

#include "mlp_step/step.hpp"

namespace bench {

namespace {

struct PstarMlp {
    explicit PstarMlp(Start from)
        : start(std::move(from)),
          trainer(start.net, pstar::Sgd{.lr = start.recipe.learning_rate, .momentum = start.recipe.momentum}) {}
    Start start;
    pstar::Trainer<pstar::Mlp<float>> trainer;
};

}  // namespace

Start::Start(const pstar::Dataset& data, std::size_t width, const Recipe& how)
    : recipe(how), net({data.pixels(), width, width, data.classes}, pstar::Activation::relu, pstar::Seed{1}) {
    std::vector<std::uint32_t> indices(recipe.batch);
    std::iota(indices.begin(), indices.end(), 0U);
    batch.fill(data, indices, pstar::Replacement{recipe.p}, {.seed = pstar::Seed{1}});
}

Steps pstar_steps(Start start) {
    return [training = std::make_shared<PstarMlp>(std::move(start))](std::size_t count) {
        const auto& batch = training->start.batch;
        double loss = 0;
        for (std::size_t i = 0; i < count; ++i) loss = training->trainer.step(batch.images(), batch.labels());
        return loss;
    };
}

}  // namespace bench
