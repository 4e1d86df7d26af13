#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>

#include <pstar/core/detail/line_search.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

struct LbfgsOptions {
    std::size_t max_iter = 100;                      ///< steps taken at most
    std::size_t memory = 10;                         ///< pairs (s, y) kept, at least 1
    double tolerance = 1e-5;                         ///< converged when max_i |gradient_i| <= tolerance
    double sufficient_decrease = 1e-4;               ///< c1 of the Wolfe conditions
    double curvature = 0.9;                          ///< c2 of the Wolfe conditions, in (c1, 1)
    double value_noise = 0;                          ///< relative error of the objective; 0: a few roundings of Scalar
    std::size_t max_evaluations_per_iteration = 30;  ///< of the objective in one line search

    void validate() const {
        require(memory >= 1, "LbfgsOptions", "memory", memory, "be at least 1");
        require(tolerance >= 0, "LbfgsOptions", "tolerance", tolerance, "not be negative");
        require(sufficient_decrease > 0 && sufficient_decrease < curvature, "LbfgsOptions", "sufficient_decrease",
                sufficient_decrease, "be positive and less than curvature");
        require(curvature < 1, "LbfgsOptions", "curvature", curvature, "be less than 1");
        require(value_noise >= 0, "LbfgsOptions", "value_noise", value_noise, "not be negative");
        require(max_evaluations_per_iteration >= 2, "LbfgsOptions", "max_evaluations_per_iteration",
                max_evaluations_per_iteration, "be at least 2");
    }
};

enum class LbfgsStatus {
    converged,       ///< the gradient is within the tolerance
    max_iterations,  ///< not yet, and no more iterations were allowed
    stalled,         ///< no step lowers the objective: it is as low as its precision allows, or its gradient is wrong
    not_finite       ///< the objective or its gradient is not finite at the start
};

template <class Scalar>
struct LbfgsResult {
    LbfgsStatus status = LbfgsStatus::not_finite;
    Scalar value = 0;             ///< the objective at the point found
    Scalar gradient_norm = 0;     ///< max_i |gradient_i| there
    std::size_t iterations = 0;   ///< steps taken
    std::size_t evaluations = 0;  ///< of objective and gradient
};

/// The inverse Hessian's first guess that takes nothing for known: a multiple of the identity.
struct NoPreconditioner {
    template <class Scalar>
    void operator()(std::span<Scalar>) const {}
};

namespace detail {

/// The last pairs s = x' - x, y = g' - g, and what they say about the inverse Hessian.
template <class Scalar>
class LbfgsMemory {
public:
    LbfgsMemory(std::size_t size, std::size_t pairs)
        : s_(static_cast<Eigen::Index>(size), static_cast<Eigen::Index>(pairs)),
          y_(s_.rows(), s_.cols()),
          rho_(s_.cols()),
          alpha_(s_.cols()),
          work_(s_.rows()) {}

    bool empty() const { return count_ == 0; }
    void clear() { count_ = 0; }

    /// Keeps the pair, in place of the oldest; drops it where the curvature s.y is not positive beyond rounding.
    template <class Precondition>
    void add(const Vector<Scalar>& s, const Vector<Scalar>& y, const Precondition& precondition) {
        const Scalar curvature = s.dot(y);
        if (!(curvature > std::numeric_limits<Scalar>::epsilon() * s.norm() * y.norm())) return;
        newest_ = (newest_ + 1) % s_.cols();
        count_ = std::min(count_ + 1, s_.cols());
        s_.col(newest_) = s;
        y_.col(newest_) = y;
        rho_[newest_] = 1 / curvature;
        work_ = y;
        precondition(span_of(work_));
        gamma_ = curvature / y.dot(work_);
    }

    /// q <- H q by the two-loop recursion, H_0 = gamma P with gamma = s.y / y.P y. Source: Nocedal & Wright, algorithm
    /// 7.4 and equation (7.20).
    template <class Precondition>
    void apply(Vector<Scalar>& q, const Precondition& precondition) {
        for (Eigen::Index age = 0; age < count_; ++age) {
            const auto i = (newest_ - age + s_.cols()) % s_.cols();
            alpha_[i] = rho_[i] * s_.col(i).dot(q);
            q -= alpha_[i] * y_.col(i);
        }
        precondition(span_of(q));
        q *= gamma_;
        for (auto age = count_; age-- > 0;) {
            const auto i = (newest_ - age + s_.cols()) % s_.cols();
            q += (alpha_[i] - rho_[i] * y_.col(i).dot(q)) * s_.col(i);
        }
    }

private:
    static std::span<Scalar> span_of(Vector<Scalar>& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

    Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::DontAlign> s_, y_;  // one column per pair
    Vector<Scalar> rho_, alpha_, work_;
    Scalar gamma_ = 1;
    Eigen::Index newest_ = -1, count_ = 0;
};

/// x, f(x) and the gradient there, and the point that a line search tries.
template <class Scalar, class Objective>
class LbfgsPoint {
public:
    LbfgsPoint(Objective& objective, std::span<Scalar> x, LbfgsResult<Scalar>& result)
        : objective_(objective),
          here_(x.data(), std::ssize(x)),
          x_(here_.size()),
          gradient_(here_.size()),
          trial_gradient_(here_.size()),
          result_(result) {
        x_ = here_;
        result_.value = evaluate(gradient_);
        note_norm();
    }
    const Vector<Scalar>& gradient() const { return gradient_; }

    /// phi(step) = f(x + step d) and its slope; leaves the gradient there in the trial.
    LineTrial<Scalar> try_step(const Vector<Scalar>& direction, Scalar step) {
        x_ = here_ + step * direction;
        const Scalar value = evaluate(trial_gradient_);
        return {step, value, trial_gradient_.dot(direction)};
    }
    /// Moves to the last trial; s and y are the changes of x and of the gradient.
    void accept(Scalar value, Vector<Scalar>& s, Vector<Scalar>& y) {
        s = x_ - here_;
        y = trial_gradient_ - gradient_;
        here_ = x_;
        gradient_.swap(trial_gradient_);
        result_.value = value;
        ++result_.iterations;
        note_norm();
    }

private:
    Scalar evaluate(Vector<Scalar>& gradient) {
        ++result_.evaluations;
        const auto size = static_cast<std::size_t>(x_.size());
        return static_cast<Scalar>(
            objective_(std::span<const Scalar>(x_.data(), size), std::span<Scalar>(gradient.data(), size)));
    }
    void note_norm() {
        result_.gradient_norm = gradient_.size() == 0 ? Scalar{0} : gradient_.template lpNorm<Eigen::Infinity>();
    }

    Objective& objective_;
    VectorMap<Scalar> here_;
    Vector<Scalar> x_, gradient_, trial_gradient_;
    LbfgsResult<Scalar>& result_;
};

}  // namespace detail

/// Minimises a smooth function from `x`, which becomes the lowest point found: L-BFGS with a strong Wolfe line search.
/// `objective(std::span<const Scalar> x, std::span<Scalar> gradient)` writes the gradient and returns the value.
/// `precondition(std::span<Scalar> q)` overwrites q by P q, P a symmetric positive definite guess of the inverse
/// Hessian (its scale does not matter after the first step). Starts no threads. Not converging is a status.
/// Source: Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 7.4, 7.5, 3.5 and 3.6.
template <class Scalar, class Objective, class Precondition = NoPreconditioner>
LbfgsResult<Scalar> lbfgs(Objective&& objective, std::span<Scalar> x, const LbfgsOptions& options = {},
                          const Precondition& precondition = {}) {
    options.validate();
    LbfgsResult<Scalar> result;
    detail::LbfgsPoint<Scalar, std::remove_reference_t<Objective>> point(objective, x, result);
    if (!std::isfinite(result.value) || !point.gradient().allFinite()) return result;
    detail::LbfgsMemory<Scalar> memory(x.size(), options.memory);
    const detail::WolfeSearch<Scalar> search(options);
    Vector<Scalar> direction, s, y;
    for (;;) {
        if (result.gradient_norm <= static_cast<Scalar>(options.tolerance)) {
            result.status = LbfgsStatus::converged;
            return result;
        }
        if (result.iterations == options.max_iter) {
            result.status = LbfgsStatus::max_iterations;
            return result;
        }
        direction = -point.gradient();
        const bool first = memory.empty();
        memory.apply(direction, precondition);
        if (first && std::is_same_v<Precondition, NoPreconditioner>) direction /= direction.norm();  // of unknown scale
        const detail::LineTrial<Scalar> start{0, result.value, point.gradient().dot(direction)};
        const auto found = search(start, [&](Scalar step) { return point.try_step(direction, step); });
        if (found) {
            point.accept(found->value, s, y);
            memory.add(s, y, precondition);
        } else if (first) {
            result.status = LbfgsStatus::stalled;
            return result;
        }
        if (!found) memory.clear();  // once more, downhill
    }
}

}  // namespace pstar
