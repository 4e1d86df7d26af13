#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "mlp_training/training.hpp"

namespace bench {

namespace {

class PstarTraining : public Training {
public:
    PstarTraining(const pstar::Dataset& data, const Recipe& recipe)
        : data_(data),
          batch_size_(recipe.batch),
          channel_{recipe.p},
          net_({data.pixels(), recipe.width, recipe.width, data.classes}, pstar::Activation::relu, seed),
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
    pstar::Mlp<float> net_;
    pstar::Trainer<pstar::Mlp<float>> trainer_;
    pstar::Batch<float> batch_;
    std::vector<std::uint32_t> order_;
    std::size_t next_ = data_.size();
    std::uint32_t epoch_ = 0;
};

}  // namespace

std::unique_ptr<Training> pstar_training(const pstar::Dataset& data, const Recipe& recipe) {
    return std::make_unique<PstarTraining>(data, recipe);
}

}  // namespace bench
