#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>

#include <pstar/autodiff/activation.hpp>
#include <pstar/ntk/detail/tanh_mixture.hpp>

/// Dual activations, one type each: `dual(c, q_x, q_y)` is the pair E[phi(u) phi(v)] and `unit` E[phi'(u) phi'(v)] for
/// normal (u, v) of variances q_x, q_y and covariance c, and `variance(q)` is E[phi(u)^2]. Formulas:
/// `dual_activation`.
namespace pstar::detail {

template <class Number>
struct Dual {
    Number value, derivative;
};

/// The standard deviations' product; also where that of the variances is out of range.
template <class Number>
Number length_of(Number variance_x, Number variance_y) {
    const Number product = variance_x * variance_y;
    if (product >= std::numeric_limits<Number>::min() && product <= std::numeric_limits<Number>::max()) [[likely]]
        return std::sqrt(product);
    return std::sqrt(variance_x) * std::sqrt(variance_y);
}

/// c over the standard deviations' product, in [-1, 1]; 0 where one is 0.
template <class Number>
Number correlation_of(Number covariance, Number length) {
    return length == 0 ? Number{0} : std::clamp(covariance / length, Number{-1}, Number{1});
}

template <class Number>
struct ReluDual {
    static constexpr Number unit = 2 * std::numbers::pi_v<Number>;

    Dual<Number> operator()(Number covariance, Number variance_x, Number variance_y) const {
        constexpr auto pi = std::numbers::pi_v<Number>;
        const Number length = length_of(variance_x, variance_y);
        if (length == 0) [[unlikely]]
            return {0, 0};  // relu'(0) = 0
        const Number cosine = std::clamp(covariance / length, Number{-1}, Number{1});
        const Number angle = pi - std::acos(cosine);  // pi - theta
        return {length * (std::sqrt((1 - cosine) * (1 + cosine)) + angle * cosine) / (2 * pi), angle};
    }
    Number variance(Number q) const { return q / 2; }
};

/// leak u + (1 - leak) relu(u)
struct LeakyReluDual {
    static constexpr double unit = 1;
    double leak;

    Dual<double> operator()(double covariance, double variance_x, double variance_y) const {
        const double length = length_of(variance_x, variance_y), bend = 1 - leak;
        // leak is the slope at 0, too: P(u > 0) is 0 or 1/2
        if (length == 0) {
            const double above = (variance_x > 0 || variance_y > 0) ? 0.5 : 0;
            return {0, leak * (leak + bend * above)};
        }
        const double cosine = correlation_of(covariance, length);
        const auto [relu, angle] = ReluDual<double>{}(covariance, variance_x, variance_y);
        return {bend * bend * relu + leak * length * cosine, bend * bend * angle / ReluDual<double>::unit + leak};
    }
    double variance(double q) const { return q * (1 + leak * leak) / 2; }
};

struct LinearDual {
    static constexpr double unit = 1;
    Dual<double> operator()(double covariance, double, double) const { return {covariance, 1}; }
    double variance(double q) const { return q; }
};

struct SquareDual {
    static constexpr double unit = 1;
    Dual<double> operator()(double covariance, double variance_x, double variance_y) const {
        return {variance_x * variance_y + 2 * covariance * covariance, 4 * covariance};
    }
    double variance(double q) const { return 3 * q * q; }
};

struct GeluDual {
    static constexpr double unit = 1;
    Dual<double> operator()(double covariance, double variance_x, double variance_y) const {
        const double length = length_of(variance_x, variance_y), rho = correlation_of(covariance, length);
        const double c = rho * length, apart = (1 - rho) * (1 + rho);  // 1 - rho^2, which c would round away
        const double of_x = 1 / (1 + variance_x), of_y = 1 / (1 + variance_y);
        const double root = std::sqrt(1 + (variance_x + variance_y) + length * length * apart);
        const double density = 1 / (2 * std::numbers::pi * root);                    // E[n(u) n(v)], n = Phi'
        const double orthant = 0.25 + std::atan2(c, root) / (2 * std::numbers::pi);  // E[Phi(u) Phi(v)]
        const double squares = length * length * (apart + rho * rho * (of_x + of_y));
        return {density * squares + c * orthant,
                orthant + c * density * (squares / (root * root) + 2 * (of_x + of_y) - 1)};
    }
    double variance(double q) const { return (*this)(q, q, q).value; }
};

/// shift + slope tanh(u / wide): tanh itself, and the logistic function 1/2 + tanh(u/2)/2. The exact sum over all pairs
/// of nodes; `TanhSeries` is fast.
struct TanhDual {
    static constexpr double unit = 1;
    double shift = 0, slope = 1, wide = 1;

    static constexpr TanhDual sigmoid() { return {0.5, 0.5, 2}; }
    Dual<double> scaled(const Dual<double>& of_tanh) const {
        const double chain = slope / wide;
        return {shift * shift + slope * slope * of_tanh.value, chain * chain * of_tanh.derivative};
    }
    /// The variance of u / wide.
    double narrowed(double q) const { return q / (wide * wide); }

    Dual<double> operator()(double covariance, double variance_x, double variance_y) const {
        return scaled(of_tanh(narrowed(covariance), narrowed(variance_x), narrowed(variance_y)));
    }
    /// E[tanh^2] = 1 - E[tanh'], both sides of which are 1 - sqrt(2/pi) E[1/sqrt(K^2 + q)].
    double variance(double q) const {
        const auto& rule = TanhMixture::rule();
        const double narrow = narrowed(q);
        double sum = 0;
        for (std::size_t i = 0; i < rule.nodes; ++i) {  // 1/k - 1/root, without cancellation
            const double k = std::sqrt(rule.square[i]), root = std::sqrt(rule.square[i] + narrow);
            sum += rule.weight[i] * (narrow / root) / (k * (k + root));
        }
        return scaled({std::sqrt(2 / std::numbers::pi) * sum, 0}).value;
    }
    static Dual<double> of_tanh(double covariance, double variance_x, double variance_y) {
        const auto& rule = TanhMixture::rule();
        if (variance_x > variance_y) std::swap(variance_x, variance_y);  // the same bits for (v, u)
        const double length = length_of(variance_x, variance_y), rho = correlation_of(covariance, length);
        const double c = rho * length, rest = length * length * (1 - rho) * (1 + rho);
        Dual<double> sum{0, 0};
        for (std::size_t i = 0; i < rule.nodes; ++i)
            for (std::size_t j = 0; j < rule.nodes; ++j) {
                const double k = rule.square[i], l = rule.square[j], weight = rule.weight[i] * rule.weight[j];
                const double root = std::sqrt(k * l + k * variance_y + l * variance_x + rest);
                sum.value += weight * std::atan2(c, root);
                sum.derivative += weight / root;
            }
        const double factor = 2 / std::numbers::pi;
        return {factor * sum.value, factor * sum.derivative};
    }
};

/// body(dual) with the dual of phi, in doubles.
template <class Body>
auto with_dual(Activation phi, const Body& body) {
    using enum ActivationKind;
    switch (phi.kind()) {
        case leaky_relu:
            return body(LeakyReluDual{phi.leak()});
        case linear:
            return body(LinearDual{});
        case square:
            return body(SquareDual{});
        case gelu:
            return body(GeluDual{});
        case tanh:
            return body(TanhDual{});
        case sigmoid:
            return body(TanhDual::sigmoid());
        default:
            return body(ReluDual<double>{});
    }
}

}  // namespace pstar::detail
