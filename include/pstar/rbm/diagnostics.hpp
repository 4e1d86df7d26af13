#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/lapack.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/units.hpp>

/// What an RBM has learnt and how its chains mix.
namespace pstar {

/// The singular values of W, descending: min(D, H) of them, from the eigenvalues of W W^T or W^T W in double, so those
/// below 1e-8 of the largest are noise. In training the first grow one after the other, each a direction that is
/// learnt: Decelle, Fissore & Furtlehner, "Thermodynamics of restricted Boltzmann machines and related learning
/// dynamics", J. Stat. Phys. 172 (2018). Empty where W is not finite.
template <class Scalar>
std::vector<double> weight_spectrum(const Rbm<Scalar>& rbm) {
    if (!rbm.weights.allFinite()) return {};
    const bool wide = rbm.weights.rows() < rbm.weights.cols();
    const auto n = wide ? rbm.visible() : rbm.n_components(), other = wide ? rbm.n_components() : rbm.visible();
    const Matrix<double> w = rbm.weights.template cast<double>();
    Tensor<double, 2> gram = Tensor<double, 2>::from_shape({n, n});
    gemm<double>(wide ? Transpose::no : Transpose::yes, wide ? Transpose::yes : Transpose::no, n, n, other, 1, w.data(),
                 w.data(), 0, gram.data());
    auto values = symmetric_eigenvalues(gram).value_or(std::vector<double>{});
    std::ranges::reverse(values);
    for (auto& value : values) value = std::sqrt(std::max(value, 0.0));
    return values;
}

/// The overlaps of all pairs of rows a < b of v (N, D) in [0, 1], N >= 2:
///     q_ab = sum_i (2 v_ai - 1)(2 v_bi - 1)/D, in [-1, 1]
/// in the order (0, 1), (0, 2), ..., (1, 2), ... Chains that sample well have the distribution of overlaps that data
/// have; chains that have collapsed onto one image have overlaps near 1.
template <DenseRows Rows>
std::vector<double> chain_overlaps(const Rows& v) {
    require(v.rows() >= 2 && v.cols() >= 1, "chain_overlaps", "the number of rows", v.rows(), "be at least 2");
    const Matrix<double> spins = (2 * v.template cast<double>().array() - 1).matrix();
    const auto n = static_cast<std::size_t>(v.rows()), d = static_cast<std::size_t>(v.cols());
    Matrix<double> products(v.rows(), v.rows());
    gemm<double>(Transpose::no, Transpose::yes, n, n, d, 1 / static_cast<double>(d), spins.data(), spins.data(), 0,
                 products.data());
    std::vector<double> overlaps;
    for (Eigen::Index a = 0; a < v.rows(); ++a)
        for (Eigen::Index b = a + 1; b < v.rows(); ++b) overlaps.push_back(products(a, b));
    return overlaps;
}

/// How long chains remember.
struct Autocorrelation {
    std::vector<double> rho;  ///< rho(0) = 1, rho(1), ... up to half the length
    /// 1 + 2 sum_{t=1}^{W} rho(t) in sweeps, W the least with W >= 5 times the sum so far (Sokal): so many sweeps are
    /// worth one independent sample. NaN where nothing varies.
    double time = std::numeric_limits<double>::quiet_NaN();
    bool enough = false;  ///< the window W closed within half the length; else the time is a lower bound: run longer
};

/// The autocorrelation of series (N chains, T sweeps), T >= 4, of one observable about the mean over all chains and
/// sweeps: rho(t) = mean_n,s (x_ns - m)(x_n,s+t - m)/variance. Chains must have reached their distribution. Source:
/// Sokal, "Monte Carlo methods in statistical mechanics: foundations and new algorithms", 1996, section 3.
inline Autocorrelation autocorrelation(const Matrix<double>& series) {
    require(series.rows() >= 1 && series.cols() >= 4, "autocorrelation", "the number of sweeps", series.cols(),
            "be at least 4");
    Autocorrelation result;
    const double mean = series.mean();
    const Matrix<double> x = (series.array() - mean).matrix();
    const double variance = x.squaredNorm() / static_cast<double>(x.size());
    if (!(variance > 1e-24 * (1 + mean * mean))) return result;
    double sum = 1;
    for (Eigen::Index t = 0; t <= x.cols() / 2; ++t) {
        const auto count = x.cols() - t;
        const double covariance =
            x.leftCols(count).cwiseProduct(x.rightCols(count)).sum() / static_cast<double>(x.rows() * count);
        result.rho.push_back(covariance / variance);
        if (t == 0 || result.enough) continue;
        sum += 2 * result.rho.back();
        result.enough = static_cast<double>(t) >= 5 * sum;
    }
    result.time = sum;
    return result;
}

/// The free energies (N, sweeps) of Gibbs chains that begin at rows v (N, D), after each of `sweeps` >= 1 sweeps: a
/// series for `autocorrelation`. Leave out the first part where chains begin at data. Sweep s draws from derive(seed,
/// s).
template <DenseRows Rows>
Matrix<double> free_energy_series(const Rbm<typename Rows::Scalar>& rbm, const Rows& v, std::size_t sweeps, Seed seed) {
    using Scalar = typename Rows::Scalar;
    require(sweeps >= 1, "free_energy_series", "sweeps", sweeps, "be at least 1");
    Matrix<double> series(v.rows(), static_cast<Eigen::Index>(sweeps));
    Matrix<Scalar> now = v;
    for (Eigen::Index s = 0; s < series.cols(); ++s) {
        now = gibbs_chains(rbm, now, 1, derive(seed, static_cast<std::uint64_t>(s))).visible;
        const auto f = free_energies(rbm, now);
        for (Eigen::Index n = 0; n < series.rows(); ++n) series(n, s) = f[static_cast<std::size_t>(n)];
    }
    return series;
}

}  // namespace pstar
