#pragma once

/// The neural tangent kernel of a network: empirical, as a matrix or by its products; infinitely wide, in closed form,
/// for every activation.

#include <pstar/ntk/dual_activation.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/infinite_ntk.hpp>
#include <pstar/ntk/kernel_recorder.hpp>
#include <pstar/ntk/kernel_ridge.hpp>
#include <pstar/ntk/ntk_operator.hpp>
#include <pstar/ntk/options.hpp>
#include <pstar/ntk/subject.hpp>
