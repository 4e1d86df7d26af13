#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/rbm/detail/rbm_kernels.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/rbm.hpp>
#include <pstar/rbm/tempered_chains.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// The hidden units' part in the two averages v_0 h_0^T and v_k h_k^T of a step.
enum class LastStep {
    mean_field,  ///< E[h_0 | v_0] and E[h_k | v_k]: what `sampled` averages to given v_0 and v_k, with less variance
    sampled      ///< the sampled bits themselves
};

/// How a step changes the parameters, see `ContrastiveDivergence`.
struct LearningRule {
    double learning_rate = 0.05;                ///< of the mean over a batch
    std::size_t cd_k = 1;                       ///< Gibbs sweeps per step, at least 1
    bool persistent = false;                    ///< PCD: chains continue from step to step
    LastStep last_step = LastStep::mean_field;  ///< the hidden units' part: means or samples
    /// Share of the last change that is repeated, in [0, 1); L2 penalty of the weights.
    double momentum = 0, weight_decay = 0;
    bool centred = false;          ///< the gradient in units less their offsets, see `ContrastiveDivergence`
    double offset_rate = 0.01;     ///< share of a batch's means in the offsets, in (0, 1]
    std::size_t chains = 0;        ///< persistent chains; 0: as many as `batch_size`
    std::size_t temperatures = 1;  ///< of persistent chains, see `TemperedChains`; 1: no tempering
};

/// Contrastive divergence, CD-k, and its persistent form, PCD-k, training one RBM. A step on v_0 (B, D):
///     h_0 ~ p(h | v_0);  v_t ~ p(v | h_{t-1}),  h_t ~ p(h | v_t)  for t = 1, ..., k
///     dW <- momentum dW + lr (<v_0 h_0^T> - <v_k h_k^T> - weight_decay W),   W <- W + dW
///     db <- momentum db + lr (<v_0> - <v_k>),  dc <- momentum dc + lr (<h_0> - <h_k>)
/// <.> is the mean over the rows that are there, so the last, shorter batch of a pass is a step like any other. v_k is
/// always sampled; h enters as `LastStep` says. With persistent chains, v_1 comes from the chains' own h, zero at first
/// and left where the last step's sweep ended, and the mean over chains is subtracted from the mean over data. With
/// several temperatures a step makes k sweeps of parallel tempering instead, and v_k are the chains at temperature 1.
/// Sources: Hinton (2002), see `Rbm`; Tieleman, "Training restricted Boltzmann machines using approximations to the
/// likelihood gradient", ICML 2008.
///
/// `centred` has offsets mu (D) and lambda (H), moving averages of <v_0> and <h_0> that begin at the first batch's.
/// With the differences d(.) = <.>_0 - <.>_k of averages the step is along
///     gW = d(v h^T) - mu d(h)^T - d(v) lambda^T,   gb = d(v) - gW lambda,   gc = d(h) - gW^T mu
/// in place of d(v h^T), d(v), d(h): the gradient of an RBM whose units are v - mu and h - lambda, in the parameters of
/// this one. Where d vanishes, so does it. It does not change when units are relabelled 1 - v, 1 - h. Sources: Montavon
/// & Mueller, "Deep Boltzmann machines and the centering trick", 2012; Melchior, Fischer & Wiskott, "How to center deep
/// Boltzmann machines", JMLR 17 (2016), algorithm 1.
///
/// Draws give rows of random words: `fill(row, words)`, then `advance(units)` after each layer, as `GibbsDraws` does.
template <class Scalar>
class ContrastiveDivergence {
public:
    /// Refers to `rbm`, which must outlive the learner. `base` (D) are the visible biases at inverse temperature 0; the
    /// RBM's own, if nothing is given.
    ContrastiveDivergence(Rbm<Scalar>& rbm, const LearningRule& rule, std::size_t batch_size,
                          std::optional<Vector<Scalar>> base = {})
        : rbm_(rbm),
          rule_(rule),
          batch_size_(static_cast<Eigen::Index>(batch_size)),
          chains_(rule.persistent && rule.chains > 0 ? static_cast<Eigen::Index>(rule.chains) : batch_size_),
          visible_(batch_size_ + chains_, rbm.weights.rows()),
          hidden_(batch_size_ + chains_, rbm.weights.cols()),
          units_(Matrix<Scalar>::Zero(chains_, rbm.weights.cols())),
          change_(Matrix<Scalar>::Zero(rbm.weights.rows(), rbm.weights.cols())),
          visible_change_(Vector<Scalar>::Zero(rbm.weights.rows())),
          hidden_change_(Vector<Scalar>::Zero(rbm.weights.cols())) {
        require(rule.temperatures == 1 || (rule.persistent && rule.temperatures > 1), "ContrastiveDivergence",
                "temperatures", rule.temperatures, "be 1, or more with persistent chains");
        if (rule.temperatures > 1)
            tempered_.emplace(rbm, base ? std::move(*base) : rbm.visible_bias, even_temperatures(rule.temperatures),
                              static_cast<std::size_t>(chains_));
    }

    /// The learning rate of the steps to come, finite and not negative.
    void set_learning_rate(double rate) { rule_.learning_rate = rate; }
    /// Rows of `chain_draws` that a step takes: persistent chains times temperatures.
    std::size_t chain_rows() const { return static_cast<std::size_t>(chains_) * rule_.temperatures; }

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
    Eigen::Index chains() const { return rule_.persistent ? chains_ : rows_; }

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
        if (tempered_) {
            for (std::size_t t = 1; t <= rule_.cd_k; ++t) tempered_->sweep(draws);
            v = tempered_->coldest();
            see(v, h);
            if (sampled) detail::sample_units(detail::as_const(h), draws, words_, h);
            return error;
        }
        for (std::size_t t = 1; t <= rule_.cd_k; ++t) {
            detail::visible_input(rbm_, detail::as_const(bits), v);
            const double distance = draw_visible(v, t == 1 && !rule_.persistent, draws);
            if (t == 1) error = distance;
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
        if (rule_.centred) move_offsets();
        h.topRows(rows_) *= plus;
        h.bottomRows(chains()) *= minus;
        const auto v = part(visible_, 0, all);
        if (rule_.centred) {
            visible_change_ *= kept;
            hidden_change_ *= kept;
        } else {
            add_rows(h, kept, Scalar{1}, hidden_change_);
            add_rows(v.topRows(rows_), kept, plus, visible_change_);
            add_rows(v.bottomRows(chains()), Scalar{1}, minus, visible_change_);
        }
        gemm<Scalar>(Transpose::yes, Transpose::no, rbm_.visible(), rbm_.n_components(), static_cast<std::size_t>(all),
                     1, v.data(), h.data(), kept, change_.data());
        if (rule_.centred) centre(v, h, plus, minus);
        detail::for_elements(static_cast<std::size_t>(change_.size()), [&](std::size_t first, std::size_t last) {
            PSTAR_KERNEL(move_weights(last - first, real(rule_.learning_rate * rule_.weight_decay),
                                      change_.data() + first, rbm_.weights.data() + first));
        });
        rbm_.visible_bias += visible_change_;
        rbm_.hidden_bias += hidden_change_;
    }

    /// mu and lambda move towards the batch's means.
    void move_offsets() {
        const bool first = visible_offset_.size() == 0;
        if (first) visible_offset_.setZero(rbm_.weights.rows()), hidden_offset_.setZero(rbm_.weights.cols());
        const double share = first ? 1 : rule_.offset_rate;
        const auto kept = static_cast<Scalar>(1 - share),
                   scale = static_cast<Scalar>(share / static_cast<double>(rows_));
        add_rows(part(visible_, 0, rows_), kept, scale, visible_offset_);
        add_rows(part(hidden_, 0, rows_), kept, scale, hidden_offset_);
    }

    /// What centring adds to the changes; v and the scaled h as `move` stacks them, so that their sums are lr times
    /// d(.):
    ///     change <- change - mu d(h)^T - d(v) lambda^T
    ///     gW lambda = sum_n v_n (h_n.lambda) - mu d(h).lambda - d(v) lambda.lambda,   and gW^T mu likewise
    void centre(MatrixMap<Scalar> v, MatrixMap<Scalar> h, Scalar plus, Scalar minus) {
        const auto &mu = visible_offset_, &lambda = hidden_offset_;
        Vector<Scalar> dv = Vector<Scalar>::Zero(mu.size()), dh = Vector<Scalar>::Zero(lambda.size());
        add_rows(v.topRows(rows_), Scalar{1}, plus, dv);
        add_rows(v.bottomRows(chains()), Scalar{1}, minus, dv);
        add_rows(h, Scalar{1}, Scalar{1}, dh);
        Matrix<Scalar> left(2, mu.size()), right(2, lambda.size());
        left << mu.transpose(), dv.transpose();
        right << dh.transpose(), lambda.transpose();
        gemm<Scalar>(Transpose::yes, Transpose::no, rbm_.visible(), rbm_.n_components(), 2, -1, left.data(),
                     right.data(), 1, change_.data());
        Vector<Scalar> along_lambda(v.rows()), along_mu(v.rows());
        for (Eigen::Index n = 0; n < v.rows(); ++n) {
            along_lambda[n] = dot(h.data() + n * h.cols(), lambda);
            along_mu[n] = dot(v.data() + n * v.cols(), mu);
        }
        Vector<Scalar> w_lambda =
            times(v, along_lambda) - mu * dot(dh.data(), lambda) - dv * dot(lambda.data(), lambda);
        Vector<Scalar> w_mu = times(h, along_mu) - dh * dot(mu.data(), mu) - lambda * dot(dv.data(), mu);
        visible_change_ += dv - w_lambda;
        hidden_change_ += dh - w_mu;
    }
    static Scalar dot(const Scalar* a, const Vector<Scalar>& b) {
        double sum = 0;
        for (Eigen::Index i = 0; i < b.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        return static_cast<Scalar>(sum);
    }
    /// m^T x
    static Vector<Scalar> times(MatrixMap<Scalar> m, const Vector<Scalar>& x) {
        Vector<Scalar> result(m.cols());
        gemm<Scalar>(Transpose::yes, Transpose::no, static_cast<std::size_t>(m.cols()), 1,
                     static_cast<std::size_t>(m.rows()), 1, m.data(), x.data(), 0, result.data());
        return result;
    }

    /// v <- units drawn given what they see. Returns the sum of (v_0 - E[v | h])^2 if it is to be measured, else 0.
    template <class Draws>
    double draw_visible(MatrixMap<Scalar> v, bool measured, Draws& draws) {
        double distance = 0;
        if (rbm_.visible_units == VisibleUnits::binary) {
            detail::to_probabilities(v);
            if (measured) distance = squared_distance(part(visible_, 0, rows_), v);
            detail::sample_units(detail::as_const(v), draws, words_, v);
            return distance;
        }
        if (measured) {
            Matrix<Scalar> mean = v;
            detail::to_visible_means(rbm_.visible_units, part(mean, 0, mean.rows()));
            distance = squared_distance(part(visible_, 0, rows_), part(mean, 0, mean.rows()));
        }
        detail::sample_visible(rbm_.visible_units, v, draws, words_);
        return distance;
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
    Eigen::Index batch_size_, chains_, rows_ = 0;
    Matrix<Scalar> visible_, hidden_;  // v_0 above v_k, h_0 above h_k
    Matrix<Scalar> units_;             // bits of the hidden units that drive the chain
    Matrix<Scalar> change_;
    Vector<Scalar> visible_change_, hidden_change_, sums_;
    Vector<Scalar> visible_offset_, hidden_offset_;  // mu and lambda; empty before the first step
    std::optional<TemperedChains<Scalar>> tempered_;
    std::vector<std::uint32_t> words_;
};

}  // namespace pstar
