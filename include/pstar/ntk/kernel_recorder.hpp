#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <pstar/core/tensor.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/empirical_ntk.hpp>

namespace pstar {

/// Kernels of a network in training, on the same images each time: the one before it and one after each epoch.
///
///     pstar::KernelRecorder recorder(net, pstar::take(digits.test, 64), pstar::NtkOutput::trace,
///                                    [&](std::size_t epochs, const auto& kernel, const auto& initial) { ... });
///     pstar::train(net, digits.train, corruption, {.on_epoch = std::ref(recorder)});
///
/// `body(epochs, kernel, initial)` is called at once with epochs = 0 and then after every epoch: for
/// `relative_distance(kernel, initial)`, `alignment`, `label_alignment`, `spectrum`. Refers to `net`.
template <Network Net, Corruption C = Identity>
class KernelRecorder {
public:
    /// What is called after each epoch, with the kernel as it is then.
    using Body =
        std::function<void(std::size_t epochs, const Tensor<double, 2>& kernel, const Tensor<double, 2>& initial)>;

    /// Takes the kernel of these images now, and again after each epoch.
    KernelRecorder(const Net& net, Dataset images, NtkSubject of, Body body, const C& corruption = {},
                   const NtkOptions& options = {})
        : net_(net),
          images_(std::move(images)),
          of_(std::move(of)),
          body_(std::move(body)),
          corruption_(corruption),
          options_(options),
          initial_(kernel()) {
        body_(0, initial_, initial_);
    }
    /// What `TrainOptions::on_epoch` calls.
    void operator()(const EpochReport& report) { body_(report.epoch + 1, kernel(), initial_); }
    /// The kernel before training.
    const Tensor<double, 2>& initial() const { return initial_; }

private:
    Tensor<double, 2> kernel() const { return empirical_ntk(net_, images_, of_, corruption_, options_); }

    const Net& net_;
    Dataset images_;
    NtkSubject of_;
    Body body_;
    C corruption_;
    NtkOptions options_;
    Tensor<double, 2> initial_;
};

}  // namespace pstar
