#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/batch_norm.hpp>
#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/conv_pool.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/reshape.hpp>
#include <pstar/autodiff/standardise.hpp>
#include <pstar/autodiff/tape.hpp>
#include <pstar/nn/network.hpp>

namespace pstar::detail {

/// One primitive of a network that is a chain of them, with the weight and bias it was recorded with, if it has any.
template <class Scalar>
struct SmoothedStep {
    std::variant<primitive::Dense<Scalar>, primitive::Conv2d<Scalar>, primitive::Normalise<Scalar>,
                 primitive::Standardise<Scalar>, primitive::Reshape<Scalar>, primitive::Activate<Scalar>,
                 primitive::MaxPool2d<Scalar>, primitive::AvgPool2d<Scalar>>
        op;
    View<const Scalar> weight = {}, bias = {};
    std::vector<Scalar> squares = {};   ///< of the weights
    std::vector<Scalar> products = {};  ///< of a convolution before max pooling: see `neighbour_products`
};

/// Whether max_k phi(z_k) = phi(max_k z_k).
inline bool keeps_order(Activation phi) {
    return phi.kind() != ActivationKind::gelu && phi.kind() != ActivationKind::square;
}

/// The differences (dy, dx) between two elements of a window of `kernel` x `kernel`, one of each pair +-(dy, dx): the
/// second element is behind the first, row by row.
inline std::vector<std::pair<std::size_t, std::ptrdiff_t>> window_offsets(std::size_t kernel) {
    std::vector<std::pair<std::size_t, std::ptrdiff_t>> offsets;
    const auto most = static_cast<std::ptrdiff_t>(kernel) - 1;
    for (std::size_t dy = 0; dy < kernel; ++dy)
        for (std::ptrdiff_t dx = dy == 0 ? 1 : -most; dx <= most; ++dx) offsets.emplace_back(dy, dx);
    return offsets;
}

/// Kernels whose convolution with variances of independent inputs gives the covariances of outputs (dy, dx) apart,
///     P[o, i, u, v] = W[o, i, u, v] W[o, i, u - dy stride, v - dx stride],
/// zero where that is outside: (offsets O, I, KH, KW), offset after offset.
template <class Scalar>
std::vector<Scalar> neighbour_products(View<const Scalar> weight, std::size_t stride, std::size_t pool) {
    const auto height = weight.shape[2], width = weight.shape[3], planes = weight.shape[0] * weight.shape[1];
    std::vector<Scalar> products;
    for (const auto& [dy, dx] : window_offsets(pool)) {
        const auto down = dy * stride;
        const auto right = dx * static_cast<std::ptrdiff_t>(stride);
        for (std::size_t plane = 0; plane < planes; ++plane) {
            const Scalar* const w = weight.data + plane * height * width;
            for (std::size_t u = 0; u < height; ++u)
                for (std::size_t v = 0; v < width; ++v) {
                    const auto other = static_cast<std::ptrdiff_t>(v) - right;
                    const bool inside = u >= down && other >= 0 && other < static_cast<std::ptrdiff_t>(width);
                    products.push_back(inside
                                           ? w[u * width + v] * w[(u - down) * width + static_cast<std::size_t>(other)]
                                           : Scalar{0});
                }
        }
    }
    return products;
}

/// The chain of primitives that a network records, or nothing where it is no chain of those that means and variances
/// pass through: dense and convolutional layers, `Activation`, pooling, normalisation with given statistics,
/// standardisation, reshaping. An activation that keeps the order is moved behind max pooling: it is applied to fewer
/// numbers, and what is pooled is nearer to normal. Refers to the network.
template <Network Net, class Scalar = typename Net::scalar_type>
std::optional<std::vector<SmoothedStep<Scalar>>> smoothed_steps(const Net& net) {
    using Step = SmoothedStep<Scalar>;
    struct Recorded {
        std::vector<Step> steps;
        std::uint32_t from = 0;
    };
    Tape<Scalar> tape;
    const std::vector<Scalar> image(net.inputs());
    const auto x = tape.input({image.data(), {1, image.size()}});
    const auto logits = net(x, net.parameters().record_constant(tape));

    // 1. what is known of the record
    std::vector<Recorded> recorded(tape.size());
    const auto is_parameter = [&](View<const Scalar> view) {
        for (std::size_t i = 0; i < net.parameters().count(); ++i)
            if (net.parameters()[i].data == view.data) return true;
        return false;
    };
    const auto look_for = [&]<class Op>(std::type_identity<Op>) {
        tape.template for_each_call<Op>([&](const Op& op, const auto& inputs, Variable<Scalar> output) {
            Step step;
            if constexpr (Op::arity == 3) {
                step.weight = inputs[1].value(), step.bias = inputs[2].value();
                if (!is_parameter(step.weight) || !is_parameter(step.bias)) return;
            }
            auto& found = recorded[output.index];
            found.from = inputs[0].index;
            if constexpr (std::is_same_v<Op, primitive::ConvPool<Scalar>>) {
                step.op = primitive::Conv2d<Scalar>{{.padding = op.padding}};
                found.steps = {step, {primitive::Activate<Scalar>{op.phi}}, {primitive::MaxPool2d<Scalar>{}}};
            } else {
                step.op = op;
                found.steps = {step};
            }
        });
    };
    [&]<class... Op>(std::type_identity<std::variant<Op...>>) {
        (look_for(std::type_identity<Op>{}), ...);
    }(std::type_identity<decltype(Step::op)>{});
    look_for(std::type_identity<primitive::ConvPool<Scalar>>{});

    // 2. back from the logits to the image
    std::vector<Step> steps;
    for (auto at = logits.index; at != x.index; at = recorded[at].from) {
        if (recorded[at].steps.empty()) return std::nullopt;
        steps.insert(steps.begin(), recorded[at].steps.begin(), recorded[at].steps.end());
    }

    // 3. what the passes need
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        const auto* const phi = std::get_if<primitive::Activate<Scalar>>(&steps[i].op);
        if (phi && keeps_order(phi->phi) && std::holds_alternative<primitive::MaxPool2d<Scalar>>(steps[i + 1].op))
            std::swap(steps[i], steps[i + 1]);
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto& step = steps[i];
        const auto* const conv = std::get_if<primitive::Conv2d<Scalar>>(&step.op);
        if (!conv && !std::holds_alternative<primitive::Dense<Scalar>>(step.op)) continue;
        for (const Scalar w : step.weight.elements()) step.squares.push_back(w * w);
        auto next = i + 1;
        while (next < steps.size() && std::holds_alternative<primitive::Normalise<Scalar>>(steps[next].op)) ++next;
        if (!conv || next == steps.size()) continue;
        if (const auto* const pool = std::get_if<primitive::MaxPool2d<Scalar>>(&steps[next].op))
            step.products = neighbour_products(step.weight, conv->options.stride, pool->options.kernel);
    }
    return steps;
}

}  // namespace pstar::detail
