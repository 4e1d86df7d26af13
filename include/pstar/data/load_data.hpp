#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/data/cifar.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/detail/check_labelled.hpp>
#include <pstar/data/detail/data_folder.hpp>
#include <pstar/data/idx.hpp>
#include <pstar/data/npy_images.hpp>
#include <pstar/data/transpose_images.hpp>

namespace pstar {

/// How `load_data` reads a folder.
struct LoadOptions {
    std::size_t classes = 0;  ///< of IDX and npy; 0: one more than the largest label of a training image
    Label first_label = 0;    ///< of IDX and npy, the files' label of class 0: 1 for EMNIST's letters
    bool transpose = false;   ///< exchange the rows and columns of every image, for EMNIST's files
    std::string name = {};    ///< only IDX files whose names contain this, e.g. "emnist-letters"
    ImageLayout npy_layout = ImageLayout::channels_first;  ///< of images in npy files that have channels
    CifarLabels cifar_labels = CifarLabels::fine;          ///< of CIFAR-100

    void validate() const {
        require(classes <= max_classes, "LoadOptions", "classes", classes, "be at most " + std::to_string(max_classes));
    }
};

namespace detail {

inline const std::vector<std::string> cifar10_files{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                    "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
inline const std::vector<std::string> cifar100_files{"train.bin", "test.bin"};
inline const std::vector<std::string> npy_files{"train-images.npy", "train-labels.npy", "test-images.npy",
                                                "test-labels.npy"};

inline TrainTest load_cifar10(const DataFolder& folder) {
    folder.require_all(cifar10_files, "CIFAR-10");
    std::vector<std::filesystem::path> paths;
    for (const auto& name : cifar10_files) paths.push_back(folder / name);
    return {.train = read_cifar10(std::span(paths).first(5)), .test = read_cifar10(paths.back())};
}

inline TrainTest load_cifar100(const DataFolder& folder, CifarLabels labels) {
    folder.require_all(cifar100_files, "CIFAR-100");
    return {.train = read_cifar100(folder / "train.bin", labels), .test = read_cifar100(folder / "test.bin", labels)};
}

/// Refuses training labels of which none is class 0: most likely the labels in the files begin at 1.
inline void check_lowest_label(const DataFolder& folder, const Dataset& train, const LoadOptions& options) {
    const auto lowest = std::ranges::min(train.all_labels());
    if (options.classes == 0 && lowest > 0)
        folder.refuse("has no training image of class 0: its lowest label is " +
                      std::to_string(lowest + options.first_label) +
                      "; set LoadOptions::first_label to it, or LoadOptions::classes if a class has no images");
}

inline TrainTest load_npy_folder(const DataFolder& folder, const LoadOptions& options) {
    folder.require_all(npy_files, "npy");
    NpyOptions npy{.layout = options.npy_layout, .first_label = options.first_label, .classes = options.classes};
    TrainTest data;
    data.train = read_npy(folder / npy_files[0], folder / npy_files[1], npy);
    check_lowest_label(folder, data.train, options);
    npy.classes = data.train.classes;
    data.test = read_npy(folder / npy_files[2], folder / npy_files[3], npy);
    return data;
}

inline Dataset load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, Label first_label,
                        std::size_t classes) {
    Dataset data{.images = read_idx_images(images), .labels = read_idx_labels(labels, first_label)};
    check_labelled(data, classes, images, labels);
    return data;
}

inline TrainTest load_idx_folder(const DataFolder& folder, const LoadOptions& options) {
    const auto files = idx_files(folder, options.name);
    std::array<std::filesystem::path, 4> paths;
    for (std::size_t role = 0; role < files.size(); ++role) {
        const std::string what(idx_roles[role]);
        if (files[role].empty())
            folder.refuse("has no IDX file of " + what +
                          " whose name contains 'idx' or 'ubyte', 'train' or 'test' or " +
                          "'t10k', and 'image' or 'label'" +
                          (options.name.empty() ? "" : ", and '" + options.name + "', as LoadOptions::name asks") +
                          "; of IDX files it holds " + DataFolder::list(idx_names(folder)));
        if (files[role].size() > 1)
            folder.refuse("has several IDX files of " + what + ": " + DataFolder::list(files[role]) +
                          "; set LoadOptions::name to what only the names of one set contain");
        paths[role] = folder / files[role].front();
    }
    TrainTest data;
    data.train = load_idx(paths[0], paths[1], options.first_label, options.classes);
    check_lowest_label(folder, data.train, options);
    data.test = load_idx(paths[2], paths[3], options.first_label, data.train.classes);
    return data;
}

inline TrainTest load_folder(const DataFolder& folder, const LoadOptions& options) {
    const auto idx = idx_files(folder, "");
    std::vector<std::string> formats;
    if (std::ranges::any_of(idx, [](const auto& names) { return !names.empty(); })) formats.push_back("IDX");
    if (folder.has_any(cifar10_files)) formats.push_back("CIFAR-10");
    if (folder.has_any(cifar100_files)) formats.push_back("CIFAR-100");
    if (folder.has_any(npy_files)) formats.push_back("npy");
    if (formats.empty())
        folder.refuse(
            "holds no data set: neither IDX files (train-images-idx3-ubyte, ...) nor those of CIFAR-10 "
            "(data_batch_1.bin, ...), CIFAR-100 (train.bin, test.bin) or npy (train-images.npy, ...), but " +
            DataFolder::list(folder.names()));
    if (formats.size() > 1)
        folder.refuse("holds files of several formats: " + DataFolder::list(formats) + "; give each its own folder");
    if (formats[0].starts_with("CIFAR") && (options.classes != 0 || options.first_label != 0))
        folder.refuse("holds " + formats[0] +
                      ", whose labels are known; leave LoadOptions::classes and first_label at 0");
    if (formats[0] == "CIFAR-10") return load_cifar10(folder);
    if (formats[0] == "CIFAR-100") return load_cifar100(folder, options.cifar_labels);
    return formats[0] == "npy" ? load_npy_folder(folder, options) : load_idx_folder(folder, options);
}

}  // namespace detail

/// The training and the test set of a folder in one of these forms, recognised by the names of its files:
///
///     IDX        four files, plain or .gz, as MNIST, Fashion-MNIST, KMNIST and EMNIST have them; each name
///                contains "idx" or "ubyte", "train" or ("test" or "t10k"), "image" or "label"
///     CIFAR-10   data_batch_1.bin to data_batch_5.bin, test_batch.bin
///     CIFAR-100  train.bin, test.bin
///     npy        train-images.npy, train-labels.npy, test-images.npy, test-labels.npy (`read_npy`)
///
/// Throws `DataError` for a folder that is none of these or several, files that are missing, broken or do not fit each
/// other, and where labels begin above `first_label` although the number of classes was left to be counted.
inline TrainTest load_data(const std::filesystem::path& directory, const LoadOptions& options = {}) {
    options.validate();
    const detail::DataFolder folder(directory);
    auto data = detail::load_folder(folder, options);
    if (options.transpose) {
        data.train = transpose_images(std::move(data.train));
        data.test = transpose_images(std::move(data.test));
    }
    const auto size_of = [](const Dataset& part) { return std::array{part.channels(), part.height(), part.width()}; };
    if (size_of(data.train) != size_of(data.test)) folder.refuse("has training and test images that differ in size");
    return data;
}

}  // namespace pstar
