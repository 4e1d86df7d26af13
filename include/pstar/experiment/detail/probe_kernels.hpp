#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/spectrum/alignment.hpp>
#include <pstar/spectrum/spectrum.hpp>

/// The tangent kernels of a run's network.
namespace pstar::detail {

/// The kernel's spectrum and alignment; nothing where an element is not finite.
inline std::optional<ProbedKernel> examined(const Tensor<double, 2>& kernel, const Dataset& images) {
    if (!as_matrix(kernel).allFinite()) return std::nullopt;
    return ProbedKernel{spectrum(kernel), label_alignment(kernel, images.all_labels(), {.centred = true})};
}

/// Fills in the kernels that the settings ask for, on `random_subset(test_data, subset, seed)`; image i of them draws
/// its noise from (seed, test_noise, 0, i). A kernel that is not finite is a run that diverged.
template <Network Net, Corruption C>
void probe_kernels(RunResult& result, const ExperimentSettings& settings, const Net& net, const Dataset& test_data,
                   const C& channel, Seed seed) {
    if (!settings.kernel_probe) return;
    const auto& probe = *settings.kernel_probe;
    probe.validate();
    require(probe.subset <= test_data.size(), "KernelProbe", "subset", probe.subset,
            "be at most the number of test images, " + std::to_string(test_data.size()));
    const auto images = random_subset(test_data, probe.subset, seed);
    const NtkOptions options{.seed = seed.value, .noise = settings.noise};
    const auto find = [&](const auto& through) {
        auto found = examined(empirical_ntk(net, images, probe.output, through, options), images);
        if (!found) result.status = TrainStatus::diverged;
        return found;
    };
    if (probe.clean) result.kernel = find(Identity{});
    if (probe.corrupted) result.kernel_corrupted = find(channel);
}

/// What the probe will add to a run, from the kernel of some of the images: products grow with the square of their
/// number, eigenvalues with the cube.
template <Network Net, Corruption C>
RunCost probe_cost(const KernelProbe& probe, const Net& net, const Dataset& test_data, const C& channel) {
    const auto part = take(test_data, std::min<std::size_t>({probe.subset, 32, test_data.size()}));
    Tensor<double, 2> kernel;
    const double products = seconds_taken([&] { kernel = empirical_ntk(net, part, probe.output, channel); });
    const double eigenvalues = seconds_taken([&] { examined(kernel, part); });
    const double times = static_cast<double>(probe.subset) / static_cast<double>(part.size());
    const double kinds = (probe.clean ? 1 : 0) + (probe.corrupted ? 1 : 0);
    const double rows = static_cast<double>(probe.rows(net.outputs()));
    constexpr double copies = 4;  // the kernel, LAPACK's, the centred one and that of the labels
    return {.seconds = kinds * (products * std::pow(times, 2) + eigenvalues * std::pow(times, 3)),
            .bytes = copies * sizeof(double) * rows * rows};
}

}  // namespace pstar::detail
