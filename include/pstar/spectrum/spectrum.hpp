#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/lapack.hpp>
#include <pstar/core/math.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/spectrum/centre.hpp>

namespace pstar {

/// Whether the numbers of a spectrum mean something.
enum class SpectrumStatus {
    ok,
    zero_trace,     ///< no eigenvalue above the threshold: entropy and effective rank are undefined (NaN)
    indefinite,     ///< a negative eigenvalue beyond rounding: the matrix is no kernel; it was left out like a zero
    not_converged,  ///< LAPACK gave up; nothing else is set
};

/// What counts as zero, and whether the mean is taken away.
struct SpectrumOptions {
    bool centred = false;  ///< of the kernel of centred features, see `centred`
    /// The relative rounding error of the matrix's elements: eigenvalues below n epsilon lambda_max count as zero.
    /// For kernels whose elements were summed in float, `std::numeric_limits<float>::epsilon()`.
    double epsilon = std::numeric_limits<double>::epsilon();

    void validate() const {
        require(epsilon >= 0 && epsilon < 1, "SpectrumOptions", "epsilon", epsilon, "lie in [0, 1)");
    }
};

/// The spectrum of a symmetric positive semi-definite matrix K (n, n) and how spread out it is. With the weights
/// w_i = lambda_i / sum_j lambda_j over the eigenvalues above the threshold n epsilon lambda_max:
///     entropy H = -sum_i w_i log w_i (nats, 0 log 0 = 0),   effective rank exp(H),   1 <= exp(H) <= rank
///     participation ratio (sum lambda)^2 / sum lambda^2 = (tr K)^2 / ||K||_F^2 <= exp(H)
/// Source: Roy & Vetterli, "The effective rank", EUSIPCO 2007, definition 1.
struct Spectrum {
    /// Of a number that the status rules out.
    static constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

    SpectrumStatus status = SpectrumStatus::ok;
    std::vector<double> eigenvalues;    ///< all n, largest first, as LAPACK gave them
    double trace = 0;                   ///< sum of all eigenvalues
    double threshold = 0;               ///< n epsilon lambda_max
    double discarded = 0;               ///< sum of |lambda| below the threshold, as a share of the sum of all |lambda|
    std::size_t rank = 0;               ///< how many are above the threshold
    double entropy = undefined;         ///< -sum w log w in nats, w = lambda/sum lambda
    double effective_rank = undefined;  ///< exp(entropy)
    double participation_ratio = undefined;  ///< (tr K)^2/|K|^2
    double condition = undefined;  ///< largest over smallest eigenvalue above the threshold; K is singular if rank < n
};

namespace detail {

/// The e of 2^e that brings a number into [1/2, 1); 0 for zero. Dividing by it rounds nothing.
inline int exponent_of(double x) {
    int exponent = 0;
    std::frexp(x, &exponent);
    return exponent;
}

}  // namespace detail

/// The numbers of `Spectrum` from eigenvalues in any order; those without a unit do not depend on the eigenvalues'
/// scale. Throws std::invalid_argument for one that is not finite.
inline Spectrum spectrum_of_eigenvalues(std::vector<double> eigenvalues, const SpectrumOptions& options = {}) {
    options.validate();
    Spectrum s;
    std::sort(eigenvalues.rbegin(), eigenvalues.rend());
    s.eigenvalues = std::move(eigenvalues);
    double largest = 0;
    for (const double v : s.eigenvalues) {
        require(std::isfinite(v), "spectrum", "an eigenvalue", v, "be finite");
        largest = std::max(largest, std::abs(v));
        s.trace += v;
    }
    const int exponent = detail::exponent_of(largest);  // squares of scaled eigenvalues neither overflow nor vanish
    double absolute = 0, kept = 0, squares = 0;
    const double threshold =
        static_cast<double>(s.eigenvalues.size()) * options.epsilon * std::ldexp(largest, -exponent);
    s.threshold = std::ldexp(threshold, exponent);
    std::vector<double> weights;
    for (const double eigenvalue : s.eigenvalues) {
        const double v = std::ldexp(eigenvalue, -exponent);
        absolute += std::abs(v);
        if (v < -threshold) s.status = SpectrumStatus::indefinite;
        if (v > threshold) weights.push_back(v), kept += v, squares += v * v;
    }
    s.rank = weights.size();
    s.discarded = absolute == 0 ? 0 : std::max(0.0, (absolute - kept) / absolute);
    if (s.rank == 0) {
        s.status = SpectrumStatus::zero_trace;
        return s;
    }
    s.condition = weights.front() / weights.back();
    for (double& w : weights) w /= kept;
    s.entropy = entropy(weights);
    s.effective_rank = std::exp(s.entropy);
    s.participation_ratio = kept * kept / squares;
    return s;
}

/// The spectrum of a symmetric matrix by LAPACK (dsyevd) in double.
/// Throws std::invalid_argument unless K is square, finite and symmetric to rounding. Uses the threads that
/// `with_threads` allows.
inline Spectrum spectrum(const Tensor<double, 2>& kernel, const SpectrumOptions& options = {}) {
    options.validate();
    const auto n = kernel.shape()[0];
    require(n == kernel.shape()[1], "spectrum", "kernel.shape()[1]", kernel.shape()[1], "equal its number of rows");
    const auto k = as_matrix(kernel);
    const auto is_finite = [](double v) { return std::isfinite(v); };
    require(std::all_of(kernel.data(), kernel.data() + kernel.size(), is_finite), "spectrum", "kernel",
            "an element is not finite", "be finite");
    if (n == 0) return spectrum_of_eigenvalues({}, options);
    double asymmetry = 0, size = 0;
    for (Eigen::Index i = 0; i < k.rows(); ++i)
        for (Eigen::Index j = 0; j < k.cols(); ++j) {
            size = std::max(size, std::abs(k(i, j)));
            asymmetry = std::max(asymmetry, std::abs(k(i, j) - k(j, i)));
        }
    require(asymmetry <= std::max(1e-10, options.epsilon) * size, "spectrum", "kernel's asymmetry", asymmetry,
            "be rounding at most: K = K^T");
    const int exponent = detail::exponent_of(size);  // else LAPACK scales very large and small ones, and rounds
    Tensor<double, 2> scaled = kernel;
    for (std::size_t i = 0; i < scaled.size(); ++i) scaled.data()[i] = std::ldexp(scaled.data()[i], -exponent);
    auto eigenvalues = symmetric_eigenvalues(options.centred ? centred(scaled) : scaled);
    if (eigenvalues)
        for (double& v : *eigenvalues) v = std::ldexp(v, exponent);
    if (eigenvalues) return spectrum_of_eigenvalues(std::move(*eigenvalues), options);
    Spectrum failed;
    failed.status = SpectrumStatus::not_converged;
    return failed;
}

}  // namespace pstar
