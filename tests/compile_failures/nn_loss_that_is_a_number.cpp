// A loss of your own stays on the tape: it gives a Variable, not a number.
// expect: Trainer: the loss is a pstar::Loss or a LossFunction, loss(logits, labels) -> Variable
#include <pstar/autodiff/reduce.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/trainer.hpp>

struct MeanOfTrueClass {
    auto operator()(pstar::Variable<float> logits, std::span<const pstar::Label> labels) const {
        const auto value = mean(pick(logits, labels));
#ifdef PSTAR_WRONG
        return value.item();
#else
        return value;
#endif
    }
};

double train_once(pstar::Mlp<float>& net, pstar::View<const float> images, std::span<const pstar::Label> labels) {
    pstar::Trainer trainer(net, pstar::Adam{}, MeanOfTrueClass{});
    return trainer.step(images, labels);
}
