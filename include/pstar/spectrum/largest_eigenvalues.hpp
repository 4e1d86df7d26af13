#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/spectrum/detail/lanczos.hpp>
#include <pstar/spectrum/symmetric_operator.hpp>

namespace pstar {

/// When the search ends.
struct LargestEigenvaluesOptions {
    double tolerance = 1e-10;    ///< on |K v - lambda v| / lambda_max
    std::size_t most_steps = 0;  ///< products with K and vectors of length n held; 0: 10 k + 100, at most n
    std::uint64_t seed = 0;      ///< of the starting vector
};

/// Whether the eigenvalues are as exact as asked for.
enum class LargestEigenvaluesStatus {
    converged,
    not_converged,  ///< some residual is above the tolerance after the last step; `residuals` says which
};

/// The k algebraically largest eigenvalues of an operator and their eigenvectors.
struct LargestEigenvalues {
    LargestEigenvaluesStatus status = LargestEigenvaluesStatus::converged;
    std::vector<double> values;     ///< largest first
    std::vector<double> residuals;  ///< |K v - lambda v| of each: an eigenvalue lies within that distance
    Matrix<double> vectors;         ///< (k, n), rows orthonormal
    std::size_t products = 0;       ///< products with K
};

/// By Lanczos's method with full reorthogonalisation, without restarts. Where the space of one starting vector is
/// exhausted it continues from another, so that multiple eigenvalues of small matrices are all found; of those of a
/// large one some copies may be missed, as with every Krylov method. Throws std::invalid_argument unless 1 <= k <= n
/// and k <= most_steps.
template <SymmetricOperator Op>
LargestEigenvalues largest_eigenvalues(const Op& op, std::size_t k, const LargestEigenvaluesOptions& options = {}) {
    const auto n = static_cast<std::size_t>(op.rows());
    require(k >= 1 && k <= n, "largest_eigenvalues", "k", k, "be at least 1 and at most the operator's rows");
    require(options.tolerance > 0, "largest_eigenvalues", "tolerance", options.tolerance, "be positive");
    const auto most = std::min(n, options.most_steps == 0 ? 10 * k + 100 : options.most_steps);
    require(k <= most, "largest_eigenvalues", "most_steps", options.most_steps, "be at least k");

    detail::Lanczos<Op> lanczos(op, most);
    std::uint32_t starts = 0;
    const auto begin = [&] {
        const RandomStream stream{Seed{options.seed}, Stream::lanczos_start, 0, starts++};
        return lanczos.begin(detail::random_signs(op.rows(), stream));
    };
    begin();
    LargestEigenvalues result;
    const auto wanted = static_cast<Eigen::Index>(k);
    for (std::size_t step = 1; step <= most; ++step) {
        const bool more = lanczos.step();
        bool exhausted = false;
        if (!more) {
            exhausted = true;
            for (int attempt = 0; attempt < 8 && exhausted && step < most; ++attempt) exhausted = !begin();
        }
        const bool last = step == most || exhausted;
        if (!last && (step < k + 5 || step % 10 != 0)) continue;
        const auto ritz = lanczos.decomposition();
        const auto m = lanczos.steps(), found = std::min(m, wanted);
        const double scale = ritz.eigenvalues().cwiseAbs().maxCoeff();
        result = {};
        bool good = found == wanted;
        for (Eigen::Index i = 0; i < found; ++i) {
            result.values.push_back(ritz.eigenvalues()[m - 1 - i]);
            result.residuals.push_back(lanczos.last() * std::abs(ritz.eigenvectors()(m - 1, m - 1 - i)));
            good = good && result.residuals.back() <= options.tolerance * scale;
        }
        if (!good && !last) continue;
        result.status = good ? LargestEigenvaluesStatus::converged : LargestEigenvaluesStatus::not_converged;
        result.vectors =
            ritz.eigenvectors().rightCols(found).rowwise().reverse().transpose() * lanczos.basis().topRows(m);
        result.products = step;
        break;
    }
    return result;
}

}  // namespace pstar
