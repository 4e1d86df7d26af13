#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/exp_lanes.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// `count` >= 2 inverse temperatures 1, ..., 0, evenly spaced, the coldest first.
inline std::vector<double> even_temperatures(std::size_t count) {
    require(count >= 2, "even_temperatures", "count", count, "be at least 2");
    std::vector<double> betas(count);
    for (std::size_t t = 0; t < count; ++t) betas[t] = 1 - static_cast<double>(t) / static_cast<double>(count - 1);
    return betas;
}

/// Parallel tempering: `chains` chains at each of T inverse temperatures beta_0 = 1 > beta_1 > ... >= 0 between an RBM
/// without weights, of visible biases `base`, and `rbm`:
///     log p*_beta(v) = (1 - beta) base.v + beta b.v + sum_j softplus(beta (c_j + v.W_j))
/// A sweep proposes exchanges between neighbours, in turn those of pairs (0, 1), (2, 3), ... and (1, 2), (3, 4), ...,
/// each accepted with probability
///     min(1, p*_s(v_t) p*_t(v_s) / (p*_s(v_s) p*_t(v_t))),
/// then makes one Gibbs sweep v -> h -> v at each temperature. Both leave the product of all p_beta as it is. Cost: two
/// products of T chains rows. Source: Desjardins, Courville, Bengio, Vincent & Delalleau, "Tempered Markov chain Monte
/// Carlo for training of restricted Boltzmann machines", AISTATS 2010; here hidden units are summed over.
///
/// Draws are as for `ContrastiveDivergence`, with rows 0, ..., T chains - 1.
template <class Scalar>
class TemperedChains {
public:
    /// Refers to `rbm`, which may change between sweeps and must outlive this. Chains start at draws from `base`.
    TemperedChains(const Rbm<Scalar>& rbm, Vector<Scalar> base, std::vector<double> betas, std::size_t chains)
        : rbm_(rbm),
          base_(std::move(base)),
          betas_(std::move(betas)),
          chains_(static_cast<Eigen::Index>(chains)),
          v_(std::ssize(betas_) * chains_, rbm.weights.rows()),
          a_(v_.rows(), rbm.weights.cols()),
          gains_(static_cast<std::size_t>(v_.rows())),
          proposed_(betas_.size()),
          accepted_(betas_.size()) {
        detail::check_visible("TemperedChains", rbm, base_.size());
        require(chains >= 1, "TemperedChains", "chains", chains, "be at least 1");
        require(betas_.size() >= 2 && betas_.front() == 1 && betas_.back() >= 0, "TemperedChains", "betas.size()",
                betas_.size(), "be at least 2, the betas running from 1 down to 0 or more");
        require(std::ranges::adjacent_find(betas_, std::ranges::less_equal{}) == betas_.end(), "TemperedChains",
                "betas", "not sorted", "decrease strictly");
    }

    /// One Gibbs sweep at each temperature, then exchanges of neighbours.
    template <class Draws>
    void sweep(Draws& draws) {
        if (!started_) {
            v_.rowwise() = base_.transpose();
            detail::sample_visible(rbm_.visible_units, map(v_), draws, words_);
            started_ = true;
        }
        detail::hidden_input(rbm_, detail::as_const(map(v_)), map(a_));
        exchange(draws);
        heat(a_, nullptr);
        detail::to_probabilities(map(a_));
        detail::sample_units(detail::as_const(map(a_)), draws, words_, map(a_));
        detail::visible_input(rbm_, detail::as_const(map(a_)), map(v_));
        heat(v_, base_.data());
        detail::sample_visible(rbm_.visible_units, map(v_), draws, words_);
    }

    std::size_t rows() const { return static_cast<std::size_t>(v_.rows()); }            ///< T chains
    ConstMatrixMap<Scalar> coldest() const { return {v_.data(), chains_, v_.cols()}; }  ///< (chains, D), from p(v)
    /// The visible units at temperature t: (chains, D).
    ConstMatrixMap<Scalar> at(std::size_t t) const {
        return {v_.data() + static_cast<Eigen::Index>(t) * chains_ * v_.cols(), chains_, v_.cols()};
    }
    /// Which share of the exchanges between temperatures t and t + 1 was accepted, t = 0, ..., T - 2; NaN before the
    /// first was proposed. Where one is near 0, nothing passes: take more temperatures.
    std::vector<double> exchange_rates() const {
        std::vector<double> rates;
        for (std::size_t t = 0; t + 1 < betas_.size(); ++t) rates.push_back(accepted_[t] / proposed_[t]);
        return rates;
    }

private:
    static MatrixMap<Scalar> map(Matrix<Scalar>& m) { return {m.data(), m.rows(), m.cols()}; }
    double beta_of(Eigen::Index row) const { return betas_[static_cast<std::size_t>(row / chains_)]; }

    /// body(n) for all rows
    template <class Body>
    void for_rows(Eigen::Index columns, const Body& body) const {
        detail::for_ranges(static_cast<std::size_t>(v_.rows()), 1,
                           detail::elements_grain / static_cast<std::size_t>(columns) + 1,
                           [&](std::size_t first, std::size_t last) {
                               for (auto n = first; n < last; ++n) body(static_cast<Eigen::Index>(n));
                           });
    }
    /// m <- beta m + (1 - beta) toward, row by row; without `toward`, beta m
    void heat(Matrix<Scalar>& m, const Scalar* toward) {
        for_rows(m.cols(), [&](Eigen::Index n) {
            const auto beta = static_cast<Scalar>(beta_of(n));
            Scalar* const row = m.data() + n * m.cols();
            for (Eigen::Index i = 0; i < m.cols(); ++i) row[i] *= beta;
            if (toward == nullptr) return;
            for (Eigen::Index i = 0; i < m.cols(); ++i) row[i] += (1 - beta) * toward[i];
        });
    }

    /// log p*_to(v) - log p*_from(v) of a row
    double gain(Eigen::Index n, double from, double to) const {
        const Vector<Scalar> a = a_.row(n).transpose();
        const auto softplus_at = [&](double beta) {
            const Vector<Scalar> scaled = static_cast<Scalar>(beta) * a;
            return simd::softplus_sum(scaled.data(), rbm_.n_components());
        };
        double tilt = 0;
        for (Eigen::Index i = 0; i < v_.cols(); ++i)
            tilt += static_cast<double>(v_(n, i)) * (static_cast<double>(rbm_.visible_bias[i]) - base_[i]);
        return (to - from) * tilt + softplus_at(to) - softplus_at(from);
    }

    template <class Draws>
    void exchange(Draws& draws) {
        const std::size_t parity = odd_ ? 1 : 0, levels = betas_.size();
        for_rows(a_.cols(), [&](Eigen::Index n) {
            const auto t = static_cast<std::size_t>(n / chains_);
            const auto partner = (t + parity) % 2 == 0 ? t + 1 : t - 1;  // wraps below 0: no partner
            if (partner < levels) gains_[static_cast<std::size_t>(n)] = gain(n, betas_[t], betas_[partner]);
        });
        for (std::size_t t = parity; t + 1 < levels; t += 2)
            for (Eigen::Index k = 0; k < chains_; ++k) {
                const auto cold = static_cast<Eigen::Index>(t) * chains_ + k, hot = cold + chains_;
                std::uint32_t word = 0;
                draws.fill(static_cast<std::size_t>(cold), {&word, 1});
                const double gained = gains_[static_cast<std::size_t>(cold)] + gains_[static_cast<std::size_t>(hot)];
                ++proposed_[t];
                if (!(std::log(unit_interval<double>(word)) < gained)) continue;
                ++accepted_[t];
                v_.row(cold).swap(v_.row(hot));
                a_.row(cold).swap(a_.row(hot));
            }
        draws.advance(1);
        odd_ = !odd_;
    }

    const Rbm<Scalar>& rbm_;
    Vector<Scalar> base_;
    std::vector<double> betas_;
    Eigen::Index chains_;
    Matrix<Scalar> v_, a_;  // (T chains, D) and what the hidden units see, then those units; the coldest first
    std::vector<double> gains_, proposed_, accepted_;
    std::vector<std::uint32_t> words_;
    bool started_ = false, odd_ = false;
};

}  // namespace pstar
