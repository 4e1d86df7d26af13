#pragma once

#include <pstar/data/dataset.hpp>
#include <pstar/data/image_stream.hpp>

#include "common/cli/flags.hpp"

namespace study {

/// What a study learns from and is tested on.
struct StudyData {
    pstar::TrainTest data;
    pstar::ImageStream stream;  ///< unless empty, the training images: `data.train` then holds the first of them
};

/// So many training images are held in memory where they could be drawn.
inline constexpr std::size_t most_held = 100'000;

/// The images that `--data`, `--train`, `--test` and `--channel binary` ask for; fills in `flags.train` and
/// `flags.test` where they were unset, and of `flags.variations` the number of classes and the pool; of several sizes
/// of training sets the largest is loaded, or the whole pool. Synthetic digits are the same for every `--seed`. Of a
/// folder with more images than asked for, a random part that never changes; parts are nested as N grows. Of more than
/// `most_held` synthetic training images, and of deformed ones (`--deform`), `may_stream` makes a stream, unless
/// `flags.variations` choose or change training images. Throws `UsageError` when there are fewer images than asked for
/// and `pstar::DataError` for files that cannot be read.
StudyData load_data(Flags& flags, bool may_stream);

}  // namespace study
