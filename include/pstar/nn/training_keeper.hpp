#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <pstar/core/named_tensor.hpp>
#include <pstar/nn/train_history.hpp>

namespace pstar {

/// Where a training stands between two steps, beside its tensors: what `train` needs to go on as if nothing had
/// happened.
struct TrainingProgress {
    std::uint32_t epoch = 0;    ///< that is being done
    std::size_t step = 0;       ///< steps of it that are done
    double loss_sum = 0;        ///< over the epoch's samples so far
    double lr_factor = 1;       ///< of the last step
    TrainHistory history = {};  ///< its `steps` are those of the optimiser
    /// When the validation accuracy last grew, for `EarlyStopping`.
    std::optional<std::size_t> grown_epoch = {};
    double grown_accuracy = 0;
    bool has_best = false;  ///< whether the best epoch's parameters are kept, too
};

/// What keeps a training that is being done, so that another process can go on with it: `TrainingCheckpoint` in a file,
/// or one of your own. `train` calls `find` once, and `restore` if something was found; then `is_due` between steps,
/// and `save` where it is.
class TrainingKeeper {
public:
    TrainingKeeper() = default;
    TrainingKeeper(const TrainingKeeper&) = delete;
    TrainingKeeper& operator=(const TrainingKeeper&) = delete;
    virtual ~TrainingKeeper() = default;

    /// The progress of a training with the same `settings`, a text; nothing where there is none that can be used.
    virtual std::optional<TrainingProgress> find(const std::string& settings) = 0;
    /// Copies the tensors of what was found into `tensors`; false, and nothing changed, if they are others.
    virtual bool restore(std::span<const NamedTensor<float>> tensors) = 0;
    /// The same for a training in double.
    virtual bool restore(std::span<const NamedTensor<double>> tensors) = 0;

    /// Asked after each step: whether it is time to save.
    virtual bool is_due() = 0;
    /// Keeps where the training stands and all its tensors.
    virtual void save(const TrainingProgress& progress, std::span<const NamedTensor<float>> tensors) = 0;
    /// The same for a training in double.
    virtual void save(const TrainingProgress& progress, std::span<const NamedTensor<double>> tensors) = 0;
};

}  // namespace pstar
