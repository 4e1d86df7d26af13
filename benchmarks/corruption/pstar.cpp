#include <pstar/corruption/batch.hpp>

#include "corruption/corruptor.hpp"

namespace bench {

namespace {

class PstarCorruptor : public Corruptor {
public:
    PstarCorruptor(const pstar::Dataset& data, const Corruption& corruption) : data_(data), corruption_(corruption) {}

    std::span<const float> corrupt(std::span<const std::uint32_t> indices, std::uint32_t round) override {
        const pstar::NoisePlace place{.seed = pstar::Seed{1}, .epoch = round};
        std::visit([&](const auto& channel) { batch_.fill(data_, indices, channel, place); }, corruption_);
        return batch_.images().elements();
    }

private:
    const pstar::Dataset& data_;
    Corruption corruption_;
    pstar::Batch<float> batch_;
};

}  // namespace

std::unique_ptr<Corruptor> pstar_corruptor(const pstar::Dataset& data, const Corruption& corruption) {
    return std::make_unique<PstarCorruptor>(data, corruption);
}

}  // namespace bench
