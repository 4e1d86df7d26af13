# `cmake --install BUILD --prefix PREFIX`: the headers, and a package for `find_package(pstar CONFIG)`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_destination ${CMAKE_INSTALL_LIBDIR}/cmake/pstar)
install(DIRECTORY include/pstar DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS pstar pstar_compiled EXPORT pstarTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT pstarTargets NAMESPACE pstar:: DESTINATION ${_destination})
configure_package_config_file(cmake/pstarConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/pstarConfig.cmake
  INSTALL_DESTINATION ${_destination})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/pstarConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/pstarConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/pstarConfigVersion.cmake
  cmake/FindCBLAS.cmake
  DESTINATION ${_destination})

install(FILES LICENSE CHANGELOG.md README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# For whoever builds without CMake: g++ $(pkg-config --cflags pstar) program.cpp $(pkg-config --libs pstar). The prefix is
# known when it is installed.
get_target_property(_blas CBLAS::CBLAS INTERFACE_LINK_LIBRARIES)
get_target_property(_blas_options CBLAS::CBLAS INTERFACE_LINK_OPTIONS)
set(_pc_blas)
foreach(_word ${_blas_options} ${_blas})
  # A library that the compiler finds by its name is named, so that the file serves other hosts, too.
  if(_word MATCHES "^(/.*)/lib([^/]+)\\.so$" AND CMAKE_MATCH_1 IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    set(_word -l${CMAKE_MATCH_2})
  endif()
  string(REPLACE "LINKER:" "-Wl," _word "${_word}")
  string(APPEND _pc_blas " ${_word}")
endforeach()
set(_pc_prefix ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH _pc_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(CMAKE_INSTALL_PREFIX "\${pcfiledir}/${_pc_up}")
configure_file(cmake/pstar.pc.in ${CMAKE_CURRENT_BINARY_DIR}/pstar.pc @ONLY)
set(CMAKE_INSTALL_PREFIX ${_pc_prefix})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pstar.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
