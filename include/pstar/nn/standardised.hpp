#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pstar/autodiff/standardise.hpp>
#include <pstar/core/error.hpp>
#include <pstar/data/channel_statistics.hpp>
#include <pstar/nn/layer.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

/// Networks of standardised images: (x - mean_c)/stddev_c for each colour channel c, with the statistics of the
/// training images (`channel_statistics`). It is the network's first step, so images are corrupted before it, in [0,
/// 1], and gradients, margins and kernels are those of the whole: with respect to pixels in [0, 1].
namespace pstar {

namespace detail {

/// Throws std::invalid_argument unless the statistics are of at least one channel, finite, and every channel varies.
inline void check_statistics(const char* where, const ChannelStatistics& statistics) {
    const auto channels = statistics.mean.size();
    require(channels >= 1, where, "the number of means", channels, "be at least 1");
    require(statistics.stddev.size() == channels, where, "the number of standard deviations", statistics.stddev.size(),
            "equal the number of means");
    for (std::size_t c = 0; c < channels; ++c) {
        require(std::isfinite(statistics.mean[c]), where, "a mean", statistics.mean[c], "be finite");
        require(statistics.stddev[c] > 0 && std::isfinite(statistics.stddev[c]), where, "a standard deviation",
                statistics.stddev[c], "be positive and finite: a channel that is the same everywhere tells nothing");
    }
}

template <class Scalar>
void copy_to(View<Scalar> to, const std::vector<double>& from) {
    std::ranges::transform(from, to.data, [](double value) { return static_cast<Scalar>(value); });
}

}  // namespace detail

/// A network that sees standardised images: `Standardised(mlp<float>({3072, 64, 10}, ...), channel_statistics(train))`.
/// The statistics are saved with its parameters, as the buffers `standardise.mean` and `standardise.stddev`.
template <Network Net>
class Standardised {
public:
    using scalar_type = typename Net::scalar_type;
    /// Whether all layers with weights are dense, as far as the network inside says so.
    static constexpr bool only_dense = [] {
        if constexpr (requires { Net::only_dense; }) return Net::only_dense;
        return false;
    }();

    /// Throws std::invalid_argument where the statistics are not those of the network's images: (C) with C a divisor of
    /// the network's inputs, finite, all standard deviations positive.
    Standardised(Net net, const ChannelStatistics& statistics)
        : net_(std::move(net)), first_buffer_(net_.parameters().buffer_count()) {
        detail::check_statistics("Standardised", statistics);
        const auto channels = statistics.mean.size();
        require(net_.inputs() % channels == 0, "Standardised", "the network's inputs", net_.inputs(),
                "be a multiple of the number of channels, " + std::to_string(channels));
        net_.parameters().add_buffer("standardise.mean", {channels}, 0);
        net_.parameters().add_buffer("standardise.stddev", {channels}, 1);
        detail::copy_to(net_.parameters().buffer(first_buffer_), statistics.mean);
        detail::copy_to(net_.parameters().buffer(first_buffer_ + 1), statistics.stddev);
    }

    std::size_t inputs() const { return net_.inputs(); }
    std::size_t outputs() const { return net_.outputs(); }
    /// Those of the network inside.
    Parameters<scalar_type>& parameters() { return net_.parameters(); }
    /// Those of the network inside, to read.
    const Parameters<scalar_type>& parameters() const { return net_.parameters(); }
    /// The network inside, which sees standardised images.
    const Net& network() const { return net_; }

    /// The logits (N, outputs) of images x (N, inputs) in [0, 1].
    Variable<scalar_type> operator()(Variable<scalar_type> x, const Leaves<scalar_type>& leaves) const {
        return net_(standardised(x), leaves);
    }
    /// The logits in training, of a network that has a training mode.
    Variable<scalar_type> operator()(Variable<scalar_type> x, const Leaves<scalar_type>& leaves,
                                     const TrainingPass& training) requires HasTrainingMode<Net> {
        return net_(standardised(x), leaves, training);
    }
    /// The logits with the network's own parameters as constants.
    Variable<scalar_type> operator()(Variable<scalar_type> x) const {
        return (*this)(x, parameters().record_constant(*x.tape));
    }

private:
    Variable<scalar_type> standardised(Variable<scalar_type> x) const {
        return standardise(x, parameters().buffer(first_buffer_).elements(),
                           parameters().buffer(first_buffer_ + 1).elements());
    }

    Net net_;
    std::size_t first_buffer_;
};

namespace layer {

/// (C, H, W) -> (C, H, W): (x - mean_c)/stddev_c, the first layer of a `Sequential` that sees standardised images. The
/// statistics are saved as buffers `mean` and `stddev`.
struct Standardise {
    ChannelStatistics statistics;  ///< of each channel

    template <class Scalar>
    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
        detail::check_statistics("layer::Standardise", statistics);
        const auto channels = statistics.mean.size();
        require(shape.rank() == 3 && shape[0] == channels, "layer::Standardise", "the input's shape", shape,
                "be (C, H, W) with as many channels as the statistics, " + std::to_string(channels));
        detail::copy_to(setup.add_buffer("mean", {channels}, 0), statistics.mean);
        detail::copy_to(setup.add_buffer("stddev", {channels}, 1), statistics.stddev);
        return shape;
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        const auto mean = pass.buffer(), stddev = pass.buffer();
        return standardise(x, mean.value.elements(), stddev.value.elements());
    }
};

}  // namespace layer
}  // namespace pstar
