#pragma once

#include <pstar/sweep/mpi.hpp>

#include "catch.hpp"

/// The processes of this test.
pstar::Mpi& ranks();
