#include <pstar/data/cifar.hpp>

#include "catch.hpp"
#include "data/files.hpp"

namespace cifar_test {

using namespace pstar;
using namespace pstar::tests;
using Catch::Contains;

namespace {

/// The value of pixel i of record n, whatever the format.
std::uint8_t pixel(std::size_t n, std::size_t i) {
    return static_cast<std::uint8_t>(n * 31 + i * 7 + i / 1024);
}

/// Records by hand; `labels[n]` are the label bytes of record n.
Bytes cifar(const std::vector<Bytes>& labels) {
    Bytes bytes;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        bytes.insert(bytes.end(), labels[n].begin(), labels[n].end());
        for (std::size_t i = 0; i < 3072; ++i) bytes.push_back(pixel(n, i));
    }
    return bytes;
}

}  // namespace

TEST_CASE("CIFAR-10's records are read as the format says, raw and gzipped, file after file") {
    const TemporaryFolder folder;
    put(folder / "a.bin", cifar({{3}, {9}}));
    put(folder / "b.bin", gzipped(cifar({{0}})));
    const std::vector<std::filesystem::path> files{folder / "a.bin", folder / "b.bin"};
    const auto data = read_cifar10(files);
    data.validate();
    REQUIRE((data.size() == 3 && data.channels() == 3 && data.height() == 32 && data.width() == 32));
    CHECK(data.classes == 10);
    CHECK((data.label(0) == 3 && data.label(1) == 9 && data.label(2) == 0));
    // Red, green and blue planes of 1024 bytes, each row by row.
    CHECK(data.images(1, 0, 0, 5) == pixel(1, 5));
    CHECK(data.images(1, 1, 2, 7) == pixel(1, 1024 + 2 * 32 + 7));
    CHECK(data.images(0, 2, 31, 31) == pixel(0, 3071));
    CHECK(data.images(2, 2, 31, 31) == pixel(0, 3071));  // the first record of its file
}

TEST_CASE("CIFAR-100 has a coarse and a fine label") {
    const TemporaryFolder folder;
    put(folder / "train.bin", cifar({{19, 4}, {0, 99}}));
    const auto fine = read_cifar100(folder / "train.bin");
    const auto coarse = read_cifar100(folder / "train.bin", CifarLabels::coarse);
    CHECK((fine.classes == 100 && fine.label(0) == 4 && fine.label(1) == 99));
    CHECK((coarse.classes == 20 && coarse.label(0) == 19 && coarse.label(1) == 0));
    CHECK(fine.images(1, 2, 31, 30) == pixel(1, 3070));
    CHECK((coarse.images == fine.images));
}

TEST_CASE("what is no CIFAR file is refused with its name and what is wrong") {
    const TemporaryFolder folder;
    const auto path = folder / "x.bin";
    const auto refused = [&](const Bytes& bytes, const std::string& why) {
        put(path, bytes);
        CHECK_THROWS_AS(read_cifar10(path), DataError);
        CHECK_THROWS_WITH(read_cifar10(path), Contains(path.string()) && Contains(why));
    };
    CHECK_THROWS_AS(read_cifar10(folder / "absent"), DataError);
    CHECK_THROWS_WITH(read_cifar10(folder / "absent"), Contains("cannot be opened"));
    refused({}, "record 0 has 0 of 3073 bytes");
    auto bytes = cifar({{1}, {2}});
    bytes.pop_back();
    refused(bytes, "record 1 has 3072 of 3073 bytes");
    bytes = cifar({{1}, {2}});
    bytes.push_back(0);
    refused(bytes, "record 2 has 1 of 3073 bytes");
    refused(cifar({{1}, {10}}), "byte 0 of record 1, a label (= 10), must lie in 0..9");
    refused(cifar({{1, 2}, {3, 4}}), "CIFAR-10");  // CIFAR-100's records are longer
    put(path, cifar({{20, 4}}));
    CHECK_THROWS_WITH(read_cifar100(path), Contains("byte 0 of record 0, a label (= 20), must lie in 0..19"));
    put(path, cifar({{1, 4}, {1, 100}}));
    CHECK_THROWS_WITH(read_cifar100(path, CifarLabels::coarse),
                      Contains("byte 1 of record 1, a label (= 100), must lie in 0..99"));
    put(path, cifar({{1}, {2}}));
    CHECK_THROWS_WITH(read_cifar100(path), Contains("CIFAR-100"));
}

}  // namespace cifar_test
