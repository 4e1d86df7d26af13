#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/rbm/detail/rbm_kernels.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// The hidden units' part in the two averages v_0 h_0^T and v_k h_k^T of a step.
enum class LastStep {
    mean_field,  ///< E[h_0 | v_0] and E[h_k | v_k]: what `sampled` averages to given v_0 and v_k, with less variance
    sampled      ///< the sampled bits themselves
};

/// How a step changes the parameters, see `ContrastiveDivergence`.
struct LearningRule {
    double learning_rate = 0.05;
    std::size_t cd_k = 1;
    bool persistent = false;
    LastStep last_step = LastStep::mean_field;
    double momentum = 0, weight_decay = 0;
};

/// Contrastive divergence, CD-k, and its persistent form, PCD-k, training one RBM. A step on v_0 (B, D):
///     h_0 ~ p(h | v_0);  v_t ~ p(v | h_{t-1}),  h_t ~ p(h | v_t)  for t = 1, ..., k
///     dW <- momentum dW + lr (<v_0 h_0^T> - <v_k h_k^T> - weight_decay W),   W <- W + dW
///     db <- momentum db + lr (<v_0> - <v_k>),  dc <- momentum dc + lr (<h_0> - <h_k>)
/// <.> is the mean over the rows that are there, so the last, shorter batch of a pass is a step like any other. v_k is
/// always sampled; h enters as `LastStep` says. With persistent chains, as many as `batch_size`, v_1 comes from the
/// chains' own h, zero at first and left where the last step's sweep ended, and the mean over chains is subtracted from
/// the mean over data. Sources: Hinton (2002), see `Rbm`; Tieleman, "Training restricted Boltzmann machines using
/// approximations to the likelihood gradient", ICML 2008.
///
/// Draws give rows of random words: `fill(row, words)`, then `advance(units)` after each layer, as `GibbsDraws` does.
template <class Scalar>
class ContrastiveDivergence {
public:
    /// Refers to `rbm`, which must outlive the learner.
    ContrastiveDivergence(Rbm<Scalar>& rbm, const LearningRule& rule, std::size_t batch_size)
        : rbm_(rbm),
          rule_(rule),
          batch_size_(static_cast<Eigen::Index>(batch_size)),
          visible_(2 * batch_size_, rbm.weights.rows()),
          hidden_(2 * batch_size_, rbm.weights.cols()),
          units_(Matrix<Scalar>::Zero(batch_size_, rbm.weights.cols())),
          change_(Matrix<Scalar>::Zero(rbm.weights.rows(), rbm.weights.cols())),
          visible_change_(Vector<Scalar>::Zero(rbm.weights.rows())),
          hidden_change_(Vector<Scalar>::Zero(rbm.weights.cols())) {}

    /// Room for the next step's v_0: at most `batch_size` rows, to be filled with values in [0, 1].
    MatrixMap<Scalar> batch(std::size_t rows) {
        require(rows >= 1 && static_cast<Eigen::Index>(rows) <= batch_size_, "ContrastiveDivergence::batch", "rows",
                rows, "lie in 1..batch_size");
        rows_ = static_cast<Eigen::Index>(rows);
        return part(visible_, 0, rows_);
    }

    /// One step on the rows in `batch`. Units that start at the data draw from `draws`, persistent chains from
    /// `chain_draws`. Returns the sum over rows and visible units of (v_0 - E[v_1 | h_0])^2, 0 with persistent chains.
    template <class Draws, class ChainDraws>
    double step(Draws& draws, ChainDraws& chain_draws) {
        const bool sampled = rule_.last_step == LastStep::sampled;
        auto h0 = part(hidden_, 0, rows_);
        see(part(visible_, 0, rows_), h0);
        if (rule_.persistent) {
            if (sampled) detail::sample_units(detail::as_const(h0), draws, words_, h0);
            sweep(chain_draws);
            move();
            return 0;
        }
        detail::sample_units(detail::as_const(h0), draws, words_, part(units_, 0, rows_));
        if (sampled) h0 = part(units_, 0, rows_);
        const double error = sweep(draws);
        move();
        return error;
    }

private:
    static MatrixMap<Scalar> part(Matrix<Scalar>& m, Eigen::Index first, Eigen::Index rows) {
        return {m.data() + first * m.cols(), rows, m.cols()};
    }
    Eigen::Index chains() const { return rule_.persistent ? batch_size_ : rows_; }

    /// H <- E[h | v]
    void see(MatrixMap<Scalar> v, MatrixMap<Scalar> h) const {
        detail::hidden_input(rbm_, detail::as_const(v), h);
        detail::to_probabilities(h);
    }

    /// k Gibbs sweeps from the bits in `units_`; v_k and h_k end up behind v_0 and h_0.
    template <class Draws>
    double sweep(Draws& draws) {
        const bool sampled = rule_.last_step == LastStep::sampled;
        auto v = part(visible_, rows_, chains()), h = part(hidden_, rows_, chains());
        const auto bits = part(units_, 0, chains());
        double error = 0;
        for (std::size_t t = 1; t <= rule_.cd_k; ++t) {
            detail::visible_input(rbm_, detail::as_const(bits), v);
            detail::to_probabilities(v);
            if (t == 1 && !rule_.persistent) error = squared_distance(part(visible_, 0, rows_), v);
            detail::sample_units(detail::as_const(v), draws, words_, v);
            see(v, h);
            if (t < rule_.cd_k || rule_.persistent || sampled)
                detail::sample_units(detail::as_const(h), draws, words_, bits);
        }
        if (sampled) h = bits;
        return error;
    }

    /// The update. With h_0 times lr/B and h_k times -lr/B, both averages are one product of the stacked rows.
    void move() {
        const auto real = [](double x) { return static_cast<Scalar>(x); };
        const Scalar plus = real(rule_.learning_rate / static_cast<double>(rows_)),
                     minus = real(-rule_.learning_rate / static_cast<double>(chains())), kept = real(rule_.momentum);
        const auto all = rows_ + chains();
        auto h = part(hidden_, 0, all);
        h.topRows(rows_) *= plus;
        h.bottomRows(chains()) *= minus;
        const auto v = part(visible_, 0, all);
        add_rows(h, kept, Scalar{1}, hidden_change_);
        add_rows(v.topRows(rows_), kept, plus, visible_change_);
        add_rows(v.bottomRows(chains()), Scalar{1}, minus, visible_change_);
        gemm<Scalar>(Transpose::yes, Transpose::no, rbm_.visible(), rbm_.n_components(), static_cast<std::size_t>(all),
                     1, v.data(), h.data(), kept, change_.data());
        detail::for_elements(static_cast<std::size_t>(change_.size()), [&](std::size_t first, std::size_t last) {
            PSTAR_KERNEL(move_weights(last - first, real(rule_.learning_rate * rule_.weight_decay),
                                      change_.data() + first, rbm_.weights.data() + first));
        });
        rbm_.visible_bias += visible_change_;
        rbm_.hidden_bias += hidden_change_;
    }

    static double squared_distance(MatrixMap<Scalar> a, MatrixMap<Scalar> b) {
        return static_cast<double>(
            PSTAR_KERNEL(squared_distance(a.data(), b.data(), static_cast<std::size_t>(a.size()))));
    }
    /// change <- kept change + scale (sum of rows)
    void add_rows(const auto& rows, Scalar kept, Scalar scale, Vector<Scalar>& change) {
        sums_.resize(change.size());
        PSTAR_KERNEL(add_column_sums<Scalar>(rows.data(), static_cast<std::size_t>(rows.rows()),
                                             static_cast<std::size_t>(rows.cols()), kept, scale, sums_.data(),
                                             change.data()));
    }

    Rbm<Scalar>& rbm_;
    LearningRule rule_;
    Eigen::Index batch_size_, rows_ = 0;
    Matrix<Scalar> visible_, hidden_;  // v_0 above v_k, h_0 above h_k
    Matrix<Scalar> units_;             // bits of the hidden units that drive the chain
    Matrix<Scalar> change_;
    Vector<Scalar> visible_change_, hidden_change_, sums_;
    std::vector<std::uint32_t> words_;
};

}  // namespace pstar
