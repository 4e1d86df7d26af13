// npy: arrays of numbers are written back and read again equal, bit for bit; images and labels are valid or refused.
#include <pstar/core/error.hpp>
#include <pstar/data/npy_images.hpp>
#include <pstar/io/npy.hpp>

#include "fuzz/fuzz.hpp"

namespace {

template <class T, std::size_t N>
void round_trip_array(const std::filesystem::path& path) {
    const auto again = fuzz::folder() / "written.npy";
    try {
        const auto read = pstar::load_npy<T, N>(path);
        pstar::save_npy(again, read);
        const auto reread = pstar::load_npy<T, N>(again);
        fuzz::must(read.shape() == reread.shape() &&
                       (read.size() == 0 || std::memcmp(read.data(), reread.data(), read.size() * sizeof(T)) == 0),
                   "a written array is read back equal");
    } catch (const pstar::DataError&) {
    }
}

}  // namespace

FUZZ_TARGET(npy) {
    const auto path = fuzz::file_of(bytes, "read.npy");
    round_trip_array<float, 1>(path);
    round_trip_array<float, 2>(path);
    round_trip_array<double, 2>(path);
    round_trip_array<std::uint8_t, 4>(path);
    for (const auto layout : {pstar::ImageLayout::channels_first, pstar::ImageLayout::channels_last}) try {
            pstar::detail::read_npy_images(path, layout);
        } catch (const pstar::DataError&) {
        }
    try {
        pstar::read_npy_labels(path);
    } catch (const pstar::DataError&) {
    }
}
