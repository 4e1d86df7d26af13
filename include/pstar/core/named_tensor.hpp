#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace pstar {

/// A view of a tensor under a name: how a model shows its parameters to optimisers and checkpoints.
/// `values` are the elements in row-major order, as many as the product of `shape` (one for an empty shape); the view
/// owns the name and the shape, never the elements. Names follow PyTorch's `state_dict`: `0.weight`, `0.bias`, ...
template <class Scalar>
struct NamedTensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::span<Scalar> values;

    /// The same tensor, to read.
    operator NamedTensor<const Scalar>() const requires(!std::is_const_v<Scalar>) { return {name, shape, values}; }
};

/// The number of elements of a tensor of this shape: the product of its dimensions, 1 for an empty shape.
/// Nothing if the product of the non-zero dimensions exceeds what memory can index (`std::ptrdiff_t`): a shape read
/// from a file may be a lie.
inline std::optional<std::size_t> element_count(std::span<const std::size_t> shape) {
    constexpr auto limit = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());
    std::size_t product = 1;
    bool empty = false;
    for (const std::size_t dimension : shape) {
        if (dimension == 0) {
            empty = true;
            continue;
        }
        if (product > limit / dimension) return std::nullopt;
        product *= dimension;
    }
    return empty ? 0 : product;
}

}  // namespace pstar
