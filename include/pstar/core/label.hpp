#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace pstar {

/// The number of a class: 0, 1, ..., K - 1. Two bytes, since data sets of more than 256 classes are common.
using Label = std::uint16_t;

/// The largest number of classes that labels can hold.
constexpr std::size_t max_classes = std::size_t{std::numeric_limits<Label>::max()} + 1;

}  // namespace pstar
