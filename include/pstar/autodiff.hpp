#pragma once

/// Reverse-mode and forward-mode derivatives over tensors.

#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/matmul.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/primitive.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/autodiff/reshape.hpp>
#include <pstar/autodiff/shape.hpp>
#include <pstar/autodiff/softmax.hpp>
#include <pstar/autodiff/tape.hpp>
