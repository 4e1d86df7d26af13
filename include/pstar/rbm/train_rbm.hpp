#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/rbm/contrastive_divergence.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/visible_rows.hpp>

namespace pstar {

/// What happened in one pass over the data.
struct RbmPass {
    std::size_t pass = 0;  ///< 0, 1, ...
    /// The mean over samples and visible units of (v - E[v_1 | h_0])^2 at the time each batch was seen; with persistent
    /// chains nothing is reconstructed.
    std::optional<double> reconstruction_error;
};

struct RbmOptions {
    std::size_t n_components = 256;  ///< hidden units
    std::size_t rbm_n_iter = 10;     ///< passes over the data
    double learning_rate = 0.05;     ///< of the mean over a batch
    std::size_t batch_size = 100;    ///< samples per step, and persistent chains; the last batch may be shorter
    std::size_t cd_k = 1;            ///< Gibbs sweeps per step
    bool persistent = false;         ///< PCD: chains continue from step to step instead of starting at the data
    LastStep last_step = LastStep::mean_field;
    double momentum = 0;                          ///< share of the last change that is repeated, in [0, 1)
    double weight_decay = 0;                      ///< L2 penalty weight_decay/2 |W|^2, biases left alone
    GreyLevels grey = GreyLevels::probabilities;  ///< what becomes of pixels that are neither black nor white
    std::uint64_t seed = 0;                       ///< of initial weights, order, noise and units
    Noise noise = Noise::common;                  ///< whether different strengths of a corruption share their uniforms
    std::function<void(const RbmPass&)> on_pass = {};  ///< called after each pass
    std::size_t threads = 1;  ///< 0: all cores; see `with_threads`. In float no bit depends on it

    void validate() const {
        require(n_components >= 1, "RbmOptions", "n_components", n_components, "be at least 1");
        require(rbm_n_iter <= std::uint32_t(-1), "RbmOptions", "rbm_n_iter", rbm_n_iter,
                "be below 2^32: so many draws differ");
        require(learning_rate > 0 && std::isfinite(learning_rate), "RbmOptions", "learning_rate", learning_rate,
                "be positive and finite");
        require(batch_size >= 1, "RbmOptions", "batch_size", batch_size, "be at least 1");
        require(cd_k >= 1, "RbmOptions", "cd_k", cd_k, "be at least 1");
        require(momentum >= 0 && momentum < 1, "RbmOptions", "momentum", momentum, "lie in [0, 1)");
        require(weight_decay >= 0 && std::isfinite(weight_decay), "RbmOptions", "weight_decay", weight_decay,
                "be finite and not negative");
    }
    LearningRule rule() const { return {learning_rate, cd_k, persistent, last_step, momentum, weight_decay}; }
};

enum class RbmStatus { finished, diverged };

template <class Scalar>
struct RbmFit {
    Rbm<Scalar> rbm;
    RbmStatus status = RbmStatus::finished;         ///< diverged: a parameter was not finite; training stopped there
    std::vector<double> reconstruction_error = {};  ///< of each pass, see RbmPass; empty with persistent chains
    std::size_t steps = 0;                          ///< updates made
};

namespace detail {

/// `train_rbm` in the calling thread's budget of threads.
template <class Scalar, class Source>
void train_rbm_here(RbmFit<Scalar>& fit, const Source& source, const RbmOptions& options, std::uint32_t first_pass) {
    const Seed seed{options.seed};
    ContrastiveDivergence<Scalar> learner(fit.rbm, options.rule(), options.batch_size);
    std::vector<std::uint32_t> order(source.size()), chains(options.batch_size), words;
    std::iota(chains.begin(), chains.end(), 0U);
    for (auto pass = first_pass; pass < first_pass + options.rbm_n_iter; ++pass) {
        std::iota(order.begin(), order.end(), 0U);
        RandomSequence({seed, Stream::shuffle, pass, 0}).shuffle(std::span(order));
        GibbsDraws chain_draws(derive(seed, 2), pass, chains);
        double error = 0;
        for (std::size_t first = 0; first < order.size(); first += options.batch_size) {
            const auto batch = std::span(order).subspan(first, std::min(options.batch_size, order.size() - first));
            const auto v = learner.batch(batch.size());
            source.fill(batch, pass, v);
            detail::apply_grey_levels(options.grey, GibbsDraws(detail::grey_levels_seed(seed), pass, batch), words, v);
            GibbsDraws draws(seed, pass, batch);
            error += learner.step(draws, chain_draws);
            ++fit.steps;
        }
        RbmPass report{pass, {}};
        if (!options.persistent) {
            report.reconstruction_error = error / static_cast<double>(source.size() * source.visible());
            fit.reconstruction_error.push_back(*report.reconstruction_error);
        }
        if (options.on_pass) options.on_pass(report);
        if (!fit.rbm.finite()) {
            fit.status = RbmStatus::diverged;
            return;
        }
    }
}

}  // namespace detail

/// Trains `fit.rbm` on with rows of `source`, each pass in a new order, through passes `first_pass`, ... A pure
/// function of the arguments, in float on any number of threads.
template <class Scalar, VisibleSource<Scalar> Source>
void train_rbm(RbmFit<Scalar>& fit, const Source& source, const RbmOptions& options, std::uint32_t first_pass = 0) {
    options.validate();
    detail::check_visible("train_rbm", fit.rbm, static_cast<Eigen::Index>(source.visible()));
    require(source.size() >= 1, "train_rbm", "source.size()", source.size(), "be at least 1");
    with_threads(options.threads, [&] { detail::train_rbm_here(fit, source, options, first_pass); });
}

/// An RBM of `options.n_components` hidden units trained on the rows of `source`, from small random weights and, for
/// visible biases, the log-odds of the visible units' means in the first pass (Hinton's guide, section 8.1): then the
/// hidden units need not learn what each pixel does alone.
template <class Scalar, VisibleSource<Scalar> Source>
RbmFit<Scalar> fit_rbm(const Source& source, const RbmOptions& options = {}) {
    options.validate();
    RbmFit<Scalar> fit{.rbm = Rbm<Scalar>(source.visible(), options.n_components, Seed{options.seed})};
    fit.rbm.visible_bias = base_rate_bias<Scalar>(source);
    train_rbm(fit, source, options);
    return fit;
}

/// The same on images seen through `corruption`, with new noise at each pass.
template <class Scalar = float, Corruption C>
RbmFit<Scalar> fit_rbm(const Dataset& data, const C& corruption, const RbmOptions& options = {}) {
    return fit_rbm<Scalar>(ImageSource<C>(data, corruption, noise_seed(Seed{options.seed}, corruption, options.noise)),
                           options);
}
/// The same on rows (N, D) in [0, 1] of a matrix.
template <DenseRows Rows>
RbmFit<typename Rows::Scalar> fit_rbm(const Rows& rows, const RbmOptions& options = {}) {
    return fit_rbm<typename Rows::Scalar>(RowSource(rows), options);
}

}  // namespace pstar
