#pragma once

/// The version of pstar, read by the build as well: one place to change it.
#define PSTAR_VERSION_MAJOR 0
#define PSTAR_VERSION_MINOR 2
#define PSTAR_VERSION_PATCH 0
#define PSTAR_VERSION "0.2.0"
