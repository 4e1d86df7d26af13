#include <algorithm>
#include <random>
#include <vector>

#include "corruption/corruptor.hpp"

namespace bench {

namespace {

class Naive : public Corruptor {
public:
    Naive(const pstar::Dataset& data, const Corruption& corruption) : data_(data), corruption_(corruption) {}

    std::span<const float> corrupt(std::span<const std::uint32_t> indices, std::uint32_t) override {
        out_.clear();
        std::visit(
            [&](const auto& channel) {
                for (const auto i : indices)
                    for (const auto pixel : data_.image(i))
                        out_.push_back(one(channel, static_cast<float>(pixel) / 255.0F));
            },
            corruption_);
        return out_;
    }

private:
    float draw() { return uniform_(generator_); }

    float one(const pstar::Replacement& channel, float x) {
        return draw() < static_cast<float>(channel.p) ? draw() : x;
    }
    float one(const pstar::BinaryReplacement& channel, float x) {
        if (draw() >= static_cast<float>(channel.p)) return x;
        return draw() < 0.5F ? 1.0F : 0.0F;
    }
    float one(const pstar::Additive& channel, float x) {
        return std::clamp(x + static_cast<float>(channel.sigma) * (draw() - 0.5F), 0.0F, 1.0F);
    }

    const pstar::Dataset& data_;
    Corruption corruption_;
    std::vector<float> out_;
    std::mt19937 generator_{1};
    std::uniform_real_distribution<float> uniform_{0, 1};
};

}  // namespace

std::unique_ptr<Corruptor> naive_corruptor(const pstar::Dataset& data, const Corruption& corruption) {
    return std::make_unique<Naive>(data, corruption);
}

}  // namespace bench
