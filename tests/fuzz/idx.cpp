// IDX images and labels, plain and compressed: what is read is written back and read again equal.
#include <filesystem>
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

template <class Read, class Write>
void round_trip(const std::filesystem::path& path, const Read& read, const Write& write) {
    const auto again = fuzz::folder() / "written";
    try {
        const auto array = read(path);
        if (array.size() == 0) return;
        write(again, array);
        fuzz::must(read(again) == array, "a written array is read back equal");
    } catch (const pstar::DataError&) {
    }
}

}  // namespace

FUZZ_TARGET(idx) {
    fuzz::Cursor cursor(bytes);
    const bool compress = cursor.below(2) == 1;
    const auto packed = compress ? compressed(cursor.rest()) : std::vector<std::uint8_t>{};
    const auto path = fuzz::file_of(compress ? fuzz::Bytes(packed) : cursor.rest(), "read");
    round_trip(path, pstar::read_idx_images, pstar::write_idx_images);
    const auto read_labels = [](const std::filesystem::path& file) { return pstar::read_idx_labels(file); };
    round_trip(path, read_labels, pstar::write_idx_labels);
}
