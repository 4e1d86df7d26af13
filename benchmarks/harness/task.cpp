#include "harness/task.hpp"

#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include <pstar/data/mnist.hpp>
#include <pstar/data/synthetic.hpp>

#include "harness/profile.hpp"

namespace bench {

namespace {

void write_bytes(const std::filesystem::path& path, const std::uint8_t* bytes, std::size_t count) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

Images load_images(const Setting& setting) {
    if (setting.mnist) return {pstar::load_mnist(*setting.mnist).train, "MNIST"};
    return {pstar::synthetic_digits({.train = 60'000, .test = 0}).train, "synthetic digits"};
}

nlohmann::json share_images(const Setting& setting, const pstar::Dataset& data) {
    const auto images = setting.scratch / "images.u8", labels = setting.scratch / "labels.u8";
    write_bytes(images, data.images.data(), data.images.size());
    const std::vector<std::uint8_t> classes(data.labels.begin(), data.labels.end());  // ten of them
    write_bytes(labels, classes.data(), classes.size());
    return {
        {"images", images.string()}, {"labels", labels.string()}, {"count", data.size()}, {"pixels", data.pixels()}};
}

void add_case(Result& result, const Setting& setting, const Case& task, double block_seconds) {
    if (setting.only_check) return;
    std::cerr << "  " << task.name << std::endl;
    auto asked = task;
    if (setting.cores > 1)
        for (auto& contender : asked.contenders) contender.target.reset();
    auto& measured = result["cases"].emplace_back(measure(asked, setting.effort(block_seconds)));
    if (setting.brief()) return;
    const auto profile = profile_of([&] { task.contenders.front().seconds(1); }, setting.scratch);
    if (!profile.empty()) measured["profile"] = profile;
}

void require_agreement(const std::string& what, double value, double expected, double bound) {
    if (std::abs(value - expected) <= bound) return;
    std::ostringstream text;
    text << "the contenders disagree: " << what << " is " << value << ", expected " << expected << " +- " << bound;
    throw std::runtime_error(text.str());
}

}  // namespace bench
