#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace pstar {

/// When `nelder_mead` ends.
struct SimplexOptions {
    double tolerance = 1e-7;        ///< stop when the function varies by less over the simplex
    std::size_t evaluations = 400;  ///< at most about so many
};

/// Where it ended: the place, the value there, and whether it converged.
struct SimplexMinimum {
    std::vector<double> x;
    double value;
    bool converged;  ///< to the tolerance, before the evaluations ran out
};

/// A local minimum of f(x) by the simplex method, for functions of a few variables whose derivatives are not at hand;
/// f may be infinite where x is not allowed, but not at `start`. The first simplex is `start` and start + step_k e_k.
/// Source: Nelder & Mead, Comput. J. 7, 308 (1965): reflection 1, expansion 2, contraction and shrinkage 1/2.
template <class Function>
SimplexMinimum nelder_mead(const Function& f, const std::vector<double>& start, const std::vector<double>& step,
                           const SimplexOptions& options = {}) {
    using Vertex = std::pair<double, std::vector<double>>;
    const auto n = start.size();
    std::size_t evaluations = 0;
    const auto vertex = [&](std::vector<double> x) {
        ++evaluations;
        const double value = f(std::as_const(x));
        return Vertex{value, std::move(x)};
    };
    std::vector<Vertex> simplex{vertex(start)};
    for (std::size_t k = 0; k < n; ++k) {
        auto x = start;
        x[k] += step[k];
        simplex.push_back(vertex(std::move(x)));
    }
    const auto sort = [&] {
        std::sort(simplex.begin(), simplex.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    };
    sort();
    bool converged = n == 0;
    while (!converged && evaluations < options.evaluations) {
        const auto& worst = simplex[n].second;
        const auto along = [&](double distance) {  // from the middle of the others towards the worst
            std::vector<double> x(n, 0.0);
            for (std::size_t k = 0; k < n; ++k) {
                for (std::size_t v = 0; v < n; ++v) x[k] += simplex[v].second[k] / static_cast<double>(n);
                x[k] += distance * (worst[k] - x[k]);
            }
            return vertex(std::move(x));
        };
        auto reflected = along(-1);
        if (reflected.first < simplex[0].first) {
            auto expanded = along(-2);
            simplex[n] = std::move(expanded.first < reflected.first ? expanded : reflected);
        } else if (reflected.first < simplex[n - 1].first) {
            simplex[n] = std::move(reflected);
        } else {
            const bool outside = reflected.first < simplex[n].first;
            auto contracted = along(outside ? -0.5 : 0.5);
            if (contracted.first < std::min(reflected.first, simplex[n].first)) {
                simplex[n] = std::move(contracted);
            } else {
                for (std::size_t v = 1; v <= n; ++v) {
                    auto x = simplex[v].second;
                    for (std::size_t k = 0; k < n; ++k) x[k] = (x[k] + simplex[0].second[k]) / 2;
                    simplex[v] = vertex(std::move(x));
                }
            }
        }
        sort();
        converged = simplex[n].first - simplex[0].first < options.tolerance;
    }
    return {simplex[0].second, simplex[0].first, converged};
}

}  // namespace pstar
