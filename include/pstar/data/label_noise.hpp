#pragma once

#include <cstddef>
#include <cstdint>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

/// Replaces the label of each image, with probability q, by one drawn uniformly from all K classes, its own included:
/// on average a share q (K - 1)/K of the labels becomes wrong. What becomes of label i is a pure function of (seed, i):
/// labels that q replaces are replaced by every larger q, too, by the same ones. Throws `std::invalid_argument` for q
/// outside [0, 1].
inline void add_label_noise(Dataset& data, double q, Seed seed) {
    require(q >= 0 && q <= 1, "add_label_noise", "q", q, "lie in [0, 1]");
    if (q == 0) return;
    for (std::size_t i = 0; i < data.size(); ++i) {
        RandomSequence next({seed, Stream::label_noise, 0, static_cast<std::uint32_t>(i)});
        const bool is_replaced = next.uniform() < q;
        if (is_replaced)
            data.labels.data()[i] = static_cast<Label>(next.below(static_cast<std::uint32_t>(data.classes)));
    }
}

}  // namespace pstar
