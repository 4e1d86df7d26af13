#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <pstar/nn/evaluate.hpp>

namespace pstar {

/// Why a training ended.
enum class TrainStatus {
    finished,       ///< all epochs were done
    diverged,       ///< the loss of an epoch was not finite; training ended there
    stopped_early,  ///< `on_epoch` asked for it, or the validation accuracy no longer grew
};

/// What came of a training, epoch by epoch.
struct TrainHistory {
    TrainStatus status = TrainStatus::finished;
    std::vector<double> loss = {};            ///< of each epoch, see EpochReport
    std::size_t steps = 0;                    ///< optimiser steps taken
    std::vector<Evaluation> validation = {};  ///< after each epoch, if TrainOptions::validation is given
    /// The epoch with the largest validation accuracy, the first of equal ones; nothing without validation. With
    /// `early_stopping` and `restore_best` the network has that epoch's parameters.
    std::optional<std::size_t> best_epoch = {};
};

}  // namespace pstar
