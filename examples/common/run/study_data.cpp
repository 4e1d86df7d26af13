#include "common/run/study_data.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <pstar/data/load_data.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>

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

/// The first digits of one stream: a larger set begins with a smaller one.
pstar::TrainTest synthetic(Flags& flags) {
    if (flags.train.empty() && !has_sizes(flags)) flags.train = {20'000};
    flags.test = flags.test.value_or(5'000);
    return pstar::synthetic_digits({.train = images_to_load(flags, 60'000), .test = *flags.test});
}

pstar::Dataset part(pstar::Dataset all, std::size_t n, const std::string& flag) {
    if (n > all.size())
        throw UsageError("--" + flag + " " + std::to_string(n) + ": the folder has only " + std::to_string(all.size()) +
                         " such images; ask for fewer");
    return pstar::random_subset(all, n, pstar::Seed{0});  // a larger one begins with a smaller one
}

}  // namespace

pstar::TrainTest load_data(Flags& flags) {
    pstar::TrainTest data;
    if (flags.data == "synthetic") {
        data = synthetic(flags);
    } else {
        flags.data = std::filesystem::absolute(flags.data).lexically_normal().string();
        data = pstar::load_data(flags.data, flags.files);
        if (flags.train.empty() && !has_sizes(flags)) flags.train = {data.train.size()};
        flags.test = flags.test.value_or(data.test.size());
        data.train = part(std::move(data.train), images_to_load(flags, data.train.size()), "n-train-samples");
        data.test = part(std::move(data.test), *flags.test, "n-test-samples");
    }
    if (flags.variations) {
        flags.variations->classes = data.train.classes;
        check_pool(flags, data.train.size());
    }
    if (flags.channel == "binary_replacement") {
        data.train = pstar::binarise(std::move(data.train));
        data.test = pstar::binarise(std::move(data.test));
    }
    return data;
}

}  // namespace study
