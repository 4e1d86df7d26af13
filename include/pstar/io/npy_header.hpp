#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <pstar/core/named_tensor.hpp>
#include <pstar/io/input_file.hpp>

/// The header of NumPy's `.npy` files (numpy.lib.format, versions 1.0 to 3.0):
///
///     6 bytes     \x93NUMPY
///     2 bytes     the format's version, major and minor
///     2 bytes     H, the length of the header, little-endian (4 bytes from version 2.0 on)
///     H bytes     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), } and spaces up to a multiple of 64, then
///     \n the rest    the elements
namespace pstar {

static_assert(std::endian::native == std::endian::little, "npy_header.hpp: needs a little-endian processor");

/// What an npy file says of its array.
struct NpyHeader {
    std::string dtype;  ///< NumPy's word for the type of an element: `<f4`, `<i8`, `|u1`, ...
    bool fortran_order = false;
    std::vector<std::size_t> shape;
};

namespace detail {

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

}  // namespace detail

/// Reads the file up to its elements. Throws `DataError` for a file that is no npy file, or whose header is broken.
inline NpyHeader read_npy_header(InputFile& file) {
    if (file.remaining() < 10 || file.read_text(6) != "\x93NUMPY")
        file.refuse("no npy file: it must begin with \\x93NUMPY");
    const auto version = file.read_text(2);
    if (version[0] < 1 || version[0] > 3 || version[1] != 0) file.refuse("npy version is not 1.0, 2.0 or 3.0");
    std::uint32_t length = 0;
    file.read(&length, version[0] == 1 ? 2 : 4);
    const auto text = file.read_text(length);
    return detail::NpyHeaderParser(text, file).parse();
}

/// The number of elements, of `element_bytes` bytes each, that follow the header. Throws `DataError` unless they are
/// all that is left of the file, in row-major order.
inline std::size_t check_npy_elements(const InputFile& file, const NpyHeader& header, std::size_t element_bytes) {
    if (header.fortran_order && header.shape.size() > 1)
        file.refuse("is in Fortran order; save numpy.ascontiguousarray(...) instead");
    const auto count = element_count(header.shape);
    if (!count || file.remaining() % element_bytes != 0 || *count != file.remaining() / element_bytes)
        file.refuse("holds " + std::to_string(file.remaining()) + " bytes of data, which is not what its shape needs");
    return *count;
}

}  // namespace pstar
