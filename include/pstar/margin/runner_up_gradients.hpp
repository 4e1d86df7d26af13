#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/score_report.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>

namespace pstar {

/// One image's margins over all other classes, z_k = f_y - f_k, and their gradients; entry k belongs to class
/// `runner_up(k)`: 0, ..., K - 1 without the label.
template <class Scalar>
struct RunnerUpGradients {
    std::size_t image;
    Label label;
    std::span<const Scalar> margins;  ///< (K - 1)
    View<const Scalar> gradients;     ///< (K - 1, pixels)

    /// The class of entry k.
    Label runner_up(std::size_t k) const { return static_cast<Label>(k < label ? k : k + 1); }
};

namespace detail {

/// The gradients of a batch: sweep k seeds e_y - e_runner_up(k) in every row of the logits.
template <class Scalar>
class RunnerUpSweeps {
public:
    explicit RunnerUpSweeps(std::size_t runner_ups) : runner_ups_(runner_ups) {}

    void run(const CleanBatch<Scalar>& batch, Variable<Scalar> logits) {
        const auto size = batch.labels.size(), classes = runner_ups_ + 1;
        const auto pixels = batch.x.shape().columns();
        gradients_.resize(size * runner_ups_ * pixels);
        margins_.resize(size * runner_ups_);
        for (std::size_t k = 0; k < runner_ups_; ++k) {
            seed_.assign(size * classes, 0);
            for (std::size_t n = 0; n < size; ++n) {
                const std::size_t label = batch.labels[n], runner_up = k < label ? k : k + 1;
                const Scalar* const f = logits.value().data + n * classes;
                margins_[n * runner_ups_ + k] = f[label] - f[runner_up];
                seed_[n * classes + label] = 1;
                seed_[n * classes + runner_up] = -1;
            }
            batch.x.tape->backward(logits, {seed_.data(), logits.shape()});
            const Scalar* const from = batch.x.tape->gradient(batch.x).data;
            for (std::size_t n = 0; n < size; ++n)
                std::copy_n(from + n * pixels, pixels, gradients_.data() + (n * runner_ups_ + k) * pixels);
        }
    }
    std::span<const Scalar> margins(std::size_t n) const { return {margins_.data() + n * runner_ups_, runner_ups_}; }
    View<const Scalar> gradients(std::size_t n, std::size_t pixels) const {
        return {gradients_.data() + n * runner_ups_ * pixels, {runner_ups_, pixels}};
    }

private:
    std::size_t runner_ups_;
    std::vector<Scalar> seed_, margins_, gradients_;
};

}  // namespace detail

/// Images that are worked on at once: all K - 1 gradients of a batch are held.
inline constexpr std::size_t runner_up_batch = 128;

/// Calls `body(RunnerUpGradients)` for image after image of `data`: one forward pass and K - 1 vjps a batch, K the
/// network's outputs. What `body` sees is valid until it returns.
/// Throws std::invalid_argument where the data do not fit the network or the network has one output.
template <Network Net, class Body>
void for_each_runner_up_gradients(const Net& net, const Dataset& data, const Body& body) {
    using Scalar = typename Net::scalar_type;
    detail::check_fit("for_each_runner_up_gradients", net, data);
    require(net.outputs() >= 2, "for_each_runner_up_gradients", "the network's outputs", net.outputs(),
            "be at least 2");
    require(net.outputs() <= max_classes, "for_each_runner_up_gradients", "the network's outputs", net.outputs(),
            "be at most " + std::to_string(max_classes));
    detail::RunnerUpSweeps<Scalar> sweeps(net.outputs() - 1);
    for_each_clean_batch<Scalar>(data, runner_up_batch, [&](const CleanBatch<Scalar>& batch) {
        sweeps.run(batch, net(batch.x, net.parameters().record_constant(*batch.x.tape)));
        for (std::size_t n = 0; n < batch.labels.size(); ++n)
            body(RunnerUpGradients<Scalar>{batch.first + n, batch.labels[n], sweeps.margins(n),
                                           sweeps.gradients(n, data.pixels())});
    });
}

}  // namespace pstar
