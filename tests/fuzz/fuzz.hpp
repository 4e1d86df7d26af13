#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>
#include <string>

#include <unistd.h>

#include <pstar/statistics/estimate.hpp>

/// A fuzz target is one file: a function of bytes that must return for whatever bytes there are. What must hold is said
/// by `must`, which ends the program; so does an exception that the target does not expect.
///
///     FUZZ_TARGET(npy) { ... bytes ... }
///
/// With libFuzzer (preset `fuzz`) each file is a program of its own. `test_fuzz` holds all of them and gives them the
/// files of corpus/<target>/, and bytes mutated from these, with any compiler.
namespace fuzz {

using Bytes = std::span<const std::uint8_t>;
using Target = void (*)(Bytes);

/// Ends the program, with a sentence, unless it holds.
inline void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: must hold: %s\n", what);
    std::abort();
}

/// value and interval in order, where they are numbers.
inline void must_be_ordered(const pstar::Estimate& x, const char* what) {
    must(!(x.low > x.value) && !(x.value > x.high) && !(x.low > x.high), what);
}

/// Bytes as numbers, one after the other; zeros behind the end.
class Cursor {
public:
    explicit Cursor(Bytes bytes) : left_(bytes) {}

    std::uint8_t byte() {
        if (left_.empty()) return 0;
        const auto first = left_.front();
        left_ = left_.subspan(1);
        return first;
    }
    /// 0, ..., limit - 1.
    std::size_t below(std::size_t limit) { return byte() % limit; }
    template <class T>
    T raw() {
        T value{};
        std::array<std::uint8_t, sizeof(T)> bytes{};
        for (auto& b : bytes) b = byte();
        std::memcpy(&value, bytes.data(), sizeof(T));
        return value;
    }
    /// In [0, 1], in steps of 1/255.
    double share() { return byte() / 255.0; }
    /// A number of any kind: a small integer, a share, a power of ten, or any bits at all (NaN and infinity too).
    double number() {
        switch (below(4)) {
            case 0:
                return static_cast<std::int8_t>(byte());
            case 1:
                return share();
            case 2: {
                const auto digits = static_cast<std::int8_t>(byte());
                return std::pow(10, static_cast<std::int8_t>(byte())) * digits;
            }
            default:
                return raw<double>();
        }
    }
    /// The same without NaN and infinity.
    double finite_number() {
        const double value = number();
        return std::isfinite(value) ? value : 1;
    }
    Bytes rest() const { return left_; }

private:
    Bytes left_;
};

/// A folder of this process in memory (/dev/shm) or else /tmp, removed when the program ends.
inline const std::filesystem::path& folder() {
    static const struct Folder {
        std::filesystem::path path = (std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                                          : std::filesystem::temp_directory_path()) /
                                     ("pstar-fuzz-" + std::to_string(::getpid()));
        Folder() { std::filesystem::create_directories(path); }
        ~Folder() {
            std::error_code ignored;
            std::filesystem::remove_all(path, ignored);
        }
    } it;
    return it.path;
}
/// A file there with these bytes.
inline std::filesystem::path file_of(Bytes bytes, const char* name) {
    const auto path = folder() / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
}
inline std::string text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A name and a target for `test_fuzz`.
struct Registered {
    const char* name;
    Target target;
    const Registered* next;
    static const Registered*& first() {
        static const Registered* head = nullptr;
        return head;
    }
    Registered(const char* called, Target function) : name(called), target(function), next(first()) { first() = this; }
};

}  // namespace fuzz

#ifdef PSTAR_LIBFUZZER
#define FUZZ_TARGET(name)                                                               \
    static void fuzz_##name(fuzz::Bytes bytes);                                         \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
        fuzz_##name({data, size});                                                      \
        return 0;                                                                       \
    }                                                                                   \
    static void fuzz_##name(fuzz::Bytes bytes)
#else
#define FUZZ_TARGET(name)                                                \
    static void fuzz_##name(fuzz::Bytes bytes);                          \
    static const fuzz::Registered registered_##name(#name, fuzz_##name); \
    static void fuzz_##name(fuzz::Bytes bytes)
#endif
