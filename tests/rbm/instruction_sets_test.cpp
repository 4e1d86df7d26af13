#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/rbm/train_rbm.hpp>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace rbm_instruction_sets_test {

using namespace pstar;

TEST_CASE("RBMs learn the same weights, bit for bit, with every instruction set that fuses multiply and add") {
    const auto digits = synthetic_digits({.train = 130, .test = 1, .seed = 1});
    for (const bool persistent : {false, true}) {
        Matrix<float> first;
        for_each_instruction_set([&](detail::InstructionSet set) {
            const auto fit = fit_rbm(digits.train, Replacement{0.3},
                                     {.n_components = 21,
                                      .rbm_n_iter = 2,
                                      .batch_size = 50,
                                      .persistent = persistent,
                                      .momentum = 0.5,
                                      .weight_decay = 1e-3});
            if (first.size() == 0) first = fit.rbm.weights;
            CAPTURE(persistent, static_cast<int>(set));
            if (fuses(set)) CHECK((fit.rbm.weights.array() == first.array()).all());
            CHECK(fit.rbm.finite());
        });
    }
}

}  // namespace rbm_instruction_sets_test
