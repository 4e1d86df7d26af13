#pragma once

/// Softmax regression: the model, its probabilities, and its fit by L-BFGS.

#include <pstar/softmax/fit_softmax.hpp>
#include <pstar/softmax/softmax_regression.hpp>
