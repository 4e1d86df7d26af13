#pragma once

#include <compare>
#include <cstddef>
#include <string>

#include <pstar/autodiff/activation.hpp>

namespace pstar {

/// A model of a registered kind in a size. What the numbers mean depends on the kind; for the built-in ones:
///
/// | model              | width                                            | depth         | activation |
/// |--------------------|--------------------------------------------------|---------------|------------|
/// | mlp                | units of each hidden layer                       | hidden layers | yes        |
/// | cnn                | channels of the first block                      | blocks        | yes        |
/// | rbm                | hidden units (components)                        | ignored       | ignored    |
/// | rbm_plain          | as rbm, trained by plain CD-1                    | ignored       | ignored    |
/// | softmax            | ignored                                          | ignored       | ignored    |
/// | ntk                | of the networks the kernel averages; 0: infinite | hidden layers | yes        |
/// | nngp               | as ntk                                           | hidden layers | yes        |
/// | nearest_class_mean | ignored                                          | ignored       | ignored    |
/// | channel_posterior  | ignored                                          | ignored       | ignored    |
struct ModelSpec {
    std::string model = "mlp";                 ///< a registered name
    std::size_t width = 64, depth = 2;         ///< see the table
    Activation activation = Activation::relu;  ///< of networks, see the table

    friend auto operator<=>(const ModelSpec&, const ModelSpec&) = default;
};

}  // namespace pstar
