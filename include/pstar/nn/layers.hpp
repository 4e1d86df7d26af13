#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/activation_function.hpp>
#include <pstar/autodiff/batch_norm.hpp>
#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/dropout.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/reshape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/nn/layer.hpp>

/// The layers of a `Sequential`. Parameters and buffers have the names of PyTorch's modules.
namespace pstar::layer {

/// (F) or (C, H, W) -> (units): x W^T + b. PyTorch's Linear, behind a Flatten where there are images.
struct Dense {
    std::size_t units = 0;  ///< outputs, at least 1

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
        require(units >= 1, "layer::Dense", "units", units, "be at least 1");
        setup.add_weight_and_bias({units, shape.size()});
        return {units};
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        const auto weight = pass.parameter(), bias = pass.parameter();
        return dense(x, weight, bias);
    }
};

/// (C, H, W) -> (channels, H', W'), H' = floor((H + 2 padding - kernel)/stride) + 1. PyTorch's Conv2d.
struct Conv2d {
    std::size_t channels = 0;  ///< outputs, at least 1
    std::size_t kernel = 3;    ///< side of the square kernel
    std::size_t stride = 1;    ///< steps of the kernel, at least 1
    std::size_t padding = 1;   ///< zeros around the image

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
        require(channels >= 1, "layer::Conv2d", "channels", channels, "be at least 1");
        require(shape.rank() == 3, "layer::Conv2d", "the input's shape", shape, "be (C, H, W)");
        const Sliding2d slide{{shape[1], kernel, stride, padding}, {shape[2], kernel, stride, padding}};
        slide.check("layer::Conv2d", shape);
        setup.add_weight_and_bias({channels, shape[0], kernel, kernel});
        return {channels, slide.y.positions(), slide.x.positions()};
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        const auto weight = pass.parameter(), bias = pass.parameter();
        return conv2d(x, weight, bias, {.stride = stride, .padding = padding});
    }
};

/// phi(x), elementwise: `Activate{Activation::relu}`, or with an `ActivationFunction` of your own.
template <class Phi = Activation>
struct Activate {
    Phi phi = {};  ///< the nonlinearity

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>&, const Shape& shape) const {
        return shape;
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>&) const {
        return activate(x, phi);
    }
};
template <class Phi>
Activate(Phi) -> Activate<Phi>;

/// (C, H, W) -> (C, H', W'): the largest of each window. PyTorch's MaxPool2d.
struct MaxPool2d {
    std::size_t kernel = 2;  ///< side of the square window
    std::size_t stride = 0;  ///< 0: as the kernel

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>&, const Shape& shape) const {
        require(shape.rank() == 3, "layer::MaxPool2d", "the input's shape", shape, "be (C, H, W)");
        const Shape one{1, shape[0], shape[1], shape[2]};
        const auto pooled = primitive::MaxPool2d<Scalar>{{.kernel = kernel, .stride = stride}}.shape({one});
        return {pooled[1], pooled[2], pooled[3]};
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>&) const {
        return max_pool2d(x, {.kernel = kernel, .stride = stride});
    }
};

/// (C, H, W) -> (C H W), in this order. PyTorch's Flatten.
struct Flatten {
    template <class Scalar>
    Shape setup(LayerSetup<Scalar>&, const Shape& shape) const {
        return {shape.size()};
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>&) const {
        return x.shape().rank() == 2 ? x : flatten(x);
    }
};

/// In training, each element is 0 with probability p and x/(1 - p) otherwise, drawn from (seed, Stream::dropout, epoch,
/// sample, position): a sample's mask does not depend on the batch it is in. In evaluation x. PyTorch's Dropout.
struct Dropout {
    double p = 0.5;  ///< in [0, 1)

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>&, const Shape& shape) const {
        require(p >= 0 && p < 1, "layer::Dropout", "p", p, "lie in [0, 1)");
        return shape;
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        const auto* const training = pass.training();
        if (!training) return x;
        return dropout(x, p, {pass.next_seed(), training->epoch, training->samples});
    }
};

/// (F) or (C, H, W), normalised feature by feature or channel by channel: PyTorch's BatchNorm1d and BatchNorm2d.
/// Training uses the mean and variance of the batch (at least 2 numbers per channel) and keeps
///     running <- (1 - momentum) running + momentum of the batch;   evaluation uses `running_mean` and `running_var`.
/// Both, and `num_batches_tracked`, are saved with the parameters; all three in the network's precision (PyTorch counts
/// batches in int64).
struct BatchNorm {
    double eps = 1e-5;      ///< > 0
    double momentum = 0.1;  ///< in (0, 1]

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
        require(eps > 0, "layer::BatchNorm", "eps", eps, "be positive");
        require(momentum > 0 && momentum <= 1, "layer::BatchNorm", "momentum", momentum, "lie in (0, 1]");
        require(shape.rank() == 1 || shape.rank() == 3, "layer::BatchNorm", "the input's shape", shape,
                "be (F) or (C, H, W)");
        setup.add("weight", {shape[0]}, 1);
        setup.add("bias", {shape[0]}, 0);
        setup.add_buffer("running_mean", {shape[0]}, 0);
        setup.add_buffer("running_var", {shape[0]}, 1);
        setup.add_buffer("num_batches_tracked", {}, 0);
        return shape;
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        const auto weight = pass.parameter(), bias = pass.parameter();
        const auto mean = pass.buffer(), variance = pass.buffer(), batches = pass.buffer();
        const auto e = static_cast<Scalar>(eps);
        if (!pass.training()) return normalise(x, weight, bias, mean.value, variance.value, e);
        const auto kept = static_cast<Scalar>(1 - momentum);
        const auto y = batch_norm(x, weight, bias, e, {mean.into.data, variance.into.data, kept});
        *batches.into.data += 1;
        return y;
    }
};

/// x + block(x): the block's layers one after the other, which together keep the shape. Their names are those of a
/// module with `self.block = nn.Sequential(...)`. Source: He et al., arXiv:1512.03385, equation 1.
///     Residual{Dense{64}, Activate{Activation::relu}, Dense{64}}
template <class... Layers>
class Residual {
public:
    /// x + f(x), f being the layers one after the other.
    explicit Residual(Layers... layers) : layers_(std::move(layers)...) {}

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
        const auto block = setup.name() + ".block.";
        Shape out = shape;
        std::size_t i = 0;
        const auto add = [&](const auto& layer) {
            out = setup.named(block + std::to_string(i++), [&] { return layer.setup(setup, out); });
        };
        std::apply([&](const auto&... layer) { (add(layer), ...); }, layers_);
        require(out == shape, "layer::Residual", "the block's output shape", out,
                "equal its input's, to which it is added");
        return out;
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        auto y = x;
        std::apply([&](const auto&... layer) { ((y = layer(y, pass)), ...); }, layers_);
        return x + y;
    }

private:
    std::tuple<Layers...> layers_;
};

}  // namespace pstar::layer
