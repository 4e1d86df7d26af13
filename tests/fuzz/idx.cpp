// IDX images and labels, plain and compressed: what is read is written back and read again equal.
#include <vector>

#include <zlib.h>

#include <pstar/core/error.hpp>
#include <pstar/data/idx.hpp>
#include <pstar/data/idx_writer.hpp>

#include "fuzz/fuzz.hpp"

namespace {

std::vector<std::uint8_t> compressed(fuzz::Bytes bytes) {
    z_stream stream{};
    deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::vector<std::uint8_t> out(deflateBound(&stream, bytes.size()) + 32);
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace

FUZZ_TARGET(idx) {
    fuzz::Cursor cursor(bytes);
    const bool compress = cursor.below(2) == 1;
    const auto packed = compress ? compressed(cursor.rest()) : std::vector<std::uint8_t>{};
    const auto path = fuzz::file_of(compress ? fuzz::Bytes(packed) : cursor.rest(), "read");
    const auto again = fuzz::folder() / "written";
    try {
        const auto images = pstar::read_idx_images(path);
        if (images.size() > 0) {
            pstar::write_idx_images(again, images);
            fuzz::must(pstar::read_idx_images(again) == images, "written images are read back equal");
        }
    } catch (const pstar::DataError&) {
    }
    try {
        const auto labels = pstar::read_idx_labels(path);
        if (labels.size() > 0) {
            pstar::write_idx_labels(again, labels);
            fuzz::must(pstar::read_idx_labels(again) == labels, "written labels are read back equal");
        }
    } catch (const pstar::DataError&) {
    }
}
