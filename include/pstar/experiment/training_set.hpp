#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/label_noise.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/sweep/repeats.hpp>

/// What a run learns from: which images, which of them stay clean, with which labels.
namespace pstar {

/// The number of the training set that a repeat learns from: floor(repeat / seeds_per_subset) where they are drawn
/// anew, else 0.
inline std::size_t training_subset_of(const ExperimentSettings& settings, std::size_t repeat) {
    if (settings.training_subset == TrainingSubset::fixed) return 0;
    require(settings.seeds_per_subset >= 1, "ExperimentSettings", "seeds_per_subset", settings.seeds_per_subset,
            "be at least 1");
    return repeat / settings.seeds_per_subset;
}

namespace detail {

inline std::vector<std::size_t> shuffled(std::size_t size, const RandomStream& stream) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    RandomSequence(stream).shuffle(std::span(order));
    return order;
}

/// The first `n` of each class among `order`, in that order. Throws `std::invalid_argument` where a class has fewer.
inline std::vector<std::size_t> first_of_each_class(const Dataset& data, std::span<const std::size_t> order,
                                                    std::size_t n, const char* name) {
    std::vector<std::size_t> count(data.classes), chosen;
    for (const auto i : order)
        if (count[data.label(i)]++ < n) chosen.push_back(i);
    const auto fewest = std::ranges::min_element(count);
    require(*fewest >= n, "run", name, n,
            "be at most the number of images of a class: class " + std::to_string(fewest - count.begin()) + " has " +
                std::to_string(*fewest));
    return chosen;
}

}  // namespace detail

/// The numbers of the images in `all` that the run learns from, in the order of its training set: the first
/// `run.train_samples`, or the first `run.samples_per_class` of each class, of
/// - the images as they come, where the subset is fixed: the same for all repeats;
/// - a random order of them, where it is fresh: a subset without replacement, all with equal probability (of a class,
///   with samples_per_class). The order is a function of the master seed and `training_subset_of` alone; sets are
///   nested as they grow, and all models of one repeat have the same.
/// Throws `std::invalid_argument` for more images than there are, and where `train_samples` is not that of so many of
/// each class.
inline std::vector<std::size_t> training_images(const Dataset& all, const RunKey& run,
                                                const ExperimentSettings& settings) {
    require(run.train_samples >= 1 && run.train_samples <= all.size(), "run", "train_samples", run.train_samples,
            "lie between 1 and the number of training images, " + std::to_string(all.size()));
    std::vector<std::size_t> order(all.size());
    if (settings.training_subset == TrainingSubset::fixed) {
        std::iota(order.begin(), order.end(), std::size_t{0});
    } else {
        const Seed seed = repeat_seed(settings.seed, training_subset_of(settings, run.repeat));
        order = detail::shuffled(all.size(), {seed, Stream::training_subset});
    }
    if (run.samples_per_class > 0) {
        require(run.train_samples == run.samples_per_class * all.classes, "run", "train_samples", run.train_samples,
                "be samples_per_class times the number of classes");
        return detail::first_of_each_class(all, order, run.samples_per_class, "samples_per_class");
    }
    order.resize(run.train_samples);
    return order;
}

/// Which images of a training set stay clean: round(clean_fraction N) of its N images, or clean_per_class of each
/// class, the first ones of a random order that is a function of `seed`, the run's own. A larger share has the images
/// of a smaller one among its own. Throws `std::invalid_argument` for a share outside [0, 1], for a share and a number
/// at once, and where a class has fewer.
inline std::vector<bool> clean_images(const Dataset& train, const RunKey& run, Seed seed) {
    require(run.clean_fraction >= 0 && run.clean_fraction <= 1, "run", "clean_fraction", run.clean_fraction,
            "lie in [0, 1]");
    require(run.clean_fraction == 0 || run.clean_per_class == 0, "run", "clean_fraction", run.clean_fraction,
            "be 0 where clean_per_class is set");
    std::vector<bool> clean(train.size(), false);
    if (run.clean_fraction == 0 && run.clean_per_class == 0) return clean;
    auto order = detail::shuffled(train.size(), {seed, Stream::clean_images});
    if (run.clean_per_class > 0)
        order = detail::first_of_each_class(train, order, run.clean_per_class, "clean_per_class");
    else
        order.resize(static_cast<std::size_t>(std::llround(run.clean_fraction * static_cast<double>(train.size()))));
    for (const auto i : order) clean[i] = true;
    return clean;
}

/// What a run learns from.
struct TrainingSet {
    Dataset images;           ///< with the labels that it is told
    std::vector<bool> clean;  ///< which of them it sees clean; empty: none
};

/// Whether the training set is the first images as they are.
inline bool learns_from_first(const RunKey& run, const ExperimentSettings& settings) {
    return settings.training_subset == TrainingSubset::fixed && run.samples_per_class == 0 && run.clean_fraction == 0 &&
           run.clean_per_class == 0 && !run.clean_only && run.label_noise == 0;
}
/// Whether it is all of them.
inline bool learns_from_all(const Dataset& all, const RunKey& run, const ExperimentSettings& settings) {
    return learns_from_first(run, settings) && run.train_samples == all.size();
}

/// The images `training_images` with the run's label noise (`add_label_noise`), which does not ask whether an image
/// stays clean; `seed` is the run's own. With `run.clean_only` those alone that stay clean, with the same labels.
/// Throws as those functions do, and with `clean_only` where no image stays clean.
inline TrainingSet training_set(const Dataset& all, const RunKey& run, const ExperimentSettings& settings, Seed seed) {
    TrainingSet set{.images = subset(all, training_images(all, run, settings)), .clean = {}};
    const bool has_clean = run.clean_fraction > 0 || run.clean_per_class > 0;
    if (has_clean || run.clean_only) set.clean = clean_images(set.images, run, seed);
    add_label_noise(set.images, run.label_noise, seed);
    if (!run.clean_only) return set;
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < set.clean.size(); ++i)
        if (set.clean[i]) kept.push_back(i);
    require(!kept.empty(), "run", "clean_fraction", run.clean_fraction,
            "leave an image clean to learn from alone, of " + std::to_string(set.clean.size()));
    set.images = subset(set.images, kept);
    set.clean.assign(kept.size(), true);
    return set;
}

}  // namespace pstar
