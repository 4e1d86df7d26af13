#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <span>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// The extents of a tensor of rank 0 to 4, row-major, e.g. (N, C, H, W). Rank 0 is a scalar: one element.
class Shape {
public:
    static constexpr std::size_t max_rank = 4;

    Shape() = default;
    /// From at most four extents; throws std::invalid_argument for more.
    Shape(std::initializer_list<std::size_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
    /// From at most four extents; throws std::invalid_argument for more.
    explicit Shape(std::span<const std::size_t> extents) : rank_(extents.size()) {
        require(rank_ <= max_rank, "Shape", "rank", rank_, "be at most 4");
        for (std::size_t i = 0; i < rank_; ++i) extents_[i] = extents[i];
    }

    /// Number of axes.
    std::size_t rank() const { return rank_; }
    /// The extent of an axis, counted from 0.
    std::size_t operator[](std::size_t axis) const { return extents_[axis]; }
    std::size_t size() const {
        std::size_t product = 1;
        for (std::size_t i = 0; i < rank_; ++i) product *= extents_[i];
        return product;
    }
    /// Seen as a matrix: the first extent (1 for a scalar) by the product of the others.
    std::size_t rows() const { return rank_ == 0 ? 1 : extents_[0]; }
    std::size_t columns() const {
        std::size_t product = 1;
        for (std::size_t i = 1; i < rank_; ++i) product *= extents_[i];
        return product;
    }
    friend bool operator==(const Shape&, const Shape&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
        out << '(';
        for (std::size_t i = 0; i < shape.rank_; ++i) out << (i ? ", " : "") << shape.extents_[i];
        return out << ')';
    }

private:
    std::array<std::size_t, max_rank> extents_{};
    std::size_t rank_ = 0;
};

/// A tensor somebody else owns: where its elements are and its shape.
template <class Scalar>
struct View {
    Scalar* data = nullptr;
    Shape shape;

    explicit operator bool() const { return data != nullptr; }
    std::size_t size() const { return shape.size(); }
    /// All elements in row-major order.
    std::span<Scalar> elements() const { return {data, shape.size()}; }
    /// The same, to read.
    operator View<const Scalar>() const requires(!std::is_const_v<Scalar>) { return {data, shape}; }
    /// Elements first, ..., last - 1, one after the other.
    View part(std::size_t first, std::size_t last) const { return {data + first, {last - first}}; }
    /// As an Eigen matrix (shape.rows(), shape.columns()).
    auto matrix() const {
        using Map = std::conditional_t<std::is_const_v<Scalar>, ConstMatrixMap<std::remove_const_t<Scalar>>,
                                       MatrixMap<std::remove_const_t<Scalar>>>;
        return Map(data, static_cast<Eigen::Index>(shape.rows()), static_cast<Eigen::Index>(shape.columns()));
    }
    /// As a column of all elements, for elementwise arithmetic.
    auto array() const {
        using Map = std::conditional_t<std::is_const_v<Scalar>, ConstVectorMap<std::remove_const_t<Scalar>>,
                                       VectorMap<std::remove_const_t<Scalar>>>;
        return Map(data, static_cast<Eigen::Index>(shape.size())).array();
    }
};

/// A container seen as a View, without a copy.
template <class T, std::size_t N>
View<T> view(Tensor<T, N>& tensor) {
    return {tensor.data(), Shape(std::span<const std::size_t>(tensor.shape().data(), N))};
}
/// A tensor as a view of its elements.
template <class T, std::size_t N>
View<const T> view(const Tensor<T, N>& tensor) {
    return {tensor.data(), Shape(std::span<const std::size_t>(tensor.shape().data(), N))};
}

}  // namespace pstar
