#pragma once

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/rbm/visible_units.hpp>

namespace pstar {

/// A restricted Boltzmann machine of D visible and H binary hidden units:
///     E(v, h) = -b.v - c.h - v.W h,   p(v, h) = exp(-E(v, h)) / Z
///     p(h_j = 1 | v) = logistic(c_j + v.W_j),   p(v_i | h) proportional to exp((b_i + W_i.h) v_i)
/// Binary visible units have p(v_i = 1 | h) = logistic(b_i + W_i.h); with truncated-exponential ones p(v, h) is a
/// density over v in [0, 1]^D.
/// Source: Hinton, "Training products of experts by minimizing contrastive divergence", Neural Computation 14 (2002).
template <class Scalar>
struct Rbm {
    using scalar_type = Scalar;
    static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                  "Rbm<Scalar>: Scalar is float (training) or double (checks)");

    Matrix<Scalar> weights;                             ///< W (D, H)
    Vector<Scalar> visible_bias;                        ///< b (D)
    Vector<Scalar> hidden_bias;                         ///< c (H)
    VisibleUnits visible_units = VisibleUnits::binary;  ///< their kind

    /// Weights normal with mean 0 and standard deviation `spread`, biases zero, as Hinton's "A practical guide to
    /// training restricted Boltzmann machines" (2010), section 8, has them. Throws `std::invalid_argument` for sizes
    /// of zero and a spread that is negative or not finite.
    Rbm(std::size_t visible, std::size_t n_components, Seed seed = {}, double spread = 0.01) {
        require(visible >= 1, "Rbm", "visible", visible, "be at least 1");
        require(n_components >= 1, "Rbm", "n_components", n_components, "be at least 1");
        require(spread >= 0 && std::isfinite(spread), "Rbm", "spread", spread, "be finite and not negative");
        weights.resize(static_cast<Eigen::Index>(visible), static_cast<Eigen::Index>(n_components));
        RandomSequence next({seed, Stream::init});
        for (Eigen::Index i = 0; i < weights.size(); ++i)
            weights.data()[i] = static_cast<Scalar>(spread * next.normal());
        visible_bias.setZero(weights.rows());
        hidden_bias.setZero(weights.cols());
    }

    std::size_t visible() const { return static_cast<std::size_t>(weights.rows()); }       ///< D
    std::size_t n_components() const { return static_cast<std::size_t>(weights.cols()); }  ///< H
    /// Whether all parameters are finite.
    bool finite() const { return weights.allFinite() && visible_bias.allFinite() && hidden_bias.allFinite(); }

    /// Views with names, for checkpoints: `save_safetensors(path, rbm.named())`.
    std::vector<NamedTensor<Scalar>> named() {
        return {{"weight", {visible(), n_components()}, {weights.data(), visible() * n_components()}},
                {"visible_bias", {visible()}, {visible_bias.data(), visible()}},
                {"hidden_bias", {n_components()}, {hidden_bias.data(), n_components()}}};
    }
    /// Its parameters under their names, to read.
    std::vector<NamedTensor<const Scalar>> named() const {
        return {{"weight", {visible(), n_components()}, {weights.data(), visible() * n_components()}},
                {"visible_bias", {visible()}, {visible_bias.data(), visible()}},
                {"hidden_bias", {n_components()}, {hidden_bias.data(), n_components()}}};
    }
};

}  // namespace pstar
