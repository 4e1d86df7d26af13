#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/core/exp_lanes.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// An RBM without weights: p(v, h) proportional to exp(b0.v + c0.h). Its Z is known, so annealing starts there.
template <class Scalar>
struct IndependentModel {
    Vector<Scalar> visible_bias;  ///< b0 (D)
    Vector<Scalar> hidden_bias;   ///< c0 (H)
    VisibleUnits visible_units = VisibleUnits::binary;

    /// log Z = sum_i log_normaliser(b0_i) + sum_j softplus(c0_j)
    double log_z() const {
        const Vector<double> b = visible_bias.template cast<double>(), c = hidden_bias.template cast<double>();
        return detail::log_normaliser_sum(visible_units, b.data(), static_cast<std::size_t>(b.size())) +
               simd::softplus_sum(c.data(), static_cast<std::size_t>(c.size()));
    }
    /// Whether all biases are finite.
    bool finite() const { return visible_bias.allFinite() && hidden_bias.allFinite(); }
};

/// The same as an RBM whose weights are zero.
template <class Scalar>
Rbm<Scalar> as_rbm(const IndependentModel<Scalar>& model) {
    Rbm<Scalar> rbm(static_cast<std::size_t>(model.visible_bias.size()),
                    static_cast<std::size_t>(model.hidden_bias.size()), Seed{}, 0);
    rbm.visible_bias = model.visible_bias;
    rbm.hidden_bias = model.hidden_bias;
    rbm.visible_units = model.visible_units;
    return rbm;
}

/// Hidden units at 1/2, visible ones of biases `base` (D), e.g. `base_rate_bias` of the data: where Salakhutdinov &
/// Murray (2008) start.
template <class Scalar>
IndependentModel<Scalar> base_rate_model(const Rbm<Scalar>& rbm, const Vector<Scalar>& base) {
    detail::check_visible("base_rate_model", rbm, base.size());
    return {base, Vector<Scalar>::Zero(rbm.weights.cols()), rbm.visible_units};
}

/// Both layers as independent as their means over rows v (N, D), N >= 1, and h ~ p(h | v) say: of data, or of chains of
/// the RBM. `blurred` in (0, 1] is the share of rows of 1/2 among them: it keeps all biases finite, and annealing from
/// missing modes that these rows miss.
template <DenseRows Rows>
IndependentModel<typename Rows::Scalar> independent_model_of(const Rbm<typename Rows::Scalar>& rbm, const Rows& v,
                                                             double blurred = 0.001) {
    using Scalar = typename Rows::Scalar;
    detail::check_visible("independent_model_of", rbm, v.cols());
    require(v.rows() >= 1, "independent_model_of", "the number of rows", v.rows(), "be at least 1");
    require(blurred > 0 && blurred <= 1, "independent_model_of", "blurred", blurred, "lie in (0, 1]");
    Vector<double> visible = Vector<double>::Zero(v.cols()), hidden = Vector<double>::Zero(rbm.weights.cols());
    detail::for_hidden_inputs(rbm, rows_of(v), [&](Eigen::Index, const auto& part, MatrixMap<Scalar> a) {
        detail::to_probabilities(a);
        visible += part.template cast<double>().colwise().sum().transpose();
        hidden += a.template cast<double>().colwise().sum().transpose();
    });
    const auto input = [&](VisibleUnits units) {
        return [=, count = static_cast<double>(v.rows())](double sum) {
            return static_cast<Scalar>(detail::input_of_mean(units, (1 - blurred) * sum / count + blurred / 2));
        };
    };
    return {visible.unaryExpr(input(rbm.visible_units)), hidden.unaryExpr(input(VisibleUnits::binary)),
            rbm.visible_units};
}

/// The naive mean field of an RBM: m_h = logistic(c + m_v W), m_v = E[v | m_h], iterated `iterations` times, each time
/// halfway, from the means of p(v | h = 1/2). Where it converges, no independent model close by has a smaller
/// Kullback-Leibler divergence to p(v, h). It settles in one mode where there are many. Uses no data. Source of the
/// idea: Prat Pou, Romero, Marti & Mazzanti, arXiv:2404.11229.
template <class Scalar>
IndependentModel<Scalar> mean_field_model(const Rbm<Scalar>& rbm, std::size_t iterations = 200) {
    require(iterations >= 1, "mean_field_model", "iterations", iterations, "be at least 1");
    Matrix<Scalar> h = Matrix<Scalar>::Constant(1, rbm.weights.cols(), Scalar(0.5));
    Matrix<Scalar> v = visible_probabilities(rbm, h);
    for (std::size_t i = 0; i < iterations; ++i) {
        h = (h + hidden_probabilities(rbm, v)) / 2;
        v = (v + visible_probabilities(rbm, h)) / 2;
    }
    IndependentModel<Scalar> model{Vector<Scalar>(v.cols()), Vector<Scalar>(h.cols()), rbm.visible_units};
    detail::hidden_input(rbm, rows_of(v), MatrixMap<Scalar>(model.hidden_bias.data(), 1, h.cols()));
    detail::visible_input(rbm, rows_of(h), MatrixMap<Scalar>(model.visible_bias.data(), 1, v.cols()));
    return model;
}

}  // namespace pstar
