#include <pstar/core/random.hpp>
#include <pstar/ntk/infinite_ntk.hpp>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace ntk_instruction_sets_test {

using namespace pstar;

TEST_CASE("series kernels have the same bits with every instruction set") {
    Matrix<double> x(21, 1);  // one pixel: no product in which sets could differ
    RandomSequence next({Seed{2}});
    for (Eigen::Index n = 0; n < x.rows(); ++n) x(n, 0) = 2 * next.normal();
    const View<const double> view{x.data(), {21, 1}};
    for (const auto phi : {Activation::tanh, Activation::sigmoid}) {
        const InfiniteNtk infinite{.inputs = 1, .activation = phi, .weight_variance = 1, .bias_variance = 0.3};
        Matrix<double> first;
        for_each_instruction_set([&](detail::InstructionSet set) {
            const Matrix<double> kernel = as_matrix(infinite.ntk(view, view));
            if (first.size() == 0) first = kernel;
            CAPTURE(to_string(phi), static_cast<int>(set));
            CHECK((kernel - first).isZero(0));
            CHECK(kernel.minCoeff() < kernel.maxCoeff());
        });
    }
}

}  // namespace ntk_instruction_sets_test
