#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/experiment/model.hpp>
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

/// Fills in the kernels that the settings ask for, on `random_subset(test, subset, seed)`; image i of them draws its
/// noise from (seed, test_noise, 0, i). A kernel that is not finite is a run that diverged.
template <Network Net>
void probe_kernels(RunResult& result, const RunContext& context, const Net& net) {
    if (!context.settings.kernel_probe) return;
    const auto& probe = *context.settings.kernel_probe;
    probe.validate();
    require(probe.subset <= context.test.size(), "KernelProbe", "subset", probe.subset,
            "be at most the number of test images, " + std::to_string(context.test.size()));
    const auto images = random_subset(context.test, probe.subset, context.seed);
    const NtkOptions options{.seed = context.seed.value, .noise = context.settings.noise};
    const auto find = [&](const AnyCorruption& through) {
        auto found = examined(empirical_ntk(net, images, probe.output, through, options), images);
        if (!found) result.status = TrainStatus::diverged;
        return found;
    };
    if (probe.clean) result.kernel = find(Identity{});
    if (probe.corrupted) result.kernel_corrupted = find(context.corruption);
}

/// What the probe will add to a run, from the kernel of some of the images: products grow with the square of their
/// number, eigenvalues with the cube.
template <Network Net>
RunCost probe_cost(const KernelProbe& probe, const Net& net, const Dataset& test, const AnyCorruption& corruption) {
    const auto part = take(test, std::min<std::size_t>({probe.subset, 32, test.size()}));
    Tensor<double, 2> kernel;
    const double products = seconds_taken([&] { kernel = empirical_ntk(net, part, probe.output, corruption); });
    const double eigenvalues = seconds_taken([&] { examined(kernel, part); });
    const double times = real(probe.subset) / real(part.size());
    const double kinds = (probe.clean ? 1 : 0) + (probe.corrupted ? 1 : 0);
    const double rows = real(probe.rows(net.outputs()));
    constexpr double copies = 4;  // the kernel, LAPACK's, the centred one and that of the labels
    return {.seconds = kinds * (products * std::pow(times, 2) + eigenvalues * std::pow(times, 3)),
            .bytes = copies * sizeof(double) * rows * rows};
}

}  // namespace pstar::detail
