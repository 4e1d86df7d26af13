#pragma once

/// The neural tangent kernel of a network: empirical, as a matrix.

#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/options.hpp>
#include <pstar/ntk/subject.hpp>
