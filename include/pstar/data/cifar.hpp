#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/detail/byte_stream.hpp>

/// Reading CIFAR-10 and CIFAR-100 in their binary version, raw or gzipped: records of one image each,
///
///     CIFAR-10     label (1 byte, 0..9), pixels (3072 bytes)
///     CIFAR-100    coarse label (1 byte, 0..19), fine label (1 byte, 0..99), pixels (3072 bytes)
///
/// with the pixels in the order (C, H, W) = (3, 32, 32), red first. Source: Krizhevsky, "The CIFAR-10 dataset",
/// www.cs.toronto.edu/~kriz/cifar.html, section "Binary version".
namespace pstar {

/// Which of the two labels of a CIFAR-100 image counts: one of 100 fine classes or one of 20 coarse ones.
enum class CifarLabels { fine, coarse };

namespace detail {

/// How the records of one of the sets begin.
struct CifarFormat {
    std::string name;
    std::vector<std::size_t> classes;  ///< of each label of a record, in their order
    std::size_t used;                  ///< the label that counts
};

constexpr std::size_t cifar_pixels = 3 * 32 * 32;

/// The records of a set of files, gathered.
struct CifarRecords {
    std::vector<std::uint8_t> labels, pixels;
};

/// Appends the records of one file.
inline void read_cifar_file(const std::filesystem::path& path, const CifarFormat& format, CifarRecords& records) {
    ByteStream stream(path);
    const auto label_bytes = format.classes.size();
    std::vector<std::uint8_t> record(label_bytes + cifar_pixels);
    for (std::size_t n = 0;; ++n) {
        const auto count = stream.read(record);
        if (count == 0 && n > 0) return;
        if (count < record.size())
            stream.fail("is truncated or not in the format of " + format.name + ": record " + std::to_string(n) +
                        " has " + std::to_string(count) + " of " + std::to_string(record.size()) + " bytes");
        for (std::size_t l = 0; l < label_bytes; ++l)
            if (record[l] >= format.classes[l])
                stream.fail("is damaged or not in the format of " + format.name + ": byte " + std::to_string(l) +
                            " of record " + std::to_string(n) + ", a label (= " + std::to_string(record[l]) +
                            "), must lie in 0.." + std::to_string(format.classes[l] - 1));
        records.labels.push_back(record[format.used]);
        records.pixels.insert(records.pixels.end(), record.begin() + static_cast<std::ptrdiff_t>(label_bytes),
                              record.end());
    }
}

inline Dataset read_cifar(std::span<const std::filesystem::path> files, const CifarFormat& format) {
    CifarRecords records;
    for (const auto& path : files) read_cifar_file(path, format, records);
    const auto size = records.labels.size();
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({size, 3, 32, 32}),
                 .labels = Tensor<Label, 1>::from_shape({size}),
                 .classes = format.classes[format.used]};
    std::ranges::copy(records.pixels, data.images.data());
    std::ranges::copy(records.labels, data.labels.data());
    return data;
}

}  // namespace detail

/// The images of CIFAR-10's files, one file after the other: (N, 3, 32, 32), 10 classes.
/// Throws `DataError` for a file that cannot be read, is truncated or holds a label that is none.
inline Dataset read_cifar10(std::span<const std::filesystem::path> files) {
    return detail::read_cifar(files, {.name = "CIFAR-10", .classes = {10}, .used = 0});
}
/// Reads one binary file of CIFAR-10: images (N, 3, 32, 32), 10 classes. Throws `DataError` that names the file and
/// what is wrong.
inline Dataset read_cifar10(const std::filesystem::path& file) {
    return read_cifar10({&file, 1});
}

/// The images of a file of CIFAR-100: (N, 3, 32, 32), 100 classes, or 20 by their coarse labels.
/// Throws as `read_cifar10` does.
inline Dataset read_cifar100(const std::filesystem::path& file, CifarLabels labels = CifarLabels::fine) {
    const std::size_t used = labels == CifarLabels::fine ? 1 : 0;
    return detail::read_cifar({&file, 1}, {.name = "CIFAR-100", .classes = {20, 100}, .used = used});
}

}  // namespace pstar
