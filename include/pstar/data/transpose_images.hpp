#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <pstar/data/dataset.hpp>

namespace pstar {

namespace detail {

/// (N, C, H, W) -> (N, C, W, H)
template <class T>
Tensor<T, 4> transpose_planes(const Tensor<T, 4>& images) {
    const auto& n = images.shape();
    Tensor<T, 4> result(std::array<std::size_t, 4>{n[0], n[1], n[3], n[2]});
    const T* from = images.data();
    T* to = result.data();
    for (std::size_t plane = 0; plane < n[0] * n[1]; ++plane, from += n[2] * n[3], to += n[2] * n[3])
        for (std::size_t i = 0; i < n[2]; ++i)
            for (std::size_t j = 0; j < n[3]; ++j) to[j * n[2] + i] = from[i * n[3] + j];
    return result;
}

}  // namespace detail

/// The same images with rows and columns exchanged: (N, C, H, W) -> (N, C, W, H). EMNIST's files need it.
inline Dataset transpose_images(Dataset data) {
    if (data.has_floats())
        data.float_images = detail::transpose_planes(*data.float_images);
    else
        data.images = detail::transpose_planes(data.images);
    return data;
}

}  // namespace pstar
