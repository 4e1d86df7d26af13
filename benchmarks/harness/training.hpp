#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/data/dataset.hpp>

#include "harness/task.hpp"

namespace bench {

/// How every contender trains: cross-entropy, SGD; each pixel replaced with probability p.
struct Recipe {
    std::size_t batch = 128;
    double learning_rate = 0.01, momentum = 0.9, p = 0.5;
};

/// A contender's network in training.
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

/// Makes our contender, always with the same initial weights.
using MakeTraining = std::function<std::unique_ptr<Training>(const pstar::Dataset& data, const Recipe& recipe)>;

/// One network of a training task.
struct TrainingCase {
    std::string name;
    MakeTraining ours;
    nlohmann::json sizes;   ///< what `network` of the Python contender is given
    double target;          ///< how many times as fast as PyTorch training must be
    double operations = 0;  ///< multiplications and additions a sample; 0: of no interest
};

/// Trains every network with pstar and with PyTorch (`script`, relative to this folder), in turns, after a comparison:
/// from the same weights, 20 steps on the same clean batches must give the same losses and parameters. Where
/// `operations` are given, matrix products of as many by the BLAS are a further row.
Result training_task(const Setting& setting, const std::string& script, std::span<const TrainingCase> cases);

}  // namespace bench
