#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/rbm/rbm.hpp>

/// An RBM so small that every state can be enumerated: sums as the definitions have them, element by element.
namespace pstar::tests {

/// State `number` of `units` units, unit i being bit i.
inline Vector<double> state(std::size_t number, Eigen::Index units) {
    return Vector<double>::NullaryExpr(units, [&](Eigen::Index i) { return static_cast<double>(number >> i & 1); });
}
inline std::size_t states(Eigen::Index units) {
    return std::size_t{1} << units;
}

inline Rbm<double> random_rbm(std::size_t visible, std::size_t hidden, std::uint64_t seed, double scale = 1) {
    Rbm<double> rbm(visible, hidden, Seed{seed}, scale);
    RandomSequence next({Seed{seed + 1}});
    for (auto& b : rbm.visible_bias) b = scale * next.normal();
    for (auto& c : rbm.hidden_bias) c = scale * next.normal();
    return rbm;
}

inline double energy(const Rbm<double>& rbm, const Vector<double>& v, const Vector<double>& h) {
    return -rbm.visible_bias.dot(v) - rbm.hidden_bias.dot(h) - v.dot(rbm.weights * h);
}

/// p(v, h) of all states: (2^D, 2^H).
inline Matrix<double> joint(const Rbm<double>& rbm) {
    const auto d = rbm.weights.rows(), k = rbm.weights.cols();
    Matrix<double> p(static_cast<Eigen::Index>(states(d)), static_cast<Eigen::Index>(states(k)));
    for (std::size_t v = 0; v < states(d); ++v)
        for (std::size_t h = 0; h < states(k); ++h)
            p(static_cast<Eigen::Index>(v), static_cast<Eigen::Index>(h)) =
                std::exp(-energy(rbm, state(v, d), state(h, k)));
    return p / p.sum();
}
inline double log_z(const Rbm<double>& rbm) {
    double sum = 0;
    for (std::size_t v = 0; v < states(rbm.weights.rows()); ++v)
        for (std::size_t h = 0; h < states(rbm.weights.cols()); ++h)
            sum += std::exp(-energy(rbm, state(v, rbm.weights.rows()), state(h, rbm.weights.cols())));
    return std::log(sum);
}

/// T(v -> v') = sum_h p(h | v) p(v' | h) of one Gibbs sweep: (2^D, 2^D), each row a distribution.
inline Matrix<double> gibbs_kernel(const Rbm<double>& rbm) {
    const Matrix<double> p = joint(rbm);
    const Matrix<double> h_given_v = p.array().colwise() / p.rowwise().sum().array();
    const Matrix<double> v_given_h = p.array().rowwise() / p.colwise().sum().array();
    return h_given_v * v_given_h.transpose();
}

/// A gradient, or a change of all parameters.
struct Change {
    Matrix<double> weights;
    Vector<double> visible, hidden;

    explicit Change(const Rbm<double>& rbm)
        : weights(Matrix<double>::Zero(rbm.weights.rows(), rbm.weights.cols())),
          visible(Vector<double>::Zero(rbm.weights.rows())),
          hidden(Vector<double>::Zero(rbm.weights.cols())) {}
    /// Adds weight times the averages of v h^T, v and h under p(h | v).
    void add(const Rbm<double>& rbm, const Vector<double>& v, double weight) {
        const Vector<double> h = (1 + (-(rbm.hidden_bias + rbm.weights.transpose() * v)).array().exp()).inverse();
        weights += weight * v * h.transpose();
        visible += weight * v;
        hidden += weight * h;
    }
};

/// What CD-k's step is on average at learning rate 1: <v h>_data - <v h> after k sweeps, the sum over all states.
inline Change expected_divergence(const Rbm<double>& rbm, const std::vector<std::size_t>& data, std::size_t k) {
    const auto kernel = gibbs_kernel(rbm);
    const double weight = 1 / static_cast<double>(data.size());
    Change change(rbm);
    Eigen::RowVectorXd p = Eigen::RowVectorXd::Zero(kernel.rows());
    for (const auto v : data) {
        change.add(rbm, state(v, rbm.weights.rows()), weight);
        p[static_cast<Eigen::Index>(v)] += weight;
    }
    for (std::size_t step = 0; step < k; ++step) p = (p * kernel).eval();
    for (Eigen::Index v = 0; v < p.size(); ++v)
        change.add(rbm, state(static_cast<std::size_t>(v), rbm.weights.rows()), -p[v]);
    return change;
}

/// The rows of a data set of states.
inline Matrix<double> rows_of_states(const std::vector<std::size_t>& data, Eigen::Index units) {
    Matrix<double> rows(std::ssize(data), units);
    for (Eigen::Index n = 0; n < rows.rows(); ++n) rows.row(n) = state(data[static_cast<std::size_t>(n)], units);
    return rows;
}
inline Matrix<double> all_states(Eigen::Index units) {
    std::vector<std::size_t> all(states(units));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return rows_of_states(all, units);
}

}  // namespace pstar::tests
