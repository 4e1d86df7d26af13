#include <pstar/data/idx.hpp>
#include <pstar/data/idx_writer.hpp>

#include <array>
#include <numeric>
#include <optional>

#include "catch.hpp"
#include "data/files.hpp"

namespace idx_test {

using namespace pstar;
using namespace pstar::tests;
using Catch::Contains;

namespace {

/// An IDX file by hand: type, dimensions, `payload` elements that count 0, 1, 2, ...
Bytes idx(std::uint8_t type, const std::vector<std::uint32_t>& shape, std::size_t payload) {
    Bytes bytes{0, 0, type, static_cast<std::uint8_t>(shape.size())};
    for (const auto n : shape)
        for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(n >> shift));
    for (std::size_t i = 0; i < payload; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
    return bytes;
}

Tensor<std::uint8_t, 4> counting_images(std::size_t n, std::size_t c, std::size_t h, std::size_t w) {
    auto images = Tensor<std::uint8_t, 4>::from_shape({n, c, h, w});
    std::iota(images.data(), images.data() + images.size(), std::uint8_t{0});
    return images;
}

/// What a byte is xor-ed with to mutate it: every bit alone, and all of them.
constexpr std::array changes{1, 2, 4, 8, 16, 32, 64, 128, 255};

/// The largest size this process's memory has had, in bytes.
std::size_t peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmPeak:", 0) == 0) return std::stoull(line.substr(7)) * 1024;
    return 0;
}

std::string error_of(const Bytes& bytes) {
    const TemporaryFolder folder;
    put(folder / "file", bytes);
    try {
        read_idx_images(folder / "file");
    } catch (const DataError& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a hand-made IDX file is read as the format says, raw and gzipped") {
    const TemporaryFolder folder;
    const auto images = idx(0x08, {2, 3, 5}, 30), labels = idx(0x08, {2}, 2);
    for (const bool gzip : {false, true}) {
        put(folder / "images", gzip ? gzipped(images) : images);
        put(folder / "labels", gzip ? gzipped(labels) : labels);
        const auto data = read_idx(folder / "images", folder / "labels", 2);
        REQUIRE((data.size() == 2 && data.channels() == 1 && data.height() == 3 && data.width() == 5));
        CHECK((data.images == counting_images(2, 1, 3, 5)));
        CHECK((data.label(0) == 0 && data.label(1) == 1));
        CHECK(data.classes == 2);
    }
}

TEST_CASE("what is written is read back, raw and gzipped, of any size") {
    const TemporaryFolder folder;
    struct Shape {
        std::size_t n, c, h, w;
    };
    for (const auto& [n, c, h, w] :
         {Shape{1, 1, 1, 1}, {7, 1, 28, 28}, {3, 3, 32, 31}, {300, 1, 64, 65}, {2, 1, 1, 300}})
        for (const std::string ending : {"", ".gz"}) {
            Dataset data{.images = counting_images(n, c, h, w), .labels = Tensor<Label, 1>::from_shape({n})};
            for (std::size_t i = 0; i < n; ++i) data.labels(i) = static_cast<Label>(i % 10);
            const auto images = folder / ("images" + ending), labels = folder / ("labels" + ending);
            write_idx(images, labels, data);
            CHECK((get(images)[0] == 0x1f) == (ending == ".gz"));
            const auto again = read_idx(images, labels);
            CHECK((again.images == data.images));
            CHECK((again.labels == data.labels));
        }
    write_idx_images(folder / "mnist", counting_images(2, 1, 3, 5));
    CHECK(get(folder / "mnist") == idx(0x08, {2, 3, 5}, 30));  // three dimensions, as MNIST has it
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 5);  // no temporary is left
}

TEST_CASE("what cannot be written says so and leaves nothing") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(write_idx_images(folder / "a", counting_images(0, 1, 2, 2)), Contains("must be positive"));
    CHECK_THROWS_WITH(write_idx_images(folder / "no/a", counting_images(1, 1, 2, 2)), Contains("No such file"));
    Dataset data{.images = counting_images(2, 1, 2, 2), .labels = Tensor<Label, 1>::from_shape({1})};
    CHECK_THROWS_AS(write_idx(folder / "a", folder / "b", data), DataError);
    CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("a file that is missing or cannot be read names itself and the reason") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(read_idx_images(folder / "absent"), Contains("absent' cannot be opened: No such file"));
    CHECK_THROWS_WITH(read_idx_images(folder.path), Contains("cannot be read: Is a directory"));
    CHECK_THROWS_AS(read_idx_images(folder / "absent"), DataError);
    CHECK_THROWS_AS(read_idx_labels(folder.path), DataError);
}

TEST_CASE("a file of another kind is refused") {
    CHECK_THAT(error_of({}), Contains("too short for an IDX file"));
    CHECK_THAT(error_of({0, 0, 8}), Contains("too short for an IDX file"));
    CHECK_THAT(error_of({'P', 'K', 3, 4, 5, 6}),
               Contains("not an IDX file: it must start with two zero bytes, not 80 and 75"));
    for (const std::uint8_t type : Bytes{0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0x00})
        CHECK_THAT(error_of(idx(type, {2, 3, 5}, 30)),
                   Contains("elements of IDX type " + std::to_string(type) + "; only unsigned bytes"));
    CHECK_THAT(error_of(idx(8, {30}, 30)), Contains("array of 1 dimension(s); images have 3 (N, H, W) or 4"));
    CHECK_THAT(error_of(idx(8, {1, 2, 3, 1, 5}, 30)), Contains("array of 5 dimension(s)"));
    const TemporaryFolder folder;
    put(folder / "file", idx(8, {2, 3, 5}, 30));
    CHECK_THROWS_WITH(read_idx_labels(folder / "file"), Contains("array of 3 dimension(s); labels have 1 (N)"));
}

TEST_CASE("truncated and trailing data are told apart, raw and gzipped") {
    const auto whole = idx(8, {2, 3, 5}, 30);
    for (const bool gzip : {false, true}) {
        const auto form = [&](const Bytes& bytes) { return gzip ? gzipped(bytes) : bytes; };
        CHECK(error_of(form(whole)) == "no error");
        CHECK_THAT(error_of(form(idx(8, {2, 3, 5}, 29))),
                   Contains("truncated: its header claims 2 x 3 x 5 elements, but there are only 29"));
        CHECK_THAT(error_of(form(idx(8, {2, 3, 5}, 31))), Contains("trailing data after the 2 x 3 x 5 elements"));
        CHECK_THAT(error_of(form({0, 0, 8, 3, 0, 0, 0, 2, 0, 0})), Contains("ends inside its IDX header"));
    }
}

TEST_CASE("a damaged gzip stream never gives data") {
    const auto good = gzipped(idx(8, {2, 3, 5}, 30));
    auto bad = good;
    bad[bad.size() - 5] ^= 1;  // the checksum is in the last 8 bytes: CRC32, then the length
    CHECK_THAT(error_of(bad), Contains("damaged gzip file: incorrect data check"));
    bad = good;
    bad[bad.size() - 1] ^= 1;
    CHECK_THAT(error_of(bad), Contains("damaged gzip file: incorrect length check"));
    for (std::size_t size = 2; size < good.size(); ++size)
        CHECK_THAT(error_of(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
                   Contains("truncated gzip file"));
    bad = good;
    bad.insert(bad.end(), {1, 2, 3});  // gunzip ignores such garbage; here it is not what the file claims to be
    CHECK_THAT(error_of(bad), Contains("damaged gzip file"));
}

TEST_CASE("several gzip members make one file") {
    const auto whole = idx(8, {2, 3, 5}, 30);
    auto bytes = gzipped(Bytes(whole.begin(), whole.begin() + 20));
    for (const auto& part : {gzipped({}), gzipped(Bytes(whole.begin() + 20, whole.end())), gzipped({})})
        bytes.insert(bytes.end(), part.begin(), part.end());
    CHECK(error_of(bytes) == "no error");
    const auto extra = gzipped({7});
    bytes.insert(bytes.end(), extra.begin(), extra.end());
    CHECK_THAT(error_of(bytes), Contains("trailing data"));
}

TEST_CASE("a header that claims more than there is costs no memory") {
    const auto before = peak_memory();
    for (const bool gzip : {false, true}) {
        const auto form = [&](const Bytes& bytes) { return gzip ? gzipped(bytes) : bytes; };
        const auto huge = 0xFFFFFFFFU;
        CHECK_THAT(error_of(form(idx(8, {huge, huge, huge}, 100))), Contains("claims more elements than fit"));
        CHECK_THAT(error_of(form(idx(8, {huge, huge, huge, huge}, 100))), Contains("claims more elements than fit"));
        CHECK_THAT(error_of(form(idx(8, {huge, huge, 1}, 100))), Contains(gzip ? "4 GiB" : "only 100"));
        CHECK_THAT(error_of(form(idx(8, {3'000'000, 28, 28}, 100))), Contains("only 100"));  // 2.3 GB
        for (const auto& shape : {std::vector<std::uint32_t>{0, 28, 28}, {10, 0, 28}, {10, 28, 0}, {huge, huge, 0}})
            CHECK_THAT(error_of(form(idx(8, shape, 100))), Contains("has a dimension of size 0"));
    }
    CHECK(peak_memory() - before < 100'000'000);
}

TEST_CASE("a gzip bomb is inflated no further than its header allows") {
    // 1 GB of zeros in about 1 MB: 64 gzip members of 16 MB each, after a header that claims 30 bytes.
    auto bytes = gzipped(idx(8, {2, 3, 5}, 30));
    const auto part = gzipped(Bytes(1U << 24));
    for (int i = 0; i < 64; ++i) bytes.insert(bytes.end(), part.begin(), part.end());
    REQUIRE(bytes.size() < 2'000'000);
    const TemporaryFolder folder;
    put(folder / "bomb.gz", bytes);
    const auto before = peak_memory();
    CHECK_THROWS_WITH(read_idx_images(folder / "bomb.gz"), Contains("trailing data after the 2 x 3 x 5 elements"));
    CHECK(peak_memory() - before < 10'000'000);

    detail::ByteStream stream(folder / "bomb.gz");
    Bytes three(3);
    CHECK(stream.read(three) == 3);
    CHECK(three == Bytes{0, 0, 8});
}

TEST_CASE("labels out of range and unequal counts name the files") {
    const TemporaryFolder folder;
    put(folder / "images", idx(8, {3, 2, 2}, 12));
    put(folder / "labels", idx(8, {3}, 3));
    CHECK(read_idx(folder / "images", folder / "labels", 3).size() == 3);
    CHECK_THROWS_WITH(read_idx(folder / "images", folder / "labels", 2),
                      Contains("labels'") && Contains("label 2 (= 2) must lie in 0..1"));
    put(folder / "labels", idx(8, {4}, 4));
    CHECK_THROWS_WITH(read_idx(folder / "images", folder / "labels"),
                      Contains("images'") && Contains("labels'") && Contains("3 images but 4 labels"));
    CHECK_THROWS_AS(read_idx(folder / "images", folder / "labels", 0), std::invalid_argument);
    CHECK_THROWS_AS(read_idx(folder / "images", folder / "labels", 257), std::invalid_argument);
}

TEST_CASE("a mutated raw file gives an error or differs in the mutated pixel alone") {
    const TemporaryFolder folder;
    const auto whole = idx(8, {2, 3, 5}, 30);
    const auto expected = counting_images(2, 1, 3, 5);
    constexpr std::size_t header = 16;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int change : changes) {
            auto bytes = whole;
            bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ change);
            put(folder / "file", bytes);
            if (at < header) {
                REQUIRE_THROWS_AS(read_idx_images(folder / "file"), DataError);
                continue;
            }
            auto changed = expected;
            changed.data()[at - header] = bytes[at];
            REQUIRE((read_idx_images(folder / "file") == changed));
        }
        put(folder / "file", Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
        REQUIRE_THROWS_AS(read_idx_images(folder / "file"), DataError);
    }
}

TEST_CASE("a mutated gzip file gives an error or the same images") {
    const TemporaryFolder folder;
    const auto whole = gzipped(idx(8, {2, 3, 5}, 30));
    const auto expected = counting_images(2, 1, 3, 5);
    std::size_t same = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int change : changes) {
            auto bytes = whole;
            bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ change);
            put(folder / "file", bytes);
            std::optional<Tensor<std::uint8_t, 4>> images;
            try {
                images = read_idx_images(folder / "file");
            } catch (const DataError&) {
            }
            if (!images) continue;
            REQUIRE((*images == expected));
            ++same;
        }
        put(folder / "file", Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
        REQUIRE_THROWS_AS(read_idx_images(folder / "file"), DataError);
    }
    // Without meaning for the data (RFC 1952): time stamp (4 bytes), extra flags, system; and single bits: the flag
    // "is text" and at most 7 that pad the deflated data to a whole byte.
    CHECK(same >= 6 * changes.size());
    CHECK(same <= 6 * changes.size() + 8);
}

TEST_CASE("labels that do not fit a byte are not written as IDX") {
    const TemporaryFolder folder;
    auto labels = Tensor<Label, 1>::from_shape({2});
    labels(0) = 255;
    labels(1) = 256;
    CHECK_THROWS_WITH(write_idx_labels(folder / "labels", labels), Contains("a label (= 256) must fit a byte"));
    CHECK(std::filesystem::is_empty(folder.path));
    labels(1) = 7;
    write_idx_labels(folder / "labels", labels);
    CHECK((read_idx_labels(folder / "labels") == labels));
}

}  // namespace idx_test
