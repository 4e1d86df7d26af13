#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// `bytes` (H, W) as numbers with an edge of one pixel all around, each the nearest pixel: out (H + 2, W + 2).
inline void with_edge(const std::uint8_t* bytes, std::size_t height, std::size_t width, float* out) {
    const auto stride = width + 2;
    for (std::size_t i = 0; i < height; ++i) {
        float* const row = out + (i + 1) * stride + 1;
        for (std::size_t j = 0; j < width; ++j) row[j] = static_cast<float>(bytes[i * width + j]);
        row[-1] = row[0];
        row[width] = row[width - 1];
    }
    std::copy_n(out + stride, stride, out);
    std::copy_n(out + height * stride, stride, out + (height + 1) * stride);
}

/// Moves the edges of what is bright by `distance` pixels, outwards if it is positive: with the rise u to the brighter
/// (or the fall to the darker) of the neighbours on the left and right, and v of those above and below,
///     out = in + distance sqrt(max(u, 0)^2 + max(v, 0)^2),
/// one step of the upwind scheme for I_t = |grad I| (Osher & Sethian, J. Comput. Phys. 79 (1988) 12). Of `in` and
/// `out`, both (H + 2, W + 2), all but the edge. No pixel leaves the range of its neighbours where |distance| <=
/// 1/sqrt(2).
inline void move_edges(const float* __restrict in, std::size_t height, std::size_t width, float distance,
                       float* __restrict out) {
    using L = FullLanes<float>;
    using Vector = typename L::Vector;
    const auto stride = width + 2;
    const auto first = stride + 1, last = (height + 1) * stride - 1;  // the edge's columns within come out wrong
    const float sign = distance < 0 ? -1.0F : 1.0F;
    const auto step = [&](const float* at) PSTAR_SET_LAMBDA {
        const Vector here = sign * L::load(at);
        const Vector a = sign * L::load(at - 1), b = sign * L::load(at + 1);
        const Vector c = sign * L::load(at - stride), d = sign * L::load(at + stride);
        const Vector u = (a > b ? a : b) - here, v = (c > d ? c : d) - here;
        const Vector up = u > 0.0F ? u : Vector{}, down = v > 0.0F ? v : Vector{};
        return L::load(at) + distance * sqrt_lanes<L>(up * up + down * down);
    };
    auto k = first;
    for (; k + L::count <= last; k += L::count) L::store(out + k, step(in + k));
    if (k < last) L::store(out + last - L::count, step(in + last - L::count));  // once more, from the same `in`
}

/// out[j] = start + slope j + sum_k weights[k] rows[k size + j] for j < size, a multiple of 16
inline void weigh_rows(float start, float slope, const float* __restrict weights, const float* __restrict rows,
                       std::size_t count, std::size_t size, float* __restrict out) {
    for (std::size_t j = 0; j < size; j += 16) {
        float sum[16];
        for (std::size_t l = 0; l < 16; ++l)
            sum[l] = slope * static_cast<float>(static_cast<std::int32_t>(j + l)) + start;
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t l = 0; l < 16; ++l) sum[l] += weights[k] * rows[k * size + j + l];
        for (std::size_t l = 0; l < 16; ++l) out[j + l] = sum[l];
    }
}

/// out[j] = the image at (x[j], y[j]), clipped to it, by bilinear interpolation and rounded, for j < width; `image`
/// (H + 2, W + 2) has an edge. x and y have a multiple of 16 elements.
inline void sample_row(const float* __restrict image, std::size_t height, std::size_t width, const float* __restrict x,
                       const float* __restrict y, std::uint8_t* __restrict out) {
    const auto right = static_cast<float>(static_cast<std::int32_t>(width - 1));
    const auto bottom = static_cast<float>(static_cast<std::int32_t>(height - 1));
    const auto stride = static_cast<std::int32_t>(width + 2);
    for (std::size_t j = 0; j < width; j += 16) {
        std::int32_t place[16];
        float a[16], b[16], c[16], d[16], u[16], v[16];
        std::uint8_t bytes[16];
        for (std::size_t l = 0; l < 16; ++l) {
            float px = x[j + l], py = y[j + l];
            px = px > 0 ? px : 0;
            py = py > 0 ? py : 0;
            px = px < right ? px : right;
            py = py < bottom ? py : bottom;
            const auto column = static_cast<std::int32_t>(px), row = static_cast<std::int32_t>(py);
            u[l] = px - static_cast<float>(column);
            v[l] = py - static_cast<float>(row);
            place[l] = (row + 1) * stride + column + 1;
        }
        for (std::size_t l = 0; l < 16; ++l) {
            const float* const at = image + place[l];
            a[l] = at[0], b[l] = at[1], c[l] = at[stride], d[l] = at[stride + 1];
        }
        for (std::size_t l = 0; l < 16; ++l) {
            const float above = a[l] + u[l] * (b[l] - a[l]), below = c[l] + u[l] * (d[l] - c[l]);
            bytes[l] = static_cast<std::uint8_t>(static_cast<std::int32_t>(above + v[l] * (below - above) + 0.5F));
        }
        std::memcpy(out + j, bytes, std::min<std::size_t>(16, width - j));
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_DATA_DETAIL_DEFORM_KERNELS_HPP)
#define PSTAR_DATA_DETAIL_DEFORM_KERNELS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pstar/core/detail/kernels/lanes.hpp>

#define PSTAR_KERNELS <pstar/data/detail/deform_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
