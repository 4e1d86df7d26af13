#include <vector>

#include <benchmark/benchmark.h>

#include <pstar/autodiff/activation.hpp>
#include <pstar/nn/optimizer_state.hpp>

namespace {

/// Forward and backward over a batch of 128 x 256 units.
void activation(benchmark::State& state, pstar::Activation phi) {
    constexpr std::size_t rows = 128, columns = 256;
    std::vector<float> x(rows * columns), y(x.size()), dy(x.size(), 1), dx(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 41) / 10 - 2;
    const pstar::Shape shape{rows, columns};
    const pstar::primitive::Activate<float> primitive{phi};
    pstar::Call<float, 1> call{};
    call.x[0] = {x.data(), shape};
    call.y = {y.data(), shape};
    for (auto _ : state) {
        primitive.forward(call);
        primitive.vjp(call, {dy.data(), shape}, {{{{dx.data(), shape}, false}}});
        benchmark::DoNotOptimize(dx.data());
        benchmark::ClobberMemory();
    }
    state.counters["units"] = benchmark::Counter(rows * columns, benchmark::Counter::kIsIterationInvariantRate);
}

/// One update of as many parameters as state.range(0).
void optimiser(benchmark::State& state, const pstar::Optimizer& rule) {
    const auto size = static_cast<std::size_t>(state.range(0));
    std::vector<float> values(size, 1), gradients(size, 1e-3F);
    pstar::OptimizerState<float> optimizer(rule, size);
    for (auto _ : state) {
        optimizer.step(values, gradients);
        benchmark::DoNotOptimize(values.data());
        benchmark::ClobberMemory();
    }
    state.counters["parameters"] =
        benchmark::Counter(static_cast<double>(size), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK_CAPTURE(activation, relu, pstar::Activation::relu);
BENCHMARK_CAPTURE(activation, tanh, pstar::Activation::tanh);
BENCHMARK_CAPTURE(activation, sigmoid, pstar::Activation::sigmoid);
BENCHMARK_CAPTURE(activation, leaky_relu, pstar::Activation::leaky_relu);
BENCHMARK_CAPTURE(activation, gelu, pstar::Activation::gelu);
BENCHMARK_CAPTURE(optimiser, sgd, pstar::Sgd{.momentum = 0.9})->Arg(1 << 14)->Arg(1 << 18)->Arg(1 << 21);
BENCHMARK_CAPTURE(optimiser, adam, pstar::Adam{})->Arg(1 << 14)->Arg(1 << 18)->Arg(1 << 21);
