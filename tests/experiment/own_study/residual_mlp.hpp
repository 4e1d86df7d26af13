#pragma once

#include <cstddef>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/core/random.hpp>
#include <pstar/nn/initialise.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

namespace own_study {

/// A network of your own: h = relu(W_0 x), h <- h + relu(W_1 h), f = W_2 h.
template <class Scalar>
class ResidualMlp {
public:
    using scalar_type = Scalar;

    ResidualMlp(std::size_t inputs, std::size_t width, std::size_t outputs, pstar::Seed seed)
        : inputs_(inputs), outputs_(outputs) {
        const std::size_t sizes[4] = {inputs, width, width, outputs};
        for (std::uint32_t l = 0; l < 3; ++l) {
            parameters_.add(std::to_string(l) + ".weight", {sizes[l + 1], sizes[l]});
            parameters_.add(std::to_string(l) + ".bias", {sizes[l + 1]});
        }
        for (std::uint32_t l = 0; l < 3; ++l) pstar::initialise(parameters_[2 * l], parameters_[2 * l + 1], seed, l);
    }

    std::size_t inputs() const { return inputs_; }
    std::size_t outputs() const { return outputs_; }
    pstar::Parameters<Scalar>& parameters() { return parameters_; }
    const pstar::Parameters<Scalar>& parameters() const { return parameters_; }

    pstar::Variable<Scalar> operator()(pstar::Variable<Scalar> x, const pstar::Leaves<Scalar>& leaves) const {
        const auto layer = [&](pstar::Variable<Scalar> in, std::size_t l) {
            return pstar::activate(pstar::dense(in, leaves[2 * l], leaves[2 * l + 1]), pstar::Activation::relu);
        };
        auto h = layer(x, 0);
        h = h + layer(h, 1);
        return pstar::dense(h, leaves[4], leaves[5]);
    }

private:
    std::size_t inputs_, outputs_;
    pstar::Parameters<Scalar> parameters_;
};

static_assert(pstar::Network<ResidualMlp<float>>);

}  // namespace own_study
