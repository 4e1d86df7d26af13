#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/io/input_file.hpp>
#include <pstar/io/npy_header.hpp>

/// Arrays to and from NumPy's `.npy` files; pstar/io/npy_header.hpp describes the format.
///
/// xtensor reads and writes the format too, but fills what a truncated file lacks with arbitrary numbers.
namespace pstar {

namespace detail {

/// NumPy's word for an element type: `<f4`, `<i8`, `|u1`, ...
template <class T>
std::string npy_dtype() {
    static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8 && !std::is_same_v<T, bool>,
                  "npy: the elements are integers, float or double; keep a mask as std::uint8_t");
    const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
    return std::string{sizeof(T) == 1 ? '|' : '<', kind} + std::to_string(sizeof(T));
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
    const auto header = read_npy_header(file);
    if (const auto expected = detail::npy_dtype<T>(); header.dtype != expected)
        file.refuse("its elements are '" + header.dtype + "', expected '" + expected +
                    "'; convert with numpy's astype");
    if (header.shape.size() != N)
        file.refuse("has " + std::to_string(header.shape.size()) + " dimensions, expected " + std::to_string(N));
    const auto count = check_npy_elements(file, header, sizeof(T));

    std::array<std::size_t, N> shape{};
    for (std::size_t d = 0; d < N; ++d) shape[d] = header.shape[d];
    Tensor<T, N> tensor(shape);
    file.read(tensor.data(), count * sizeof(T));
    return tensor;
}

}  // namespace pstar
