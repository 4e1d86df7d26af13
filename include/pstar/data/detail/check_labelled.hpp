#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar::detail {

/// Sets the number of classes of what was read from two files, 0 for one more than the largest label, and validates the
/// dataset. Throws `DataError` that names the files.
inline void check_labelled(Dataset& data, std::size_t classes, const std::filesystem::path& images,
                           const std::filesystem::path& labels) {
    data.classes = classes;
    if (classes == 0)
        for (const auto label : elements(data.labels)) data.classes = std::max(data.classes, std::size_t{label} + 1);
    try {
        data.validate();
    } catch (const DataError& error) {
        throw DataError("'" + images.string() + "' and '" + labels.string() + "': " + error.what());
    }
}

}  // namespace pstar::detail
