#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>
#include <vector>

#include "catch.hpp"

#if !defined(__SANITIZE_ADDRESS__)  // which counts on its own

// Every allocation of this program is counted; the default forms of new[] and nothrow end up in these.
namespace {
std::atomic<std::size_t> allocations{0};
void* counted(std::size_t size, std::size_t alignment) {
    ++allocations;
    void* const p = alignment == 0 ? std::malloc(size == 0 ? 1 : size)
                                   : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (!p) throw std::bad_alloc();
    return p;
}
}  // namespace
void* operator new(std::size_t size) {
    return counted(size, 0);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}

using namespace pstar;

namespace {

/// Trains for an epoch, so that all memory is there, then for three more.
template <Network Net, class Rule, class LossType>
void check_steady_state(Net net, const Dataset& data, const Rule& optimizer, const LossType& which) {
    Trainer trainer(net, optimizer, which);
    Batch<float> batch;
    std::vector<std::uint32_t> order(256);
    const LearningRate rate{.decay = CosineDecay{}, .warmup_epochs = 1};
    const auto epoch = [&](std::uint32_t number) {
        epoch_order(Seed{1}, number, order);
        for (std::size_t first = 0; first < 256; first += 60) {  // the last batch is short
            const auto size = std::min<std::size_t>(60, 256 - first);
            batch.fill(data, std::span(order).subspan(first, size), Replacement{0.5},
                       {Seed{1}, Stream::train_noise, number});
            trainer.step(batch.images(), batch.labels(), {Seed{2}, number, std::span(order).subspan(first, size)},
                         rate.factor({trainer.steps(), 5, 4}));
        }
    };
    epoch(0);
    const auto before = allocations.load();
    REQUIRE(before > 0);  // the counter is in use
    for (std::uint32_t number = 1; number < 4; ++number) epoch(number);
    CHECK(allocations.load() == before);
}

/// A loss and an update rule of your own.
struct MarginLoss {
    Variable<float> operator()(Variable<float> z, std::span<const Label> labels) const {
        return mean(max_except(z, labels) - pick(z, labels));
    }
};
struct Descent {
    double lr = 0.01;
    static constexpr std::size_t moments = 0;
    void validate() const {}
    void update(const UpdateBlock<float>& block) const {
        block.values() -= static_cast<float>(block.lr()) * block.gradient();
    }
};

}  // namespace

TEST_CASE("a training step in the steady state allocates nothing") {
    const auto data = synthetic_digits({.train = 256, .test = 1, .seed = 1}).train;
    for (const Optimizer& optimizer :
         {Optimizer{Sgd{.lr = 0.01, .momentum = 0.9, .weight_decay = 1e-4}}, Optimizer{Adam{}}}) {
        for (const auto phi : {Activation::relu, Activation::gelu, Activation::tanh}) {
            for (const auto which : {Loss::cross_entropy, Loss::softmax_mse}) {
                check_steady_state(mlp<float>({784, 32, 16, 10}, phi, Seed{1}), data, optimizer, which);
                check_steady_state(cnn<float>({.channels = 2, .hidden = 8}, phi, Seed{1}), data, optimizer, which);
            }
        }
    }
}

TEST_CASE("nor does one with layers, a loss and an update rule of your own") {
    using namespace layer;
    const auto data = synthetic_digits({.train = 256, .test = 1, .seed = 1}).train;
    const Sequential<float> net(
        {1, 28, 28},
        {Conv2d{.channels = 2, .stride = 2}, BatchNorm{}, Activate{Activation::relu}, MaxPool2d{},
         Residual{Conv2d{.channels = 2}, Activate{Activation::tanh}}, Flatten{}, Dropout{0.5}, Dense{10}},
        Seed{1});
    check_steady_state(net, data, Adam{}, Loss::cross_entropy);
    check_steady_state(net, data, Descent{}, MarginLoss{});
}

#endif
