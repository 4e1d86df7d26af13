#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/dataset.hpp>

namespace bench {

using Corruption = std::variant<pstar::Replacement, pstar::BinaryReplacement, pstar::Additive>;

/// A way to corrupt batches of a data set's images.
class Corruptor {
public:
    virtual ~Corruptor() = default;
    /// Images `indices`, scaled to [0, 1] and corrupted; each round has noise of its own. The result lives until the
    /// next call.
    virtual std::span<const float> corrupt(std::span<const std::uint32_t> indices, std::uint32_t round) = 0;
};

/// pstar.cpp: what training uses.
std::unique_ptr<Corruptor> pstar_corruptor(const pstar::Dataset& data, const Corruption& corruption);
/// naive.cpp: std::mt19937 and a loop over pixels.
std::unique_ptr<Corruptor> naive_corruptor(const pstar::Dataset& data, const Corruption& corruption);
/// no_noise.cpp: the same pass over memory without noise, a limit.
std::unique_ptr<Corruptor> no_noise_corruptor(const pstar::Dataset& data);
/// random_words.cpp: the random words alone, one a pixel, another limit. Returns nothing.
std::unique_ptr<Corruptor> random_words_corruptor(const pstar::Dataset& data);

}  // namespace bench
