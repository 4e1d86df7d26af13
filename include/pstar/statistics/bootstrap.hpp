#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>

namespace pstar {

/// Draws samples of n items with replacement, one after the other: the bootstrap of Efron & Tibshirani, "An
/// Introduction to the Bootstrap" (1993), section 6.2. The k-th sample is a function of (stream, n, k) alone, so that
/// two statistics that use the same stream see the same samples.
class Resampler {
public:
    /// Throws std::invalid_argument for no items, and for 2^32 items or more.
    Resampler(std::size_t items, const RandomStream& stream) : indices_(items), counts_(items), random_(stream) {
        require(items >= 1, "Resampler", "items", items, "be at least 1");
        require(items <= std::numeric_limits<std::uint32_t>::max(), "Resampler", "items", items, "be below 2^32");
    }

    /// Draws the next sample: n indices in [0, n), in the order in which they were drawn. Valid until the next call.
    std::span<const std::uint32_t> draw() {
        counts_.assign(counts_.size(), 0U);
        for (auto& index : indices_) {
            index = random_.below(static_cast<std::uint32_t>(indices_.size()));
            ++counts_[index];
        }
        return indices_;
    }
    /// How often each item occurs in the sample drawn last; the sum is n. All 0 before the first draw.
    std::span<const std::uint32_t> counts() const { return counts_; }

private:
    std::vector<std::uint32_t> indices_, counts_;
    RandomSequence random_;
};

}  // namespace pstar
