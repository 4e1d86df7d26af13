#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>

namespace pstar {

namespace primitive {

/// y_nci = a_c (x_nci - m_c), a = 1/stddev: (N, C P) or (N, C, ...) -> the same shape, channel after channel.
///     dx_nci = a_c dy_nci,   ty_nci = a_c tx_nci
template <class Scalar>
struct Standardise {
    static constexpr std::size_t arity = 1;
    std::span<const Scalar> mean, stddev;  // (C) each

    Shape shape(const std::array<Shape, 1>& s) const {
        require(s[0].rank() >= 2 && s[0].columns() % mean.size() == 0, "standardise", "the input's shape", s[0],
                "be (N, ...), each sample as many numbers of every channel");
        require(s[0].rank() == 2 || s[0][1] == mean.size(), "standardise", "the input's channels", s[0][1],
                "equal the number of means");
        return s[0];
    }
    void forward(const Call<Scalar, 1>& call) const {
        for_each_plane(call.y.shape, [&](std::size_t c, std::size_t at, Eigen::Index size) {
            VectorMap<Scalar>(call.y.data + at, size) =
                (ConstVectorMap<Scalar>(call.x[0].data + at, size).array() - mean[c]) * (1 / stddev[c]);
        });
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        for_each_plane(call.y.shape, [&](std::size_t c, std::size_t at, Eigen::Index size) {
            const Cotangent<Scalar> plane{{dx[0].into.data + at, {static_cast<std::size_t>(size)}}, dx[0].beta};
            plane.accumulate((1 / stddev[c]) * ConstVectorMap<Scalar>(dy.data + at, size).array());
        });
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        for_each_plane(call.y.shape, [&](std::size_t c, std::size_t at, Eigen::Index size) {
            VectorMap<Scalar>(ty.data + at, size) =
                (1 / stddev[c]) * ConstVectorMap<Scalar>(tx[0].data + at, size).array();
        });
    }

private:
    /// body(channel, the place of its first number, how many) for the planes of all samples.
    template <class Body>
    void for_each_plane(const Shape& shape, const Body& body) const {
        const auto channels = mean.size(), size = shape.columns() / channels;
        for (std::size_t plane = 0; plane < shape.rows() * channels; ++plane)
            body(plane % channels, plane * size, static_cast<Eigen::Index>(size));
    }
};

}  // namespace primitive

/// Every channel c of x minus `mean` (C) and divided by `stddev` (C): x is (N, C, H, W) or (N, C H W).
/// Refers to both. Throws std::invalid_argument where the sizes do not fit.
template <class Scalar>
Variable<Scalar> standardise(Variable<Scalar> x, std::span<const std::type_identity_t<Scalar>> mean,
                             std::span<const std::type_identity_t<Scalar>> stddev) {
    require(!mean.empty() && mean.size() == stddev.size(), "standardise", "the number of standard deviations",
            stddev.size(), "be positive and equal the number of means");
    return x.tape->record(primitive::Standardise<Scalar>{mean, stddev}, {x});
}

}  // namespace pstar
