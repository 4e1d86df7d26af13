#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pstar/autodiff/reshape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/nn/layer.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

namespace pstar {

/// A network made of layers, one after the other, chosen when the program runs; logits out:
///
///     using namespace pstar::layer;
///     const auto relu = Activate{pstar::Activation::relu};
///     pstar::Sequential<float> net(
///         {1, 28, 28},
///         {Conv2d{.channels = 8}, BatchNorm{}, relu, MaxPool2d{}, Flatten{}, Dropout{0.5}, Dense{10}},
///         pstar::Seed{7});
///
/// Parameters are named as those of PyTorch's nn.Sequential with the same layers. Layers are those of namespace `layer`
/// or your own, see `NetworkLayer`. For convolutions followed by pooling, `cnn` does the same in less time.
template <class Scalar>
class Sequential {
public:
    using scalar_type = Scalar;

    /// `image`: one sample's shape, (F) or (C, H, W); images (N, F) are seen as (N, C, H, W). Throws
    /// std::invalid_argument where a layer does not fit what the one before it gives, or the last one gives no (K).
    Sequential(const Shape& image, std::vector<Layer<Scalar>> layers, Seed seed)
        : image_(image), layers_(std::move(layers)) {
        require(image.rank() == 1 || image.rank() == 3, "Sequential", "the image's shape", image,
                "be (F) or (C, H, W)");
        require(image.size() >= 1, "Sequential", "the image's shape", image, "have no extent 0");
        LayerSetup<Scalar> setup(parameters_, seed);
        auto shape = image;
        for (std::size_t i = 0; i < layers_.size(); ++i)
            shape = setup.named(std::to_string(i), [&] { return layers_[i].setup(setup, shape); });
        require(shape.rank() == 1, "Sequential", "the last layer's output shape", shape,
                "be (K), a logit for each class; end with Dense, behind Flatten");
        outputs_ = shape[0];
    }

    std::size_t inputs() const { return image_.size(); }
    std::size_t outputs() const { return outputs_; }
    /// The shape (C, H, W) of an image.
    const Shape& image() const { return image_; }
    /// Number of layers.
    std::size_t layers() const { return layers_.size(); }
    Parameters<Scalar>& parameters() { return parameters_; }
    const Parameters<Scalar>& parameters() const { return parameters_; }

    /// The logits (N, outputs) of images x (N, inputs) in evaluation: dropout passes x on, batch normalisation uses its
    /// running statistics.
    Variable<Scalar> operator()(Variable<Scalar> x, const Leaves<Scalar>& leaves) const {
        LayerPass<Scalar> pass(parameters_, leaves);
        return run(x, pass);
    }
    /// The logits in training; updates the running statistics.
    Variable<Scalar> operator()(Variable<Scalar> x, const Leaves<Scalar>& leaves, const TrainingPass& training) {
        LayerPass<Scalar> pass(parameters_, leaves, training);
        return run(x, pass);
    }
    /// In evaluation, with the network's own parameters as constants.
    Variable<Scalar> operator()(Variable<Scalar> x) const { return (*this)(x, parameters_.record_constant(*x.tape)); }

private:
    Variable<Scalar> run(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        require(x.shape().columns() == inputs(), "Sequential", "the images' shape", x.shape(),
                "be (N, F) or (N, C, H, W) with the sizes the network was made for");
        if (image_.rank() == 3 && x.shape().rank() != 4)
            x = reshape(x, {x.shape().rows(), image_[0], image_[1], image_[2]});
        for (const auto& layer : layers_) x = layer(x, pass);
        return x;
    }

    Shape image_;
    std::vector<Layer<Scalar>> layers_;
    Parameters<Scalar> parameters_;
    std::size_t outputs_ = 0;
};

static_assert(Network<Sequential<float>> && HasTrainingMode<Sequential<double>>);

}  // namespace pstar
