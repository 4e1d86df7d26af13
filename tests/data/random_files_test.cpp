// Random bytes, and random changes of good files, in every reader: a dataset that is valid, or DataError.
#include <pstar/core/random.hpp>
#include <pstar/data/cifar.hpp>
#include <pstar/data/load_data.hpp>
#include <pstar/data/npy_images.hpp>

#include <functional>

#include "catch.hpp"
#include "data/files.hpp"

namespace random_files_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

/// Counts how often a reader refuses what `make` gives; whatever it accepts must be valid.
std::size_t refusals(std::size_t trials, const std::function<void()>& make, const std::function<Dataset()>& read) {
    std::size_t refused = 0;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        make();
        try {
            read().validate();
        } catch (const DataError&) {
            ++refused;
        }
    }
    return refused;
}

class RandomFiles {
public:
    Bytes bytes(std::size_t most) {
        Bytes result(random_.below(static_cast<std::uint32_t>(most)));
        for (auto& byte : result) byte = static_cast<std::uint8_t>(random_.below(256));
        return result;
    }
    /// A few bytes changed, and sometimes some of the end cut off or added.
    Bytes changed(Bytes good, std::size_t first, std::size_t last) {
        for (std::uint32_t i = 0, count = 1 + random_.below(3); i < count; ++i)
            good[first + random_.below(static_cast<std::uint32_t>(last - first))] =
                static_cast<std::uint8_t>(random_.below(256));
        if (random_.below(4) == 0) good.resize(good.size() - random_.below(8));
        if (random_.below(4) == 0) good.resize(good.size() + random_.below(8));
        return good;
    }

private:
    RandomSequence random_{{Seed{11}, Stream::user}};
};

constexpr std::size_t trials = 2000;

}  // namespace

TEST_CASE("random bytes are refused by every reader") {
    const TemporaryFolder folder;
    RandomFiles files;
    const auto images = folder / "images", labels = folder / "labels";
    put(labels, npy("|u1", "(2,)", {0, 1}));
    const auto make = [&] { put(images, files.bytes(200)); };
    CHECK(refusals(trials, make, [&] { return read_npy(images, labels); }) == trials);
    CHECK(refusals(trials, make, [&] { return read_cifar10(images); }) == trials);
    CHECK(refusals(trials, make, [&] { return read_cifar100(images); }) == trials);
    CHECK(refusals(trials, make, [&] { return Dataset{.images = read_idx_images(images)}; }) == trials);
    CHECK(refusals(trials, make, [&] { return Dataset{.labels = read_idx_labels(images)}; }) == trials);
}

TEST_CASE("changed files give a valid dataset or DataError") {
    const TemporaryFolder folder;
    RandomFiles files;
    const auto images = folder / "images", labels = folder / "labels";

    const auto good_labels = npy("<i4", "(2,)", bytes_of<std::int32_t>({0, 1}));
    put(labels, good_labels);
    for (const auto& good : {npy("|u1", "(2, 3, 4)", Bytes(24, 9)),
                             npy("<f4", "(2, 1, 2, 2)", bytes_of<float>(std::vector<float>(8, 0.5F))),
                             npy("<f8", "(2, 2, 2)", bytes_of<double>(std::vector<double>(8, 0.5)))}) {
        const auto count = refusals(
            trials, [&] { put(images, files.changed(good, 0, good.size())); },
            [&] { return read_npy(images, labels); });
        CHECK(count > trials / 2);
        CHECK(count < trials);  // pixels changed alone are good data
    }
    put(images, npy("|u1", "(2, 3, 4)", Bytes(24, 9)));
    CHECK(refusals(
              trials, [&] { put(labels, files.changed(good_labels, 0, good_labels.size())); },
              [&] { return read_npy(images, labels); }) > trials / 2);

    const Bytes record(3073, 5);
    const auto count = refusals(
        trials / 10, [&] { put(images, files.changed(record, 0, 4)); }, [&] { return read_cifar10(images); });
    CHECK(count > trials / 40);
    CHECK(count < trials / 10);
}

TEST_CASE("folders of random files give DataError") {
    RandomFiles files;
    for (const std::vector<std::string>& names :
         {std::vector<std::string>{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                   "t10k-labels-idx1-ubyte"},
          {"train.bin", "test.bin"},
          {"train-images.npy", "train-labels.npy", "test-images.npy", "test-labels.npy"}}) {
        const TemporaryFolder folder;
        CHECK(refusals(
                  100,
                  [&] {
                      for (const auto& name : names) put(folder / name, files.bytes(100));
                  },
                  [&] { return load_data(folder.path).train; }) == 100);
    }
}

}  // namespace random_files_test
