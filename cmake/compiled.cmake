# pstar::compiled: what takes long to compile, from the same sources as the headers (pstar/core/compiled.hpp says how).
# Who links it compiles declarations alone.
file(GLOB _compiled CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.cpp)
add_library(pstar_compiled STATIC ${_compiled})
add_library(pstar::compiled ALIAS pstar_compiled)
set_target_properties(pstar_compiled PROPERTIES EXPORT_NAME compiled CXX_EXTENSIONS OFF)
if(NOT PSTAR_INSTALL)
  set_target_properties(pstar_compiled PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
target_link_libraries(pstar_compiled PUBLIC pstar)
target_compile_definitions(pstar_compiled PUBLIC PSTAR_COMPILED)
# Eigen lays memory out for the instruction set: a library for this host's processor needs callers for the same.
if(PSTAR_NATIVE AND PROJECT_IS_TOP_LEVEL)
  target_compile_options(pstar_compiled PUBLIC -march=native)
endif()
