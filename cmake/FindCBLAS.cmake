# Finds a library that offers CBLAS and LAPACK: OpenBLAS first, else whatever FindBLAS and FindLAPACK give; these alone
# where BLA_VENDOR, BLA_STATIC or BLAS_LIBRARIES ask for a certain one. A program is linked to see that it is enough. No header
# of theirs is read. Defines the imported target CBLAS::CBLAS. Installed beside pstarConfig.cmake, so that consumers find the
# same library.
include(CheckCXXSourceCompiles)

# _cblas_links(RESULT LIBRARY...): whether a program that needs what pstar calls links to these.
function(_cblas_links result)
  set(CMAKE_REQUIRED_LIBRARIES ${ARGN})
  set(CMAKE_REQUIRED_QUIET TRUE)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE EXECUTABLE)
  string(MD5 key "${ARGN}")
  check_cxx_source_compiles("
    extern \"C\" { void cblas_dgemm(); void dpotrf_(); void dsyevd_(); }
    int main() { cblas_dgemm(); dpotrf_(); dsyevd_(); }" PSTAR_CBLAS_LINKS_${key})
  set(${result} ${PSTAR_CBLAS_LINKS_${key}} PARENT_SCOPE)
endfunction()

set(_cblas_libraries)
set(_cblas_options)
set(_cblas_problem "install a CBLAS with LAPACK, e.g. Debian's libopenblas-dev")
if(NOT BLA_VENDOR AND NOT BLA_STATIC AND NOT BLAS_LIBRARIES)
  find_library(CBLAS_LIBRARY NAMES openblas)
  mark_as_advanced(CBLAS_LIBRARY)
  if(CBLAS_LIBRARY)
    set(_cblas_libraries ${CBLAS_LIBRARY})
  endif()
endif()
if(NOT _cblas_libraries)
  find_package(BLAS QUIET)
  find_package(LAPACK QUIET)
  set(_cblas_lapack ${LAPACK_LIBRARIES})
  if(BLAS_FOUND AND NOT LAPACK_FOUND)  # a vendor of a BLAS alone, as BLIS is: the LAPACK beside it
    find_library(CBLAS_LAPACK_LIBRARY NAMES lapack)
    mark_as_advanced(CBLAS_LAPACK_LIBRARY)
    if(CBLAS_LAPACK_LIBRARY)
      set(_cblas_lapack ${CBLAS_LAPACK_LIBRARY})
    endif()
  endif()
  if(BLAS_FOUND AND _cblas_lapack)
    set(_cblas_libraries ${_cblas_lapack} ${BLAS_LIBRARIES})
    list(REMOVE_DUPLICATES _cblas_libraries)
    if(NOT BLAS_LIBRARIES MATCHES "openblas|blis|mkl")  # these have CBLAS in them
      find_library(CBLAS_INTERFACE_LIBRARY NAMES cblas)
      mark_as_advanced(CBLAS_INTERFACE_LIBRARY)
      if(CBLAS_INTERFACE_LIBRARY)
        list(PREPEND _cblas_libraries ${CBLAS_INTERFACE_LIBRARY})
      endif()
    endif()
  elseif(BLA_VENDOR OR BLA_STATIC)
    set(_cblas_problem "no such BLAS and LAPACK: BLA_VENDOR '${BLA_VENDOR}', BLA_STATIC '${BLA_STATIC}'")
  endif()
endif()

# An archive brings nothing with it: what LAPACK needs of Fortran's library, and OpenBLAS's own controls, which nobody
# else asks for (pstar/core/openblas.hpp).
if(_cblas_libraries MATCHES "\\.a(;|$)")
  if(_cblas_libraries MATCHES "openblas")
    foreach(_name openblas_set_num_threads openblas_get_num_threads openblas_get_corename openblas_get_config)
      list(APPEND _cblas_options "LINKER:--undefined=${_name}")
    endforeach()
  endif()
  _cblas_links(_cblas_enough ${_cblas_libraries})
  if(NOT _cblas_enough)
    find_library(CBLAS_FORTRAN_LIBRARY NAMES gfortran libgfortran.so.5 HINTS ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES})
    mark_as_advanced(CBLAS_FORTRAN_LIBRARY)
    if(CBLAS_FORTRAN_LIBRARY)
      list(APPEND _cblas_libraries ${CBLAS_FORTRAN_LIBRARY})
    endif()
  endif()
endif()

set(_cblas_enough FALSE)
if(_cblas_libraries)
  _cblas_links(_cblas_enough ${_cblas_libraries})
  list(JOIN _cblas_libraries " " _cblas_problem)
  set(_cblas_problem "no program that calls CBLAS and LAPACK links to ${_cblas_problem}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CBLAS
  REQUIRED_VARS _cblas_libraries _cblas_enough
  REASON_FAILURE_MESSAGE "${_cblas_problem}")

if(CBLAS_FOUND AND NOT TARGET CBLAS::CBLAS)
  add_library(CBLAS::CBLAS INTERFACE IMPORTED)
  set_target_properties(CBLAS::CBLAS PROPERTIES
    INTERFACE_LINK_LIBRARIES "${_cblas_libraries}" INTERFACE_LINK_OPTIONS "${_cblas_options}")
endif()
