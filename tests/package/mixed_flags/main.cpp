// Whether two translation units, compiled with different flags, compute the same: FIRST and SECOND.
#include <array>
#include <cstdio>
#include <string_view>

std::array<double, 7> FIRST();
std::array<double, 7> SECOND();

namespace {
bool runs_here(std::string_view unit) {
    if (unit.starts_with("v4"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (unit.starts_with("v3")) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return true;
}
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
}  // namespace

int main() {
    if (!runs_here(TEXT(FIRST)) || !runs_here(TEXT(SECOND))) {
        std::puts("left out: not this processor");
        return 0;
    }
    const auto first = FIRST(), second = SECOND();
    int different = 0;
    for (std::size_t i = 0; i < first.size(); ++i)
        if (first[i] != second[i]) {
            std::printf("number %zu: %.17g and %.17g\n", i, first[i], second[i]);
            ++different;
        }
    if (first[6] != 90.0 * 40 * 70) different += std::printf("the sum of a product is %g\n", first[6]) > 0;
    return different;
}
