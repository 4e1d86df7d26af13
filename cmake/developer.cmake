# What our own programs (tests, examples, benchmarks) are compiled with. Never exported: a consumer keeps their own flags.
set(CMAKE_CXX_EXTENSIONS OFF)
add_library(pstar_developer INTERFACE)
add_library(pstar::developer ALIAS pstar_developer)
target_link_libraries(pstar_developer INTERFACE pstar::pstar)
target_compile_options(pstar_developer INTERFACE
  -Wall -Wextra -Wshadow -Wconversion
  $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-sign-conversion>  # which g++ does not count as -Wconversion
  # g++ warns about its own AVX-512 intrinsics, which take an undefined vector on purpose (GCC bug 105593); with the
  # second one where it inlines less, at -O1, under the sanitizers, in large files. clang++ still looks.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-uninitialized>
  $<$<BOOL:${PSTAR_WERROR}>:-Werror>
  $<$<BOOL:${PSTAR_NATIVE}>:-march=native>)
target_link_libraries(pstar_compiled PRIVATE $<BUILD_INTERFACE:pstar_developer>)
