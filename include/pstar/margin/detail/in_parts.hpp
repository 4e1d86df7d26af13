#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <pstar/core/threads.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>

namespace pstar::detail {

/// `compute(part)` for parts of `data`, each in a thread of its own, put together in the data's order. It gives a
/// report for each of several channels; a report's `append(other)` adds the images of another part. Parts begin at
/// multiples of `batch`, the number of images that are worked on at once: so every image is in the batch that it is in
/// on one thread.
template <class Compute>
auto in_parts(const Dataset& data, std::size_t batch, std::size_t threads, const Compute& compute) {
    using Reports = std::remove_cvref_t<decltype(compute(data))>;
    return with_threads(threads, [&]() -> Reports {
        if (thread_budget().threads <= 1 || data.size() < 2 * batch) return compute(data);
        std::vector<Reports> found((data.size() + batch - 1) / batch);
        for_ranges(data.size(), batch, batch, [&](std::size_t first, std::size_t last) {
            found[first / batch] = compute(slice(data, first, last));
        });
        auto all = std::move(found[0]);
        for (std::size_t i = 1; i < found.size(); ++i)
            for (std::size_t c = 0; c < found[i].size(); ++c) all[c].append(found[i][c]);
        return all;
    });
}

}  // namespace pstar::detail
