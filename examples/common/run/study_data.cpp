#include "common/run/study_data.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <pstar/data/deformed.hpp>
#include <pstar/data/load_data.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/data/training_source.hpp>

#include "common/cli/program.hpp"

namespace study {
namespace {

/// Whether training sets are chosen from more images than they have.
bool has_pool(const Flags& flags) {
    return flags.variations && flags.variations->has_pool();
}

/// Whether the sizes of training sets are given as images of each class.
bool has_sizes(const Flags& flags) {
    return flags.variations && !flags.variations->samples_per_class.empty();
}

/// How many training images are loaded: those of the largest set, or where sets are chosen from a pool, those of
/// `--n-pool`, which is `usual` unless given.
std::size_t images_to_load(Flags& flags, std::size_t usual) {
    if (!has_pool(flags)) return std::ranges::max(flags.train);
    auto& pool = flags.variations->pool;
    pool = pool.value_or(usual);
    return *pool;
}

void check_pool(const Flags& flags, std::size_t images) {
    const auto largest = largest_training_set(flags);
    if (largest > images)
        throw UsageError(
            fmt::format("--n-pool: {} training images are asked for, of {}; ask for fewer", largest, images));
    if (flags.variations->is_fresh() && largest == images)
        throw UsageError(
            fmt::format("--subset fresh: all {} images of the pool are asked for, which are the same for every seed; "
                        "ask for fewer, or give a larger --n-pool",
                        images));
}

/// Whether training images are chosen, or some of them changed: they are held then.
bool changes_training_sets(const Flags& flags) {
    if (!flags.variations) return false;
    const auto& variations = *flags.variations;
    const auto some = [](const std::vector<double>& shares) {
        return std::ranges::any_of(shares, [](double share) { return share > 0; });
    };
    return variations.has_pool() || variations.clean_only || !variations.clean_per_class.empty() ||
           some(variations.clean_fraction) || some(variations.label_noise);
}

/// The training images of a source: held, or as a stream.
template <class Source>
void learn_from(const Source& source, bool stream, StudyData& result) {
    result.data.train = pstar::hold(source, stream ? std::min<std::size_t>(1'000, source.size()) : source.size());
    if (stream) result.stream = source;
}

/// The same with the data's training images, deformed where the flags say so: the first ones are as they are. However
/// few they are, a stream where that can be: it says in the journal how they are deformed.
void learn_from_deformed(Flags& flags, bool may_stream, StudyData& result) {
    if (result.data.train.has_floats()) throw UsageError("--deform: is for images of bytes, these are floats");
    auto options = pstar::DeformOptions{.first_undeformed = true}.times(flags.deform);
    options.count = images_to_load(flags, result.data.train.size());
    auto images = std::exchange(result.data.train, {});
    learn_from(pstar::Deformed<pstar::Dataset>(std::move(images), options), may_stream, result);
}

/// The first digits of one stream: a larger set begins with a smaller one.
StudyData synthetic(Flags& flags, bool may_stream) {
    constexpr std::size_t usual = 20'000;
    if (flags.train.empty() && !has_sizes(flags)) flags.train = {usual};
    flags.test = flags.test.value_or(5'000);
    StudyData result;
    result.data = pstar::synthetic_digits({.train = 0, .test = *flags.test});
    if (flags.deform > 0) {
        if (flags.deform_images == 0) flags.deform_images = usual;
        result.data.train = pstar::hold(pstar::SyntheticSource{.count = flags.deform_images});
    } else {
        const auto most = images_to_load(flags, 60'000);
        learn_from(pstar::SyntheticSource{.count = most}, may_stream && most > most_held, result);
    }
    return result;
}

pstar::Dataset part(pstar::Dataset all, std::size_t n, const std::string& flag) {
    if (n > all.size())
        throw UsageError("--" + flag + " " + std::to_string(n) + ": the folder has only " + std::to_string(all.size()) +
                         " such images; ask for fewer");
    return pstar::random_subset(all, n, pstar::Seed{0});  // a larger one begins with a smaller one
}

}  // namespace

StudyData load_data(Flags& flags, bool may_stream) {
    may_stream = may_stream && !changes_training_sets(flags);
    StudyData result;
    auto& data = result.data;
    if (flags.data == "synthetic") {
        result = synthetic(flags, may_stream);
    } else {
        flags.data = std::filesystem::absolute(flags.data).lexically_normal().string();
        data = pstar::load_data(flags.data, flags.files);
        if (flags.train.empty() && !has_sizes(flags)) flags.train = {data.train.size()};
        flags.test = flags.test.value_or(data.test.size());
        if (flags.deform == 0) {
            data.train = part(std::move(data.train), images_to_load(flags, data.train.size()), "n-train-samples");
        } else {
            if (flags.deform_images == 0) flags.deform_images = data.train.size();
            data.train = part(std::move(data.train), flags.deform_images, "deform-images");
        }
        data.test = part(std::move(data.test), *flags.test, "n-test-samples");
    }
    if (flags.deform > 0) learn_from_deformed(flags, may_stream, result);
    if (flags.variations) {
        flags.variations->classes = data.train.classes;
        if (result.stream.empty()) check_pool(flags, data.train.size());
    }
    if (flags.channel == "binary_replacement") {
        data.train = pstar::binarise(std::move(data.train));
        data.test = pstar::binarise(std::move(data.test));
        if (!result.stream.empty()) result.stream = pstar::Binarised<pstar::ImageStream>{result.stream};
    }
    return result;
}

}  // namespace study
