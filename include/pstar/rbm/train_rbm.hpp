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
#include <pstar/core/learning_rate.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/contrastive_divergence.hpp>
#include <pstar/rbm/independent_model.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/trajectory.hpp>
#include <pstar/rbm/visible_rows.hpp>

namespace pstar {

/// What happened in one pass over the data.
struct RbmPass {
    std::size_t pass = 0;  ///< 0, 1, ...
    /// The mean over samples and visible units of (v - E[v_1 | h_0])^2 at the time each batch was seen; with persistent
    /// chains nothing is reconstructed.
    std::optional<double> reconstruction_error;
    /// log Z after the pass, with `RbmOptions::annealing_chains`.
    std::optional<AisEstimate> log_z = {};
};

/// How `fit_rbm` and `train_rbm` learn.
struct RbmOptions {
    std::size_t n_components = 256;  ///< hidden units
    std::size_t rbm_n_iter = 10;     ///< passes over the data
    double learning_rate = 0.05;     ///< of the mean over a batch
    std::size_t batch_size = 100;    ///< samples per step; the last batch may be shorter
    std::size_t cd_k = 1;            ///< Gibbs sweeps per step
    bool persistent = false;         ///< PCD: chains continue from step to step instead of starting at the data
    std::size_t chains = 0;          ///< persistent chains; 0: as many as `batch_size`
    std::size_t temperatures = 1;    ///< of persistent chains, see `TemperedChains`; 1: no tempering
    bool centred = false;            ///< the centred gradient, see `ContrastiveDivergence`
    double offset_rate = 0.01;       ///< share of a batch's means in the offsets of centring, in (0, 1]
    LearningRate schedule = {};      ///< how the learning rate changes; an epoch is a pass of one call
    LastStep last_step = LastStep::mean_field;          ///< the hidden units' part: means or samples
    double momentum = 0;                                ///< share of the last change that is repeated, in [0, 1)
    double weight_decay = 0;                            ///< L2 penalty weight_decay/2 |W|^2, biases left alone
    GreyLevels grey = GreyLevels::probabilities;        ///< what becomes of pixels that are neither black nor white
    VisibleUnits visible_units = VisibleUnits::binary;  ///< of the RBM that `fit_rbm` begins
    std::uint64_t seed = 0;                             ///< of initial weights, order, noise and units
    Noise noise = Noise::common;  ///< whether different strengths of a corruption share their uniforms
    std::size_t models_kept = 0;  ///< in `RbmFit::trajectory`, beside the first
    std::size_t annealing_chains =
        0;  ///< of `TrajectoryAnnealing`, for log Z after each pass; 0: none, else at least 2
    std::size_t annealing_between = 200;  ///< models of the annealing from the end of one pass to that of the next
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
        require(chains == 0 || persistent, "RbmOptions", "chains", chains, "be 0 unless chains are persistent");
        require(temperatures == 1 || (persistent && temperatures > 1), "RbmOptions", "temperatures", temperatures,
                "be 1, or more with persistent chains");
        require(offset_rate > 0 && offset_rate <= 1, "RbmOptions", "offset_rate", offset_rate, "lie in (0, 1]");
        schedule.validate();
        require(annealing_chains != 1, "RbmOptions", "annealing_chains", annealing_chains, "be 0 or at least 2");
        require(annealing_between >= 1, "RbmOptions", "annealing_between", annealing_between, "be at least 1");
        require(momentum >= 0 && momentum < 1, "RbmOptions", "momentum", momentum, "lie in [0, 1)");
        require(weight_decay >= 0 && std::isfinite(weight_decay), "RbmOptions", "weight_decay", weight_decay,
                "be finite and not negative");
    }
    /// The rule of a step.
    LearningRule rule() const {
        return {learning_rate, cd_k,    persistent,  last_step, momentum,
                weight_decay,  centred, offset_rate, chains,    temperatures};
    }
};

/// Why a training ended.
enum class RbmStatus { finished, diverged };

/// What came of a training, pass by pass.
template <class Scalar>
struct RbmFit {
    Rbm<Scalar> rbm;                                ///< what was learnt
    RbmStatus status = RbmStatus::finished;         ///< diverged: a parameter was not finite; training stopped there
    std::vector<double> reconstruction_error = {};  ///< of each pass, see RbmPass; empty with persistent chains
    std::size_t steps = 0;                          ///< updates made
    std::vector<AisEstimate> log_z = {};            ///< after each pass, see `RbmOptions::annealing_chains`
    /// Models along the training, the first without weights, with the biases that training began with; then, where
    /// `RbmOptions::models_kept` asks for K, those after steps that grow geometrically up to the last one, without
    /// those that would coincide.
    std::vector<Rbm<Scalar>> trajectory = {};
    std::vector<std::size_t> trajectory_steps = {};  ///< `steps` when each was kept, 0 for the first
};

namespace detail {

/// The steps after which a model is kept: S^(k/K) for k = 1, ..., K of S steps, rounded up.
inline std::vector<std::size_t> steps_kept(std::size_t steps, std::size_t models) {
    std::vector<std::size_t> kept;
    for (std::size_t k = 1; k <= models && steps > 0; ++k) {
        const double share = static_cast<double>(k) / static_cast<double>(models);
        const auto step = k == models ? steps : static_cast<std::size_t>(std::ceil(std::pow(steps, share)));
        if (kept.empty() || step > kept.back()) kept.push_back(std::min(step, steps));
    }
    return kept;
}

/// What a training leaves behind on its way: log Z and models.
template <class Scalar>
class TrainingRecord {
public:
    TrainingRecord(RbmFit<Scalar>& fit, const RbmOptions& options, std::size_t steps)
        : fit_(fit), between_(options.annealing_between), kept_(steps_kept(steps, options.models_kept)) {
        const IndependentModel<Scalar> start{fit.rbm.visible_bias, fit.rbm.hidden_bias, fit.rbm.visible_units};
        if (options.models_kept > 0 && fit.trajectory.empty()) keep(as_rbm(start));
        if (options.annealing_chains == 0) return;
        annealing_.emplace(start, options.annealing_chains, derive(Seed{options.seed}, 3));
        before_ = as_rbm(start);
    }
    void after_step() {
        ++steps_;
        if (next_ == kept_.size() || steps_ != kept_[next_]) return;
        keep(fit_.rbm);
        ++next_;
    }
    void after_pass(RbmPass& report) {
        if (!annealing_) return;
        annealing_->advance_along(*before_, fit_.rbm, between_);
        before_ = fit_.rbm;
        fit_.log_z.push_back(annealing_->estimate());
        report.log_z = fit_.log_z.back();
    }

private:
    void keep(const Rbm<Scalar>& rbm) {
        fit_.trajectory.push_back(rbm);
        fit_.trajectory_steps.push_back(fit_.steps);
    }

    RbmFit<Scalar>& fit_;
    std::size_t between_, steps_ = 0, next_ = 0;
    std::vector<std::size_t> kept_;
    std::optional<Rbm<Scalar>> before_;
    std::optional<TrajectoryAnnealing<Scalar>> annealing_;
};

/// `train_rbm` in the calling thread's budget of threads.
template <class Scalar, class Source>
void train_rbm_here(RbmFit<Scalar>& fit, const Source& source, const RbmOptions& options, std::uint32_t first_pass) {
    const Seed seed{options.seed};
    std::optional<Vector<Scalar>> base;
    if (options.temperatures > 1) base = base_rate_bias<Scalar>(source, fit.rbm.visible_units);
    ContrastiveDivergence<Scalar> learner(fit.rbm, options.rule(), options.batch_size, std::move(base));
    const std::size_t batches = (source.size() + options.batch_size - 1) / options.batch_size;
    TrainingRecord<Scalar> record(fit, options, batches * options.rbm_n_iter);
    std::vector<std::uint32_t> order(source.size()), chains(learner.chain_rows()), words;
    std::iota(chains.begin(), chains.end(), 0U);
    TrainingTime time{.steps_per_epoch = batches, .epochs = options.rbm_n_iter};
    for (auto pass = first_pass; pass < first_pass + options.rbm_n_iter; ++pass) {
        std::iota(order.begin(), order.end(), 0U);
        RandomSequence({seed, Stream::shuffle, pass, 0}).shuffle(std::span(order));
        GibbsDraws chain_draws(derive(seed, 2), pass, chains);
        double error = 0;
        for (std::size_t first = 0; first < order.size(); first += options.batch_size, ++time.step) {
            const auto batch = std::span(order).subspan(first, std::min(options.batch_size, order.size() - first));
            const auto v = learner.batch(batch.size());
            source.fill(batch, pass, v);
            detail::apply_grey_levels(options.grey, GibbsDraws(detail::grey_levels_seed(seed), pass, batch), words, v);
            GibbsDraws draws(seed, pass, batch);
            learner.set_learning_rate(options.learning_rate * options.schedule.factor(time));
            error += learner.step(draws, chain_draws);
            ++fit.steps;
            record.after_step();
        }
        RbmPass report{pass, {}};
        record.after_pass(report);
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
    fit.rbm.visible_units = options.visible_units;
    fit.rbm.visible_bias = base_rate_bias<Scalar>(source, options.visible_units);
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
