#include <pstar/io/safetensors.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>

#include "catch.hpp"
#include "scratch.hpp"

namespace safetensors_test {

using namespace pstar;
using Catch::Contains;

namespace {

const std::string fixtures = PSTAR_SOURCE_DIR "/tests/fixtures/";

std::string file_of(std::string_view header, std::string_view data) {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    return bytes.append(header).append(data);
}

template <class Scalar>
std::vector<Scalar> numbers(const StoredTensor& tensor) {
    std::vector<Scalar> values(tensor.bytes.size() / sizeof(Scalar));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

/// The parameters of a 12-7-5-4 network, as the fixtures hold them, set to a value that no fixture contains.
template <class Scalar>
struct Parameters {
    std::vector<Scalar> values = std::vector<Scalar>(155, Scalar(-100));
    std::vector<NamedTensor<Scalar>> views;

    Parameters() {
        auto next = values.data();
        const auto add = [&](std::string name, std::vector<std::size_t> shape) {
            const auto count = element_count(shape).value();
            views.push_back({std::move(name), std::move(shape), {next, count}});
            next += count;
        };
        add("0.weight", {7, 12}), add("0.bias", {7});
        add("2.weight", {5, 7}), add("2.bias", {5});
        add("4.weight", {4, 5}), add("4.bias", {4});
    }
    bool untouched() const { return values == std::vector<Scalar>(155, Scalar(-100)); }
};

template <class Scalar>
std::string refusal(const std::filesystem::path& path, const std::vector<NamedTensor<Scalar>>& into) {
    try {
        load_safetensors(path, into);
    } catch (const DataError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a safetensors file is byte for byte what the format says") {
    const Scratch folder;
    const std::vector<float> a{1, -2};
    const std::vector<NamedTensor<const float>> tensors{{"a\"b", {2, 1}, a}, {"s", {}, std::span(a).first(1)}};
    save_safetensors(folder / "t", tensors, {{"k", "v"}});
    // 1 = 0x3f800000 and -2 = 0xc0000000, little-endian; the header's 141 characters are padded to 144.
    const std::string header = R"({"__metadata__":{"k":"v"},"a\"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                               R"("s":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})";
    const auto padded = header + std::string((8 - header.size() % 8) % 8, ' ');
    CHECK(read_bytes(folder / "t") == file_of(padded, std::string("\0\0\x80\x3f\0\0\0\xc0\0\0\x80\x3f", 12)));
    CHECK(padded.size() % 8 == 0);
}

TEMPLATE_TEST_CASE("a checkpoint comes back bit for bit", "", float, double) {
    const Scratch folder;
    using Bits = std::conditional_t<sizeof(TestType) == 4, std::uint32_t, std::uint64_t>;
    RandomSequence next({Seed{3}});
    Parameters<TestType> net, copy;
    for (auto& value : net.values)  // any bits at all: NaNs with their payload, infinities, subnormals
        value = std::bit_cast<TestType>(static_cast<Bits>(std::uint64_t{next()} << 32 | next()));
    net.values[0] = std::numeric_limits<TestType>::quiet_NaN();
    net.values[1] = -TestType{0};
    net.values[2] = std::numeric_limits<TestType>::denorm_min();
    const SafetensorsMetadata metadata{{"seed", "7"}, {"näme", "line\nbreak \"quoted\""}};
    save_safetensors(folder / "net.safetensors", net.views, metadata);

    std::reverse(copy.views.begin(), copy.views.end());  // the order does not matter, the names do
    CHECK(load_safetensors(folder / "net.safetensors", copy.views) == metadata);
    CHECK(std::memcmp(copy.values.data(), net.values.data(), net.values.size() * sizeof(TestType)) == 0);
}

TEST_CASE("spans, scalars, empty tensors and no tensors at all are written and read") {
    const Scratch folder;
    std::vector<double> values{4.5};
    const std::vector<NamedTensor<double>> tensors{{"none", {0, 3}, {}}, {"one", {}, values}};
    save_safetensors(folder / "t", std::span(tensors));
    values[0] = 0;
    CHECK(load_safetensors(folder / "t", std::span(tensors)).empty());
    CHECK(values[0] == 4.5);
    const auto read = read_safetensors(folder / "t");
    REQUIRE(read.tensors.size() == 2);
    CHECK(read.tensors[0].name == "none");
    CHECK(read.tensors[0].shape == std::vector<std::size_t>{0, 3});
    CHECK(read.tensors[1].shape.empty());

    save_safetensors(folder / "nothing", std::vector<NamedTensor<float>>{});
    CHECK(read_bytes(folder / "nothing") == file_of("{}      ", ""));
    CHECK(read_safetensors(folder / "nothing").tensors.empty());
}

TEST_CASE("checkpoints written with PyTorch are read, and ours are the same bytes") {
    const Scratch folder;
    Parameters<float> narrow;
    Parameters<double> wide;
    const auto metadata = load_safetensors(fixtures + "mlp_f32.safetensors", narrow.views);
    CHECK(load_safetensors(fixtures + "mlp_f64.safetensors", wide.views) == metadata);
    CHECK_THAT(metadata.at("source"), Contains("PyTorch"));
    for (std::size_t i = 0; i < 155; ++i) {
        REQUIRE(static_cast<double>(narrow.values[i]) == wide.values[i]);  // the fixtures hold the same numbers
        REQUIRE(std::abs(wide.values[i]) <
                1 / std::sqrt(5.0));  // PyTorch's initialisation: +-1/sqrt(fan_in), fan_in >= 5
    }
    save_safetensors(folder / "f32", narrow.views, metadata);
    save_safetensors(folder / "f64", wide.views, metadata);
    CHECK(read_bytes(folder / "f32") == read_bytes(fixtures + "mlp_f32.safetensors"));
    CHECK(read_bytes(folder / "f64") == read_bytes(fixtures + "mlp_f64.safetensors"));
}

TEST_CASE("a checkpoint that does not fit is refused, named, and changes nothing") {
    const auto path = fixtures + "mlp_f32.safetensors";
    Parameters<float> net;
    auto views = net.views;
    views[3].name = "3.bias";
    std::swap(views[4].shape[0], views[4].shape[1]);
    CHECK_THAT(refusal(path, views), Contains("missing: '3.bias'") && Contains("unexpected: '2.bias'") &&
                                         Contains("'4.weight' is F32 (4, 5), expected F32 (5, 4)") && Contains(path));
    CHECK(net.untouched());

    views = net.views;
    views.pop_back();
    CHECK_THAT(refusal(path, views), Contains("unexpected: '4.bias'") && !Contains("missing"));
    CHECK(net.untouched());

    Parameters<double> wide;
    CHECK_THAT(refusal(path, wide.views), Contains("'0.bias' is F32 (7), expected F64 (7)"));
    CHECK(wide.untouched());

    const Scratch folder;  // the last byte is missing: nothing is written either
    auto bytes = read_bytes(path);
    bytes.pop_back();
    CHECK(refusal(write_bytes(folder / "cut", bytes), net.views) != "accepted");
    CHECK(net.untouched());
}

TEST_CASE("what the caller gets wrong is said before a file is touched") {
    const Scratch folder;
    std::vector<float> v(2);
    using Tensors = std::vector<NamedTensor<float>>;
    const auto path = write_bytes(folder / "old", "old");
    CHECK_THROWS_WITH(save_safetensors(path, Tensors{{"a", {2}, v}, {"a", {2}, v}}),
                      Contains("name (= a) must be unique"));
    CHECK_THROWS_WITH(save_safetensors(path, Tensors{{"a", {3}, v}}),
                      Contains("a.values.size() (= 2) must be the product of its shape (3)"));
    CHECK_THROWS_AS(save_safetensors(path, Tensors{{"__metadata__", {2}, v}}), std::invalid_argument);
    CHECK_THROWS_AS(save_safetensors(path, Tensors{{"\xff", {2}, v}}), std::invalid_argument);
    CHECK_THROWS_AS(save_safetensors(path, Tensors{}, {{"key", "\xff"}}), std::invalid_argument);
    CHECK_THROWS_AS(load_safetensors(path, Tensors{{"a", {3}, v}}), std::invalid_argument);
    CHECK_THROWS_AS(save_safetensors(folder / "no/folder", Tensors{{"a", {2}, v}}), std::system_error);
    CHECK(read_bytes(path) == "old");
}

TEST_CASE("files that are no safetensors files are refused with the reason") {
    const Scratch folder;
    CHECK_THROWS_WITH(read_safetensors(folder / "absent"), Contains("absent") && Contains("does not exist"));
    CHECK_THROWS_WITH(read_safetensors(folder / ""), Contains("not a regular file"));

    const auto path = folder / "file";
    const auto refused = [&](const std::string& bytes, const char* reason) {
        INFO(bytes);
        CHECK_THROWS_AS(read_safetensors(write_bytes(path, bytes)), DataError);
        CHECK_THROWS_WITH(read_safetensors(path), Contains(reason) && Contains(path.string()));
    };
    const auto one = [](std::string_view dtype, std::string_view shape, std::string_view offsets,
                        std::size_t bytes = 4) {
        std::string header = R"({"a":{"dtype":)";
        header.append(dtype).append(R"(,"shape":)").append(shape).append(R"(,"data_offsets":)").append(offsets);
        return file_of(header + "}}", std::string(bytes, '\0'));
    };
    // What is accepted: any dtype, spaces behind the header, no metadata.
    CHECK(read_safetensors(write_bytes(path, one("\"F32\"", "[1]", "[0,4]"))).tensors.at(0).bytes.size() == 4);
    CHECK(read_safetensors(write_bytes(path, one("\"BF16\"", "[2,1]", "[0,4]"))).tensors.at(0).dtype == "BF16");
    CHECK(read_safetensors(write_bytes(path, file_of("{}     ", ""))).tensors.empty());

    // The length of the header.
    refused("", "truncated");
    refused("1234567", "truncated");
    refused(std::string(8, '\xff'), "18446744073709551615 bytes long");
    refused(std::string("\x00\xe1\xf5\x05\0\0\0\0", 8), "100000000 bytes long, 0 are left");
    std::string large = file_of("{}", "");
    large.resize(8 + 100'000'001, ' ');  // one byte more than allowed, and it is there
    const std::uint64_t length = 100'000'001;
    std::memcpy(large.data(), &length, 8);
    CHECK_THROWS_WITH(read_safetensors(write_bytes(path, large)), Contains("at most 100000000"));

    // The header's text.
    refused(file_of("", ""), "must begin with '{'");
    refused(file_of(" {}", ""), "must begin with '{'");
    refused(file_of("[]", ""), "must begin with '{'");
    refused(file_of("{", ""), "parse error at line 1, column 2");
    refused(file_of("{} x", ""), "parse error");
    refused(file_of("{\"\xff\":{}}", ""), "parse error");
    refused(file_of("{\"a\":" + std::string(100'000, '['), ""), "nested");
    refused(file_of(R"({"__metadata__":{"k":"1","k":"2"}})", ""), "\"k\" appears twice");
    const std::string empty = R"("a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    refused(file_of("{" + empty + "," + empty + "}", ""), "\"a\" appears twice");
    refused(file_of(R"({"__metadata__":{"k":1}})", ""), "__metadata__ must be");
    refused(file_of(R"({"__metadata__":null})", ""), "__metadata__ must be");

    // An entry.
    refused(file_of(R"({"a":3})", ""), "tensor 'a': must have");
    refused(file_of(R"({"a":{"dtype":"F32","shape":[0]}})", ""), "tensor 'a': must have");
    refused(file_of(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}})", ""), "nothing else");
    refused(one("32", "[1]", "[0,4]"), "must have dtype");
    refused(one("\"F31\"", "[1]", "[0,4]"), "unknown dtype 'F31'");
    refused(one("\"\"", "[1]", "[0,4]"), "unknown dtype");
    for (const auto shape : {"[-1]", "[1.0]", "[\"1\"]", "1", "[[1]]", "[18446744073709551616]", "null"})
        refused(one("\"F32\"", shape, "[0,4]"), "integers >= 0");
    for (const auto shape : {"[2]", "[0]", "[1,3]", "[4294967296,4294967296]", "[4611686018427387905]"})
        refused(one("\"F32\"", shape, "[0,4]"), "do not need the 4 bytes");
    refused(one("\"F32\"", "[0,4294967296,4294967296]", "[0,0]", 0), "do not need the 0 bytes");
    refused(one("\"F32\"", "[1]", "[0,5]", 5), "do not need the 5 bytes");
    for (const auto offsets : {"[4,0]", "[0]", "[0,2,4]", "[]"})
        refused(one("\"F32\"", "[1]", offsets), "[begin, end]");

    // The bytes behind the header.
    refused(one("\"F32\"", "[1]", "[0,4]", 3), "holds 3 bytes of data");
    refused(one("\"F32\"", "[1]", "[0,4]", 5), "holds 5 bytes of data");
    refused(one("\"F32\"", "[1]", "[1,5]", 5), "begins at byte 1");
    refused(one("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]"), "describes 9223372036854775807");
    refused(one("\"U8\"", "[4]", "[18446744073709551611,18446744073709551615]"), "begins at byte 18446744073709551611");
    const auto two = [](std::string_view second, std::size_t bytes) {
        return file_of(
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":)" +
                std::string(second) + "}}",
            std::string(bytes, '\0'));
    };
    CHECK(read_safetensors(write_bytes(path, two("[4,8]", 8))).tensors.size() == 2);
    refused(two("[0,4]", 4), "tensor 'b': begins at byte 0");  // overlaps
    refused(two("[3,7]", 7), "tensor 'b': begins at byte 3");
    refused(two("[5,9]", 9), "tensor 'b': begins at byte 5");  // leaves a hole
}

TEST_CASE("no truncation, extension or flipped bit of a checkpoint passes for another file") {
    const Scratch folder;
    const auto path = folder / "file";
    const auto bytes = read_bytes(fixtures + "mlp_f32.safetensors");
    const auto data = bytes.size() - 155 * 4;
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_THROWS_AS(read_safetensors(write_bytes(path, bytes.substr(0, size))), DataError);
    REQUIRE_THROWS_AS(read_safetensors(write_bytes(path, bytes + '\0')), DataError);

    std::size_t refused = 0, renamed = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto flipped = bytes;
            flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
            write_bytes(path, flipped);
            if (i >= data) {  // any number is legal: exactly this one changes
                std::string read;
                for (const auto& tensor : read_safetensors(path).tensors)
                    read.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
                REQUIRE(read == flipped.substr(data));
                continue;
            }
            try {
                const auto file = read_safetensors(path);
                std::size_t total = 0;
                for (const auto& tensor : file.tensors) total += tensor.bytes.size();
                REQUIRE(total == bytes.size() - data);
                REQUIRE(i >= 8);  // a name or the metadata's text
                ++renamed;
            } catch (const DataError&) {
                ++refused;
            }
        }
    }
    CHECK(refused + renamed == 8 * data);
    CHECK(refused > 1000);
    CHECK(renamed > 100);
}

}  // namespace safetensors_test
