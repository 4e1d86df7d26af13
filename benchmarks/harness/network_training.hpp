#pragma once

#include <utility>

#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/train.hpp>

#include "harness/training.hpp"

namespace bench {

/// Our own contender: pstar's batch and trainer with any of its networks.
template <pstar::Network Net>
class NetworkTraining : public Training {
public:
    NetworkTraining(const pstar::Dataset& data, const Recipe& recipe, Net net)
        : data_(data),
          batch_size_(recipe.batch),
          channel_{recipe.p},
          net_(std::move(net)),
          trainer_(net_, pstar::Sgd{.lr = recipe.learning_rate, .momentum = recipe.momentum}),
          order_(data.size()) {}

    void run(std::size_t steps) override {
        for (std::size_t s = 0; s < steps; ++s, next_ += batch_size_) {
            if (next_ + batch_size_ > order_.size()) pstar::epoch_order(seed, ++epoch_, order_), next_ = 0;
            const std::span<const std::uint32_t> indices(order_.data() + next_, batch_size_);
            batch_.fill(data_, indices, channel_, {.seed = seed, .epoch = epoch_});
            trainer_.step(batch_.images(), batch_.labels());
        }
    }
    std::vector<double> run_clean(std::span<const std::uint32_t> order) override {
        std::vector<double> losses;
        for (std::size_t first = 0; first < order.size(); first += batch_size_) {
            batch_.fill(data_, order.subspan(first, batch_size_), pstar::Identity{}, {.seed = seed});
            losses.push_back(trainer_.step(batch_.images(), batch_.labels()));
        }
        return losses;
    }
    void save(const std::filesystem::path& checkpoint) const override {
        pstar::save_safetensors(checkpoint, net_.parameters().named());
    }
    std::span<const float> parameters() const override { return net_.parameters().values(); }

private:
    static constexpr pstar::Seed seed{1};
    const pstar::Dataset& data_;
    std::size_t batch_size_;
    pstar::Replacement channel_;
    Net net_;
    pstar::Trainer<Net> trainer_;
    pstar::Batch<float> batch_;
    std::vector<std::uint32_t> order_;
    std::size_t next_ = data_.size();
    std::uint32_t epoch_ = 0;
};

/// `NetworkTraining` with the network's type from its value.
template <pstar::Network Net>
std::unique_ptr<Training> training_of(const pstar::Dataset& data, const Recipe& recipe, Net net) {
    return std::make_unique<NetworkTraining<Net>>(data, recipe, std::move(net));
}

}  // namespace bench
