#pragma once

/// Data sets of labelled images: readers (IDX, CIFAR, npy), synthetic digits, endless streams, subsets and
/// splits.

#include <pstar/data/channel_statistics.hpp>
#include <pstar/data/cifar.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/deformed.hpp>
#include <pstar/data/idx.hpp>
#include <pstar/data/idx_writer.hpp>
#include <pstar/data/image_stream.hpp>
#include <pstar/data/label_noise.hpp>
#include <pstar/data/load_data.hpp>
#include <pstar/data/mnist.hpp>
#include <pstar/data/npy_images.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/data/training_source.hpp>
#include <pstar/data/transpose_images.hpp>
