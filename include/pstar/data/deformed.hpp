#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/data/detail/deform_kernels.hpp>
#include <pstar/data/training_source.hpp>

namespace pstar {

/// How images are deformed, and how many. Every number is drawn uniformly between minus and plus what is given here;
/// lengths are in pixels. The defaults suit handwritten digits of 28 x 28 pixels.
struct DeformOptions {
    std::size_t count = 1'000'000;  ///< images in all
    std::uint64_t seed = 1;
    double displacement = 3;  ///< of each coefficient of the field, so of the field at most; its s.d. is 0.28 of it
    double rotation = 10;     ///< degrees, below 90
    double scale = 0.1;       ///< of height and width, each on its own: 0.1 is from 0.9 to 1.1 times; below 1
    double shear = 0.15;      ///< pixels to the side for each pixel down
    double shift = 1;         ///< in each direction
    double thickness = 0.5;   ///< by which both sides of a bright stroke move; at most 0.7
    bool first_undeformed = false;  ///< whether the first N images are the N images themselves

    void validate() const {
        const auto within = [](const char* name, double value, double limit, const char* what) {
            require(value >= 0 && value <= limit, "DeformOptions", name, value, what);
        };
        within("displacement", displacement, 1e4, "lie in 0..10000 pixels");
        within("rotation", rotation, 89, "lie in 0..89 degrees");
        within("scale", scale, 0.99, "lie in [0, 0.99]");
        within("shear", shear, 1e4, "lie in 0..10000");
        within("shift", shift, 1e4, "lie in 0..10000 pixels");
        within("thickness", thickness, 0.7, "lie in [0, 0.7]: no pixel may leave the range of its neighbours");
    }
    /// The same with all strengths times `factor`; the thickness no more than 0.7, the scale than 0.99, the rotation
    /// than 89.
    DeformOptions times(double factor) const {
        auto result = *this;
        result.displacement *= factor, result.shear *= factor, result.shift *= factor;
        result.rotation = std::min(factor * rotation, 89.0);
        result.scale = std::min(factor * scale, 0.99);
        result.thickness = std::min(factor * thickness, 0.7);
        return result;
    }
};

/// Deformed images without end, as of "infinite MNIST" (Loosli, Canu & Bottou, "Training invariant support vector
/// machines using selective sampling", 2007): a `TrainingSource` whose image i is image i mod N of a source of N images
/// of bytes, deformed; a pure function of (seed, i), the same for every `count`. With all strengths 0 it is that image.
///
/// The edges of strokes are moved first (`thickness`). Then the value at a pixel x, seen from the image's centre, is
/// that of the old image at
///     A x + t + d(x),    A = rotation (1 shear; 0 1) diag(scale_x, scale_y),
/// by bilinear interpolation; what lies outside is as the nearest pixel of the edge. d is a smooth field, cubic
/// B-splines over 4 x 4 cells that cover the image, with random coefficients. All channels are deformed alike.
/// About 5 microseconds for an image of 28 x 28 on one core.
template <TrainingSource Source>
class Deformed {
public:
    /// Holds `source`: move a `Dataset` in, or share it as an `ImageStream`. Throws `std::invalid_argument` for options
    /// out of range, and for a source without images or with images of less than 2 x 2 pixels.
    explicit Deformed(Source source, const DeformOptions& options = {})
        : classes(source.classes), source_(std::move(source)), options_(options) {
        options.validate();
        require(source_.size() >= 1, "Deformed", "source.size()", source_.size(), "be at least 1");
        require(std::min(height(), width()) >= 2, "Deformed", "the smaller side of an image",
                std::min(height(), width()), "be at least 2 pixels");
        half_turn_ = std::tan(options.rotation / 360 * std::numbers::pi);
        stride_ = detail::round_up(width(), 16);
        row_weights_ = spline_weights(height(), knots, true);
        column_weights_ = spline_weights(width(), stride_, false);
    }

    std::size_t classes;
    std::size_t size() const { return options_.count; }
    std::size_t channels() const { return source_.channels(); }
    std::size_t height() const { return source_.height(); }
    std::size_t width() const { return source_.width(); }
    /// What it was made with.
    const DeformOptions& options() const { return options_; }

    /// Writes the bytes of image i and returns its label; a pure function of (seed, i).
    Label draw(std::size_t i, std::span<std::uint8_t> pixels) const {
        const auto label = source_.draw(i % source_.size(), pixels);
        if (options_.first_undeformed && i < source_.size()) return label;
        const RandomStream place{Seed{options_.seed}, Stream::deformation, static_cast<std::uint32_t>(i >> 32),
                                 static_cast<std::uint32_t>(i)};
        static thread_local Memory memory;
        memory.fit(height(), width(), stride_);
        const float thickness = draw_places(place, memory);
        for (std::size_t channel = 0; channel < channels(); ++channel)
            deform(pixels.subspan(channel * height() * width(), height() * width()), thickness, memory);
        return label;
    }

    /// The options in a line, and how many images there were.
    std::string describe() const {
        std::ostringstream text;
        text.precision(17);
        const auto& o = options_;
        text << "deformed: " << source_.size() << " images, seed " << o.seed << ", displacement " << o.displacement
             << ", rotation " << o.rotation << ", scale " << o.scale << ", shear " << o.shear << ", shift " << o.shift
             << ", thickness " << o.thickness << (o.first_undeformed ? ", the first ones as they are" : "");
        return text.str();
    }

private:
    static constexpr std::size_t cells = 4, knots = cells + 3, affine_words = 8, row = 16;

    /// What an image needs, kept from image to image.
    struct Memory {
        static constexpr std::size_t margin = 16;  // on both sides: vectors of small images begin or end there
        std::vector<float> image, moved;           // with an edge of one pixel
        std::vector<float> x, y;                   // where each pixel comes from, row by row
        void fit(std::size_t height, std::size_t width, std::size_t stride) {
            image.resize((height + 2) * (width + 2) + 2 * margin);
            moved.resize(image.size());
            x.resize(stride * height);
            y.resize(x.size());
        }
    };

    /// The cubic B-splines at the centres of `size` pixels: (size, knots), or (knots, size) with `stride` numbers a
    /// row.
    static std::vector<float> spline_weights(std::size_t size, std::size_t stride, bool by_pixel) {
        std::vector<float> weights((by_pixel ? size : knots) * stride);
        for (std::size_t j = 0; j < size; ++j) {
            const double place =
                static_cast<double>(cells) * (static_cast<double>(j) + 0.5) / static_cast<double>(size);
            const auto cell = std::min(static_cast<std::size_t>(place), cells - 1);
            const double t = place - static_cast<double>(cell), s = 1 - t;
            const std::array four{s * s * s / 6, (t * t * (3 * t - 6) + 4) / 6, (s * s * (3 * s - 6) + 4) / 6,
                                  t * t * t / 6};
            for (std::size_t k = 0; k < four.size(); ++k)
                weights[by_pixel ? j * stride + cell + k : (cell + k) * stride + j] = static_cast<float>(four[k]);
        }
        return weights;
    }

    /// Draws a deformation: where the pixels come from, in `memory`, and by how much edges move.
    float draw_places(const RandomStream& random, Memory& memory) const {
        std::array<std::uint32_t, affine_words + 2 * knots * knots> words;
        random.fill(words);
        std::size_t next = 0;
        const auto uniform = [&](double most) { return (2 * unit_interval<double>(words[next++]) - 1) * most; };
        const double turn = uniform(half_turn_), shear = uniform(options_.shear);
        const double scale_x = 1 + uniform(options_.scale), scale_y = 1 + uniform(options_.scale);
        const double shift_x = uniform(options_.shift), shift_y = uniform(options_.shift);
        const auto thickness = static_cast<float>(uniform(options_.thickness));
        const double cosine = (1 - turn * turn) / (1 + turn * turn), sine = 2 * turn / (1 + turn * turn);
        next = affine_words;
        std::array<float, knots * row> field{};  // of x, and from row/2 on of y
        for (std::size_t k = 0; k < knots; ++k)
            for (std::size_t l = 0; l < knots; ++l) {
                field[k * row + l] = static_cast<float>(uniform(options_.displacement));
                field[k * row + row / 2 + l] = static_cast<float>(uniform(options_.displacement));
            }
        const double a = cosine * scale_x, b = (cosine * shear - sine) * scale_y;
        const double c = sine * scale_x, d = (sine * shear + cosine) * scale_y;
        const double right = 0.5 * static_cast<double>(width() - 1), down = 0.5 * static_cast<double>(height() - 1);
        for (std::size_t i = 0; i < height(); ++i) {
            const double below = static_cast<double>(i) - down;
            const auto start_x = static_cast<float>(b * below - a * right + shift_x + right);
            const auto start_y = static_cast<float>(d * below - c * right + shift_y + down);
            std::array<float, row> of_row;
            PSTAR_KERNEL(weigh_rows(0, 0, row_weights_.data() + i * knots, field.data(), knots, row, of_row.data()));
            const auto place = [&](float start, double slope, const float* weights, float* out) {
                PSTAR_KERNEL(weigh_rows(start, static_cast<float>(slope), weights, column_weights_.data(), knots,
                                        stride_, out + i * stride_));
            };
            place(start_x, a, of_row.data(), memory.x.data());
            place(start_y, c, of_row.data() + row / 2, memory.y.data());
        }
        return thickness;
    }

    void deform(std::span<std::uint8_t> pixels, float thickness, Memory& memory) const {
        const auto h = height(), w = width();
        float* const read = memory.image.data() + Memory::margin;
        PSTAR_KERNEL(with_edge(pixels.data(), h, w, read));
        const float* image = read;
        if (thickness != 0) {
            float* const moved = memory.moved.data() + Memory::margin;
            PSTAR_KERNEL(move_edges(image, h, w, thickness, moved));
            image = moved;
        }
        for (std::size_t i = 0; i < h; ++i)
            PSTAR_KERNEL(sample_row(image, h, w, memory.x.data() + i * stride_, memory.y.data() + i * stride_,
                                    pixels.data() + i * w));
    }

    Source source_;
    DeformOptions options_;
    double half_turn_ = 0;                             // tangent of half the largest angle
    std::size_t stride_ = 0;                           // of rows of places
    std::vector<float> row_weights_, column_weights_;  // (H, knots), (knots, stride_)
};

}  // namespace pstar
