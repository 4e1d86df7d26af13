// Includes PSTAR_KERNELS, a header with kernels, once for each instruction set (see instruction_sets.hpp): with
// PSTAR_SET the namespace to put them in and PSTAR_SET_LEVEL its number. Such a header has the form
//
//     #if defined(PSTAR_SET)
//     namespace pstar::detail::PSTAR_SET {
//     ...
//     }
//     #elif !defined(PSTAR_..._HPP)
//     #define PSTAR_..._HPP
//     #include ...  (all that it needs: nothing may be included while a set is on)
//     #define PSTAR_KERNELS <the header itself>
//     #include <pstar/core/detail/kernels/for_each_set.hpp>
//     #endif
//
// A lambda in a template is compiled where the template is used, so it has to say itself what it is for, if it works on
// vectors: [](const V& v) PSTAR_SET_LAMBDA { ... }
//
// Loops in it are vectorised at -O2, too, and no multiplication is fused with an addition unless it is written so:
// every compiler and set gives the same bits. There is no #pragma once here: this is included again and again.

#include <pstar/core/detail/kernels/instruction_sets.hpp>

#if defined(__GNUC__) && !defined(__clang__)
#define PSTAR_SET_UNFUSED __attribute__((optimize("fp-contract=off")))
#else
#define PSTAR_SET_UNFUSED
#endif

#if PSTAR_LEAST_SET == 0
#define PSTAR_SET baseline
#define PSTAR_SET_LEVEL 0
#define PSTAR_SET_LAMBDA PSTAR_SET_UNFUSED
#if defined(__clang__)
#pragma float_control(push)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic", "fp-contract=off")
#endif
#include PSTAR_KERNELS
#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#undef PSTAR_SET
#undef PSTAR_SET_LEVEL
#undef PSTAR_SET_LAMBDA
#endif

#if PSTAR_LEAST_SET <= 1 && PSTAR_GREATEST_SET >= 1
#define PSTAR_SET avx2
#define PSTAR_SET_LEVEL 1
#define PSTAR_SET_LAMBDA PSTAR_SET_UNFUSED __attribute__((target("avx2,fma")))
#if defined(__clang__)
#pragma float_control(push)
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,prefer-vector-width=256")
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic", "fp-contract=off")
#endif
#include PSTAR_KERNELS
#if defined(__clang__)
#pragma clang attribute pop
#pragma float_control(pop)
#else
#pragma GCC pop_options
#endif
#undef PSTAR_SET
#undef PSTAR_SET_LEVEL
#undef PSTAR_SET_LAMBDA
#endif

#if PSTAR_GREATEST_SET >= 2
#define PSTAR_SET avx512
#define PSTAR_SET_LEVEL 2
#define PSTAR_SET_LAMBDA PSTAR_SET_UNFUSED __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))
#if defined(__clang__)
#pragma float_control(push)
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic", "fp-contract=off")
#endif
#include PSTAR_KERNELS
#if defined(__clang__)
#pragma clang attribute pop
#pragma float_control(pop)
#else
#pragma GCC pop_options
#endif
#undef PSTAR_SET
#undef PSTAR_SET_LEVEL
#undef PSTAR_SET_LAMBDA
#endif

#undef PSTAR_SET_UNFUSED
#undef PSTAR_KERNELS
