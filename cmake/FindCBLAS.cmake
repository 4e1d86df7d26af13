# Finds a library that offers CBLAS and LAPACK: OpenBLAS first, else whatever FindBLAS and FindLAPACK give; these alone
# where BLA_VENDOR, BLA_STATIC or BLAS_LIBRARIES ask for a certain one. No header of theirs is read. Defines the imported
# target CBLAS::CBLAS. Installed beside pstarConfig.cmake, so that consumers find the same library.
set(_cblas_libraries)
if(NOT BLA_VENDOR AND NOT BLA_STATIC AND NOT BLAS_LIBRARIES)
  find_library(CBLAS_LIBRARY NAMES openblas)
  mark_as_advanced(CBLAS_LIBRARY)
  set(_cblas_libraries ${CBLAS_LIBRARY})
endif()
if(NOT _cblas_libraries OR _cblas_libraries MATCHES "NOTFOUND")
  set(_cblas_libraries)
  find_package(BLAS QUIET)
  find_package(LAPACK QUIET)
  find_library(CBLAS_INTERFACE_LIBRARY NAMES cblas)
  mark_as_advanced(CBLAS_INTERFACE_LIBRARY)
  if(BLAS_FOUND AND LAPACK_FOUND)
    set(_cblas_libraries ${LAPACK_LIBRARIES} ${BLAS_LIBRARIES})
    if(CBLAS_INTERFACE_LIBRARY AND NOT BLAS_LIBRARIES MATCHES "openblas|blis|mkl")  # these have it in them
      list(PREPEND _cblas_libraries ${CBLAS_INTERFACE_LIBRARY})
    endif()
    list(REMOVE_DUPLICATES _cblas_libraries)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CBLAS
  REQUIRED_VARS _cblas_libraries
  REASON_FAILURE_MESSAGE "install a CBLAS with LAPACK, e.g. Debian's libopenblas-dev")

if(CBLAS_FOUND AND NOT TARGET CBLAS::CBLAS)
  add_library(CBLAS::CBLAS INTERFACE IMPORTED)
  set_target_properties(CBLAS::CBLAS PROPERTIES INTERFACE_LINK_LIBRARIES "${_cblas_libraries}")
endif()
