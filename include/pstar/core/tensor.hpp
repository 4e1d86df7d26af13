#pragma once

#include <cstddef>
#include <span>

#if __has_include(<xtensor/containers/xtensor.hpp>)  // xtensor >= 0.26 sorted its headers into folders
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

#include <pstar/core/matrix.hpp>

/// The one bridge between xtensor (containers at the boundary, row-major) and Eigen (arithmetic inside).
namespace pstar {

/// A row-major container that owns its elements.
template <class T, std::size_t N>
using Tensor = xt::xtensor<T, N, xt::layout_type::row_major>;

/// The elements of a tensor in row-major order, without a copy.
template <class T, std::size_t N>
std::span<T> elements(Tensor<T, N>& tensor) {
    return {tensor.data(), tensor.size()};
}
/// All elements in row-major order.
template <class T, std::size_t N>
std::span<const T> elements(const Tensor<T, N>& tensor) {
    return {tensor.data(), tensor.size()};
}

/// A tensor of shape (R, ...) seen as an Eigen matrix of shape (R, rest), without a copy.
template <class T, std::size_t N>
MatrixMap<T> as_matrix(Tensor<T, N>& tensor) {
    const auto rows = static_cast<Eigen::Index>(tensor.shape()[0]);
    return {tensor.data(), rows, rows == 0 ? 0 : static_cast<Eigen::Index>(tensor.size()) / rows};
}
/// A tensor (N, ...) as a matrix of N rows.
template <class T, std::size_t N>
ConstMatrixMap<T> as_matrix(const Tensor<T, N>& tensor) {
    const auto rows = static_cast<Eigen::Index>(tensor.shape()[0]);
    return {tensor.data(), rows, rows == 0 ? 0 : static_cast<Eigen::Index>(tensor.size()) / rows};
}

}  // namespace pstar
