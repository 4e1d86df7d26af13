#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/standardised.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/ntk_operator.hpp>

#include <algorithm>

#include "catch.hpp"

namespace standardised_ntk_test {

using namespace pstar;

TEST_CASE("the tangent kernel of a network of standardised images is the inner network's on those images") {
    const auto data = synthetic_digits({.train = 6, .test = 1, .seed = 3}).train;
    // Halved pixels still lie in [0, 1], so that a dataset can hold them.
    Dataset halved{.labels = data.labels, .classes = data.classes};
    halved.float_images = Tensor<float, 4>(data.images.shape());
    std::ranges::transform(elements(data.images), halved.float_images->data(),
                           [](std::uint8_t byte) { return static_cast<float>(byte) / 510.0F; });
    const auto net = mlp<double>({784, 8, 10}, Activation::relu, Seed{2});
    const Standardised standardised(net, {{0}, {2}});
    const auto kernel = empirical_ntk(standardised, data, NtkOutput::trace);
    const auto expected = empirical_ntk(net, halved, NtkOutput::trace);
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t j = 0; j < 6; ++j) CHECK(kernel(i, j) == Approx(expected(i, j)).epsilon(1e-6));

    const NtkOperator product(standardised, data, NtkOutput::trace);
    for (std::size_t i = 0; i < 6; ++i) {
        std::vector<double> unit(6), row(6);
        unit[i] = 1;
        product.perform_op(unit.data(), row.data());
        for (std::size_t j = 0; j < 6; ++j) CHECK(row[j] == Approx(kernel(i, j)).epsilon(1e-9));
    }
}

}  // namespace standardised_ntk_test
