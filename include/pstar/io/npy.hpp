#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/io/input_file.hpp>

/// Arrays to and from NumPy's `.npy` files (numpy.lib.format, versions 1.0 to 3.0):
///
///     6 bytes     \x93NUMPY
///     2 bytes     the format's version, major and minor
///     2 bytes     H, the length of the header, little-endian (4 bytes from version 2.0 on)
///     H bytes     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), } and spaces up to a multiple of 64, then
///     \n the rest    the elements
///
/// xtensor reads and writes the format too, but fills what a truncated file lacks with arbitrary numbers.
namespace pstar {

static_assert(std::endian::native == std::endian::little, "npy.hpp: needs a little-endian processor");

namespace detail {

/// NumPy's word for an element type: `<f4`, `<i8`, `|u1`, ...
template <class T>
std::string npy_dtype() {
    static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8 && !std::is_same_v<T, bool>,
                  "npy: the elements are integers, float or double; keep a mask as std::uint8_t");
    const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
    return std::string{sizeof(T) == 1 ? '|' : '<', kind} + std::to_string(sizeof(T));
}

struct NpyHeader {
    std::string dtype;
    bool fortran_order = false;
    std::vector<std::size_t> shape;
};

/// Reads the header's Python literal, its three keys in any order.
class NpyHeaderParser {
public:
    NpyHeaderParser(std::string_view text, const InputFile& file) : rest_(text), file_(file) {}

    NpyHeader parse() {
        NpyHeader header;
        int descr = 0, order = 0, shape = 0;
        expect('{');
        while (!take('}')) {
            const auto key = quoted();
            expect(':');
            if (key == "descr")
                header.dtype = quoted(), ++descr;
            else if (key == "fortran_order")
                header.fortran_order = boolean(), ++order;
            else if (key == "shape")
                header.shape = tuple(), ++shape;
            else
                refuse();
            if (!take(',') && !rest_.starts_with('}')) refuse();
        }
        skip_space();
        if (!rest_.empty() || descr != 1 || order != 1 || shape != 1) refuse();
        return header;
    }

private:
    [[noreturn]] void refuse() const {
        file_.refuse("its header must be {'descr': '...', 'fortran_order': False, 'shape': (...)}");
    }
    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }
    bool take(char letter) {
        skip_space();
        const bool there = rest_.starts_with(letter);
        if (there) rest_.remove_prefix(1);
        skip_space();
        return there;
    }
    void expect(char letter) {
        if (!take(letter)) refuse();
    }
    std::string quoted() {
        expect('\'');
        const auto size = rest_.find('\'');
        if (size == rest_.npos) refuse();
        std::string text(rest_.substr(0, size));
        rest_.remove_prefix(size + 1);
        skip_space();
        return text;
    }
    bool boolean() {
        const bool yes = rest_.starts_with("True");
        if (!yes && !rest_.starts_with("False")) refuse();
        rest_.remove_prefix(yes ? 4 : 5);
        return yes;
    }
    std::vector<std::size_t> tuple() {
        std::vector<std::size_t> numbers;
        expect('(');
        while (!take(')')) {
            std::size_t number = 0;
            const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
            if (error != std::errc{}) refuse();
            rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
            numbers.push_back(number);
            if (!take(',') && !rest_.starts_with(')')) refuse();
        }
        return numbers;
    }

    std::string_view rest_;
    const InputFile& file_;
};

inline NpyHeader read_npy_header(InputFile& file) {
    if (file.remaining() < 10 || file.read_text(6) != "\x93NUMPY")
        file.refuse("no npy file: it must begin with \\x93NUMPY");
    const auto version = file.read_text(2);
    if (version[0] < 1 || version[0] > 3 || version[1] != 0) file.refuse("npy version is not 1.0, 2.0 or 3.0");
    std::uint32_t length = 0;
    file.read(&length, version[0] == 1 ? 2 : 4);
    const auto text = file.read_text(length);
    return NpyHeaderParser(text, file).parse();
}

inline std::string npy_preamble(const std::string& dtype, std::span<const std::size_t> shape) {
    std::string header = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': (";
    for (const std::size_t dimension : shape) header += std::to_string(dimension) + ", ";
    if (shape.size() > 1) header.resize(header.size() - 2);
    if (shape.size() == 1) header.pop_back();
    header += "), }";
    const std::string magic("\x93NUMPY\x01\x00", 8);
    header.resize((magic.size() + 2 + header.size()) / 64 * 64 + 64 - magic.size() - 3, ' ');
    header += '\n';
    const auto length = static_cast<unsigned>(header.size());
    return magic + static_cast<char>(length & 0xff) + static_cast<char>(length >> 8) + header;
}

}  // namespace detail

/// Writes a tensor for `numpy.load`, whole or not at all (`AtomicFile`, whose `std::system_error` passes through).
template <class T, std::size_t N>
void save_npy(const std::filesystem::path& path, const Tensor<T, N>& tensor) {
    static_assert(N <= 64, "save_npy: NumPy arrays have at most 64 dimensions");
    const std::vector<std::size_t> shape(tensor.shape().begin(), tensor.shape().end());
    AtomicFile file(path);
    file.write(detail::npy_preamble(detail::npy_dtype<T>(), shape));
    file.write(tensor.data(), tensor.size() * sizeof(T));
    file.commit();
}

/// The array in an npy file, `load_npy<float, 2>(path)`. Throws `DataError` for a file that is broken, truncated or too
/// long, of another element type or rank, big-endian, or in Fortran order.
template <class T, std::size_t N>
Tensor<T, N> load_npy(const std::filesystem::path& path) {
    InputFile file(path, "load_npy");
    const auto header = detail::read_npy_header(file);
    if (const auto expected = detail::npy_dtype<T>(); header.dtype != expected)
        file.refuse("its elements are '" + header.dtype + "', expected '" + expected +
                    "'; convert with numpy's astype");
    if (header.shape.size() != N)
        file.refuse("has " + std::to_string(header.shape.size()) + " dimensions, expected " + std::to_string(N));
    if (header.fortran_order && N > 1) file.refuse("is in Fortran order; save numpy.ascontiguousarray(...) instead");
    const auto count = element_count(header.shape);
    if (!count || file.remaining() % sizeof(T) != 0 || *count != file.remaining() / sizeof(T))
        file.refuse("holds " + std::to_string(file.remaining()) + " bytes of data, which is not what its shape needs");

    std::array<std::size_t, N> shape{};
    std::copy(header.shape.begin(), header.shape.end(), shape.begin());
    Tensor<T, N> tensor(shape);
    file.read(tensor.data(), *count * sizeof(T));
    return tensor;
}

}  // namespace pstar
