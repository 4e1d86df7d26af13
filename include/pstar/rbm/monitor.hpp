#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/log_partition.hpp>

/// How well an RBM learns: numbers to watch during training and to report after it.
namespace pstar {

/// The mean over rows v (N, D) and units of (v - E[v | h])^2, h ~ p(h | v); row n draws from (seed, gibbs, 0, n).
/// Cheap, but no likelihood: it falls when chains mix badly, too.
template <DenseRows Rows>
double reconstruction_error(const Rbm<typename Rows::Scalar>& rbm, const Rows& v, Seed seed) {
    require(v.size() > 0, "reconstruction_error", "the number of rows", v.rows(), "be at least 1");
    const auto chains = gibbs_chains(rbm, v, 1, seed);
    return static_cast<double>((v - chains.mean).squaredNorm()) / static_cast<double>(v.size());
}

/// Mean F(held_out) - mean F(train): log Z cancels, so this is by how many nats a row of the training data is more
/// likely than a held-out one. It grows when the RBM overfits (Hinton's guide, section 6).
template <DenseRows Rows>
double free_energy_gap(const Rbm<typename Rows::Scalar>& rbm, const Rows& train, const Rows& held_out) {
    require(train.rows() >= 1 && held_out.rows() >= 1, "free_energy_gap", "the number of rows",
            std::min(train.rows(), held_out.rows()), "be at least 1");
    const auto mean = [&](const Rows& v) {
        const auto f = free_energies(rbm, v);
        return std::accumulate(f.begin(), f.end(), 0.0) / static_cast<double>(f.size());
    };
    return mean(held_out) - mean(train);
}

/// The mean log-probability of data, in nats.
struct DataLogProbability {
    double mean = 0;
    double standard_error = 0;  ///< of the estimate of log Z alone
    double data_error = 0;  ///< of the mean over rows, as if they were independent draws: sd/sqrt(N), sample variance
    double low = 0, high = 0;  ///< mean with the interval of log Z, see `AisEstimate`; one end may be infinite
};

/// The mean of log p(v) over rows v (N, D), N >= 2, with log Z as AIS estimates it. With binary visible
/// units rows must be zeros and ones, else this throws `DataError`.
template <DenseRows Rows>
DataLogProbability mean_log_probability(const Rbm<typename Rows::Scalar>& rbm, const Rows& v, const AisEstimate& ais) {
    require(v.rows() >= 2, "mean_log_probability", "the number of rows", v.rows(), "be at least 2");
    const auto values = log_probabilities(rbm, v, ais.log_z);
    const auto count = static_cast<double>(values.size());
    DataLogProbability result{.standard_error = ais.standard_error};
    result.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - result.mean) * (value - result.mean);
    result.data_error = std::sqrt(squares / (count - 1) / count);
    result.low = result.mean - (ais.high - ais.log_z);
    result.high = result.mean + (ais.log_z - ais.low);
    return result;
}

}  // namespace pstar
