#pragma once

#include <array>
#include <cstddef>

#include <pstar/autodiff/sliding.hpp>
#include <pstar/autodiff/tape.hpp>

namespace pstar {

/// A pooling window, square; positions that would hang over the edge are left out, as in PyTorch's floor mode.
struct Pool2dOptions {
    std::size_t kernel = 2;  ///< rows and columns of the window, >= 1
    std::size_t stride = 0;  ///< step between windows; 0: the kernel's size
};

namespace detail {

/// Whether `challenger` takes the place of `best` as a maximum: it is larger, or NaN where the other is not. So NaN is
/// never lost, and among equals the first stays.
template <class Scalar>
bool beats(Scalar challenger, Scalar best) {
    return !(challenger <= best) && best == best;
}

/// The windows of pooled images (N, C, H, W).
struct PoolWindows {
    Sliding2d slide;

    PoolWindows(const Shape& image, const Pool2dOptions& options) : slide(sliding(image, options)) {}
    static Sliding2d sliding(const Shape& image, const Pool2dOptions& options) {
        const auto stride = options.stride == 0 ? options.kernel : options.stride;
        return {{image[2], options.kernel, stride, 0}, {image[3], options.kernel, stride, 0}};
    }
    static Shape output(const char* where, const Shape& image, const Pool2dOptions& options) {
        require(image.rank() == 4, where, "the input's shape", image, "be (N, C, H, W)");
        require(options.kernel >= 1, where, "kernel", options.kernel, "be at least 1");
        const auto s = sliding(image, options);
        s.check(where, image);
        return {image[0], image[1], s.y.positions(), s.x.positions()};
    }
    /// Calls `body(window, first)` for every window of `planes` = N C images: its index in the output and the input
    /// index of its first element.
    template <class Body>
    void for_each(std::size_t planes, const Body& body) const {
        std::size_t window = 0;
        for (std::size_t plane = 0; plane < planes; ++plane)
            for (std::size_t y = 0; y < slide.y.positions(); ++y)
                for (std::size_t x = 0; x < slide.x.positions(); ++x)
                    body(window++, (plane * slide.y.extent + y * slide.y.stride) * row() + x * slide.x.stride);
    }
    /// Calls `body(index)` for the elements of a window, row by row.
    template <class Body>
    void for_each_element(std::size_t first, const Body& body) const {
        for (std::size_t y = 0; y < slide.y.kernel; ++y)
            for (std::size_t x = 0; x < slide.x.kernel; ++x) body(first + y * row() + x);
    }
    std::size_t row() const { return slide.x.extent; }
    std::size_t elements() const { return slide.y.kernel * slide.x.kernel; }
};

}  // namespace detail

namespace primitive {

/// y = the largest element of each window, a NaN if there is one. Its Jacobian selects that element, the first of equal
/// ones in row-major order; the choice is made anew in each mode, by the same rule.
template <class Scalar>
struct MaxPool2d {
    static constexpr std::size_t arity = 1;
    Pool2dOptions options;

    Shape shape(const std::array<Shape, 1>& s) const {
        return detail::PoolWindows::output("max_pool2d", s[0], options);
    }
    void forward(const Call<Scalar, 1>& call) const { gather(call, call.x[0], call.y); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        dx[0].scale();
        for_each_winner(call,
                        [&](std::size_t window, std::size_t winner) { dx[0].into.data[winner] += dy.data[window]; });
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        gather(call, tx[0], ty);
    }

private:
    void gather(const Call<Scalar, 1>& call, View<const Scalar> from, View<Scalar> to) const {
        for_each_winner(call, [&](std::size_t window, std::size_t winner) { to.data[window] = from.data[winner]; });
    }
    template <class Body>
    void for_each_winner(const Call<Scalar, 1>& call, const Body& body) const {
        const auto& image = call.x[0].shape;
        const detail::PoolWindows windows(image, options);
        const Scalar* const x = call.x[0].data;
        windows.for_each(image[0] * image[1], [&](std::size_t window, std::size_t first) {
            auto winner = first;
            windows.for_each_element(first, [&](std::size_t i) {
                if (detail::beats(x[i], x[winner])) winner = i;
            });
            body(window, winner);
        });
    }
};

/// y = the mean of each window
template <class Scalar>
struct AvgPool2d {
    static constexpr std::size_t arity = 1;
    Pool2dOptions options;

    Shape shape(const std::array<Shape, 1>& s) const {
        return detail::PoolWindows::output("avg_pool2d", s[0], options);
    }
    void forward(const Call<Scalar, 1>& call) const { average(call.x[0], call.y); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        dx[0].scale();
        const auto& image = call.x[0].shape;
        const detail::PoolWindows windows(image, options);
        const Scalar share = Scalar{1} / static_cast<Scalar>(windows.elements());
        windows.for_each(image[0] * image[1], [&](std::size_t window, std::size_t first) {
            const Scalar d = share * dy.data[window];
            windows.for_each_element(first, [&](std::size_t i) { dx[0].into.data[i] += d; });
        });
    }
    void jvp(const Call<Scalar, 1>&, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        average(tx[0], ty);
    }

private:
    void average(View<const Scalar> from, View<Scalar> to) const {
        const detail::PoolWindows windows(from.shape, options);
        const Scalar share = Scalar{1} / static_cast<Scalar>(windows.elements());
        windows.for_each(from.shape[0] * from.shape[1], [&](std::size_t window, std::size_t first) {
            Scalar sum = 0;
            windows.for_each_element(first, [&](std::size_t i) { sum += from.data[i]; });
            to.data[window] = share * sum;
        });
    }
};

}  // namespace primitive

/// The largest element of every window: (N, C, H, W) -> (N, C, OH, OW), OH = floor((H - kernel)/stride) + 1.
/// Throws std::invalid_argument where the window is larger than the image.
template <class Scalar>
Variable<Scalar> max_pool2d(Variable<Scalar> x, const Pool2dOptions& options = {}) {
    return x.tape->record(primitive::MaxPool2d<Scalar>{options}, {x});
}
/// The mean of every window, shapes as for `max_pool2d`.
template <class Scalar>
Variable<Scalar> avg_pool2d(Variable<Scalar> x, const Pool2dOptions& options = {}) {
    return x.tape->record(primitive::AvgPool2d<Scalar>{options}, {x});
}

}  // namespace pstar
