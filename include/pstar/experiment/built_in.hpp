#pragma once

#include <pstar/experiment/registry.hpp>

namespace pstar {

/// The corruptions every experiment knows: `replacement`, `byte_replacement`, `binary_replacement` (p), `additive`
/// (sigma).
CorruptionRegistry built_in_corruptions();

/// The kinds of models every experiment knows: `mlp`, `cnn`, `rbm`, `rbm_plain`, `softmax`, `ntk`, `nngp`,
/// `nearest_class_mean`, `channel_posterior`; see `ModelSpec`. They compute in float, or in double.
template <class Scalar>
ModelRegistry built_in_models();

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/experiment/detail/built_in.hpp>
#else
extern template pstar::ModelRegistry pstar::built_in_models<float>();
#endif
