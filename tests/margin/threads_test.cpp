#include <pstar/core/threads.hpp>

#include <cstddef>
#include <vector>

#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/mlp.hpp>

#include "catch.hpp"

namespace margin_threads_test {

using namespace pstar;

namespace {

std::vector<double> numbers(const MarginReport& report) {
    std::vector<double> all;
    for (const auto& image : report.images)
        all.insert(all.end(), {image.margin, static_cast<double>(image.label), static_cast<double>(image.runner_up),
                               image.mean_change, image.sd_change, image.flip_probability});
    return all;
}
std::vector<double> numbers(const RunnerUpReport& report) {
    auto all = numbers(report.nearest);
    for (const auto& image : report.images)
        all.insert(all.end(), {image.flip_probability, static_cast<double>(image.likeliest)});
    return all;
}
std::vector<double> numbers(const FlipFrequencies& measured) {
    std::vector<double> all;
    for (const auto& image : measured.images)
        all.insert(all.end(), {static_cast<double>(image.failures), image.mean_change, image.sd_change});
    return all;
}

template <class Compute>
void check_threads(const Compute& compute) {
    const auto one = numbers(compute(std::size_t{1}));
    CHECK(one.size() > 700);
    for (const std::size_t threads : {2, 3, 4}) CHECK(numbers(compute(threads)) == one);
}

}  // namespace

TEST_CASE("threads change no bit of margins, runner-ups and flips") {
    const auto data = synthetic_digits({.train = 10, .test = 900, .seed = 1}).test;  // several batches a thread
    const auto net = mlp<float>({784, 40, 10}, Activation::relu, Seed{3});
    const Replacement channel{.p = 0.4};
    check_threads([&](std::size_t threads) { return margin_report(net, data, channel, {.threads = threads}); });
    check_threads([&](std::size_t threads) { return margin_report(net, data, Blur{1.5}, {.threads = threads}); });
    check_threads([&](std::size_t threads) { return runner_up_report(net, data, channel, {.threads = threads}); });
    check_threads(
        [&](std::size_t threads) { return flip_frequencies(net, data, channel, {.draws = 5, .threads = threads}); });
}

}  // namespace margin_threads_test
