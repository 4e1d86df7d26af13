#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/pooled_errors.hpp>

/// Do the other sizes predict the curve of one that was left out?
namespace pstar {

/// The curve of one size as the others predict it.
struct SizePrediction {
    double size = 1;
    CollapseExponents exponents;     ///< of the other sizes
    std::vector<MasterValue> curve;  ///< predicted accuracy at each strength of the size, with its variance
    std::vector<bool> covered;       ///< another size has points on both sides: only these are scored
    std::size_t scored = 0;
    double rms = 0;        ///< sqrt(mean (a - predicted)^2)
    double null_rms = 0;   ///< the same for the others' curves as they are, not stretched: their smooth mean curve
    double error_rms = 0;  ///< sqrt(mean error^2): what is left where the prediction is perfect
    double s = 0;          ///< mean (a - predicted)^2 / (error^2 + variance)
};

/// Every size predicted in turn; means over all scored points.
struct CollapsePrediction {
    std::vector<SizePrediction> sizes;
    std::size_t scored = 0;
    double rms = 0, null_rms = 0, error_rms = 0, s = 0;

    /// Share of the null's squared error, beyond the measurement's own, that the collapse explains: 1 where it predicts
    /// as well as the errors allow, 0 where it is no better than not stretching; may be negative.
    double skill() const {
        const double noise = error_rms * error_rms;
        return 1 - (rms * rms - noise) / (null_rms * null_rms - noise);
    }
};

namespace detail {

inline std::vector<SizeCurve> without(std::span<const SizeCurve> curves, std::size_t left_out) {
    std::vector<SizeCurve> rest;
    for (std::size_t i = 0; i < curves.size(); ++i)
        if (i != left_out) rest.push_back(curves[i]);
    return rest;
}

/// The master curve through all of `scaled` but number `left_out`, at the x of that one.
inline std::vector<MasterValue> predicted_by_others(std::span<const ScaledCurve> scaled, std::size_t left_out) {
    std::vector<ScaledCurve> others(scaled.begin(), scaled.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    return MasterCurve(others).at(scaled[left_out].x);
}

inline SizePrediction predict_size(std::span<const SizeCurve> curves, std::size_t left_out,
                                   const KnownExponents& known) {
    const auto& curve = curves[left_out];
    const auto rest = without(curves, left_out);
    CollapseFrame frame(rest);
    SizePrediction prediction;
    prediction.size = curve.size;
    prediction.exponents = frame.exponents(search_collapse(frame, known).place);
    const auto scaled = scale(curves, prediction.exponents);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto plain = scale(curves, {0, infinity, 0, {}, std::vector(curve.more_sizes.size(), infinity)});
    prediction.curve = predicted_by_others(scaled, left_out);
    const auto null = predicted_by_others(plain, left_out);
    for (std::size_t j = 0; j < curve.points(); ++j) {
        const double height = scaled[left_out].dy[j] / curve.error[j], a = curve.accuracy[j], e = curve.error[j];
        auto& value = prediction.curve[j];
        value = {value.mean / height, value.variance / (height * height)};
        prediction.covered.push_back(overlaps(scaled, left_out, scaled[left_out].x[j]) &&
                                     overlaps(plain, left_out, plain[left_out].x[j]));
        if (!prediction.covered.back()) continue;
        ++prediction.scored;
        prediction.rms += (a - value.mean) * (a - value.mean);
        prediction.null_rms += (a - null[j].mean) * (a - null[j].mean);
        prediction.error_rms += e * e;
        prediction.s += (a - value.mean) * (a - value.mean) / (e * e + value.variance);
    }
    return prediction;
}

/// Sums over `n` points become means; NaN where there are none.
template <class Prediction>
void average(Prediction& sums, std::size_t n) {
    const auto points = static_cast<double>(n);
    sums.rms = std::sqrt(sums.rms / points);
    sums.null_rms = std::sqrt(sums.null_rms / points);
    sums.error_rms = std::sqrt(sums.error_rms / points);
    sums.s /= points;
}

}  // namespace detail

/// Leaves out each size in turn, fits the collapse of the others, and predicts the curve of the size left out through
/// their master curve: at x = L^(1/nu) (p - p_c), back from y to accuracy. Scored are the points that the others reach,
/// stretched and unstretched. The null prediction is the smooth mean curve of the other sizes against strength itself:
/// what one would say without finite-size scaling.
///
/// A size without which too few are left to fit is not predicted: with fewer than three sizes, with one more than a
/// correction to scaling asks for (fitted where `correction` is `fitted`), or where the others' several sizes do not
/// vary apart. Throws as `SizeCurve::validate`, and for options out of range.
inline CollapsePrediction predict_left_out(std::span<const SizeCurve> measured, const CollapseOptions& options = {}) {
    options.validate();
    const auto curves = with_pooled_errors(measured);
    validate(curves);
    CollapsePrediction all;
    for (std::size_t i = 0; i < curves.size() && curves.size() > least_sizes(options.known()); ++i) {
        const auto others = detail::without(curves, i);
        if (first_sizes(others) < least_sizes(options.known()) || !vary_apart(others)) continue;
        auto one = detail::predict_size(curves, i, options.known());
        all.scored += one.scored;
        all.rms += one.rms, all.null_rms += one.null_rms, all.error_rms += one.error_rms, all.s += one.s;
        detail::average(one, one.scored);
        all.sizes.push_back(std::move(one));
    }
    detail::average(all, all.scored);
    return all;
}

}  // namespace pstar
