#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

/// What to do with a standard error of 0.
namespace pstar {

/// Number of points with a standard error of 0.
inline std::size_t points_without_error(std::span<const SizeCurve> curves) {
    std::size_t count = 0;
    for (const auto& curve : curves)
        for (const double e : curve.error) count += e == 0;
    return count;
}

/// The curves, with every error of 0 replaced by the root mean square of the other errors of its curve, or of all
/// curves where its own has none. All runs of a point agree at the ends of a curve (accuracy 1, say): this does not
/// mean that the point is known exactly. Taken at its word it would outweigh all others. Throws std::invalid_argument
/// where no error is larger than 0: nothing tells the errors.
inline std::vector<SizeCurve> with_pooled_errors(std::span<const SizeCurve> curves) {
    std::vector<SizeCurve> result(curves.begin(), curves.end());
    const auto without = points_without_error(curves);
    if (without == 0) return result;
    struct Sum {
        double squares = 0, points = 0;
        void add(double e) {
            if (e > 0) squares += e * e, points += 1;
        }
        double pooled() const { return std::sqrt(squares / points); }
    };
    Sum all;
    for (const auto& curve : result)
        for (const double e : curve.error) all.add(e);
    require(all.points > 0, "with_pooled_errors", "points without an error", without,
            "be fewer than all points: repeat runs, or give errors");
    for (auto& curve : result) {
        Sum own;
        for (const double e : curve.error) own.add(e);
        for (double& e : curve.error)
            if (e == 0) e = own.points > 0 ? own.pooled() : all.pooled();
    }
    return result;
}

}  // namespace pstar
