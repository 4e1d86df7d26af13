#include <numeric>
#include <vector>

#include <benchmark/benchmark.h>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/replacement.hpp>

namespace {

constexpr std::size_t pixels = 784;

/// One image after the other, from bytes to floats.
template <pstar::Corruption C>
void corrupt_image(benchmark::State& state, const C& channel) {
    std::vector<std::uint8_t> image(pixels);
    std::iota(image.begin(), image.end(), std::uint8_t{0});
    std::vector<float> out(pixels);
    std::uint32_t sample = 0;
    for (auto _ : state) {
        pstar::corrupt(channel, std::span<const std::uint8_t>(image), std::span(out),
                       {pstar::Seed{1}, pstar::Stream::train_noise, 0, sample++});
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    state.counters["pixels"] = benchmark::Counter(pixels, benchmark::Counter::kIsIterationInvariantRate);
}

void random_words(benchmark::State& state) {
    std::vector<std::uint32_t> words(pixels);
    pstar::RandomStream noise{pstar::Seed{1}};
    for (auto _ : state) {
        ++noise.sample;
        noise.fill(words);
        benchmark::DoNotOptimize(words.data());
        benchmark::ClobberMemory();
    }
    state.counters["words"] = benchmark::Counter(pixels, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(random_words);
BENCHMARK_CAPTURE(corrupt_image, identity, pstar::Identity{});
BENCHMARK_CAPTURE(corrupt_image, replacement, pstar::Replacement{0.5});
BENCHMARK_CAPTURE(corrupt_image, binary_replacement, pstar::BinaryReplacement{0.5});
BENCHMARK_CAPTURE(corrupt_image, additive, pstar::Additive{0.5});
BENCHMARK_CAPTURE(corrupt_image, replacement_then_additive,
                  pstar::Compose{pstar::Replacement{0.5}, pstar::Additive{0.5}});
