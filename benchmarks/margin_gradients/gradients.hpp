#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <pstar/data/dataset.hpp>

namespace bench {

/// Does something so many times.
using Repeat = std::function<void(std::size_t repeats)>;

/// Our own contender, pstar.cpp: a network pixels - width - width - 10, ReLU, and `data`, which must outlive it.
class Margins {
public:
    virtual ~Margins() = default;
    /// The forward pass alone.
    virtual void forward() = 0;
    /// The gradient of each image's margin.
    virtual void gradients() = 0;
    /// `margin_report`: the gradients, and what a channel makes of them.
    virtual void report() = 0;
    /// `runner_up_report`: the gradients over all nine runner-ups, their joint law and the chance that any wins.
    virtual void all_runner_ups() = 0;
    /// The gradients of the first `count` images (count, pixels). For comparisons.
    virtual std::vector<float> first_gradients(std::size_t count) = 0;
    virtual void save(const std::filesystem::path& checkpoint) const = 0;
};
std::unique_ptr<Margins> pstar_margins(const pstar::Dataset& data, std::size_t width);

/// gemm.cpp: the six matrix products that the gradients of `images` margins need and nothing else, by the BLAS, in
/// batches of `batch`: three forward, three back to the pixels. `widths`: inputs, hidden, ..., outputs.
Repeat gradient_products(std::span<const std::size_t> widths, std::size_t images, std::size_t batch);

}  // namespace bench
