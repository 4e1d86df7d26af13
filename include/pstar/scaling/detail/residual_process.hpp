#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>

/// What a family misses of a curve, as a smooth random function. The matrices have some tens of rows: a few loops of our
/// own keep fits free of LAPACK, whose last digits depend on the BLAS, and of the headers of products.
namespace pstar::detail {

/// A lower triangle L with L L' = M, row by row; M is (n, n), row by row, of which the lower half is read.
inline std::vector<double> cholesky(std::vector<double> m, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = m[i * n + j];
            for (std::size_t k = 0; k < j; ++k) sum -= m[i * n + k] * m[j * n + k];
            m[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / m[j * n + j];
        }
    return m;
}
/// x <- (L L')^-1 x.
inline void solve_cholesky(const std::vector<double>& l, std::span<double> x) {
    const auto n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < i; ++k) x[i] -= l[i * n + k] * x[k];
        x[i] /= l[i * n + i];
    }
    for (auto i = n; i-- > 0;) {
        for (auto k = i + 1; k < n; ++k) x[i] -= l[k * n + i] * x[k];
        x[i] /= l[i * n + i];
    }
}

/// Matern's covariance with nu = 5/2, of unit variance: functions with two derivatives.
inline double matern(double distance, double length) {
    const double u = std::sqrt(5.0) * std::abs(distance) / length;
    return (1 + u + u * u / 3) * std::exp(-u);
}

/// A Gaussian process with Matern's covariance (nu = 5/2), seen at places x_i with errors e_i. Its height and length
/// are not known: every pair of a grid counts with its evidence p(r | height, length), flat in both logarithms. Heights
/// go from 1/8 to 8 root mean squares of the residuals, lengths from the smallest gap between places to twice their
/// range.
///
/// Source: Rasmussen & Williams, "Gaussian Processes for Machine Learning" (2006), equations (2.25), (2.30), (4.17).
class ResidualProcess {
public:
    /// `grid` contains all of `x`: x[i] = grid[at[i]].
    ResidualProcess(std::vector<double> grid, std::vector<std::size_t> at, std::vector<double> errors,
                    std::span<const double> residuals)
        : grid_(std::move(grid)), at_(std::move(at)), errors_(std::move(errors)) {
        double squares = 0, gap = grid_.back() - grid_.front();
        for (const double r : residuals) squares += r * r;
        for (std::size_t i = 1; i < at_.size(); ++i) gap = std::min(gap, grid_[at_[i]] - grid_[at_[i - 1]]);
        const double unit = std::sqrt(squares / static_cast<double>(residuals.size()));
        const double range = 2 * (grid_.back() - grid_.front());
        constexpr int lengths = 9, heights = 9;
        double most = -1e300;
        for (int l = 0; l < lengths; ++l)
            for (int h = 0; h < heights; ++h) {
                const Kernel kernel{unit * std::pow(2.0, 0.75 * (h - heights / 2)),
                                    gap * std::pow(range / gap, static_cast<double>(l) / (lengths - 1))};
                kernels_.push_back({kernel, log_evidence(kernel, residuals)});
                most = std::max(most, kernels_.back().weight);
            }
        double sum = 0;
        for (auto& kernel : kernels_) kernel.weight = std::exp(kernel.weight - most);
        std::erase_if(kernels_, [](const auto& kernel) { return kernel.weight < 0.01; });
        for (const auto& kernel : kernels_) sum += kernel.weight;
        smoother_.assign(grid_.size() * at_.size(), 0);
        for (auto& kernel : kernels_) {
            kernel.weight /= sum;
            kernel.smoother = smoother_of(kernel.kernel);
            for (std::size_t i = 0; i < smoother_.size(); ++i) smoother_[i] += kernel.weight * kernel.smoother[i];
        }
    }

    /// The mean of the process on the grid, given the residuals.
    std::vector<double> mean(std::span<const double> residuals) const { return times(smoother_, residuals); }

    /// What the mean may miss without any noise: `count` functions on the grid, each the difference between a process
    /// of the covariance drawn and what the smoother makes of its values at x, plus that of the smoothers.
    std::vector<std::vector<double>> missed(std::size_t count, std::span<const double> residuals,
                                            RandomSequence& random) const {
        std::vector<std::vector<double>> draws;
        const auto together = mean(residuals);
        double share = 0;
        for (const auto& [kernel, weight, smoother] : kernels_) {
            share += weight * static_cast<double>(count);
            const auto wanted = std::min(count, static_cast<std::size_t>(std::lround(share)));
            if (draws.size() >= wanted) continue;
            const auto root = cholesky(covariance(grid_, kernel, 1e-9), grid_.size());
            auto own = times(smoother, residuals);
            for (std::size_t g = 0; g < own.size(); ++g) own[g] -= together[g];
            while (draws.size() < wanted) draws.push_back(missed_by(root, smoother, own, random));
        }
        return draws;
    }

private:
    struct Kernel {
        double height, length;
    };
    struct WeightedKernel {
        Kernel kernel;
        double weight;
        std::vector<double> smoother = {};  ///< (grid, x), row by row
    };

    static std::vector<double> covariance(std::span<const double> places, const Kernel& kernel, double nugget) {
        const auto n = places.size();
        std::vector<double> m(n * n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j <= i; ++j)
                m[i * n + j] = kernel.height * kernel.height *
                               (matern(places[i] - places[j], kernel.length) + (i == j ? nugget : 0));
        return m;
    }
    /// The root of the covariance of the residuals.
    std::vector<double> root_at_places(const Kernel& kernel) const {
        std::vector<double> places;
        for (const auto at : at_) places.push_back(grid_[at]);
        auto m = covariance(places, kernel, 0);
        for (std::size_t i = 0; i < at_.size(); ++i) m[i * at_.size() + i] += errors_[i] * errors_[i];
        return cholesky(std::move(m), at_.size());
    }
    double log_evidence(const Kernel& kernel, std::span<const double> residuals) const {
        const auto root = root_at_places(kernel);
        std::vector<double> solved(residuals.begin(), residuals.end());
        solve_cholesky(root, solved);
        double sum = 0;
        for (std::size_t i = 0; i < at_.size(); ++i)
            sum += residuals[i] * solved[i] / 2 + std::log(root[i * at_.size() + i]);
        return -sum;
    }
    std::vector<double> smoother_of(const Kernel& kernel) const {
        const auto root = root_at_places(kernel);
        std::vector<double> result, row(at_.size());
        for (const double place : grid_) {
            for (std::size_t i = 0; i < at_.size(); ++i)
                row[i] = kernel.height * kernel.height * matern(place - grid_[at_[i]], kernel.length);
            solve_cholesky(root, row);
            result.insert(result.end(), row.begin(), row.end());
        }
        return result;
    }
    std::vector<double> times(const std::vector<double>& smoother, std::span<const double> values) const {
        std::vector<double> result(grid_.size());
        for (std::size_t g = 0; g < result.size(); ++g)
            for (std::size_t i = 0; i < values.size(); ++i) result[g] += smoother[g * values.size() + i] * values[i];
        return result;
    }
    std::vector<double> missed_by(const std::vector<double>& root, const std::vector<double>& smoother,
                                  const std::vector<double>& shift, RandomSequence& random) const {
        const auto n = grid_.size();
        std::vector<double> white(n), path(n);
        for (double& w : white) w = random.normal();
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k <= i; ++k) path[i] += root[i * n + k] * white[k];
        std::vector<double> seen;
        for (const auto at : at_) seen.push_back(path[at]);
        const auto followed = times(smoother, seen);
        for (std::size_t g = 0; g < n; ++g) path[g] += shift[g] - followed[g];
        return path;
    }

    std::vector<double> grid_;
    std::vector<std::size_t> at_;
    std::vector<double> errors_;
    std::vector<WeightedKernel> kernels_;
    std::vector<double> smoother_;  ///< the mean over the kernels
};

}  // namespace pstar::detail
