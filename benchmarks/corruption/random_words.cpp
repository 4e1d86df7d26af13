#include <algorithm>
#include <array>

#include <pstar/core/random.hpp>

#include "corruption/corruptor.hpp"

namespace bench {

namespace {

class RandomWords : public Corruptor {
public:
    explicit RandomWords(const pstar::Dataset& data) : pixels_(data.pixels()) {}

    std::span<const float> corrupt(std::span<const std::uint32_t> indices, std::uint32_t round) override {
        for (const auto i : indices) {
            const pstar::RandomStream noise{pstar::Seed{1}, pstar::Stream::train_noise, round, i};
            for (std::size_t first = 0; first < pixels_; first += words_.size())
                noise.fill({words_.data(), std::min(words_.size(), pixels_ - first)}, first);
        }
        return {};
    }

private:
    std::size_t pixels_;
    alignas(64) std::array<std::uint32_t, 512> words_;
};

}  // namespace

std::unique_ptr<Corruptor> random_words_corruptor(const pstar::Dataset& data) {
    return std::make_unique<RandomWords>(data);
}

}  // namespace bench
