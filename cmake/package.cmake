# `cpack --preset package` (after the workflow `package`, or `cpack -G "DEB;TGZ"` in a build folder): what `cmake
# --install` installs, as libpstar-dev_VERSION_ARCH.deb and pstar-VERSION-SYSTEM.tar.gz. The compiled half is for the
# processor that the build is for: the preset leaves -march=native out.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME pstar)
set(CPACK_PACKAGE_CONTACT "The pstar authors")
set(CPACK_PACKAGE_VENDOR "The pstar authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "C++20 library: networks on corrupted images, and where their accuracy breaks")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES OFF)  # of an archive, which is linked later
set(CPACK_DEBIAN_PACKAGE_NAME libpstar-dev)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
# What pstarConfig.cmake and pstar.pc ask for.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libeigen3-dev (>= 3.4), libxtensor-dev (>= 0.24), nlohmann-json3-dev (>= 3.11), \
libopenblas-dev, libtbb-dev, zlib1g-dev")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake (>= 3.25), pkg-config, libopenmpi-dev, libxtensor-blas-dev")
include(CPack)
