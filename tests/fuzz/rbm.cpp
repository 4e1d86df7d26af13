// RBMs: any options are refused or end with finite parameters, or say that they diverged; by enumeration no image has a
// log-probability above 0.
#include <cmath>
#include <stdexcept>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/rbm.hpp>

#include "fuzz/fuzz.hpp"

FUZZ_TARGET(rbm) {
    fuzz::Cursor cursor(bytes);
    const auto n = 1 + cursor.below(6), height = 1 + cursor.below(3), width = 1 + cursor.below(3);
    pstar::Dataset data;
    data.images = pstar::Tensor<std::uint8_t, 4>::from_shape({n, 1, height, width});
    data.labels = pstar::Tensor<pstar::Label, 1>::from_shape({n});
    pstar::RbmOptions options{.n_components = cursor.below(6),
                              .rbm_n_iter = cursor.below(4),
                              .learning_rate = cursor.below(2) ? cursor.number() : cursor.share(),
                              .batch_size = cursor.below(8),
                              .cd_k = cursor.below(3),
                              .persistent = cursor.below(2) == 1,
                              .momentum = cursor.below(4) ? 0 : cursor.number(),
                              .weight_decay = cursor.below(4) ? 0 : cursor.number(),
                              .grey = cursor.below(2) ? pstar::GreyLevels::probabilities : pstar::GreyLevels::sampled};
    const pstar::Replacement channel{.p = cursor.share()};
    for (std::size_t i = 0; i < n; ++i) {
        data.labels(i) = static_cast<pstar::Label>(cursor.below(10));
        for (auto& pixel : data.image(i)) pixel = cursor.byte();
    }
    options.centred = cursor.below(2) == 1;
    options.chains = cursor.below(4);
    options.temperatures = 1 + cursor.below(3);
    options.annealing_chains = cursor.below(4);
    options.annealing_between = 3;
    if (cursor.below(2)) options.visible_units = pstar::VisibleUnits::truncated_exponential;
    try {
        const auto fit = pstar::fit_rbm<float>(data, channel, options);
        if (fit.status == pstar::RbmStatus::diverged) return;
        fuzz::must(fit.rbm.finite(), "an RBM that finished has finite parameters");
        for (const double error : fit.reconstruction_error)
            fuzz::must(error >= 0, "a reconstruction error is not negative");
        if (options.visible_units != pstar::VisibleUnits::binary) return;
        const double log_z = pstar::log_partition(fit.rbm);
        if (!std::isfinite(log_z)) return;
        const auto& rbm = fit.rbm;  // sums in float err by a share of the parameters' sizes
        const double size = static_cast<double>(rbm.weights.cwiseAbs().sum() + rbm.visible_bias.cwiseAbs().sum() +
                                                rbm.hidden_bias.cwiseAbs().sum());
        const auto rows =
            pstar::visible_rows<float>(pstar::ImageSource(data, channel, pstar::Seed{}), pstar::GreyLevels::threshold);
        const auto values = pstar::log_probabilities(fit.rbm, rows, log_z);
        for (const double value : values) fuzz::must(value <= 1e-5 * (1 + size), "a log-probability is not above 0");
    } catch (const std::invalid_argument&) {
    }
}
