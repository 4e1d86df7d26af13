#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/score_report.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>

namespace pstar {

/// One image's margins over all other classes, z_k = f_y - f_k, and their gradients; entry k belongs to class
/// `rival(k)`: 0, ..., K - 1 without the label.
template <class Scalar>
struct RivalGradients {
    std::size_t image;
    std::uint8_t label;
    std::span<const Scalar> margins;  ///< (K - 1)
    View<const Scalar> gradients;     ///< (K - 1, pixels)

    std::uint8_t rival(std::size_t k) const { return static_cast<std::uint8_t>(k < label ? k : k + 1); }
};

namespace detail {

/// The gradients of a batch: sweep k seeds e_y - e_rival(k) in every row of the logits.
template <class Scalar>
class RivalSweeps {
public:
    explicit RivalSweeps(std::size_t rivals) : rivals_(rivals) {}

    void run(const CleanBatch<Scalar>& batch, Variable<Scalar> logits) {
        const auto size = batch.labels.size(), classes = rivals_ + 1;
        const auto pixels = batch.x.shape().columns();
        gradients_.resize(size * rivals_ * pixels);
        margins_.resize(size * rivals_);
        for (std::size_t k = 0; k < rivals_; ++k) {
            seed_.assign(size * classes, 0);
            for (std::size_t n = 0; n < size; ++n) {
                const std::size_t label = batch.labels[n], rival = k < label ? k : k + 1;
                const Scalar* const f = logits.value().data + n * classes;
                margins_[n * rivals_ + k] = f[label] - f[rival];
                seed_[n * classes + label] = 1;
                seed_[n * classes + rival] = -1;
            }
            batch.x.tape->backward(logits, {seed_.data(), logits.shape()});
            const Scalar* const from = batch.x.tape->gradient(batch.x).data;
            for (std::size_t n = 0; n < size; ++n)
                std::copy_n(from + n * pixels, pixels, gradients_.data() + (n * rivals_ + k) * pixels);
        }
    }
    std::span<const Scalar> margins(std::size_t n) const { return {margins_.data() + n * rivals_, rivals_}; }
    View<const Scalar> gradients(std::size_t n, std::size_t pixels) const {
        return {gradients_.data() + n * rivals_ * pixels, {rivals_, pixels}};
    }

private:
    std::size_t rivals_;
    std::vector<Scalar> seed_, margins_, gradients_;
};

}  // namespace detail

/// Calls `body(RivalGradients)` for image after image of `data`: one forward pass and K - 1 vjps a batch, K the
/// network's outputs. What `body` sees is valid until it returns.
/// Throws std::invalid_argument where the data do not fit the network or the network has one output.
template <Network Net, class Body>
void for_each_rival_gradients(const Net& net, const Dataset& data, const Body& body) {
    using Scalar = typename Net::scalar_type;
    constexpr std::size_t batch_size = 128;  // all K - 1 gradients of a batch are held at once
    detail::check_fit("for_each_rival_gradients", net, data);
    require(net.outputs() >= 2, "for_each_rival_gradients", "the network's outputs", net.outputs(), "be at least 2");
    require(net.outputs() <= 256, "for_each_rival_gradients", "the network's outputs", net.outputs(),
            "be at most 256: classes are bytes");
    detail::RivalSweeps<Scalar> sweeps(net.outputs() - 1);
    for_each_clean_batch<Scalar>(data, batch_size, [&](const CleanBatch<Scalar>& batch) {
        sweeps.run(batch, net(batch.x, net.parameters().record_constant(*batch.x.tape)));
        for (std::size_t n = 0; n < batch.labels.size(); ++n)
            body(RivalGradients<Scalar>{batch.first + n, batch.labels[n], sweeps.margins(n),
                                        sweeps.gradients(n, data.pixels())});
    });
}

}  // namespace pstar
