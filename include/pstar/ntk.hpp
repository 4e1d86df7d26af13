#pragma once

/// The empirical neural tangent kernel of a network.

#include <pstar/ntk/empirical_ntk.hpp>
