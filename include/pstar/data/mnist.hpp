#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <pstar/data/idx.hpp>

namespace pstar {

namespace detail {

/// The file of that name in `directory`, raw or gzipped, with `-` or `.` before `idx`; empty when there is none.
inline std::filesystem::path find_idx(const std::filesystem::path& directory, std::string_view stem,
                                      std::string_view kind) {
    for (const std::string_view joint : {"-", "."})
        for (const std::string_view ending : {"", ".gz"}) {
            const auto path = directory / std::string(stem).append(joint).append(kind).append(ending);
            if (std::error_code reason; std::filesystem::is_regular_file(path, reason)) return path;
        }
    return {};
}

}  // namespace detail

/// MNIST, or a set in the same form (Fashion-MNIST, KMNIST, your own): the four files `train-images-idx3-ubyte`,
/// `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte` of `directory`. Each may be gzipped
/// (`.gz`) and may be spelt with a dot (`train-images.idx3-ubyte`). Images of any size, labels in 0..classes-1.
/// Throws `DataError` when files are missing (and says which), as `read_idx` does, and when the two parts differ in
/// shape.
inline TrainTest load_mnist(const std::filesystem::path& directory, std::size_t classes = 10) {
    if (std::error_code reason; !std::filesystem::is_directory(directory, reason))
        throw DataError("load_mnist: '" + directory.string() + "' is not a directory");
    std::string missing;
    const auto find = [&](std::string_view stem, std::string_view kind) {
        auto path = detail::find_idx(directory, stem, kind);
        if (path.empty()) missing.append(missing.empty() ? "" : ", ").append(stem).append("-").append(kind);
        return path;
    };
    const auto train_images = find("train-images", "idx3-ubyte"), train_labels = find("train-labels", "idx1-ubyte");
    const auto test_images = find("t10k-images", "idx3-ubyte"), test_labels = find("t10k-labels", "idx1-ubyte");
    if (!missing.empty())
        throw DataError("load_mnist: '" + directory.string() + "' lacks " + missing + " (each raw or .gz)");

    TrainTest data{.train = read_idx(train_images, train_labels, classes),
                   .test = read_idx(test_images, test_labels, classes)};
    if (data.train.channels() != data.test.channels() || data.train.height() != data.test.height() ||
        data.train.width() != data.test.width())
        throw DataError("load_mnist: the training and the test images of '" + directory.string() + "' differ in size");
    return data;
}

}  // namespace pstar
