#pragma once

#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// The naive reference for `empirical_ntk`: the Jacobian row by row, (N K, P), each row one vjp of one image; then J
/// J^T.
namespace reference {

template <pstar::Network Net, pstar::Corruption C>
pstar::Matrix<double> jacobian(const Net& net, const pstar::Dataset& data, const C& channel, std::uint64_t seed = 0) {
    using Scalar = typename Net::scalar_type;
    const auto classes = net.outputs();
    pstar::Matrix<double> j(static_cast<Eigen::Index>(data.size() * classes),
                            static_cast<Eigen::Index>(net.parameters().size()));
    for (std::uint32_t n = 0; n < data.size(); ++n) {
        pstar::Batch<Scalar> one;
        one.fill(data, std::vector<std::uint32_t>{n}, channel, {pstar::Seed{seed}, pstar::Stream::test_noise, 0});
        std::vector<Scalar> gradients(net.parameters().size()), unit(classes);
        pstar::Tape<Scalar> tape;
        const auto leaves = net.parameters().record(tape, gradients);
        const auto logits = net(tape.constant(one.images()), leaves);
        for (std::size_t k = 0; k < classes; ++k) {
            unit.assign(classes, 0);
            unit[k] = 1;
            tape.backward(logits, {unit.data(), logits.shape()});
            j.row(static_cast<Eigen::Index>(n * classes + k)) =
                pstar::ConstVectorMap<Scalar>(gradients.data(), j.cols()).transpose().template cast<double>();
        }
    }
    return j;
}

/// sum_k s_k J_k(x_n): the rows of another subject, one for each image and row of `weights(n)`, (S, K).
template <class Weights>
pstar::Matrix<double> combined(const pstar::Matrix<double>& jacobian, std::size_t classes, const Weights& weights) {
    std::vector<Eigen::RowVectorXd> rows;
    const auto k = static_cast<Eigen::Index>(classes);
    for (Eigen::Index n = 0; n < jacobian.rows() / k; ++n) {
        const pstar::Matrix<double> w = weights(static_cast<std::size_t>(n));
        for (Eigen::Index s = 0; s < w.rows(); ++s) rows.push_back(w.row(s) * jacobian.middleRows(n * k, k));
    }
    pstar::Matrix<double> result(std::ssize(rows), jacobian.cols());
    for (Eigen::Index i = 0; i < result.rows(); ++i) result.row(i) = rows[static_cast<std::size_t>(i)];
    return result;
}

}  // namespace reference
