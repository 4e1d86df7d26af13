#include <pstar/data/idx_writer.hpp>
#include <pstar/data/load_data.hpp>
#include <pstar/data/mnist.hpp>

#include "catch.hpp"
#include "data/files.hpp"

namespace load_data_test {

using namespace pstar;
using namespace pstar::tests;
using Catch::Contains;

namespace {

/// `n` images of height x width whose labels count first, first + 1, ... up to last, again and again; pixel (i, j) of
/// image k is 16 i + j + k.
Dataset counting(std::size_t n, std::size_t height, std::size_t width, std::size_t first, std::size_t last) {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({n, 1, height, width}),
                 .labels = Tensor<Label, 1>::from_shape({n}),
                 .classes = last + 1};
    for (std::size_t k = 0; k < n; ++k) {
        data.labels(k) = static_cast<Label>(first + k % (last - first + 1));
        for (std::size_t i = 0; i < height; ++i)
            for (std::size_t j = 0; j < width; ++j) data.images(k, 0, i, j) = static_cast<std::uint8_t>(16 * i + j + k);
    }
    return data;
}

/// Writes the four IDX files as `prefix`train-images`ending` and so on.
void write_four(const TemporaryFolder& folder, const std::string& prefix, const std::string& test,
                const std::string& ending, const Dataset& data) {
    for (const std::string& part : {std::string("train"), test})
        write_idx(folder / (prefix + part + "-images-idx3-ubyte" + ending),
                  folder / (prefix + part + "-labels-idx1-ubyte" + ending), data);
}

Bytes cifar(std::size_t label_bytes, std::uint8_t label) {
    Bytes bytes(label_bytes + 3072, 7);
    std::fill_n(bytes.begin(), label_bytes, label);
    return bytes;
}

void refused(const TemporaryFolder& folder, const LoadOptions& options, const std::vector<std::string>& parts) {
    std::string text;
    try {
        load_data(folder.path, options);
    } catch (const DataError& error) {
        text = error.what();
    }
    for (const auto& part : parts) CHECK_THAT(text, Contains(part));
    CHECK_THAT(text, Contains(folder.path.string()));
}

}  // namespace

TEST_CASE("load_data reads a folder of MNIST as load_mnist does") {
    const TemporaryFolder folder;
    write_four(folder, "", "t10k", "", counting(20, 4, 3, 0, 9));
    const auto data = load_data(folder.path), same = load_mnist(folder.path);
    CHECK((data.train.images == same.train.images && data.test.labels == same.test.labels));
    CHECK((data.train.classes == 10 && data.test.classes == 10));
}

TEST_CASE("load_data reads any four IDX files, with EMNIST's orientation and labels from 1") {
    const TemporaryFolder folder;
    const auto stored = counting(52, 4, 3, 1, 26);
    write_four(folder, "emnist-letters-", "test", ".gz", stored);
    const auto data = load_data(folder.path, {.first_label = 1, .transpose = true});
    REQUIRE((data.train.classes == 26 && data.test.classes == 26));
    REQUIRE((data.train.height() == 3 && data.train.width() == 4));
    for (std::size_t k = 0; k < 52; ++k) {
        REQUIRE(data.train.label(k) + 1 == stored.label(k));
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 4; ++j) REQUIRE(data.train.images(k, 0, i, j) == stored.images(k, 0, j, i));
    }
    refused(folder, {}, {"no training image of class 0", "lowest label is 1", "first_label"});
    refused(folder, {.first_label = 2}, {"letters-train-labels", "label 0 (= 1) must be at least the first label, 2"});
    CHECK(load_data(folder.path, {.classes = 30}).train.label(0) == 1);
    refused(folder, {.classes = 20, .first_label = 1}, {"letters-train-images", "must lie in 0..19"});
}

TEST_CASE("load_data asks which of several sets is meant") {
    const TemporaryFolder folder;
    write_four(folder, "emnist-letters-", "test", "", counting(4, 2, 2, 0, 1));
    write_four(folder, "emnist-digits-", "test", "", counting(6, 3, 3, 0, 2));
    refused(folder, {},
            {"several IDX files of training images", "'emnist-letters-train-images-idx3-ubyte'",
             "'emnist-digits-train-images-idx3-ubyte'", "LoadOptions::name"});
    CHECK(load_data(folder.path, {.name = "digits"}).train.classes == 3);
    CHECK(load_data(folder.path, {.name = "letters"}).train.classes == 2);
    refused(folder, {.name = "balanced"},
            {"no IDX file of training images", "'balanced'", "emnist-digits-test-images"});
}

TEST_CASE("of a file that is there plain and gzipped load_data takes the plain one") {
    const TemporaryFolder folder;
    write_four(folder, "", "t10k", "", counting(4, 2, 2, 0, 1));
    write_four(folder, "", "t10k", ".gz", counting(6, 3, 3, 0, 2));
    CHECK(load_data(folder.path).train.height() == 2);
}

TEST_CASE("a name that contains train counts as training data, whatever else it contains") {
    CHECK(detail::idx_role("latest-train-images.idx") == detail::IdxRole::train_images);
    CHECK(detail::idx_role("TEST-LABELS.IDX1-UBYTE.GZ") == detail::IdxRole::test_labels);
    CHECK(detail::idx_role("t10k-images-idx3-ubyte") == detail::IdxRole::test_images);
    CHECK(detail::idx_role("train-images.png") == detail::IdxRole::none);
    CHECK(detail::idx_role("images-idx3-ubyte") == detail::IdxRole::none);
    CHECK(detail::idx_role("train-image-labels-idx1-ubyte") == detail::IdxRole::none);
}

TEST_CASE("load_data tells CIFAR-10 and CIFAR-100 by their files") {
    const TemporaryFolder ten;
    for (int b = 1; b <= 5; ++b)
        put(ten / ("data_batch_" + std::to_string(b) + ".bin"), cifar(1, static_cast<std::uint8_t>(b)));
    refused(ten, {}, {"looks like CIFAR-10, but lacks 'test_batch.bin'"});
    put(ten / "test_batch.bin", cifar(1, 9));
    const auto data = load_data(ten.path);
    REQUIRE((data.train.size() == 5 && data.test.size() == 1 && data.train.classes == 10));
    for (std::size_t i = 0; i < 5; ++i) CHECK(data.train.label(i) == i + 1);
    refused(ten, {.classes = 10}, {"CIFAR-10", "leave LoadOptions::classes"});
    refused(ten, {.first_label = 1}, {"CIFAR-10", "first_label"});
    put(ten / "data_batch_4.bin", Bytes(100));
    refused(ten, {}, {"data_batch_4.bin", "record 0 has 100 of 3073 bytes"});

    std::filesystem::remove_all(ten.path);
    std::filesystem::create_directories(ten.path);
    put(ten / "train.bin", cifar(2, 13));
    refused(ten, {}, {"looks like CIFAR-100, but lacks 'test.bin'"});
    put(ten / "test.bin", cifar(2, 14));
    CHECK(load_data(ten.path).train.classes == 100);
    const auto coarse = load_data(ten.path, {.cifar_labels = CifarLabels::coarse});
    CHECK((coarse.test.classes == 20 && coarse.test.label(0) == 14));
}

TEST_CASE("load_data reads npy files with their options") {
    const TemporaryFolder folder;
    const std::vector<float> pixels{0, 0.25F, 0.5F, 1, 0.125F, 0.75F};
    for (const std::string part : {"train", "test"}) {
        put(folder / (part + "-images.npy"), npy("<f4", "(1, 1, 2, 3)", bytes_of<float>(pixels)));
        put(folder / (part + "-labels.npy"), npy("<i4", "(1,)", bytes_of<std::int32_t>({1})));
    }
    const auto data =
        load_data(folder.path, {.first_label = 1, .transpose = true, .npy_layout = ImageLayout::channels_last});
    REQUIRE((data.train.channels() == 3 && data.train.height() == 2 && data.train.width() == 1));
    CHECK((*data.train.float_images)(0, 2, 1, 0) == 0.75F);
    CHECK((*data.train.float_images)(0, 1, 0, 0) == 0.25F);
    refused(folder, {}, {"no training image of class 0"});
    put(folder / "test-labels.npy", npy("<i4", "(1,)", bytes_of<std::int32_t>({2})));
    refused(folder, {.first_label = 1}, {"test-labels.npy", "label 0 (= 1) must lie in 0..0"});
    std::filesystem::remove(folder / "test-labels.npy");
    refused(folder, {}, {"looks like npy, but lacks 'test-labels.npy'"});
}

TEST_CASE("a folder that is no data set says what it holds") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(load_data(folder / "nowhere"), Contains("nowhere' is not a directory"));
    refused(folder, {}, {"holds no data set", "no files"});
    for (int i = 10; i < 30; ++i) put(folder / ("notes" + std::to_string(i)), {});
    refused(folder, {}, {"holds no data set", "'notes10'", "'notes19' and 10 more"});
    write_four(folder, "", "t10k", "", counting(4, 2, 2, 0, 1));
    put(folder / "train.bin", {});
    refused(folder, {}, {"several formats: 'IDX', 'CIFAR-100'"});
    std::filesystem::remove(folder / "train.bin");
    write_idx_images(folder / "t10k-images-idx3-ubyte", counting(4, 2, 3, 0, 1).images);
    refused(folder, {}, {"differ in size"});
    std::filesystem::remove(folder / "t10k-labels-idx1-ubyte");
    refused(folder, {}, {"no IDX file of test labels", "'t10k-images-idx3-ubyte'"});
    CHECK_THROWS_AS(load_data(folder.path, {.classes = max_classes + 1}), std::invalid_argument);
}

}  // namespace load_data_test
