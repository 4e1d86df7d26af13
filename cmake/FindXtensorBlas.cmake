# Finds the headers of xtensor-blas and nothing more: its own package links a BLAS and a LAPACK that it picks for itself,
# but a program should have one, CBLAS::CBLAS. Defines the imported target XtensorBlas::XtensorBlas.
find_path(XtensorBlas_INCLUDE_DIR xtensor-blas/xlinalg.hpp)
mark_as_advanced(XtensorBlas_INCLUDE_DIR)

if(XtensorBlas_INCLUDE_DIR)
  file(STRINGS ${XtensorBlas_INCLUDE_DIR}/xtensor-blas/xblas_config.hpp _lines REGEX "XTENSOR_BLAS_VERSION_[A-Z]+ ")
  string(REGEX REPLACE "[^0-9]+([0-9]+)[^0-9]+([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2.\\3" XtensorBlas_VERSION "${_lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(XtensorBlas
  REQUIRED_VARS XtensorBlas_INCLUDE_DIR
  VERSION_VAR XtensorBlas_VERSION
  REASON_FAILURE_MESSAGE "install xtensor-blas, e.g. Debian's libxtensor-blas-dev")

if(XtensorBlas_FOUND AND NOT TARGET XtensorBlas::XtensorBlas)
  add_library(XtensorBlas::XtensorBlas INTERFACE IMPORTED)
  set_target_properties(XtensorBlas::XtensorBlas PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${XtensorBlas_INCLUDE_DIR}")
endif()
