#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/ntk/infinite_ntk.hpp>
#include <pstar/ntk/kernel_ridge.hpp>

/// The runs of kernel ridge regression with the kernels of an infinitely wide network.
namespace pstar {

/// Bytes of memory that this host has.
inline double host_memory() {
    return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Bytes of the kernel of a run with so many training images, and all that grows with it.
template <class Scalar = float>
double ntk_bytes(std::size_t train_samples, std::size_t pixels) {
    const auto n = static_cast<double>(train_samples);
    constexpr double rows_at_once = 1000;  // of the kernel between test and training images
    return static_cast<double>(sizeof(Scalar)) * n * (n + rows_at_once + static_cast<double>(pixels));
}

/// Throws `std::invalid_argument`, which names the model kind, when the kernel of so many training images is larger
/// than this host's memory.
template <class Scalar = float>
void check_ntk_fits(std::size_t train_samples, std::size_t pixels, const char* model = "ntk") {
    const double bytes = ntk_bytes<Scalar>(train_samples, pixels), memory = host_memory();
    if (bytes <= memory) [[likely]]
        return;
    std::ostringstream must;
    must.precision(3);
    must << "be smaller: a kernel between all of them takes " << bytes / 1e9 << " GB and this host has " << memory / 1e9
         << " GB";
    require(false, model, "train_samples", train_samples, must.str());
}

namespace detail {

inline InfiniteNtk infinite_ntk(const RunContext& context) {
    const auto& run = context.run;
    return {.inputs = context.train.pixels(),
            .hidden_layers = run.depth,
            .width = run.width == 0 ? std::numeric_limits<double>::infinity() : real(run.width),
            .activation = run.activation};
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

}  // namespace detail

/// Models `ntk` and `nngp`: kernel ridge regression on the training images with the noise of epoch 0, with the tangent
/// kernel, or the NNGP kernel, of wide networks: `depth` hidden layers of `width` units, 0 for infinite, with the run's
/// activation. Their weights and biases have the variances of `mlp`, 1/(3 fan_in) both, in standard parameterisation:
/// the defaults of `InfiniteNtk`. Other variances are a few lines of your own: a `KernelRidge` in a registered model.
/// The losses are mean squared errors, whatever `ExperimentSettings::loss` says. A ridge too small for the precision is
/// a run that diverged. Throws `std::invalid_argument` when the kernel does not fit into memory.
template <class Scalar>
class NtkModel {
public:
    explicit NtkModel(WideKernel kernel = WideKernel::ntk) : kernel_(kernel) {}

    FitReport fit(const RunContext& context) {
        check_ntk_fits<Scalar>(context.train.size(), context.train.pixels(),
                               kernel_ == WideKernel::ntk ? "ntk" : "nngp");
        model_.emplace(detail::infinite_ntk(context), KernelRidgeOptions{.ridge = context.settings.baseline.ridge,
                                                                         .seed = context.seed.value,
                                                                         .noise = context.settings.noise,
                                                                         .kernel = kernel_});
        if (model_->fit(context.train, context.corruption) != KernelRidgeStatus::fitted)
            return {.status = TrainStatus::diverged};
        const auto residuals = model_->residuals();
        return {.train_loss =
                    as_matrix(residuals).template cast<double>().squaredNorm() / static_cast<double>(residuals.size())};
    }
    TestScore evaluate(const RunContext& context, const AnyCorruption& through) const {
        return detail::score_of(model_->predict(context.test, through), context.test);
    }

    /// A weight for each training image and class, and the classes' means.
    std::size_t parameter_count(const RunContext& context) const {
        return (context.run.train_samples + 1) * context.train.classes;
    }
    /// N^2 elements of the kernel, N^3/6 for its factor, and N elements for a test image.
    double expected_cost(const RunContext& context) const {
        using detail::real;
        constexpr double element =
            60;  // an arc cosine and two square roots, in multiply-adds, per hidden layer; others alike
        const double images = real(context.run.train_samples);
        const double row = images * (real(context.train.pixels()) + element * real(context.run.depth));
        const double tests = detail::tests_measured(context.settings) * real(context.test.size());
        return (images + tests) * row + images * images * images / 6;
    }
    /// From the kernels of more and more training images, twice as many each time, until one takes a third of
    /// `seconds`: elements of kernels, and the factorisation. The ridge is 1: no failure.
    RunCost measure_cost(const RunContext& context, double seconds) const {
        using detail::real, detail::seconds_taken;
        const auto all = context.train.size();
        const auto kernel_of = detail::infinite_ntk(context);
        double of_element = 0, of_cube = 0;
        for (auto samples = std::min<std::size_t>(250, all);; samples = std::min(2 * samples, all)) {
            Batch<Scalar> batch;
            std::vector<std::uint32_t> indices(samples);
            std::iota(indices.begin(), indices.end(), 0U);
            batch.fill(context.train, indices, context.corruption, {context.seed});
            Tensor<Scalar, 2> kernel;
            auto targets = Tensor<Scalar, 2>::from_shape({samples, context.train.classes});
            as_matrix(targets).setOnes();
            const double filling =
                seconds_taken([&] { kernel = kernel_of.kernel(batch.images(), batch.images(), kernel_); });
            const double solving = seconds_taken([&] { solve_ridge(kernel, targets, 1); });
            of_element = filling / std::pow(real(samples), 2);
            of_cube = solving / std::pow(real(samples), 3);
            if (samples == all || 3 * (filling + solving) > seconds) break;
        }
        const double tests = detail::tests_measured(context.settings) * real(context.test.size());
        return {.seconds = of_element * real(all) * (real(all) + tests) + of_cube * std::pow(real(all), 3),
                .bytes = ntk_bytes<Scalar>(all, context.train.pixels())};
    }

private:
    WideKernel kernel_;
    std::optional<KernelRidge<Scalar>> model_;
};

static_assert(FittableModel<NtkModel<float>>);

}  // namespace pstar
