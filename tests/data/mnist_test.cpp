#include <pstar/data/idx_writer.hpp>
#include <pstar/data/mnist.hpp>

#include <cstdlib>
#include <iostream>

#include "catch.hpp"
#include "data/files.hpp"

namespace mnist_test {

using namespace pstar;
using namespace pstar::tests;
using Catch::Contains;

namespace {

Dataset small(std::size_t n, std::size_t side) {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({n, 1, side, side}),
                 .labels = Tensor<Label, 1>::from_shape({n})};
    data.images.fill(static_cast<std::uint8_t>(n));
    data.labels.fill(static_cast<Label>(n));
    return data;
}

/// Fowler, Noll and Vo's 64-bit hash, variant 1a.
template <class T, std::size_t N>
std::uint64_t fnv(const Tensor<T, N>& bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto byte : elements(bytes)) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
}

}  // namespace

TEST_CASE("load_mnist finds the four files, raw or gzipped, with a dash or a dot") {
    for (const std::string joint : {"-", "."})
        for (const std::string ending : {"", ".gz"}) {
            const TemporaryFolder folder;
            write_idx(folder / ("train-images" + joint + "idx3-ubyte" + ending), folder / "train-labels-idx1-ubyte",
                      small(3, 8));
            write_idx(folder / "t10k-images-idx3-ubyte.gz", folder / ("t10k-labels" + joint + "idx1-ubyte" + ending),
                      small(2, 8));
            const auto data = load_mnist(folder.path);
            CHECK((data.train.size() == 3 && data.test.size() == 2));
            CHECK((data.train.image(0)[0] == 3 && data.test.label(1) == 2));
        }
}

TEST_CASE("load_mnist says which files are missing") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(load_mnist(folder / "nowhere"), Contains("nowhere' is not a directory"));
    CHECK_THROWS_WITH(load_mnist(folder.path),
                      Contains("train-images-idx3-ubyte") && Contains("train-labels-idx1-ubyte") &&
                          Contains("t10k-images-idx3-ubyte") && Contains("t10k-labels-idx1-ubyte"));
    write_idx(folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte", small(3, 8));
    write_idx_images(folder / "t10k-images-idx3-ubyte", small(2, 8).images);
    CHECK_THROWS_WITH(load_mnist(folder.path), Contains("lacks t10k-labels-idx1-ubyte") && !Contains("images"));
    CHECK_THROWS_AS(load_mnist(folder.path), DataError);
}

TEST_CASE("load_mnist refuses parts that do not fit together") {
    const TemporaryFolder folder;
    write_idx(folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte", small(3, 8));
    write_idx(folder / "t10k-images-idx3-ubyte", folder / "t10k-labels-idx1-ubyte", small(2, 9));
    CHECK_THROWS_WITH(load_mnist(folder.path), Contains("differ in size"));
    CHECK_THROWS_WITH(load_mnist(folder.path, 3), Contains("label 0 (= 3) must lie in 0..2"));
}

TEST_CASE("the real MNIST is read as published") {
    const char* const directory = std::getenv("PSTAR_MNIST_DIR");
    if (directory == nullptr || *directory == 0) {
        std::cout << "skipped: PSTAR_MNIST_DIR is not set\n";
        return;
    }
    const auto data = load_mnist(directory);
    REQUIRE(data.train.size() == 60'000);
    REQUIRE(data.test.size() == 10'000);
    REQUIRE((data.train.height() == 28 && data.train.width() == 28 && data.train.channels() == 1));
    const auto histogram = [](const Dataset& part) {
        std::vector<int> counts(10);
        for (const auto label : part.labels) ++counts[label];
        return counts;
    };
    CHECK(histogram(data.train) == std::vector{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
    CHECK(histogram(data.test) == std::vector{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
    // Hashes of the files of yann.lecun.com/exdb/mnist without their headers.
    CHECK(fnv(data.train.images) == 0xb6e6196608671562);
    CHECK(fnv(data.train.labels) == 0xe3a35dee662474a5);
    CHECK(fnv(data.test.images) == 0x8614c3e55764d65f);
    CHECK(fnv(data.test.labels) == 0xfca1a11d31bd96bb);
}

}  // namespace mnist_test
