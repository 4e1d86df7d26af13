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

# pstar_unity(TARGET FILES): compiles so many files of the target at once, where PSTAR_UNITY is on. What they share, most
# of what a header-only library is, is compiled once. So files of one target have namespaces of their own.
function(pstar_unity target files)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${PSTAR_UNITY} UNITY_BUILD_BATCH_SIZE ${files})
endfunction()
target_link_libraries(pstar_compiled PRIVATE $<BUILD_INTERFACE:pstar_developer>)
