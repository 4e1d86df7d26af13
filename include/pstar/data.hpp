#pragma once

/// Data sets of uint8 images and labels: IDX files, synthetic digits, subsets and splits.

#include <pstar/data/dataset.hpp>
#include <pstar/data/idx.hpp>
#include <pstar/data/idx_writer.hpp>
#include <pstar/data/mnist.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
