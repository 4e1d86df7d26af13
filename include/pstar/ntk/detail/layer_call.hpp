#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/conv_pool.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/nn/parameters.hpp>

namespace pstar::detail {

/// One call of a primitive with weights, as recorded: y = op(x, weight, bias), the weight (out, taps) acting at
/// `pixels` positions of x.
template <class Scalar>
struct LayerCall {
    std::variant<primitive::Dense<Scalar>, primitive::Conv2d<Scalar>, primitive::ConvPool<Scalar>> op;
    Variable<Scalar> x, weight, bias, y;

    bool is_dense() const { return std::holds_alternative<primitive::Dense<Scalar>>(op); }
    std::size_t taps() const { return weight.shape().columns(); }
    std::size_t out() const { return weight.shape()[0]; }
    std::size_t parameters() const { return out() * (taps() + 1); }
    std::size_t pixels() const { return is_dense() ? 1 : convolution_shape()[2] * convolution_shape()[3]; }
    /// Positions whose cotangents are not zero: one in four behind a pooling of 2 x 2.
    std::size_t busy_pixels() const { return is_dense() ? 1 : y.shape()[2] * y.shape()[3]; }

    /// Of the convolution inside: what `conv_pool` does not keep.
    Conv2dOptions convolution() const {
        if (const auto* fused = std::get_if<primitive::ConvPool<Scalar>>(&op)) return {.padding = fused->padding};
        return std::get<primitive::Conv2d<Scalar>>(op).options;
    }
    Sliding2d sliding() const {
        const auto o = convolution();
        const auto &image = x.shape(), &kernel = weight.shape();
        return {{image[2], kernel[2], o.stride, o.padding}, {image[3], kernel[3], o.stride, o.padding}};
    }
    Shape convolution_shape() const {
        return primitive::Conv2d<Scalar>{convolution()}.shape({x.shape(), weight.shape(), bias.shape()});
    }
};

/// Records a network's parameters on a tape: weights as constants, biases (tensors of rank 1) as inputs. Backward then
/// computes the cotangents of every layer's outputs, but none of weights or images.
template <class Scalar>
Leaves<Scalar> record_biases(const Parameters<Scalar>& parameters, Tape<Scalar>& tape) {
    Leaves<Scalar> leaves;
    for (std::size_t i = 0; i < parameters.count(); ++i) {
        const auto leaf = parameters[i].shape.rank() == 1 ? tape.input(parameters[i]) : tape.constant(parameters[i]);
        if (i == 0) leaves.first = leaf;
    }
    return leaves;
}

/// The calls with weights on a tape, whose parameters are `count` leaves from `leaves` on.
/// Throws std::invalid_argument unless each parameter belongs to exactly one call: the kernel is their sum.
template <class Scalar>
std::vector<LayerCall<Scalar>> layer_calls(Tape<Scalar>& tape, const Leaves<Scalar>& leaves, std::size_t count) {
    std::vector<LayerCall<Scalar>> calls;
    std::vector<std::size_t> uses(count);
    const auto collect = [&](const auto& op, const auto& inputs, Variable<Scalar> y) {
        calls.push_back({op, inputs[0], inputs[1], inputs[2], y});
        for (const auto& parameter : {inputs[1], inputs[2]}) {
            const auto place = parameter.index - leaves.first.index;  // wraps to a large number in front of them
            if (place < count) ++uses[place];
        }
    };
    tape.template for_each_call<primitive::Dense<Scalar>>(collect);
    tape.template for_each_call<primitive::Conv2d<Scalar>>(collect);
    tape.template for_each_call<primitive::ConvPool<Scalar>>(collect);
    for (std::size_t i = 0; i < count; ++i)
        require(uses[i] == 1, "empirical_ntk", "the uses of a parameter", uses[i],
                "be 1: each must belong to one dense or convolutional layer; NtkOperator takes any network");
    return calls;
}

}  // namespace pstar::detail
