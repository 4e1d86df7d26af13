#pragma once

#include <cmath>
#include <limits>

#include <unsupported/Eigen/SpecialFunctions>

#include <pstar/core/error.hpp>

/// Tails and quantiles of the distributions that error bars are made of. Degrees of freedom may be any positive number,
/// infinity included where a normal or chi-squared limit exists.
namespace pstar {

namespace detail {

/// The x in [low, high] where the increasing function f reaches `target`, by bisection to the last bit.
template <class Function>
double invert_increasing(const Function& f, double target, double low, double high) {
    while (true) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return middle;
        (f(middle) < target ? low : high) = middle;
    }
}

}  // namespace detail

/// P(X >= x) for X chi-squared with `dof` degrees of freedom: Q(dof/2, x/2), the regularised incomplete gamma function.
inline double chi_squared_tail(double x, double dof) {
    require(dof > 0, "chi_squared_tail", "dof", dof, "be positive");
    if (!(x > 0)) return std::isnan(x) ? x : 1.0;
    return std::isinf(x) ? 0.0 : Eigen::numext::igammac(dof / 2, x / 2);
}

/// P(X >= x) for X = (chi2_a / a) / (chi2_b / b), Fisher's F; b = infinity gives the chi-squared tail of a x.
inline double f_tail(double x, double a, double b) {
    require(a > 0, "f_tail", "a", a, "be positive");
    require(b > 0, "f_tail", "b", b, "be positive");
    if (!(x > 0)) return std::isnan(x) ? x : 1.0;
    if (b > 1e6) return chi_squared_tail(a * x, a);
    return std::isinf(x) ? 0.0 : Eigen::numext::betainc(b / 2, a / 2, b / (b + a * x));
}

/// P(|T| >= |t|) for Student's t with `dof` degrees of freedom (both tails); dof = infinity gives the normal law.
inline double student_t_tails(double t, double dof) {
    require(dof > 0, "student_t_tails", "dof", dof, "be positive");
    return f_tail(t * t, 1, dof);
}

/// The t that |T| stays below with probability `confidence` in (0, 1): 2.228 for 0.95 and 10 degrees of freedom.
inline double student_t_quantile(double confidence, double dof) {
    require(confidence > 0 && confidence < 1, "student_t_quantile", "confidence", confidence, "lie in (0, 1)");
    double high = 2;
    while (1 - student_t_tails(high, dof) < confidence) high *= 2;
    return detail::invert_increasing([&](double t) { return 1 - student_t_tails(t, dof); }, confidence, 0, high);
}

/// The x that a chi-squared variable stays below with probability `p` in (0, 1).
inline double chi_squared_quantile(double p, double dof) {
    require(p > 0 && p < 1, "chi_squared_quantile", "p", p, "lie in (0, 1)");
    double high = dof + 1;
    while (1 - chi_squared_tail(high, dof) < p) high *= 2;
    return detail::invert_increasing([&](double x) { return 1 - chi_squared_tail(x, dof); }, p, 0, high);
}

/// The x that Fisher's F of `f_tail` stays below with probability `p` in (0, 1).
inline double f_quantile(double p, double a, double b) {
    require(p > 0 && p < 1, "f_quantile", "p", p, "lie in (0, 1)");
    double high = 2;
    while (1 - f_tail(high, a, b) < p) high *= 2;
    return detail::invert_increasing([&](double x) { return 1 - f_tail(x, a, b); }, p, 0, high);
}

}  // namespace pstar
