// An update rule says how many arrays are kept for it.
// expect: Trainer: the optimiser is a pstar::Optimizer or an UpdateRule
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/trainer.hpp>

struct Descent {
    double lr = 0.1;
#ifndef PSTAR_WRONG
    static constexpr std::size_t moments = 0;
#endif
    void validate() const {}
    template <class Scalar>
    void update(const pstar::UpdateBlock<Scalar>& block) const {
        block.values() -= static_cast<Scalar>(block.lr()) * block.gradient();
    }
};

double learning_rate(pstar::Mlp<float>& net) {
    return pstar::Trainer(net, Descent{}).lr();
}
