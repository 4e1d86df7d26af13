#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_ntk.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/ntk/kernel_ridge.hpp>

/// What a run of kernel ridge regression will cost.
namespace pstar::detail {

/// From the kernels of more and more training images, twice as many each time, until one takes a third of `seconds`:
/// elements of kernels, N^2 and N for each test image, and the factorisation, N^3. The ridge is 1: no failure.
template <class Scalar, Corruption C>
RunCost ntk_cost(const RunKey& run, const ExperimentSettings& settings, const TrainTest& data, const C& channel,
                 double seconds) {
    const auto real = [](std::size_t n) { return static_cast<double>(n); };
    const auto all = run.train_samples;
    const auto kernel_of = infinite_ntk(run, data.train);
    double of_element = 0, of_cube = 0, taken = 0;
    for (auto samples = std::min<std::size_t>(250, all);; samples = std::min(2 * samples, all)) {
        std::vector<std::uint32_t> indices(samples);
        std::iota(indices.begin(), indices.end(), 0U);
        Batch<Scalar> batch;
        batch.fill(data.train, indices, channel, {Seed{0}});
        Tensor<Scalar, 2> kernel, targets = Tensor<Scalar, 2>::from_shape({samples, data.train.classes});
        as_matrix(targets).setOnes();
        const double filling = seconds_taken([&] { kernel = kernel_of.ntk(batch.images(), batch.images()); });
        const double solving = seconds_taken([&] { solve_ridge(kernel, targets, 1); });
        of_element = filling / std::pow(real(samples), 2);
        of_cube = solving / std::pow(real(samples), 3);
        taken = filling + solving;
        if (samples == all || 3 * taken > seconds) break;
    }
    const double tests = (settings.test_clean ? 1 : 0) + (settings.test_corrupted ? 1 : 0);
    const double own_images = all == data.train.size() ? 0 : real(all) * real(data.train.pixels());
    return {.seconds = of_element * real(all) * (real(all) + tests * real(data.test.size())) +
                       of_cube * std::pow(real(all), 3),
            .bytes = ntk_bytes<Scalar>(all, data.train.pixels()) + own_images};
}

}  // namespace pstar::detail
