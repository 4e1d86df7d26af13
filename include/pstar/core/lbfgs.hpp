#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/detail/line_search.hpp>
#include <pstar/core/error.hpp>

namespace pstar {

/// When `lbfgs` ends.
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

/// Why a minimisation ended.
enum class LbfgsStatus {
    converged,       ///< the gradient is within the tolerance
    max_iterations,  ///< not yet, and no more iterations were allowed
    stalled,         ///< no step lowers the objective: it is as low as its precision allows, or its gradient is wrong
    not_finite       ///< the objective or its gradient is not finite at the start
};

/// Where a minimisation ended.
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
    /// Leaves the direction as it is.
    template <class Scalar>
    void operator()(std::span<Scalar>) const {}
};

namespace detail {

template <class Scalar>
inline constexpr bool has_kernels = std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>;

template <class Scalar>
Scalar dot(std::span<const Scalar> a, std::span<const Scalar> b) {
    if constexpr (has_kernels<Scalar>)
        return PSTAR_KERNEL(dot(a.data(), b.data(), a.size()));
    else
        return std::inner_product(a.begin(), a.end(), b.begin(), Scalar{0});
}
/// y <- y + a x
template <class Scalar>
void add_multiple(Scalar a, std::span<const Scalar> x, std::span<Scalar> y) {
    if constexpr (has_kernels<Scalar>)
        PSTAR_KERNEL(add_multiple(a, x.data(), y.data(), x.size()));
    else
        for (std::size_t i = 0; i < x.size(); ++i) y[i] += a * x[i];
}

/// The last pairs s = x' - x, y = g' - g, and what they say about the inverse Hessian.
template <class Scalar>
class LbfgsMemory {
public:
    LbfgsMemory(std::size_t size, std::size_t pairs) : pairs_(pairs), work_(size) {}

    bool empty() const { return count_ == 0; }
    void clear() { count_ = 0; }

    /// Keeps the pair, in place of the oldest; drops it where the curvature s.y is not positive beyond rounding.
    template <class Precondition>
    void add(std::span<const Scalar> s, std::span<const Scalar> y, const Precondition& precondition) {
        const Scalar curvature = dot(s, y);
        const Scalar lengths = std::sqrt(dot(s, s)) * std::sqrt(dot(y, y));
        if (!(curvature > std::numeric_limits<Scalar>::epsilon() * lengths)) return;
        newest_ = (newest_ + 1) % pairs_.size();
        count_ = std::min(count_ + 1, pairs_.size());
        auto& pair = pairs_[newest_];
        pair.s.assign(s.begin(), s.end());
        pair.y.assign(y.begin(), y.end());
        pair.rho = 1 / curvature;
        std::ranges::copy(y, work_.begin());
        precondition(std::span(work_));
        gamma_ = curvature / dot<Scalar>(y, work_);
    }

    /// q <- H q by the two-loop recursion, H_0 = gamma P with gamma = s.y / y.P y. Source: Nocedal & Wright, algorithm
    /// 7.4 and equation (7.20).
    template <class Precondition>
    void apply(std::span<Scalar> q, const Precondition& precondition) {
        for (std::size_t age = 0; age < count_; ++age) {
            auto& [s, y, rho, alpha] = pair(age);
            alpha = rho * dot<Scalar>(s, q);
            add_multiple<Scalar>(-alpha, y, q);
        }
        precondition(q);
        for (Scalar& value : q) value *= gamma_;
        for (auto age = count_; age-- > 0;) {
            const auto& [s, y, rho, alpha] = pair(age);
            add_multiple<Scalar>(alpha - rho * dot<Scalar>(y, q), s, q);
        }
    }

private:
    struct Pair {
        std::vector<Scalar> s, y;
        Scalar rho = 0, alpha = 0;
    };
    Pair& pair(std::size_t age) { return pairs_[(newest_ + pairs_.size() - age) % pairs_.size()]; }

    std::vector<Pair> pairs_;
    std::vector<Scalar> work_;
    Scalar gamma_ = 1;
    std::size_t newest_ = 0, count_ = 0;
};

/// x, f(x) and the gradient there, and the point that a line search tries.
template <class Scalar, class Objective>
class LbfgsPoint {
public:
    LbfgsPoint(Objective& objective, std::span<Scalar> x, LbfgsResult<Scalar>& result)
        : objective_(objective),
          here_(x),
          x_(x.begin(), x.end()),
          gradient_(x.size()),
          trial_gradient_(x.size()),
          result_(result) {
        result_.value = evaluate(gradient_);
        note_norm();
    }
    std::span<const Scalar> gradient() const { return gradient_; }

    /// phi(step) = f(x + step d) and its slope; leaves the gradient there in the trial.
    LineTrial<Scalar> try_step(std::span<const Scalar> direction, Scalar step) {
        std::ranges::copy(here_, x_.begin());
        add_multiple<Scalar>(step, direction, x_);
        const Scalar value = evaluate(trial_gradient_);
        return {step, value, dot<Scalar>(trial_gradient_, direction)};
    }
    /// Moves to the last trial; s and y are the changes of x and of the gradient.
    void accept(Scalar value, std::span<Scalar> s, std::span<Scalar> y) {
        std::ranges::transform(x_, here_, s.begin(), std::minus{});
        std::ranges::transform(trial_gradient_, gradient_, y.begin(), std::minus{});
        std::ranges::copy(x_, here_.begin());
        gradient_.swap(trial_gradient_);
        result_.value = value;
        ++result_.iterations;
        note_norm();
    }

private:
    Scalar evaluate(std::vector<Scalar>& gradient) {
        ++result_.evaluations;
        return static_cast<Scalar>(objective_(std::span<const Scalar>(x_), std::span<Scalar>(gradient)));
    }
    void note_norm() {
        Scalar largest = 0;
        for (const Scalar g : gradient_)
            if (std::isnan(g) || std::abs(g) > largest) largest = std::isnan(largest) ? largest : std::abs(g);
        result_.gradient_norm = largest;
    }

    Objective& objective_;
    std::span<Scalar> here_;
    std::vector<Scalar> x_, gradient_, trial_gradient_;
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
    if (!std::isfinite(result.value) || !std::isfinite(result.gradient_norm)) return result;
    detail::LbfgsMemory<Scalar> memory(x.size(), options.memory);
    const detail::WolfeSearch<Scalar> search(options);
    std::vector<Scalar> direction(x.size()), s(x.size()), y(x.size());
    for (;;) {
        if (result.gradient_norm <= static_cast<Scalar>(options.tolerance)) {
            result.status = LbfgsStatus::converged;
            return result;
        }
        if (result.iterations == options.max_iter) {
            result.status = LbfgsStatus::max_iterations;
            return result;
        }
        std::ranges::transform(point.gradient(), direction.begin(), std::negate{});
        const bool first = memory.empty();
        memory.apply(direction, precondition);
        if (first && std::is_same_v<Precondition, NoPreconditioner>) {  // of unknown scale
            const Scalar length = std::sqrt(detail::dot<Scalar>(direction, direction));
            for (Scalar& value : direction) value /= length;
        }
        const detail::LineTrial<Scalar> start{0, result.value, detail::dot<Scalar>(point.gradient(), direction)};
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
