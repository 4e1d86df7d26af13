#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// Samples of the last of a trajectory's models.
template <class Scalar>
struct TemperedSamples {
    Matrix<Scalar> visible;              ///< (chains, D)
    std::vector<double> exchange_rates;  ///< share of the exchanges between models t and t + 1 that was accepted
    /// How often the replica of a chain has come to the last model from the first, on average over chains. 0: nothing
    /// has passed the whole ladder, the samples are those of a Gibbs chain.
    double arrivals = 0;
};

/// Parallel trajectory tempering: parallel tempering whose ladder are models that training passed through, the first an
/// easy one (without weights, best), the last the one to sample. A sweep makes one Gibbs sweep of each model, then
/// proposes exchanges between neighbours a and b, in turn of pairs (0, 1), (2, 3), ... and (1, 2), (3, 4), ...,
/// accepted with probability
///     min(1, exp(F_a(v_a) + F_b(v_b) - F_a(v_b) - F_b(v_a))).
/// Phase transitions of training are passed one by one, so mixing is faster than over temperatures (arXiv:2405.15376,
/// section 5). Model t starts at v = 1/2 seen through its own units and `sweeps` >= 1 follow. Chain m of model t draws
/// from (seed, gibbs, t, m). Cost of a sweep: four products of `chains` rows per model.
template <class Scalar>
class TrajectoryTempering {
public:
    /// At least two models of equal sizes. Refers to them.
    TrajectoryTempering(std::span<const Rbm<Scalar>> models, std::size_t chains, Seed seed)
        : models_(models),
          numbers_(chains),
          proposed_(models.size()),
          accepted_(models.size()),
          from_first_(models.size() * chains) {
        require(models.size() >= 2, "TrajectoryTempering", "models.size()", models.size(), "be at least 2");
        require(chains >= 1, "TrajectoryTempering", "chains", chains, "be at least 1");
        std::iota(numbers_.begin(), numbers_.end(), 0U);
        const auto rows = static_cast<Eigen::Index>(chains);
        for (std::size_t t = 0; t < models.size(); ++t) {
            const auto& model = models[t];
            require(model.visible() == models[0].visible() && model.visible_units == models[0].visible_units,
                    "TrajectoryTempering", "the visible units of a model", model.visible(), "be the first one's");
            draws_.emplace_back(seed, static_cast<std::uint32_t>(t), numbers_);
            h_ = Matrix<Scalar>::Constant(rows, model.weights.cols(), Scalar(0.5));
            v_.emplace_back(rows, model.weights.rows());
            draw_visible(t);
            for (std::size_t m = 0; m < chains; ++m) from_first_[t * chains + m] = t == 0;
        }
    }

    /// One Gibbs sweep of each model, then exchanges of neighbours.
    void sweep() {
        for (std::size_t t = 0; t < models_.size(); ++t) {
            h_.resize(v_[t].rows(), models_[t].weights.cols());
            detail::hidden_input(models_[t], detail::as_const(map(v_[t])), map(h_));
            detail::to_probabilities(map(h_));
            detail::sample_units(detail::as_const(map(h_)), draws_[t], words_, map(h_));
            draw_visible(t);
        }
        for (std::size_t t = odd_ ? 1 : 0; t + 1 < models_.size(); t += 2) exchange(t);
        odd_ = !odd_;
    }

    /// The visible units of model t: (chains, D).
    const Matrix<Scalar>& at(std::size_t t) const { return v_.at(t); }
    const Matrix<Scalar>& samples() const { return v_.back(); }  ///< of the last model
    /// See `TemperedSamples`; NaN for a pair before its first proposal.
    std::vector<double> exchange_rates() const {
        std::vector<double> rates;
        for (std::size_t t = 0; t + 1 < models_.size(); ++t) rates.push_back(accepted_[t] / proposed_[t]);
        return rates;
    }
    /// How often a sample has come from the first model to the last, divided by the number of chains.
    double arrivals() const { return arrived_ / static_cast<double>(numbers_.size()); }

private:
    static MatrixMap<Scalar> map(Matrix<Scalar>& m) { return {m.data(), m.rows(), m.cols()}; }
    void draw_visible(std::size_t t) {
        detail::visible_input(models_[t], detail::as_const(map(h_)), map(v_[t]));
        detail::sample_visible(models_[t].visible_units, map(v_[t]), draws_[t], words_);
    }

    void exchange(std::size_t t) {
        const auto &a = models_[t], &b = models_[t + 1];
        const auto a_of_a = free_energies(a, v_[t]), b_of_b = free_energies(b, v_[t + 1]);
        const auto a_of_b = free_energies(a, v_[t + 1]), b_of_a = free_energies(b, v_[t]);
        const auto chains = numbers_.size();
        for (std::size_t m = 0; m < chains; ++m) {
            std::uint32_t word = 0;
            draws_[t].fill(m, {&word, 1});
            ++proposed_[t];
            const double gained = a_of_a[m] + b_of_b[m] - a_of_b[m] - b_of_a[m];
            if (!(std::log(unit_interval<double>(word)) < gained)) continue;
            ++accepted_[t];
            const auto row = static_cast<Eigen::Index>(m);
            v_[t].row(row).swap(v_[t + 1].row(row));
            std::swap(from_first_[t * chains + m], from_first_[(t + 1) * chains + m]);
            if (t == 0) from_first_[m] = 1;
            if (t + 2 < models_.size() || !from_first_[(t + 1) * chains + m]) continue;
            ++arrived_;
            from_first_[(t + 1) * chains + m] = 0;
        }
        draws_[t].advance(1);
    }

    std::span<const Rbm<Scalar>> models_;
    std::vector<std::uint32_t> numbers_, words_;
    std::vector<GibbsDraws> draws_;
    std::vector<Matrix<Scalar>> v_;
    Matrix<Scalar> h_;
    std::vector<double> proposed_, accepted_;
    std::vector<char> from_first_;  // the replica has been at the first model since it was last at the last one
    double arrived_ = 0;
    bool odd_ = false;
};

/// `sweeps` >= 1 sweeps of `TrajectoryTempering`; `samples` are the last ones.
template <class Scalar>
TemperedSamples<Scalar> trajectory_tempering(std::span<const Rbm<Scalar>> models, std::size_t chains,
                                             std::size_t sweeps, Seed seed) {
    require(sweeps >= 1, "trajectory_tempering", "sweeps", sweeps, "be at least 1");
    TrajectoryTempering<Scalar> tempering(models, chains, seed);
    for (std::size_t s = 0; s < sweeps; ++s) tempering.sweep();
    return {tempering.samples(), tempering.exchange_rates(), tempering.arrivals()};
}

}  // namespace pstar
