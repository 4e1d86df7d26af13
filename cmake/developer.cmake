# What our own programs (tests, examples, benchmarks) are compiled with. Never exported: a consumer keeps their own flags.
add_library(pstar_developer INTERFACE)
add_library(pstar::developer ALIAS pstar_developer)
target_link_libraries(pstar_developer INTERFACE pstar::pstar)
target_compile_options(pstar_developer INTERFACE
  -Wall -Wextra -Wshadow -Wconversion
  $<$<BOOL:${PSTAR_WERROR}>:-Werror>
  $<$<BOOL:${PSTAR_NATIVE}>:-march=native>)

# The dependencies' headers are not ours to warn about; pstar's own are.
foreach(_dependency xtensor xtensor-blas xtl)
  if(TARGET ${_dependency})
    get_target_property(_directories ${_dependency} INTERFACE_INCLUDE_DIRECTORIES)
    if(_directories)
      target_include_directories(pstar_developer SYSTEM INTERFACE ${_directories})
    endif()
  endif()
endforeach()
