/// A network of your own (residual_mlp.hpp): check its laws, then train it with early stopping.
#include <cstdio>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/check_network_laws.hpp>
#include <pstar/nn/train.hpp>

#include "residual_mlp.hpp"

int main() {
    const auto violations =
        pstar::check_network_laws([](pstar::Seed seed) { return ResidualMlp<double>(12, 6, 3, seed); });
    for (const auto& violation : violations) std::puts(violation.c_str());

    const auto digits = pstar::synthetic_digits({.train = 2'000, .test = 1'000});
    ResidualMlp<float> net(digits.train.pixels(), 64, digits.train.classes, pstar::Seed{7});
    const auto history = pstar::train(net, digits.train, pstar::Replacement{0.3},
                                      {.epochs = 20,
                                       .batch_size = 32,
                                       .learning_rate = {.decay = pstar::CosineDecay{}, .warmup_epochs = 1},
                                       .validation = &digits.test,
                                       .early_stopping = pstar::EarlyStopping{.patience = 3}});
    for (std::size_t epoch = 0; epoch < history.loss.size(); ++epoch)
        std::printf("epoch %2zu  loss %.3f  accuracy %.3f\n", epoch, history.loss[epoch],
                    history.validation[epoch].accuracy);
    std::printf("best epoch: %zu\n", *history.best_epoch);
    return violations.empty() ? 0 : 1;
}
