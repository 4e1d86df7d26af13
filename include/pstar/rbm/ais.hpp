#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/independent_model.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// The inverse temperatures of Salakhutdinov & Murray (2008), section 4.2, scaled to `count` steps: 1/29 of them spaced
/// evenly over [0, 0.5], 8/29 over [0.5, 0.9], 20/29 over [0.9, 1]; theirs are 14,500.
inline std::vector<double> ais_schedule(std::size_t count = 14'500) {
    require(count >= 29, "ais_schedule", "count", count, "be at least 29");
    const std::size_t first = count / 29, second = 8 * count / 29, third = count - first - second;
    std::vector<double> betas{0};
    const auto append = [&](double from, double to, std::size_t steps) {
        for (std::size_t k = 1; k <= steps; ++k)
            betas.push_back(k == steps ? to : from + (to - from) * static_cast<double>(k) / static_cast<double>(steps));
    };
    append(0, 0.5, first);
    append(0.5, 0.9, second);
    append(0.9, 1, third);
    return betas;
}

struct AisOptions {
    std::size_t chains = 100;                    ///< independent runs, at least 2
    std::vector<double> betas = ais_schedule();  ///< from 0 to 1, increasing
    std::uint64_t seed = 0;

    void validate() const {
        require(chains >= 2, "AisOptions", "chains", chains, "be at least 2");
        require(betas.size() >= 2 && betas.front() == 0 && betas.back() == 1, "AisOptions", "betas.size()",
                betas.size(), "be at least 2, the betas running from 0 to 1");
        require(std::ranges::adjacent_find(betas, std::ranges::greater_equal{}) == betas.end(), "AisOptions", "betas",
                "not sorted", "increase strictly");
    }
};

enum class AisStatus {
    estimated,
    few_chains,  ///< fewer than `AisEstimate::fewest_chains` carry the weight: where Z comes from may not have been
                 ///< seen
    not_finite   ///< a weight was not finite: parameters are too large for the arithmetic. Numbers are NaN
};

/// log Z as annealed importance sampling estimates it. The mean weight is unbiased for Z, its logarithm is on average a
/// little low.
struct AisEstimate {
    static constexpr double fewest_chains = 10;  ///< effective ones, for an interval by their standard error

    double log_z = 0;           ///< log of the mean weight, times the base RBM's Z
    double standard_error = 0;  ///< of log_z, to first order: sd(w)/(sqrt(M) mean(w)), sample variance
    /// log of mean(w) -+ 3 standard errors, as the paper prints it; low may be -infinity. With few chains high is
    /// infinity: nothing seen bounds Z from above. Then low is log_z - log 370: a mean of positive numbers exceeds 370
    /// times its expectation, Z, once in 370 times at most (Markov's inequality), as often as a normal number leaves 3
    /// standard deviations.
    double low = 0, high = 0;
    double effective_chains = 0;  ///< (sum w)^2 / sum w^2, between 1 and M
    double log_z_base = 0;        ///< of the base RBM
    AisStatus status = AisStatus::estimated;

    /// What the status means and what to do.
    std::string explanation() const {
        if (status == AisStatus::estimated) return "the weight is spread over enough chains";
        if (status == AisStatus::not_finite)
            return "the RBM's parameters are so large that an energy was not finite: it diverged; train with a smaller "
                   "learning rate";
        return "few chains carry the weight (effective: " + std::to_string(effective_chains) +
               "): log Z may be much larger, its standard error says nothing; anneal through more temperatures, or "
               "from a base RBM with the data's biases";
    }
};

namespace detail {

/// The chains of one estimate: all at the same temperature, one row each.
template <class Scalar>
class AisChains {
public:
    AisChains(const Rbm<Scalar>& rbm, const IndependentModel<Scalar>& base, std::size_t chains, Seed seed)
        : rbm_(rbm),
          base_(base),
          tilt_((rbm.visible_bias - base.visible_bias).template cast<double>()),
          seed_(seed),
          v_(static_cast<Eigen::Index>(chains), rbm.weights.rows()),
          a_(v_.rows(), rbm.weights.cols()),
          h_(v_.rows(), rbm.weights.cols()),
          numbers_(chains),
          log_weights_(chains) {
        std::iota(numbers_.begin(), numbers_.end(), 0U);
        v_.rowwise() = base_.visible_bias.transpose();
        GibbsDraws draws(seed_, 0, numbers_, Stream::annealing);
        sample_visible(rbm_.visible_units, map(v_), draws, words_);
    }

    /// w <- w p*_to(v) / p*_from(v), where
    ///     log p*_beta(v) = (1 - beta) b0.v + beta b.v + sum_j softplus((1 - beta) c0_j + beta (c_j + v.W_j))
    void reweight(double from, double to) {
        hidden_input(rbm_, as_const(map(v_)), map(a_));
        for_ranges(numbers_.size(), 1, elements_grain / rbm_.n_components() + 1,
                   [&](std::size_t first, std::size_t last) {
                       Vector<Scalar> scaled(a_.cols());
                       for (auto n = first; n < last; ++n)
                           log_weights_[n] += gain(static_cast<Eigen::Index>(n), from, to, scaled);
                   });
    }
    /// One sweep that leaves p*_beta as it is, after `reweight(..., beta)`; `step` = 1, 2, ... numbers it.
    void sweep(double beta, std::uint32_t step) {
        const auto heat = static_cast<Scalar>(beta);
        h_ = (heat * a_).rowwise() + ((1 - heat) * base_.hidden_bias).transpose();
        to_probabilities(map(h_));
        GibbsDraws draws(seed_, step, numbers_, Stream::annealing);
        sample_units(as_const(map(h_)), draws, words_, map(h_));
        visible_input(rbm_, as_const(map(h_)), map(v_));
        v_ = (heat * v_).rowwise() + ((1 - heat) * base_.visible_bias).transpose();
        sample_visible(rbm_.visible_units, map(v_), draws, words_);
    }
    std::span<const double> log_weights() const { return log_weights_; }

private:
    static MatrixMap<Scalar> map(Matrix<Scalar>& m) { return {m.data(), m.rows(), m.cols()}; }
    /// log p*_to(v) - log p*_from(v) of row n
    double gain(Eigen::Index n, double from, double to, Vector<Scalar>& scaled) const {
        const auto softplus_at = [&](double beta) {
            const auto heat = static_cast<Scalar>(beta);
            scaled = heat * a_.row(n).transpose() + (1 - heat) * base_.hidden_bias;
            return simd::softplus_sum(scaled.data(), rbm_.n_components());
        };
        const double gained = softplus_at(to) - softplus_at(from);
        return (to - from) * v_.row(n).template cast<double>().dot(tilt_) + gained;
    }

    const Rbm<Scalar>& rbm_;
    const IndependentModel<Scalar>& base_;
    Vector<double> tilt_;
    Seed seed_;
    Matrix<Scalar> v_, a_, h_;  // visible units, what the hidden ones see, hidden units
    std::vector<std::uint32_t> numbers_, words_;
    std::vector<double> log_weights_;
};

inline AisEstimate summarise_ais(std::span<const double> log_weights, double log_z_base) {
    const auto chains = static_cast<double>(log_weights.size());
    if (!std::ranges::all_of(log_weights, [](double x) { return std::isfinite(x); }) || !std::isfinite(log_z_base)) {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        return {nan, nan, nan, nan, nan, log_z_base, AisStatus::not_finite};
    }
    const double top = *std::ranges::max_element(log_weights);
    double sum = 0, squares = 0;
    for (const double value : log_weights) {
        const double w = std::exp(value - top);
        sum += w;
        squares += w * w;
    }
    const double mean = sum / chains, variance = std::max(squares - sum * mean, 0.0) / (chains - 1);
    const double error = std::sqrt(variance / chains) / mean;
    AisEstimate result{.log_z_base = log_z_base};
    result.log_z = log_z_base + top + std::log(mean);
    result.standard_error = error;
    result.low = error < 1.0 / 3 ? result.log_z + std::log1p(-3 * error) : -std::numeric_limits<double>::infinity();
    result.high = result.log_z + std::log1p(3 * error);
    result.effective_chains = sum * sum / squares;
    if (!(result.effective_chains >= AisEstimate::fewest_chains)) {
        result.status = AisStatus::few_chains;
        result.low = result.log_z - std::log(370.0);
        result.high = std::numeric_limits<double>::infinity();
    }
    return result;
}

}  // namespace detail

/// log Z by annealed importance sampling, from an independent model whose Z is known. Chain m at temperature k draws
/// from (seed, annealing, k, m). Products in `Scalar`, weights in double. Source: Salakhutdinov & Murray, "On the
/// quantitative analysis of deep belief networks", ICML 2008, section 4.1; Neal, "Annealed importance sampling",
/// arXiv:physics/9803008.
template <class Scalar>
AisEstimate ais_log_partition(const Rbm<Scalar>& rbm, const IndependentModel<Scalar>& base,
                              const AisOptions& options = {}) {
    options.validate();
    detail::check_visible("ais_log_partition", rbm, base.visible_bias.size());
    require(base.hidden_bias.size() == rbm.weights.cols(), "ais_log_partition", "base.hidden_bias.size()",
            base.hidden_bias.size(), "equal the RBM's hidden units, " + std::to_string(rbm.n_components()));
    require(base.visible_units == rbm.visible_units, "ais_log_partition", "base.visible_units", "another kind",
            "be the RBM's");
    detail::AisChains<Scalar> chains(rbm, base, options.chains, Seed{options.seed});
    const auto& betas = options.betas;
    for (std::size_t k = 1; k < betas.size(); ++k) {
        chains.reweight(betas[k - 1], betas[k]);
        if (k + 1 < betas.size()) chains.sweep(betas[k], static_cast<std::uint32_t>(k));
    }
    return detail::summarise_ais(chains.log_weights(), base.log_z());
}
/// The same from `base_rate_model(rbm, base)`, `base` (D) being e.g. `base_rate_bias` of the data.
template <class Scalar>
AisEstimate ais_log_partition(const Rbm<Scalar>& rbm, const Vector<Scalar>& base, const AisOptions& options = {}) {
    detail::check_visible("ais_log_partition", rbm, base.size());
    return ais_log_partition(rbm, base_rate_model(rbm, base), options);
}

}  // namespace pstar
