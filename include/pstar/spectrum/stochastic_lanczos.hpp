#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/spectrum/detail/lanczos.hpp>
#include <pstar/spectrum/largest_eigenvalues.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/spectrum/symmetric_operator.hpp>

namespace pstar {

/// A number known from random probes.
struct ProbeEstimate {
    double value = 0;
    double standard_error = 0;  ///< of the mean over probes; NaN with a single one
};

/// How `estimate_spectrum` probes.
struct ProbeOptions {
    std::size_t probes = 10;   ///< random vectors of signs, at least 1; error bars need 2
    std::size_t steps = 40;    ///< of Lanczos for each probe, at least 2: the quadrature has that many nodes
    std::size_t deflate = 10;  ///< largest eigenvalues taken out and treated exactly, at most n/2; 0: none
    std::uint64_t seed = 0;

    void validate() const {
        require(probes >= 1, "ProbeOptions", "probes", probes, "be at least 1");
        require(steps >= 2, "ProbeOptions", "steps", steps, "be at least 2");
    }
};

/// The numbers of `Spectrum` without a matrix, each with an error bar.
struct SpectrumEstimate {
    SpectrumStatus status = SpectrumStatus::ok;
    ProbeEstimate trace, entropy, effective_rank, participation_ratio;
    /// The quadrature's own share of the error, not part of the standard errors: the entropy of these probes with
    /// infinitely many steps lies between entropy - quadrature_error and entropy. More `steps` shrink it.
    double quadrature_error = 0;
    std::vector<double> largest;  ///< the eigenvalues that were treated exactly, largest first
    std::size_t products = 0;     ///< products with K
};

namespace detail {

inline double x_log_x(double x) {
    return x > 0 ? x * std::log(x) : 0;
}

/// One probe's quadratures: z^T K z, z^T K log K z from below (Gauss) and above (Gauss-Radau with a node at 0), |K
/// z|^2.
struct ProbeMoments {
    double trace = 0, entropy_low = 0, entropy_high = 0, square = 0;
};

/// Of T (m, m) with beta_m, for |z|^2 = weight. The even derivatives of x log x are positive on x > 0 and the odd ones
/// from the third on negative, hence Gauss's rule is below and Radau's at the left end above the integral.
/// Source: Golub & Meurant, "Matrices, Moments and Quadrature", 1993, theorems 3.1 and 3.2.
template <SymmetricOperator Op>
ProbeMoments probe_moments(const Lanczos<Op>& lanczos, double weight) {
    ProbeMoments result;
    const auto integrate = [&](const auto& solver, const auto& add) {
        for (Eigen::Index i = 0; i < solver.eigenvalues().size(); ++i) {
            const double tau = solver.eigenvectors()(0, i);
            add(weight * tau * tau, solver.eigenvalues()[i]);
        }
    };
    integrate(lanczos.decomposition(), [&](double w, double node) {
        result.trace += w * node;
        result.entropy_low += w * x_log_x(node);
        result.square += w * node * node;
    });
    result.entropy_high = result.entropy_low;
    std::vector<double> diagonal = lanczos.diagonal(), off_diagonal = lanczos.off_diagonal();
    double pivot = diagonal[0];  // of T = L D L^T: the last one makes the enlarged T singular
    for (std::size_t i = 1; i < diagonal.size() && pivot > 0; ++i)
        pivot = diagonal[i] - off_diagonal[i - 1] * off_diagonal[i - 1] / pivot;
    if (lanczos.last() == 0 || !(pivot > 0))
        return result;  // the rule is exact, or rounding hides which side zero is on
    diagonal.push_back(lanczos.last() * lanczos.last() / pivot);
    off_diagonal.push_back(lanczos.last());
    const auto m = static_cast<Eigen::Index>(diagonal.size());
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> radau;
    radau.computeFromTridiagonal(ConstVectorMap<double>(diagonal.data(), m),
                                 ConstVectorMap<double>(off_diagonal.data(), m - 1), Eigen::ComputeEigenvectors);
    result.entropy_high = 0;
    integrate(radau, [&](double w, double node) { result.entropy_high += w * x_log_x(node); });
    result.entropy_high = std::max(result.entropy_high, result.entropy_low);
    return result;
}

/// The mean over probes of a number of each.
template <class Value>
ProbeEstimate mean_over(const std::vector<ProbeMoments>& probes, const Value& value) {
    const auto count = static_cast<double>(probes.size());
    double sum = 0, squares = 0;
    for (const auto& probe : probes) sum += value(probe);
    const double mean = sum / count;
    for (const auto& probe : probes) squares += (value(probe) - mean) * (value(probe) - mean);
    return {mean, std::sqrt(squares / (count * (count - 1)))};
}

/// The moments of K from those of the eigenvalues that are known and those of the rest, which the probes saw: the
/// numbers of `SpectrumEstimate`, standard errors to first order.
inline void finish(const ProbeMoments& known, const std::vector<ProbeMoments>& probes, SpectrumEstimate& result) {
    const auto rest = [&](auto member) { return mean_over(probes, [&](const auto& p) { return p.*member; }); };
    result.trace = rest(&ProbeMoments::trace);
    const double t = result.trace.value += known.trace;
    const double s = known.entropy_low + rest(&ProbeMoments::entropy_low).value;
    const double s_high = known.entropy_high + rest(&ProbeMoments::entropy_high).value;
    const double square = known.square + rest(&ProbeMoments::square).value;
    if (!(t > 0) || !(square > 0)) {
        result.status = SpectrumStatus::zero_trace;
        result.entropy = result.effective_rank =
            result.participation_ratio = {Spectrum::undefined, Spectrum::undefined};
        return;
    }
    const double h = std::log(t) - s / t, by_trace = (1 + s / t) / t;  // dH = by_trace dT - dS/T
    const auto error = [&](const auto& influence) { return mean_over(probes, influence).standard_error; };
    result.entropy = {h, error([&](const auto& p) { return by_trace * p.trace - p.entropy_low / t; })};
    result.effective_rank = {std::exp(h), std::exp(h) * result.entropy.standard_error};
    const double ratio = t * t / square;
    result.participation_ratio = {ratio,
                                  ratio * error([&](const auto& p) { return 2 * p.trace / t - p.square / square; })};
    result.quadrature_error = (s_high - s) / t;
}

inline Vector<double> probe_vector(Eigen::Index n, const ProbeOptions& options, std::size_t number) {
    return random_signs(n, {Seed{options.seed}, Stream::lanczos_probe, 0, static_cast<std::uint32_t>(number)});
}

}  // namespace detail

/// The trace of an operator by Hutchinson's estimator: the mean of z^T K z over vectors z of random signs. The relative
/// variance for one z is 2 sum_{i != j} K_ij^2 / (tr K)^2; `estimate_spectrum`, which takes the largest eigenvalues out
/// first, has less for kernels. Source: Hutchinson, Commun. Stat. Simul. 18 (1989) 1059.
template <SymmetricOperator Op>
ProbeEstimate estimate_trace(const Op& op, const ProbeOptions& options = {}) {
    options.validate();
    std::vector<detail::ProbeMoments> probes(options.probes);
    Vector<double> product(op.rows());
    for (std::size_t i = 0; i < options.probes; ++i) {
        const auto z = detail::probe_vector(op.rows(), options, i);
        op.perform_op(z.data(), product.data());
        probes[i].trace = z.dot(product);
    }
    return detail::mean_over(probes, [](const auto& probe) { return probe.trace; });
}

/// Entropy, effective rank, trace and participation ratio of a positive semi-definite operator by stochastic Lanczos
/// quadrature. With T = tr K and S = tr(K log K),
///     H = log T - S/T,
/// T and S by Hutchinson's estimator with the same probes, z^T K log K z by the Gauss rule of `steps` Lanczos steps.
/// The `deflate` largest eigenvalues are found first and the probes kept orthogonal to their eigenvectors, which takes
/// away most of the variance. Standard errors by the delta method over probes. Memory: n max(steps, 10 deflate + 100)
/// numbers. Sources: Ubaru, Chen & Saad, SIAM J. Matrix Anal. Appl. 38 (2017) 1075; deflation as in Meyer et al.,
/// "Hutch++", arXiv:2010.09649.
template <SymmetricOperator Op>
SpectrumEstimate estimate_spectrum(const Op& op, const ProbeOptions& options = {}) {
    options.validate();
    const auto n = static_cast<std::size_t>(op.rows());
    const auto deflate = std::min(options.deflate, n / 2), steps = std::min(options.steps, n);
    SpectrumEstimate result;
    detail::ProbeMoments known;
    Matrix<double> away(0, op.rows());
    if (deflate > 0) {
        auto top = largest_eigenvalues(op, deflate, {.tolerance = 1e-6, .seed = options.seed});
        for (const double value : top.values) {
            known.trace += value;
            known.entropy_low += detail::x_log_x(value);
            known.square += value * value;
        }
        known.entropy_high = known.entropy_low;
        result.products = top.products;
        result.largest = std::move(top.values);
        away = std::move(top.vectors);
    }
    std::vector<detail::ProbeMoments> probes(options.probes);
    for (std::size_t i = 0; i < options.probes && n > 0; ++i) {
        auto z = detail::probe_vector(op.rows(), options, i);
        detail::take_away(away, away.rows(), z);
        detail::Lanczos<Op> lanczos(op, steps, &away);
        if (!lanczos.begin(z)) continue;
        for (std::size_t step = 0; step < steps && lanczos.step(); ++step) continue;
        result.products += static_cast<std::size_t>(lanczos.steps());
        probes[i] = detail::probe_moments(lanczos, z.squaredNorm());
    }
    detail::finish(known, probes, result);
    return result;
}

}  // namespace pstar
