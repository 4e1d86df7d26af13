#pragma once

/// Reverse-mode and forward-mode derivatives over tensors.

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/activation_function.hpp>
#include <pstar/autodiff/batch_norm.hpp>
#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/conv_pool.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/dropout.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/im2col.hpp>
#include <pstar/autodiff/matmul.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/primitive.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/autodiff/reshape.hpp>
#include <pstar/autodiff/sliding.hpp>
#include <pstar/autodiff/softmax.hpp>
#include <pstar/autodiff/standardise.hpp>
#include <pstar/autodiff/tape.hpp>
