/// Fixed small inputs for the five hot kernels; `kernels NAME` does one of them once after warming up, inside
/// `counted`, whose instructions check.sh has Callgrind count.

#include <cstdio>
#include <functional>
#include <numeric>
#include <string_view>
#include <vector>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/rbm/contrastive_divergence.hpp>

namespace {

constexpr pstar::Seed seed{1};

/// Images of bytes that are the same everywhere; what they show does not matter here.
pstar::Dataset images(std::size_t count) {
    pstar::Dataset data{.images = pstar::Tensor<std::uint8_t, 4>::from_shape({count, 1, 28, 28}),
                        .labels = pstar::Tensor<pstar::Label, 1>::from_shape({count})};
    for (std::size_t i = 0; i < data.images.size(); ++i)
        data.images.data()[i] = static_cast<std::uint8_t>(i * 2654435761U >> 24U);
    for (std::size_t i = 0; i < count; ++i) data.labels.data()[i] = static_cast<pstar::Label>(i % data.classes);
    return data;
}

template <pstar::Corruption C>
void fill(pstar::Batch<float>& batch, const pstar::Dataset& data, const C& channel) {
    std::vector<std::uint32_t> all(data.size());
    std::iota(all.begin(), all.end(), 0U);
    batch.fill(data, all, channel, {.seed = seed});
}

void twice(const std::function<void()>& work);

void corruption() {
    const auto data = images(128);
    pstar::Batch<float> batch;
    twice([&] {
        fill(batch, data, pstar::Replacement{0.5});
        fill(batch, data, pstar::Additive{0.5});
    });
}

template <pstar::Network Net>
void step(Net net, std::size_t count) {
    const auto data = images(count);
    pstar::Batch<float> batch;
    fill(batch, data, pstar::Replacement{0.5});
    pstar::Trainer<Net> trainer(net, pstar::Sgd{.lr = 0.01, .momentum = 0.9});
    twice([&] { trainer.step(batch.images(), batch.labels()); });
}

void mlp_step() {
    step(pstar::mlp<float>({784, 64, 64, 10}, pstar::Activation::relu, seed), 128);
}

void conv_step() {
    step(pstar::cnn<float>({.channels = 8}, pstar::Activation::relu, seed), 32);
}

void rbm_step() {
    constexpr std::size_t count = 64, hidden = 64;
    const auto data = images(count);
    pstar::Rbm<float> rbm(data.pixels(), hidden, seed);
    pstar::ContrastiveDivergence<float> learner(rbm, {.learning_rate = 0.05}, count);
    std::vector<std::uint32_t> samples(count);
    std::iota(samples.begin(), samples.end(), 0U);
    twice([&] {
        auto rows = learner.batch(count);
        for (Eigen::Index i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<float>(data.images.data()[i]) / 255;
        pstar::GibbsDraws draws(seed, 0, samples);
        learner.step(draws, draws);
    });
}

void ntk() {
    const auto data = images(16);
    const auto net = pstar::mlp<float>({784, 64, 64, 10}, pstar::Activation::relu, seed);
    twice([&] {
        pstar::empirical_ntk(net, data, pstar::NtkOutput::full, pstar::Identity{},
                             {.products = pstar::NtkProducts::as_network});
    });
}

}  // namespace

/// Callgrind collects while this runs, by its name.
extern "C" [[gnu::noinline]] void counted(const std::function<void()>* work) {
    (*work)();
    asm volatile("" ::: "memory");  // so that the call above is not the last thing here: no jump into `work` instead
}

namespace {

/// Once to warm up, once to be counted.
void twice(const std::function<void()>& work) {
    work();
    counted(&work);
}

}  // namespace

int main(int count, char** words) {
    const std::string_view name = count == 2 ? words[1] : "";
    if (name == "corruption")
        corruption();
    else if (name == "mlp_step")
        mlp_step();
    else if (name == "conv_step")
        conv_step();
    else if (name == "rbm_step")
        rbm_step();
    else if (name == "ntk")
        ntk();
    else
        return std::puts("usage: kernels corruption|mlp_step|conv_step|rbm_step|ntk"), 2;
}
