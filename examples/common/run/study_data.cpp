#include "common/run/study_data.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include <pstar/data/load_data.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>

#include "common/cli/program.hpp"

namespace study {
namespace {

/// The first digits of one stream: a larger set begins with a smaller one.
pstar::TrainTest synthetic(Flags& flags) {
    if (flags.train.empty()) flags.train = {20'000};
    flags.test = flags.test.value_or(5'000);
    return pstar::synthetic_digits({.train = std::ranges::max(flags.train), .test = *flags.test});
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
        if (flags.train.empty()) flags.train = {data.train.size()};
        flags.test = flags.test.value_or(data.test.size());
        data.train = part(std::move(data.train), std::ranges::max(flags.train), "n-train-samples");
        data.test = part(std::move(data.test), *flags.test, "n-test-samples");
    }
    if (flags.channel == "binary_replacement") {
        data.train = pstar::binarise(std::move(data.train));
        data.test = pstar::binarise(std::move(data.test));
    }
    return data;
}

}  // namespace study
