#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include <pstar/data/dataset.hpp>

namespace bench {

/// What every contender trains: pixels - width - width - 10, ReLU, cross-entropy, SGD; each pixel replaced with
/// probability p.
struct Recipe {
    std::size_t width;
    std::size_t batch = 128;
    double learning_rate = 0.01, momentum = 0.9, p = 0.5;
};

/// Our own contender: pstar's batch and trainer.
class Training {
public:
    virtual ~Training() = default;
    /// So many steps on corrupted batches, epoch after epoch, each in a new order.
    virtual void run(std::size_t steps) = 0;
    /// Steps on clean batches: batch b is images order[b * batch], ...; returns the loss of each. For comparisons.
    virtual std::vector<double> run_clean(std::span<const std::uint32_t> order) = 0;
    virtual void save(const std::filesystem::path& checkpoint) const = 0;
    virtual std::span<const float> parameters() const = 0;
};
std::unique_ptr<Training> pstar_training(const pstar::Dataset& data, const Recipe& recipe);

}  // namespace bench
