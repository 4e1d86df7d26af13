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

/// How `ais_log_partition` anneals.
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

/// Whether an annealing can be trusted.
enum class AisStatus {
    estimated,
    few_chains,  ///< fewer than `AisEstimate::fewest_chains` carry the weight: where Z comes from may not have been
                 ///< seen
    disagree,    ///< see `tuned_log_partition`: annealing from elsewhere found more, so modes have been missed
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
        if (status == AisStatus::disagree)
            return "annealing from uniform units found a larger Z: modes of the RBM have been missed; log Z may be "
                   "much "
                   "larger; anneal through more temperatures";
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

/// An estimate that has been estimated, with its interval.
inline void set_error(AisEstimate& estimate, double error) {
    estimate.standard_error = error;
    if (estimate.status != AisStatus::estimated) return;
    const double nothing = -std::numeric_limits<double>::infinity();
    estimate.low = error < 1.0 / 3 ? estimate.log_z + std::log1p(-3 * error) : nothing;
    estimate.high = estimate.log_z + std::log1p(3 * error);
}

/// What was seen does not bound Z from above, see `AisEstimate`.
inline void open_upwards(AisEstimate& estimate, AisStatus why) {
    estimate.status = why;
    estimate.low = estimate.log_z - std::log(370.0);
    estimate.high = std::numeric_limits<double>::infinity();
}

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
    set_error(result, error);
    result.effective_chains = sum * sum / squares;
    if (!(result.effective_chains >= AisEstimate::fewest_chains)) open_upwards(result, AisStatus::few_chains);
    return result;
}

template <class Scalar>
void check_base(const char* where, const Rbm<Scalar>& rbm, const IndependentModel<Scalar>& base) {
    check_visible(where, rbm, base.visible_bias.size());
    require(base.hidden_bias.size() == rbm.weights.cols(), where, "base.hidden_bias.size()", base.hidden_bias.size(),
            "equal the RBM's hidden units, " + std::to_string(rbm.n_components()));
    require(base.visible_units == rbm.visible_units, where, "base.visible_units", "another kind", "be the RBM's");
}

inline double share_of(std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// `count` steps from 0 to 1, as many in each of equally long parts as its density says, at least a tenth of the mean.
inline std::vector<double> schedule_of_density(std::vector<double> density, std::size_t count) {
    const auto parts = density.size();
    const double mean = std::accumulate(density.begin(), density.end(), 0.0) / static_cast<double>(parts);
    for (auto& d : density) d = mean > 0 ? std::max(d, mean / 10) : 1;
    const double total = std::accumulate(density.begin(), density.end(), 0.0);
    std::vector<double> betas{0};
    double before = 0;
    for (std::size_t part = 0, k = 1; part < parts; ++part) {
        for (; k < count && static_cast<double>(k) * total <= (before + density[part]) * static_cast<double>(count);
             ++k)
            betas.push_back((static_cast<double>(part) +
                             (static_cast<double>(k) * total / static_cast<double>(count) - before) / density[part]) /
                            static_cast<double>(parts));
        before += density[part];
    }
    betas.push_back(1);
    return betas;
}

/// The variance of log-weights over chains, 0 where one is not finite.
inline double variance_of(std::span<const double> x) {
    const double count = static_cast<double>(x.size()), mean = std::accumulate(x.begin(), x.end(), 0.0) / count;
    double squares = 0;
    for (const double value : x) squares += (value - mean) * (value - mean);
    return std::isfinite(squares) ? squares / (count - 1) : 0;
}

}  // namespace detail

/// How `tuned_ais_schedule` measures.
struct AisPilot {
    std::size_t chains = 100, temperatures = 500;  ///< of the annealing at even temperatures that measures
    std::uint64_t seed = 0;                        ///< may be that of the annealing to come: draws differ
};

/// `count` inverse temperatures that spread the variance of the log-weights evenly. A pilot at even temperatures
/// measures how that variance V grows in each of 25 parts of [0, 1]; where the chains follow slowly enough, spacings
/// d(beta) make it grow by zeta(beta) d(beta) per step, and the sum over steps is least for d(beta) proportional to
/// zeta^(-1/2), with zeta = dV/d(beta). Parts where V does not grow get a tenth of the mean density. Source: Sivak &
/// Crooks, "Thermodynamic metrics and optimal paths", Phys. Rev. Lett. 108 (2012), equation 14.
template <class Scalar>
std::vector<double> tuned_ais_schedule(const Rbm<Scalar>& rbm, const IndependentModel<Scalar>& base,
                                       std::size_t count = 5'000, const AisPilot& pilot = {}) {
    constexpr std::size_t parts = 25;
    detail::check_base("tuned_ais_schedule", rbm, base);
    require(count >= parts, "tuned_ais_schedule", "count", count, "be at least 25");
    require(pilot.temperatures >= 2 * parts, "tuned_ais_schedule", "pilot.temperatures", pilot.temperatures,
            "be at least 50");
    require(pilot.chains >= 2, "tuned_ais_schedule", "pilot.chains", pilot.chains, "be at least 2");
    detail::AisChains<Scalar> chains(rbm, base, pilot.chains, derive(Seed{pilot.seed}, 1));
    std::vector<double> density;
    double before = 0;
    for (std::size_t k = 1, part = 1; k <= pilot.temperatures; ++k) {
        const auto beta_of = [&](std::size_t i) { return detail::share_of(i, pilot.temperatures); };
        chains.reweight(beta_of(k - 1), beta_of(k));
        if (k < pilot.temperatures) chains.sweep(beta_of(k), static_cast<std::uint32_t>(k));
        if (k * parts < part * pilot.temperatures) continue;
        const double variance = detail::variance_of(chains.log_weights());
        density.push_back(std::sqrt(std::max(variance - before, 0.0)));
        before = variance;
        ++part;
    }
    return detail::schedule_of_density(density, count);
}

/// log Z by annealed importance sampling, from an independent model whose Z is known. Chain m at temperature k draws
/// from (seed, annealing, k, m). Products in `Scalar`, weights in double. Source: Salakhutdinov & Murray, "On the
/// quantitative analysis of deep belief networks", ICML 2008, section 4.1; Neal, "Annealed importance sampling",
/// arXiv:physics/9803008.
template <class Scalar>
AisEstimate ais_log_partition(const Rbm<Scalar>& rbm, const IndependentModel<Scalar>& base,
                              const AisOptions& options = {}) {
    options.validate();
    detail::check_base("ais_log_partition", rbm, base);
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

/// How `tuned_log_partition` anneals.
struct TunedAisOptions {
    std::size_t chains = 100;          ///< independent runs, at least 2
    std::size_t temperatures = 5'000;  ///< at least 25
    std::size_t sweeps = 200;          ///< of the Gibbs chains that the independent model is taken from, at least 1
    std::uint64_t seed = 0;
};

/// log Z by annealed importance sampling from where the RBM itself is: `independent_model_of` Gibbs chains that begin
/// at rows v (N, D) in [0, 1], 500 rows of the data, say, then `tuned_ais_schedule`. Where these chains miss modes, so
/// may annealing. So as many chains again anneal from uniform units, through a quarter of the temperatures; where they
/// find more, by 4 standard errors of the difference, their estimate is returned with status `disagree`.
template <DenseRows Rows>
AisEstimate tuned_log_partition(const Rbm<typename Rows::Scalar>& rbm, const Rows& v,
                                const TunedAisOptions& options = {}) {
    using Scalar = typename Rows::Scalar;
    const auto chains = gibbs_chains(rbm, v, options.sweeps, derive(Seed{options.seed}, 2));
    const IndependentModel<Scalar> base = independent_model_of(rbm, chains.visible),
                                   uniform = independent_model_of(rbm, chains.visible, 1);
    const auto betas =
        tuned_ais_schedule(rbm, base, options.temperatures, {.chains = options.chains, .seed = options.seed});
    auto found = ais_log_partition(rbm, base, {.chains = options.chains, .betas = betas, .seed = options.seed});
    const auto few = detail::schedule_of_density({1}, std::max<std::size_t>(options.temperatures / 4, 25));
    auto check = ais_log_partition(
        rbm, uniform, {.chains = options.chains, .betas = few, .seed = derive(Seed{options.seed}, 3).value});
    const double excess = check.log_z - found.log_z, error = std::hypot(found.standard_error, check.standard_error);
    if (excess > 4 * error + 1e-9 * std::abs(found.log_z)) {
        detail::open_upwards(check, AisStatus::disagree);
        return check;
    }
    if (excess > 0) detail::set_error(found, std::hypot(found.standard_error, excess));
    return found;
}

}  // namespace pstar
