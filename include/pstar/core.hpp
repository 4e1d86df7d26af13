#pragma once

/// The ground: tensors and the bridge to Eigen, BLAS, counter-based random numbers, errors, stable math.

#include <pstar/core/arena.hpp>
#include <pstar/core/atomic_file.hpp>
#include <pstar/core/blas.hpp>
#include <pstar/core/compiled.hpp>
#include <pstar/core/dense_rows.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/exp_lanes.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/lapack.hpp>
#include <pstar/core/lbfgs.hpp>
#include <pstar/core/learning_rate.hpp>
#include <pstar/core/math.hpp>
#include <pstar/core/matrix.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/core/nelder_mead.hpp>
#include <pstar/core/openblas.hpp>
#include <pstar/core/parse_number.hpp>
#include <pstar/core/philox.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/core/view.hpp>
