#include <pstar/autodiff/detail/activation_kernels.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace autodiff_instruction_sets_test {

using namespace pstar;

namespace {

/// The largest error of an activation on [low, high] relative to its value, in units of the last place of Scalar.
template <class Scalar, class Truth>
double worst_error(ActivationKind kind, double low, double high, const Truth& truth) {
    std::vector<Scalar> x(20'003), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<Scalar>(std::lerp(low, high, static_cast<double>(i) / 20'002));
    PSTAR_KERNEL(activate<Scalar>(kind, 0, x.data(), y.data(), x.size()));
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double expected = truth(static_cast<long double>(x[i]));
        if (expected != 0) worst = std::max(worst, static_cast<double>(std::abs((y[i] - expected) / expected)));
    }
    return worst / static_cast<double>(std::numeric_limits<Scalar>::epsilon());
}
long double gelu(long double x) {
    return x * std::erfc(-x / std::sqrt(2.0L)) / 2;
}

}  // namespace

TEMPLATE_TEST_CASE("tanh and GELU are as exact as they say, with every instruction set", "", float, double) {
    for_each_instruction_set([](detail::InstructionSet set) {
        const auto tanh = [](long double x) { return std::tanh(x); };
        CAPTURE(static_cast<int>(set));
        CHECK(worst_error<TestType>(ActivationKind::tanh, -12, 12, tanh) < 2);
        CHECK(worst_error<TestType>(ActivationKind::tanh, -0.7, 0.7, tanh) < 2);
        CHECK(worst_error<TestType>(ActivationKind::gelu, -1, 12, gelu) < 4);
        CHECK(worst_error<TestType>(ActivationKind::gelu, -6, -1, gelu) < 40);
    });
}

}  // namespace autodiff_instruction_sets_test
