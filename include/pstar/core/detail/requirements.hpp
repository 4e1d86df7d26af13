#pragma once

// What the compiler has to be asked for. Each message is the only one: the file that does not exist ends the run.
#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "pstar is C++20: compile with -std=c++20 (the CMake target pstar::pstar asks for it)"
#include <pstar needs -std=c++20>
#endif

// A training that diverges, a kernel with NaN and an interval without an end are told by NaN and infinity.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#error "pstar needs NaN and infinity, and sums in the order in which they are written: compile without -ffast-math, -Ofast and -ffinite-math-only"
#include <pstar cannot be compiled with fast math>
#endif
