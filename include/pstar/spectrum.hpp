#pragma once

/// Eigenvalues of a kernel: entropy, effective rank, histograms; of matrices and of operators known by their products.
/// Takes plain numbers: knows nothing of networks.

#include <pstar/spectrum/alignment.hpp>
#include <pstar/spectrum/centre.hpp>
#include <pstar/spectrum/largest_eigenvalues.hpp>
#include <pstar/spectrum/log_histogram.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/spectrum/stochastic_lanczos.hpp>
#include <pstar/spectrum/symmetric_operator.hpp>
