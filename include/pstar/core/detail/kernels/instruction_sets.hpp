#pragma once

#include <atomic>

/// Which instructions arithmetic is done with. The kernels that take most of the time exist once for each set: in the
/// namespaces `baseline`, `avx2` and `avx512` inside `pstar::detail`, compiled for it whatever the flags of the program
/// are, and the best set that the processor has is chosen when the program runs. Sets below what the flags ask for
/// anyway are left out.
///
/// So a program compiled without -march=native is as fast as with it, and kernels of translation units with different
/// flags are never taken for each other: their blocks and vectors differ, and so do their names.

// The least set that the flags of this translation unit ask for: PSTAR_LEAST_SET 0, 1 or 2.
#if defined(__x86_64__) && defined(__GNUC__)
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && \
    defined(__AVX2__) && defined(__FMA__)
#define PSTAR_LEAST_SET 2
#elif defined(__AVX2__) && defined(__FMA__)
#define PSTAR_LEAST_SET 1
#else
#define PSTAR_LEAST_SET 0
#endif
#define PSTAR_GREATEST_SET 2
#if !defined(__clang__)
#pragma GCC diagnostic push  // g++ 12 warns of its own intrinsics
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#else
#define PSTAR_LEAST_SET 0
#define PSTAR_GREATEST_SET 0
#endif

namespace pstar::detail {

enum class InstructionSet { baseline, avx2, avx512 };

/// The best set that the processor and the operating system have.
inline InstructionSet best_instruction_set() {
#if PSTAR_GREATEST_SET > 0
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return InstructionSet::baseline;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
        return InstructionSet::avx512;
    return InstructionSet::avx2;
#else
    return InstructionSet::baseline;
#endif
}

/// The set in use. Tests set it, to a lesser one, to compare their results.
inline std::atomic<InstructionSet>& instruction_set() {
    static std::atomic<InstructionSet> set{best_instruction_set()};
    return set;
}
inline bool uses(InstructionSet set) {
    return instruction_set().load(std::memory_order_relaxed) >= set;
}

}  // namespace pstar::detail

/// `PSTAR_KERNEL(f(x))` is f(x) of the set in use.
#if PSTAR_LEAST_SET == 2
#define PSTAR_KERNEL(...) ::pstar::detail::avx512::__VA_ARGS__
#elif PSTAR_LEAST_SET == 1
#define PSTAR_KERNEL(...)                                                                                  \
    (::pstar::detail::uses(::pstar::detail::InstructionSet::avx512) ? ::pstar::detail::avx512::__VA_ARGS__ \
                                                                    : ::pstar::detail::avx2::__VA_ARGS__)
#elif PSTAR_GREATEST_SET > 0
#define PSTAR_KERNEL(...)                                                                                  \
    (::pstar::detail::uses(::pstar::detail::InstructionSet::avx512) ? ::pstar::detail::avx512::__VA_ARGS__ \
     : ::pstar::detail::uses(::pstar::detail::InstructionSet::avx2) ? ::pstar::detail::avx2::__VA_ARGS__   \
                                                                    : ::pstar::detail::baseline::__VA_ARGS__)
#else
#define PSTAR_KERNEL(...) ::pstar::detail::baseline::__VA_ARGS__
#endif
