// A model of one's own is a Network or a FittableModel.
// expect: is neither a Network (nn/network.hpp) nor a FittableModel
#include <pstar/experiment/registration.hpp>

struct Guess {
    pstar::FitReport fit(const pstar::RunContext&) { return {.train_loss = 0}; }
#ifndef PSTAR_WRONG
    pstar::TestScore evaluate(const pstar::RunContext&, const pstar::AnyCorruption&) const {
        return {0, 0.1};
    }
#endif
};

void add(pstar::ModelRegistry& models) {
    pstar::register_model(models, "guess",
                          [](const pstar::ModelSpec&, const pstar::Dataset&, pstar::Seed) { return Guess(); });
}
