#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/independent_model.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// log Z along a training: annealed importance sampling whose intermediate distributions are the models that training
/// passes through, in place of temperatures. From chain m at v, the model going from p_t to p_t+1,
///     log w_m <- log w_m + F_t(v) - F_t+1(v),   then one Gibbs sweep v -> h -> v of p_t+1.
/// So log Z of every model on the way is known, each for three products of as many rows as there are chains. Chain m
/// draws from (seed, annealing, t, m). Learning must not see these chains. Source: Bereux, Decelle, Furtlehner, Rosset
/// & Seoane, "Fast, accurate training and sampling of restricted Boltzmann machines", arXiv:2405.15376, section 4.
template <class Scalar>
class TrajectoryAnnealing {
public:
    /// Chains drawn from the independent model that the trajectory begins at; `chains` >= 2.
    TrajectoryAnnealing(const IndependentModel<Scalar>& start, std::size_t chains, Seed seed)
        : units_(start.visible_units),
          log_z_start_(start.log_z()),
          seed_(seed),
          v_(static_cast<Eigen::Index>(chains), start.visible_bias.size()),
          h_(v_.rows(), start.hidden_bias.size()),
          numbers_(chains),
          log_weights_(chains),
          free_energies_(chains) {
        require(chains >= 2, "TrajectoryAnnealing", "chains", chains, "be at least 2");
        std::iota(numbers_.begin(), numbers_.end(), 0U);
        v_.rowwise() = start.visible_bias.transpose();
        GibbsDraws draws(seed_, 0, numbers_, Stream::trajectory);
        detail::sample_visible(units_, map(v_), draws, words_);
        const double silent = simd::softplus_sum(start.hidden_bias.data(), static_cast<std::size_t>(h_.cols()));
        const Vector<double> b = start.visible_bias.template cast<double>();
        for (Eigen::Index m = 0; m < v_.rows(); ++m)
            free_energies_[static_cast<std::size_t>(m)] = -v_.row(m).template cast<double>().dot(b) - silent;
    }

    /// On to the next model, of the same sizes and kind.
    void advance(const Rbm<Scalar>& next) {
        detail::check_visible("TrajectoryAnnealing", next, v_.cols());
        require(next.weights.cols() == h_.cols() && next.visible_units == units_, "TrajectoryAnnealing",
                "the number of hidden units", next.weights.cols(),
                "be the trajectory's, " + std::to_string(h_.cols()) + ", and so must the kind of visible units");
        const auto of_next = free_energies(next, v_);
        for (std::size_t m = 0; m < of_next.size(); ++m) log_weights_[m] += free_energies_[m] - of_next[m];
        GibbsDraws draws(seed_, ++models_, numbers_, Stream::trajectory);
        detail::hidden_input(next, detail::as_const(map(v_)), map(h_));
        detail::to_probabilities(map(h_));
        detail::sample_units(detail::as_const(map(h_)), draws, words_, map(h_));
        detail::visible_input(next, detail::as_const(map(h_)), map(v_));
        detail::sample_visible(units_, map(v_), draws, words_);
        free_energies_ = free_energies(next, v_);
    }

    /// The same from `before`, the present model, in `steps` >= 1 models whose parameters lie on the line between both.
    /// The noise of single updates of a training would only scatter the chains: fewer models, with a line between them,
    /// cost less and leave more effective chains.
    void advance_along(const Rbm<Scalar>& before, const Rbm<Scalar>& next, std::size_t steps) {
        require(steps >= 1, "TrajectoryAnnealing::advance_along", "steps", steps, "be at least 1");
        auto model = next;
        for (std::size_t k = 1; k < steps; ++k) {
            const auto share = static_cast<Scalar>(detail::share_of(k, steps));
            model.weights = (1 - share) * before.weights + share * next.weights;
            model.visible_bias = (1 - share) * before.visible_bias + share * next.visible_bias;
            model.hidden_bias = (1 - share) * before.hidden_bias + share * next.hidden_bias;
            advance(model);
        }
        advance(next);
    }

    /// log Z of the present model. Chains that have followed many models may have spread: see its status.
    AisEstimate estimate() const { return detail::summarise_ais(log_weights_, log_z_start_); }
    std::size_t models() const { return models_; }  ///< passed through so far

private:
    static MatrixMap<Scalar> map(Matrix<Scalar>& m) { return {m.data(), m.rows(), m.cols()}; }

    VisibleUnits units_;
    double log_z_start_;
    Seed seed_;
    Matrix<Scalar> v_, h_;
    std::vector<std::uint32_t> numbers_, words_;
    std::vector<double> log_weights_, free_energies_;  // F of the present model at v
    std::uint32_t models_ = 0;
};

/// How log Z is estimated from models that were kept.
struct TrajectoryOptions {
    std::size_t chains = 100;   ///< independent runs, at least 2
    std::size_t between = 200;  ///< models from one that was kept to the next, at least 1
    std::uint64_t seed = 0;

    void validate() const {
        require(chains >= 2, "TrajectoryOptions", "chains", chains, "be at least 2");
        require(between >= 1, "TrajectoryOptions", "between", between, "be at least 1");
    }
};

/// log Z of each of `models`, RBMs that follow one another in a training, from an independent model `start`: from each
/// to the next in `between` steps whose parameters lie on the line between both.
template <class Scalar>
std::vector<AisEstimate> trajectory_log_partitions(const IndependentModel<Scalar>& start,
                                                   std::span<const Rbm<Scalar>> models,
                                                   const TrajectoryOptions& options = {}) {
    options.validate();
    require(!models.empty(), "trajectory_log_partitions", "models.size()", models.size(), "be at least 1");
    auto before = as_rbm(start);
    detail::check_visible("trajectory_log_partitions", models[0], start.visible_bias.size());
    TrajectoryAnnealing<Scalar> annealing(start, options.chains, Seed{options.seed});
    std::vector<AisEstimate> estimates;
    for (const auto& model : models) {
        require(model.visible() == before.visible() && model.n_components() == before.n_components(),
                "trajectory_log_partitions", "the size of a model", model.n_components(), "be the first one's");
        annealing.advance_along(before, model, options.between);
        before = model;
        estimates.push_back(annealing.estimate());
    }
    return estimates;
}

}  // namespace pstar
