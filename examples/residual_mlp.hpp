#pragma once

#include <cstddef>
#include <cstdint>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/nn/initialise.hpp>
#include <pstar/nn/network.hpp>

/// A network of your own: any type with these members is a `pstar::Network`, trained, evaluated, swept and saved like
/// the built-in ones.
///     h = relu(W_0 x + b_0),   h <- h + relu(W_1 h + b_1),   f = W_2 h + b_2
template <class Scalar>
class ResidualMlp {
public:
    using scalar_type = Scalar;

    ResidualMlp(std::size_t pixels, std::size_t width, std::size_t classes, pstar::Seed seed)
        : pixels_(pixels), classes_(classes) {
        parameters_.add("in.weight", {width, pixels}), parameters_.add("in.bias", {width});
        parameters_.add("block.weight", {width, width}), parameters_.add("block.bias", {width});
        parameters_.add("out.weight", {classes, width}), parameters_.add("out.bias", {classes});
        for (std::uint32_t l = 0; l < 3; ++l) pstar::initialise(parameters_[2 * l], parameters_[2 * l + 1], seed, l);
    }
    std::size_t inputs() const { return pixels_; }
    std::size_t outputs() const { return classes_; }
    pstar::Parameters<Scalar>& parameters() { return parameters_; }
    const pstar::Parameters<Scalar>& parameters() const { return parameters_; }

    /// The logits (N, classes) of images x (N, pixels), recorded on their tape: all derivatives follow from it.
    pstar::Variable<Scalar> operator()(pstar::Variable<Scalar> x, const pstar::Leaves<Scalar>& leaves) const {
        const auto relu = pstar::Activation::relu;
        auto h = activate(dense(x, leaves[0], leaves[1]), relu);
        h = h + activate(dense(h, leaves[2], leaves[3]), relu);
        return dense(h, leaves[4], leaves[5]);
    }

private:
    std::size_t pixels_, classes_;
    pstar::Parameters<Scalar> parameters_;
};
