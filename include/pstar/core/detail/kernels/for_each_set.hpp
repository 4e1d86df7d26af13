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

#if PSTAR_LEAST_SET == 0
#define PSTAR_SET_LEVEL 0
#include <pstar/core/detail/kernels/one_set.hpp>
#undef PSTAR_SET_LEVEL
#endif

#if PSTAR_LEAST_SET <= 1 && PSTAR_GREATEST_SET >= 1
#define PSTAR_SET_LEVEL 1
#include <pstar/core/detail/kernels/one_set.hpp>
#undef PSTAR_SET_LEVEL
#endif

#if PSTAR_GREATEST_SET >= 2
#define PSTAR_SET_LEVEL 2
#include <pstar/core/detail/kernels/one_set.hpp>
#undef PSTAR_SET_LEVEL
#endif

#undef PSTAR_KERNELS
