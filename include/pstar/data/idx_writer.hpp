#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <new>
#include <span>
#include <vector>

#include <zlib.h>

#include <pstar/core/atomic_file.hpp>
#include <pstar/data/dataset.hpp>

/// Writing IDX files; `read_idx` reads them back. A name that ends in `.gz` gives a gzip file, the same bytes every
/// time. A file appears whole or not at all. What cannot be written throws `std::system_error`.
namespace pstar {

namespace detail {

/// Hands bytes to a file, deflated when its name ends in `.gz`.
class IdxSink {
public:
    explicit IdxSink(const std::filesystem::path& path) : file_(path), compressed_(path.extension() == ".gz") {
        if (compressed_ && ::deflateInit2(&deflater_, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    IdxSink(const IdxSink&) = delete;
    IdxSink& operator=(const IdxSink&) = delete;
    ~IdxSink() {
        if (compressed_) ::deflateEnd(&deflater_);
    }

    void write(std::span<const std::uint8_t> bytes) {
        if (!compressed_) return file_.write(bytes.data(), bytes.size());
        for (constexpr std::size_t step = 1U << 30; !bytes.empty(); bytes = bytes.subspan(std::min(step, bytes.size())))
            deflate(bytes.first(std::min(step, bytes.size())), Z_NO_FLUSH);
    }
    void commit() {
        if (compressed_) deflate({}, Z_FINISH);
        file_.commit();
    }

private:
    void deflate(std::span<const std::uint8_t> bytes, int flush) {
        std::array<std::uint8_t, 1U << 16> out;
        deflater_.next_in = const_cast<Bytef*>(bytes.data());  // zlib reads it only
        deflater_.avail_in = static_cast<uInt>(bytes.size());
        do {
            deflater_.next_out = out.data();
            deflater_.avail_out = static_cast<uInt>(out.size());
            ::deflate(&deflater_, flush);
            file_.write(out.data(), out.size() - deflater_.avail_out);
        } while (deflater_.avail_out == 0);
    }

    AtomicFile file_;
    z_stream deflater_{};
    bool compressed_;
};

inline void write_idx_array(const std::filesystem::path& path, std::span<const std::size_t> shape,
                            std::span<const std::uint8_t> elements) {
    std::vector<std::uint8_t> header{0, 0, 0x08, static_cast<std::uint8_t>(shape.size())};
    for (const auto n : shape) {
        require(n > 0 && n <= std::numeric_limits<std::uint32_t>::max(), "write_idx", "a dimension", n,
                "be positive and fit 32 bits");
        for (const int shift : {24, 16, 8, 0}) header.push_back(static_cast<std::uint8_t>(n >> shift));
    }
    IdxSink sink(path);
    sink.write(header);
    sink.write(elements);
    sink.commit();
}

}  // namespace detail

/// Writes images (N, C, H, W) as an IDX file of shape (N, H, W) when C = 1, as MNIST has it, and (N, C, H, W)
/// otherwise. Throws `std::invalid_argument` for a dimension of size 0 or of more than 32 bits.
inline void write_idx_images(const std::filesystem::path& path, const Tensor<std::uint8_t, 4>& images) {
    const auto& n = images.shape();
    std::vector<std::size_t> shape(n.begin(), n.end());
    if (shape[1] == 1) shape.erase(shape.begin() + 1);
    detail::write_idx_array(path, shape, elements(images));
}

/// Writes labels (N) as an IDX file, one byte each. Throws as `write_idx_images` does, and for a label above 255.
inline void write_idx_labels(const std::filesystem::path& path, const Tensor<Label, 1>& labels) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(labels.size());
    for (const std::size_t label : elements(labels)) {
        require(label <= 255, "write_idx_labels", "a label", label, "fit a byte");
        bytes.push_back(static_cast<std::uint8_t>(label));
    }
    const std::array<std::size_t, 1> shape{labels.size()};
    detail::write_idx_array(path, shape, bytes);
}

/// Writes both files of a dataset of bytes. Throws `DataError` when `data.validate()` does, and
/// `std::invalid_argument` for float images.
inline void write_idx(const std::filesystem::path& images, const std::filesystem::path& labels, const Dataset& data) {
    data.validate();
    require(!data.has_floats(), "write_idx", "the kind of images", "float", "be bytes; save floats with save_npy");
    write_idx_images(images, data.images);
    write_idx_labels(labels, data.labels);
}

}  // namespace pstar
