#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/identity.hpp>

#include "corruption/corruptor.hpp"

namespace bench {

namespace {

class NoNoise : public Corruptor {
public:
    explicit NoNoise(const pstar::Dataset& data) : data_(data) {}

    std::span<const float> corrupt(std::span<const std::uint32_t> indices, std::uint32_t) override {
        batch_.fill(data_, indices, pstar::Identity{}, {.seed = pstar::Seed{1}});
        return batch_.images().elements();
    }

private:
    const pstar::Dataset& data_;
    pstar::Batch<float> batch_;
};

}  // namespace

std::unique_ptr<Corruptor> no_noise_corruptor(const pstar::Dataset& data) {
    return std::make_unique<NoNoise>(data);
}

}  // namespace bench
