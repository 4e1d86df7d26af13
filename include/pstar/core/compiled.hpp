#pragma once

/// pstar is header-only; some functions that take long to compile can be linked instead, from the target
/// `pstar::compiled`, which defines PSTAR_COMPILED for whoever links it. Such a function is declared in a public
/// header, which includes its definition from `<layer>/detail/` unless PSTAR_COMPILED is defined; there it is
/// PSTAR_INLINE. The library's own sources in src/ include the definitions.
#ifdef PSTAR_COMPILED
#define PSTAR_INLINE
#else
#define PSTAR_INLINE inline
#endif
