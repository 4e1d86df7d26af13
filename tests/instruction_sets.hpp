#pragma once

#include <pstar/core/detail/kernels/instruction_sets.hpp>

/// Calls `body(set)` with one instruction set in use after the other: all that this program has kernels for and the
/// processor has.
template <class Body>
void for_each_instruction_set(const Body& body) {
    using pstar::detail::InstructionSet;
    const InstructionSet before = pstar::detail::instruction_set();
    for (const auto set : {InstructionSet::avx512, InstructionSet::avx2, InstructionSet::baseline}) {
        const int level = static_cast<int>(set);
        if (level < PSTAR_LEAST_SET || level > PSTAR_GREATEST_SET || set > before) continue;
        pstar::detail::instruction_set() = set;
        body(set);
    }
    pstar::detail::instruction_set() = before;
}

/// Whether a kernel multiplies and adds with one rounding.
inline bool fuses(pstar::detail::InstructionSet set) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return set >= pstar::detail::InstructionSet::baseline;
#else
    return set > pstar::detail::InstructionSet::baseline;
#endif
}
