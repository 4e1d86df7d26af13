#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <pstar/scaling/detail/pivoted_qr.hpp>

namespace pstar::detail {

/// At most so many parameters.
inline constexpr std::size_t few = 6;
/// Those that a problem does not have are 0.
using FewParameters = std::array<double, few>;

/// Where a search ended.
struct LeastSquaresMinimum {
    FewParameters theta;
    double norm;     ///< of the residuals
    bool converged;  ///< false: the evaluations were spent, or theta is not finite
};

/// Minimises |r(theta)|^2 for n <= 6 parameters and m >= n residuals by steps delta that minimise |r + J delta|^2 where
/// |D delta| <= bound; D holds the longest columns of J so far, and the bound follows how well the last step was
/// foreseen. `problem.evaluate(theta, r)` and `problem.differentiate(theta, j)` write the residuals and their Jacobian
/// (m, n), column by column. It ends when a step changes |r|^2 or D theta by less than `tolerance` (relative).
///
/// Eigen's own is a tenth of what a program that fits a curve takes to compile; a test compares the two.
/// Source: More, "The Levenberg-Marquardt algorithm: implementation and theory", 1978.
template <class Problem>
class LevenbergMarquardt {
public:
    LevenbergMarquardt(const Problem& problem, std::size_t parameters, std::size_t residuals)
        : problem_(problem), n_(parameters), r_(residuals), next_r_(residuals) {}

    LeastSquaresMinimum minimise(const FewParameters& start, double tolerance, int evaluations) {
        theta_ = start;
        tolerance_ = tolerance;
        left_ = evaluations - 1;
        problem_.evaluate(theta_, r_);
        norm_ = length(r_);
        auto state = n_ <= r_.size() ? State::moving : State::converged;  // without a minimum of its own
        for (bool first = true; state == State::moving; first = false) state = step(first);
        const bool finite = std::ranges::all_of(theta_, [](double t) { return std::isfinite(t); });
        return {theta_, norm_, state == State::converged && finite};
    }

private:
    enum class State { moving, converged, spent };

    static double length(std::span<const double> v) {
        double sum = 0, largest = 0;
        for (const double x : v) sum += x * x;
        if (std::isnan(sum) || (sum > 1e-280 && sum < 1e280)) return std::sqrt(sum);
        for (const double x : v) largest = std::max(largest, std::abs(x));
        if (largest == 0 || std::isinf(largest)) return largest;
        for (sum = 0; const double x : v) sum += (x / largest) * (x / largest);
        return largest * std::sqrt(sum);
    }
    double length_of(const FewParameters& v) const { return length(std::span(v).first(n_)); }
    FewParameters scaled(const FewParameters& v) const {
        FewParameters result{};
        for (std::size_t k = 0; k < n_; ++k) result[k] = scale_[k] * v[k];
        return result;
    }

    /// One Jacobian, and steps from it until one makes |r| smaller.
    State step(bool first) {
        std::vector<double> jacobian(r_.size() * n_);
        problem_.differentiate(theta_, jacobian);
        FewParameters columns{};
        for (std::size_t k = 0; k < n_; ++k) columns[k] = length(std::span(jacobian).subspan(k * r_.size(), r_.size()));
        const PivotedQr qr(std::move(jacobian), n_);
        if (first) {
            for (std::size_t k = 0; k < n_; ++k) scale_[k] = columns[k] == 0 ? 1 : columns[k];
            size_ = length_of(scaled(theta_));
            bound_ = size_ == 0 ? 100 : 100 * size_;
        }
        auto turned = r_;
        qr.multiply_by_transposed_q(turned);
        FewParameters target{};
        std::copy_n(turned.begin(), n_, target.begin());
        const double gradient = largest_cosine(qr, columns, target);
        if (gradient <= 0) return State::converged;
        for (std::size_t k = 0; k < n_; ++k) scale_[k] = std::max(scale_[k], columns[k]);

        for (bool shorter = false; !shorter;) {
            const auto move = damped_step(qr, target);
            FewParameters next{};
            for (std::size_t k = 0; k < n_; ++k) next[k] = theta_[k] + move[k];
            const double step_length = length_of(scaled(move));
            if (first) bound_ = std::min(bound_, step_length);
            problem_.evaluate(next, next_r_);
            --left_;
            const double next_norm = length(next_r_);

            const double gained = 0.1 * next_norm < norm_ ? 1 - std::pow(next_norm / norm_, 2) : -1;
            const double linear = std::pow(length_of(times_r(qr, move)) / norm_, 2);
            const double damped = std::pow(std::sqrt(damping_) * step_length / norm_, 2);
            const double foreseen = linear + 2 * damped;
            const double ratio = foreseen == 0 ? 0 : gained / foreseen;
            adapt_bound(ratio, gained, -(linear + damped), next_norm, step_length);
            shorter = ratio >= 1e-4;
            if (shorter) {
                theta_ = next;
                std::swap(r_, next_r_);
                norm_ = next_norm;
                size_ = length_of(scaled(theta_));
            }
            const auto gains_less_than = [&](double limit) {
                return std::abs(gained) <= limit && foreseen <= limit && ratio <= 2;
            };
            constexpr double epsilon = std::numeric_limits<double>::epsilon();
            if (gains_less_than(tolerance_) || bound_ <= tolerance_ * size_) return State::converged;
            if (left_ <= 0) return State::spent;
            if (gains_less_than(epsilon) || bound_ <= epsilon * size_ || gradient <= epsilon) return State::converged;
        }
        return State::moving;
    }

    /// Of the angles between the residuals and the columns of J: 0 at a minimum.
    double largest_cosine(const PivotedQr& qr, const FewParameters& columns, const FewParameters& target) const {
        double largest = 0;
        if (norm_ == 0) return 0;
        for (std::size_t j = 0; j < n_; ++j) {
            const double column = columns[qr.pivots()[j]];
            if (column == 0) continue;
            double sum = 0;
            for (std::size_t i = 0; i <= j; ++i) sum += qr.r(i, j) * (target[i] / norm_);
            largest = std::max(largest, std::abs(sum / column));
        }
        return largest;
    }
    /// R P' v.
    FewParameters times_r(const PivotedQr& qr, const FewParameters& v) const {
        FewParameters result{};
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t j = i; j < n_; ++j) result[i] += qr.r(i, j) * v[qr.pivots()[j]];
        return result;
    }
    void adapt_bound(double ratio, double gained, double slope, double next_norm, double step_length) {
        if (ratio <= 0.25) {
            double factor = gained >= 0 ? 0.5 : 0.5 * slope / (slope + 0.5 * gained);
            if (0.1 * next_norm >= norm_ || factor < 0.1) factor = 0.1;
            bound_ = factor * std::min(bound_, 10 * step_length);
            damping_ /= factor;
        } else if (damping_ == 0 || ratio >= 0.75) {
            bound_ = 2 * step_length;
            damping_ *= 0.5;
        }
    }

    /// An upper triangle (n, n).
    using Triangle = std::array<FewParameters, few>;

    /// Solves R z = b for the first `rank` rows, the rest of z is 0; then z in the order of the parameters.
    FewParameters solve(const PivotedQr& qr, const Triangle& r, FewParameters b, std::size_t rank) const {
        for (auto k = rank; k-- > 0;) {
            for (auto j = k + 1; j < rank; ++j) b[k] -= r[k][j] * b[j];
            b[k] /= r[k][k];
        }
        FewParameters result{};
        for (std::size_t k = 0; k < rank; ++k) result[qr.pivots()[k]] = b[k];
        return result;
    }
    /// |R'^-1 P' D x / length|^2, for Newton's method on |D x| = bound as a function of the damping.
    double newton_denominator(const PivotedQr& qr, const Triangle& r, const FewParameters& scaled_x,
                              double scaled_length) const {
        FewParameters w{};
        for (std::size_t k = 0; k < n_; ++k) {
            const auto pivot = qr.pivots()[k];
            w[k] = scale_[pivot] * scaled_x[pivot] / scaled_length;
            for (std::size_t i = 0; i < k; ++i) w[k] -= r[i][k] * w[i];
            w[k] /= r[k][k];
        }
        return std::pow(length_of(w), 2);
    }
    /// Minimises |r + J delta|^2 + damping |D delta|^2, with a damping that makes |D delta| the bound to a tenth, or 0
    /// where the step is shorter without.
    FewParameters damped_step(const PivotedQr& qr, const FewParameters& target) {
        Triangle r{};
        for (std::size_t i = 0; i < n_; ++i)
            for (auto j = i; j < n_; ++j) r[i][j] = qr.r(i, j);
        const auto rank = qr.rank();
        auto x = solve(qr, r, target, rank);
        auto scaled_x = scaled(x);
        double scaled_length = length_of(scaled_x), excess = scaled_length - bound_;
        if (excess <= 0.1 * bound_) {
            damping_ = 0;
            return negative(x);
        }
        double low = 0;
        if (rank == n_) low = excess / bound_ / newton_denominator(qr, r, scaled_x, scaled_length);
        FewParameters gradient{};
        for (std::size_t j = 0; j < n_; ++j) {
            for (std::size_t i = 0; i <= j; ++i) gradient[j] += r[i][j] * target[i];
            gradient[j] /= scale_[qr.pivots()[j]];
        }
        constexpr double least = std::numeric_limits<double>::min();
        double high = length_of(gradient) / bound_;
        if (high == 0) high = least / std::min(bound_, 0.1);
        damping_ = std::min(std::max(damping_, low), high);
        if (damping_ == 0) damping_ = length_of(gradient) / scaled_length;
        for (int attempt = 1;; ++attempt) {
            if (damping_ == 0) damping_ = std::max(least, 0.001 * high);
            auto [triangle, rotated] = with_damping(qr, r, target);
            x = solve(qr, triangle, rotated, positive_rows(triangle));
            scaled_x = scaled(x);
            scaled_length = length_of(scaled_x);
            const double before = std::exchange(excess, scaled_length - bound_);
            if (std::abs(excess) <= 0.1 * bound_ || (low == 0 && excess <= before && before < 0) || attempt == 10)
                return negative(x);
            const double newton = excess / bound_ / newton_denominator(qr, triangle, scaled_x, scaled_length);
            if (excess > 0) low = std::max(low, damping_);
            if (excess < 0) high = std::min(high, damping_);
            damping_ = std::max(low, damping_ + newton);
        }
    }
    /// R and the right side of the least squares problem with the rows sqrt(damping) D P below R, by Givens rotations.
    std::pair<Triangle, FewParameters> with_damping(const PivotedQr& qr, Triangle r, FewParameters b) const {
        const double root = std::sqrt(damping_);
        for (std::size_t j = 0; j < n_; ++j) {
            FewParameters row{};
            row[j] = root * scale_[qr.pivots()[j]];
            double right = 0;
            for (auto k = j; k < n_; ++k) {
                if (row[k] == 0) continue;
                const double diagonal = std::hypot(r[k][k], row[k]);
                const double c = r[k][k] / diagonal, s = row[k] / diagonal;
                const auto rotate = [c, s](double& above, double& below) {
                    const double old = above;
                    above = c * old + s * below;
                    below = c * below - s * old;
                };
                for (auto i = k; i < n_; ++i) rotate(r[k][i], row[i]);
                rotate(b[k], right);
            }
        }
        return {r, b};
    }
    std::size_t positive_rows(const Triangle& r) const {
        std::size_t rows = 0;
        while (rows < n_ && r[rows][rows] != 0) ++rows;
        return rows;
    }
    static FewParameters negative(FewParameters v) {
        for (double& x : v) x = -x;
        return v;
    }

    const Problem& problem_;
    std::size_t n_;
    std::vector<double> r_, next_r_;
    FewParameters theta_{}, scale_{};
    double norm_ = 0, size_ = 0, bound_ = 0, damping_ = 0, tolerance_ = 0;
    int left_ = 0;
};

}  // namespace pstar::detail
