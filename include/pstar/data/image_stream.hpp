#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <pstar/core/error.hpp>
#include <pstar/data/training_source.hpp>

namespace pstar {

/// An `TrainingSource` of any type, chosen when the program runs, or its first images; a copy shares it. One virtual
/// call for each image.
///
/// A source may say what it does to images, in a word or two for `config.json` and journals, by `describe()`; sources
/// that hold other images than a `Dataset` of the same name should.
class ImageStream {
public:
    /// No images.
    ImageStream() = default;
    /// Holds a source of any type, moved in or copied.
    template <class S>
    requires(TrainingSource<std::remove_cvref_t<S>> && !std::same_as<std::remove_cvref_t<S>, ImageStream>)
        ImageStream(S&& source)
        : classes(source.classes),
          size_(source.size()),
          shared_(std::make_shared<const Held<std::remove_cvref_t<S>>>(std::forward<S>(source))) {}

    std::size_t classes = 0;
    std::size_t size() const { return size_; }
    std::size_t channels() const { return shared_ ? shared_->channels() : 0; }
    std::size_t height() const { return shared_ ? shared_->height() : 0; }
    std::size_t width() const { return shared_ ? shared_->width() : 0; }
    /// Writes the bytes of image i and returns its label.
    Label draw(std::size_t i, std::span<std::uint8_t> pixels) const { return shared_->draw(i, pixels); }

    bool empty() const { return size_ == 0; }
    /// What the source says of itself; may be empty.
    std::string describe() const { return shared_ ? shared_->describe() : std::string(); }
    /// The first `n` images. Throws `std::invalid_argument` when there are fewer.
    ImageStream first(std::size_t n) const {
        require(n <= size_, "ImageStream::first", "n", n, "be at most the number of images, " + std::to_string(size_));
        auto part = *this;
        part.size_ = n;
        return part;
    }

private:
    struct Any {
        Any() = default;
        Any(const Any&) = delete;
        Any& operator=(const Any&) = delete;
        virtual ~Any() = default;
        virtual std::size_t channels() const = 0;
        virtual std::size_t height() const = 0;
        virtual std::size_t width() const = 0;
        virtual Label draw(std::size_t i, std::span<std::uint8_t> pixels) const = 0;
        virtual std::string describe() const = 0;
    };
    template <class S>
    struct Held final : Any {
        explicit Held(S held) : source(std::move(held)) {}
        std::size_t channels() const override { return source.channels(); }
        std::size_t height() const override { return source.height(); }
        std::size_t width() const override { return source.width(); }
        Label draw(std::size_t i, std::span<std::uint8_t> pixels) const override { return source.draw(i, pixels); }
        std::string describe() const override {
            if constexpr (requires { source.describe(); })
                return source.describe();
            else
                return {};
        }
        S source;
    };

    std::size_t size_ = 0;
    std::shared_ptr<const Any> shared_;
};

static_assert(TrainingSource<ImageStream>);

}  // namespace pstar
