// Includes PSTAR_KERNELS for the instruction set number PSTAR_SET_LEVEL; a part of for_each_set.hpp, see there.

#if PSTAR_SET_LEVEL == 0
#define PSTAR_SET baseline
#define PSTAR_SET_TARGET
#elif PSTAR_SET_LEVEL == 1
#define PSTAR_SET avx2
#define PSTAR_SET_TARGET __attribute__((target("avx2,fma")))
#else
#define PSTAR_SET avx512
#define PSTAR_SET_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))
#endif

#if defined(__clang__)
#define PSTAR_SET_LAMBDA PSTAR_SET_TARGET
#pragma float_control(push)
#pragma clang fp contract(off)
#if PSTAR_SET_LEVEL > 0
#pragma clang attribute push(PSTAR_SET_TARGET, apply_to = function)
#endif
#else
#define PSTAR_SET_LAMBDA __attribute__((optimize("fp-contract=off"))) PSTAR_SET_TARGET
#pragma GCC push_options
#if PSTAR_SET_LEVEL == 1
#pragma GCC target("avx2,fma,prefer-vector-width=256")
#elif PSTAR_SET_LEVEL == 2
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#endif
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic", "fp-contract=off")
#endif

#include PSTAR_KERNELS

#if defined(__clang__)
#if PSTAR_SET_LEVEL > 0
#pragma clang attribute pop
#endif
#pragma float_control(pop)
#else
#pragma GCC pop_options
#endif

#undef PSTAR_SET
#undef PSTAR_SET_TARGET
#undef PSTAR_SET_LAMBDA
