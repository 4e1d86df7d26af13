#pragma once

/// Eigenvalues of a kernel: entropy, effective rank; takes plain matrices.

#include <pstar/spectrum/spectrum.hpp>
