#pragma once

#include <pstar/core/compiled.hpp>
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/byte_replacement.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/experiment/bayes_models.hpp>
#include <pstar/experiment/built_in.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/experiment/ntk_model.hpp>
#include <pstar/experiment/rbm_model.hpp>
#include <pstar/experiment/registration.hpp>

namespace pstar {

PSTAR_INLINE CorruptionRegistry built_in_corruptions() {
    CorruptionRegistry registry("corruption");
    register_corruption(registry, "replacement", [](double p) { return Replacement{.p = p}; });
    register_corruption(registry, "additive", [](double sigma) { return Additive{.sigma = sigma}; });
    register_corruption(registry, "binary_replacement", [](double p) { return BinaryReplacement{.p = p}; });
    register_corruption(registry, "byte_replacement", [](double p) { return ByteReplacement{.p = p}; });
    return registry;
}

template <class Scalar>
ModelRegistry built_in_models() {
    ModelRegistry registry("model");
    register_model(registry, "mlp", make_mlp<Scalar>);
    register_model(registry, "cnn", make_cnn<Scalar>);
    register_model(registry, "rbm", [](const ModelSpec&, const Dataset&, Seed) { return RbmModel<Scalar>(); });
    register_model(registry, "rbm_plain",
                   [](const ModelSpec&, const Dataset&, Seed) { return RbmModel<Scalar>(true); });
    register_model(registry, "softmax", [](const ModelSpec&, const Dataset&, Seed) { return SoftmaxModel<Scalar>(); });
    register_model(registry, "ntk", [](const ModelSpec&, const Dataset&, Seed) { return NtkModel<Scalar>(); });
    register_model(registry, "nngp",
                   [](const ModelSpec&, const Dataset&, Seed) { return NtkModel<Scalar>(WideKernel::nngp); });
    register_model(registry, "nearest_class_mean",
                   [](const ModelSpec&, const Dataset&, Seed) { return NearestClassMeanModel(); });
    register_model(registry, "channel_posterior",
                   [](const ModelSpec&, const Dataset&, Seed) { return ChannelPosteriorModel(); });
    return registry;
}

}  // namespace pstar
