#include <pstar/io/npy.hpp>

#include <cstdint>
#include <string>
#include <vector>

#if __has_include(<xtensor/io/xnpy.hpp>)
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xnpy.hpp>
#endif

#include "catch.hpp"
#include "scratch.hpp"

namespace npy_test {

using namespace pstar;
using Catch::Contains;

namespace {

/// What NumPy 1.24's `numpy.save` writes in front of the data: a header of 128 bytes in all.
std::string numpy_preamble(const std::string& dictionary) {
    std::string header = dictionary;
    header.resize(117, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
}

const std::string six("\1\0\2\0\3\0\4\0\5\0\6\0", 12);  // 1 to 6 as little-endian 16-bit integers

template <class T, std::size_t N>
Tensor<T, N> counting(const std::array<std::size_t, N>& shape) {
    Tensor<T, N> tensor(shape);
    T value = 1;
    for (auto& element : elements(tensor)) element = value++;
    return tensor;
}

}  // namespace

TEST_CASE("an npy file is byte for byte what NumPy writes") {
    const Scratch folder;
    const auto matrix = counting<std::int16_t, 2>({2, 3});
    save_npy(folder / "m.npy", matrix);
    const auto bytes = numpy_preamble("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }") + six;
    CHECK(read_bytes(folder / "m.npy") == bytes);
    CHECK((load_npy<std::int16_t, 2>(folder / "m.npy") == matrix));

    save_npy(folder / "v.npy", counting<std::int16_t, 1>({6}));
    CHECK(read_bytes(folder / "v.npy") ==
          numpy_preamble("{'descr': '<i2', 'fortran_order': False, 'shape': (6,), }") + six);
}

TEMPLATE_TEST_CASE("npy files go to and from xtensor's own reader and writer", "", float, double, std::uint8_t,
                   std::int8_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
    const Scratch folder;
    const auto tensor = counting<TestType, 3>({3, 1, 5});
    save_npy(folder / "ours.npy", tensor);
    const Tensor<TestType, 3> theirs = xt::load_npy<TestType>((folder / "ours.npy").string());
    CHECK((theirs == tensor));
    xt::dump_npy((folder / "theirs.npy").string(), tensor);
    CHECK((load_npy<TestType, 3>(folder / "theirs.npy") == tensor));
}

TEST_CASE("scalars, empty arrays and many dimensions go to npy and back") {
    const Scratch folder;
    Tensor<double, 0> scalar;
    scalar() = 2.5;
    save_npy(folder / "t", scalar);
    CHECK(load_npy<double, 0>(folder / "t")() == 2.5);
    CHECK_THAT(read_bytes(folder / "t"), Contains("'shape': (), }"));
    save_npy(folder / "t", Tensor<float, 2>({0, 3}));
    CHECK(load_npy<float, 2>(folder / "t").shape()[1] == 3);
    const auto deep = counting<float, 12>({1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2});
    save_npy(folder / "t", deep);
    CHECK((load_npy<float, 12>(folder / "t") == deep));
    CHECK(read_bytes(folder / "t").find('\n') % 64 == 63);
}

TEST_CASE("later npy versions and other writers' spacing and key order are read") {
    const Scratch folder;
    const auto path = folder / "t.npy";
    const auto expected = counting<std::int16_t, 2>({2, 3});
    const auto bytes = numpy_preamble("{'shape':(2,3),  'descr':'<i2','fortran_order':False}") + six;
    CHECK((load_npy<std::int16_t, 2>(write_bytes(path, bytes)) == expected));
    auto second = bytes;
    second[6] = 2;
    second.insert(10, 2, '\0');
    CHECK((load_npy<std::int16_t, 2>(write_bytes(path, second)) == expected));
    const auto fortran = numpy_preamble("{'descr': '<i2', 'fortran_order': True, 'shape': (6,), }") + six;
    CHECK((load_npy<std::int16_t, 1>(write_bytes(path, fortran)) == counting<std::int16_t, 1>({6})));
}

TEST_CASE("npy files that are not what is asked for are refused with the reason") {
    const Scratch folder;
    const auto path = folder / "t.npy";
    const auto refused = [&](const std::string& bytes, const char* reason) {
        INFO(bytes);
        CHECK_THROWS_AS((load_npy<std::int16_t, 2>(write_bytes(path, bytes))), DataError);
        CHECK_THROWS_WITH((load_npy<std::int16_t, 2>(path)), Contains(reason) && Contains(path.string()));
    };
    const auto with = [](const std::string& descr, const std::string& order, const std::string& shape) {
        return numpy_preamble("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }") +
               six;
    };
    CHECK_THROWS_WITH((load_npy<float, 1>(folder / "absent")), Contains("does not exist"));
    refused(with("'<i2'", "True", "(2, 3)"), "Fortran order");
    refused(with("'<i2'", "False", "(6,)"), "has 1 dimensions, expected 2");
    for (const auto descr : {"'<u2'", "'>i2'", "'<f2'", "'<i4'", "''", "'|O'"})
        refused(with(descr, "False", "(2, 3)"), "its elements are");
    for (const auto shape : {"(2, 2)", "(0, 3)", "(4294967296, 4294967296)", "(9223372036854775811, 1)"})
        refused(with("'<i2'", "False", shape), "holds 12 bytes of data");
    for (const auto shape : {"(2, -3)", "(2, 3", "2, 3", "(2,, 3)", "[2, 3]", "(2.0, 3)", "(18446744073709551616, 1)"})
        refused(with("'<i2'", "False", shape), "its header must be");
    refused(with("[('a', '<i2')]", "False", "(2, 3)"), "its header must be");
    refused(with("'<i2'", "Maybe", "(2, 3)"), "its header must be");
    refused(numpy_preamble("{'descr': '<i2', 'shape': (2, 3), }") + six, "its header must be");
    refused(numpy_preamble("{'descr': '<i2', 'descr': '<i2', 'fortran_order': False, 'shape': (2, 3)}") + six,
            "header");
    refused(numpy_preamble("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), 'x': 1}") + six, "header");
    refused("", "no npy file");
    refused("not an npy file", "no npy file");
    auto version = with("'<i2'", "False", "(2, 3)");
    version[6] = 4;
    refused(version, "npy version");

    const auto bytes = with("'<i2'", "False", "(2, 3)");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_THROWS_AS((load_npy<std::int16_t, 2>(write_bytes(path, bytes.substr(0, size)))), DataError);
    refused(bytes + '\0', "holds 13 bytes");
}

TEST_CASE("no flipped bit of an npy header passes for another array") {
    const Scratch folder;
    const auto path = folder / "t.npy";
    const auto expected = counting<std::int16_t, 2>({2, 3});
    save_npy(path, expected);
    const auto bytes = read_bytes(path);
    int refused = 0;
    for (std::size_t i = 0; i < 128; ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto flipped = bytes;
            flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
            write_bytes(path, flipped);
            try {
                const bool same = load_npy<std::int16_t, 2>(path) == expected;
                REQUIRE(same);
            } catch (const DataError&) {
                ++refused;
            }
        }
    }
    CHECK(refused > 1000);
}

}  // namespace npy_test
