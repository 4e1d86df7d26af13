#pragma once

#include <pstar/data/dataset.hpp>

#include "common/cli/flags.hpp"

namespace study {

/// The images that `--data`, `--train`, `--test` and `--channel binary` ask for; fills in `flags.train` and
/// `flags.test` where they were unset, and of `flags.variations` the number of classes and the pool; of several sizes
/// of training sets the largest is loaded, or the whole pool. Synthetic digits are the same for every `--seed`. Of a
/// folder with more images than asked for, a random part that never changes; parts are nested as N grows. Throws
/// `UsageError` when there are fewer images than asked for and `pstar::DataError` for files that cannot be read.
pstar::TrainTest load_data(Flags& flags);

}  // namespace study
