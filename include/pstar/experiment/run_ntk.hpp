#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <sstream>
#include <string>

#include <unistd.h>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/detail/test_scores.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/infinite_ntk.hpp>
#include <pstar/ntk/kernel_ridge.hpp>
#include <pstar/sweep/repeats.hpp>

/// The runs of kernel ridge regression with the tangent kernel of an infinitely wide network.
namespace pstar {

/// Bytes of memory that this machine has.
inline double machine_memory() {
    return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Bytes of the kernel of a run with so many training images, and all that grows with it.
template <class Scalar = float>
double ntk_bytes(std::size_t train_samples, std::size_t pixels) {
    const auto n = static_cast<double>(train_samples);
    constexpr double rows_at_once = 1000;  // of the kernel between test and training images
    return static_cast<double>(sizeof(Scalar)) * n * (n + rows_at_once + static_cast<double>(pixels));
}

/// Throws `std::invalid_argument` when the kernel of so many training images is larger than this machine's memory.
template <class Scalar = float>
void check_ntk_fits(std::size_t train_samples, std::size_t pixels) {
    const double bytes = ntk_bytes<Scalar>(train_samples, pixels), memory = machine_memory();
    if (bytes <= memory) [[likely]]
        return;
    std::ostringstream must;
    must.precision(3);
    must << "be smaller: a kernel between all of them takes " << bytes / 1e9 << " GB and this machine has "
         << memory / 1e9 << " GB";
    require(false, "ntk", "train_samples", train_samples, must.str());
}

namespace detail {

inline InfiniteNtk infinite_ntk(const RunKey& run, const Dataset& images) {
    return {.inputs = images.pixels(),
            .hidden_layers = run.depth,
            .width = run.width == 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(run.width)};
}

/// The mean over images and classes of (f - onehot)^2, scores f (N, K): what the regression minimises, on the scale of
/// `Loss::softmax_mse`; and the accuracy.
template <class Scalar>
TestScore score_of(const Tensor<Scalar, 2>& scores, const Dataset& data) {
    const auto classes = scores.shape()[1];
    double squares = 0;
    std::size_t correct = 0;
    for (std::size_t n = 0; n < data.size(); ++n) {
        const std::span<const Scalar> row(scores.data() + n * classes, classes);
        correct += predicted_class(row) == data.label(n);
        for (std::size_t k = 0; k < classes; ++k)
            squares += std::pow(static_cast<double>(row[k]) - (data.label(n) == k ? 1 : 0), 2);
    }
    const auto size = static_cast<double>(data.size());
    return {squares / (size * static_cast<double>(classes)), static_cast<double>(correct) / size};
}

/// Kernel ridge regression on the training images with the noise of epoch 0. Its losses are those of `score_of`,
/// whatever `ExperimentSettings::loss` says. A ridge too small for the precision is a run that diverged.
template <class Scalar, Corruption C>
RunResult fit_and_measure_ntk(const RunKey& run, const ExperimentSettings& settings, const Dataset& train_data,
                              const Dataset& test_data, const C& channel) {
    check_ntk_fits<Scalar>(train_data.size(), train_data.pixels());
    KernelRidge<Scalar> model(infinite_ntk(run, train_data), {.ridge = settings.baseline.ridge,
                                                              .seed = repeat_seed(settings.seed, run.repeat).value,
                                                              .noise = settings.noise});
    if (model.fit(train_data, channel) != KernelRidgeStatus::fitted) return {.status = TrainStatus::diverged};
    const auto residuals = model.residuals();
    RunResult result{.train_loss = as_matrix(residuals).template cast<double>().squaredNorm() /
                                   static_cast<double>(residuals.size())};
    measure_tests(result, settings, channel,
                  [&](const auto& through) { return score_of(model.predict(test_data, through), test_data); });
    return result;
}

}  // namespace detail

}  // namespace pstar
