#include "common/run/study_data.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include <pstar/data/load_data.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/data/training_source.hpp>

#include "common/cli/program.hpp"

namespace study {
namespace {

/// The training images of a source: held, or as a stream where there are many.
template <class Source>
void learn_from(const Source& source, bool may_stream, StudyData& result) {
    const bool stream = may_stream && source.size() > most_held;
    result.data.train = pstar::hold(source, stream ? 1'000 : source.size());
    if (stream) result.stream = source;
}

/// The first digits of one stream: a larger set begins with a smaller one.
StudyData synthetic(Flags& flags, bool may_stream) {
    if (flags.train.empty()) flags.train = {20'000};
    flags.test = flags.test.value_or(5'000);
    StudyData result;
    result.data = pstar::synthetic_digits({.train = 0, .test = *flags.test});
    learn_from(pstar::SyntheticSource{.count = std::ranges::max(flags.train)}, may_stream, result);
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
    StudyData result;
    auto& data = result.data;
    if (flags.data == "synthetic") {
        result = synthetic(flags, may_stream);
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
        if (!result.stream.empty()) result.stream = pstar::Binarised<pstar::ImageStream>{result.stream};
    }
    return result;
}

}  // namespace study
