#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/detail/smoothness_prior.hpp>

/// One smooth curve through the points of several sizes, with its standard error, also between them.
namespace pstar {

/// What "smooth" means for the points at hand: over a distance `length`, a third derivative of random sign bends a
/// curve by about `height`.
struct Smoothness {
    double centre = 0;  ///< middle of the range of y
    double height = 1;  ///< range of y
    double length = 1;  ///< in units of x
};

/// Value of the master curve and its variance.
struct MasterValue {
    double mean, variance;
};

namespace detail {

/// A point of one of the curves, on its way into the filter.
struct MasterPoint {
    double x, y, dy;
    std::size_t curve;
    friend bool operator<(const MasterPoint& a, const MasterPoint& b) { return a.x < b.x; }
};

inline std::vector<MasterPoint> in_one_row(std::span<const ScaledCurve> curves) {
    std::vector<MasterPoint> points;
    for (std::size_t i = 0; i < curves.size(); ++i)
        for (std::size_t j = 0; j < curves[i].points(); ++j)
            points.push_back({curves[i].x[j], curves[i].y[j], curves[i].dy[j], i});
    std::sort(points.begin(), points.end());
    return points;
}

/// In units of height and length. No error counts as less than 1e-7 of the height: rounding would decide.
inline CurveSample sample_of(const MasterPoint& p, const Smoothness& smoothness, bool seen) {
    const double error = std::max(1e-7, p.dy / smoothness.height);
    return {p.x / smoothness.length, (p.y - smoothness.centre) / smoothness.height, error * error, seen};
}

/// The points of the curves for which `seen(curve)`, in units of height and length; the others are only asked for.
template <class Seen>
std::vector<CurveSample> samples_of(std::span<const MasterPoint> points, const Smoothness& smoothness,
                                    const Seen& seen) {
    std::vector<CurveSample> samples;
    samples.reserve(points.size());
    for (const auto& p : points) samples.push_back(sample_of(p, smoothness, seen(p.curve)));
    return samples;
}

/// sum over the curves of log p(curve): each is smooth, and no two have anything to do with each other.
inline double log_evidence_apart(std::span<const ScaledCurve> curves, const Smoothness& smoothness) {
    double sum = 0;
    std::vector<CurveSample> samples;
    for (const auto& curve : curves) {
        samples.clear();
        for (std::size_t j = 0; j < curve.points(); ++j)
            samples.push_back(sample_of({curve.x[j], curve.y[j], curve.dy[j], 0}, smoothness, true));
        sum += log_evidence(samples);
    }
    return sum;
}

/// Centre and height of the points. Constant points have the largest error for their height.
inline Smoothness range_of(std::span<const ScaledCurve> curves) {
    double low = 0, high = 0, error = 0;
    bool first = true;
    for (const auto& curve : curves)
        for (std::size_t j = 0; j < curve.points(); ++j) {
            low = first ? curve.y[j] : std::min(low, curve.y[j]);
            high = first ? curve.y[j] : std::max(high, curve.y[j]);
            error = std::max(error, curve.dy[j]);
            first = false;
        }
    return {(low + high) / 2, std::max(high - low, error), 1};
}

/// Smallest and largest x.
struct Extent {
    double low, high;
};

inline Extent extent_of(std::span<const ScaledCurve> curves) {
    Extent extent{curves[0].x.front(), curves[0].x.back()};
    for (const auto& curve : curves)
        extent = {std::min(extent.low, curve.x.front()), std::max(extent.high, curve.x.back())};
    return extent;
}

/// The place between `low` and `high` where `f`, which has one peak there, is largest, after `narrowings` of the golden
/// section.
template <class Function>
double golden_maximum(const Function& f, double low, double high, int narrowings) {
    constexpr double golden = 0.6180339887498949;
    double a = high - golden * (high - low), b = low + golden * (high - low), at_a = f(a), at_b = f(b);
    for (int i = 0; i < narrowings; ++i)
        if (at_a > at_b) {
            high = b, b = a, at_b = at_a, a = high - golden * (high - low), at_a = f(a);
        } else {
            low = a, a = b, at_a = at_b, b = low + golden * (high - low), at_b = f(b);
        }
    return (low + high) / 2;
}

/// Logarithms of lengths of the smoothness.
struct LogLengths {
    double best;       ///< the curves, each by itself, are most probable
    double low, high;  ///< between these each is, on average, at least e^-4 times as probable
};

/// 25 lengths from 1/1000 to 10 times the range of x, then a golden section between the neighbours of the best.
inline LogLengths choose_lengths(std::span<const ScaledCurve> curves, Smoothness smoothness) {
    const auto extent = extent_of(curves);
    const double range = extent.high > extent.low ? extent.high - extent.low : 1;
    const auto evidence = [&](double log_length) {
        smoothness.length = std::exp(log_length);
        return log_evidence_apart(curves, smoothness);
    };
    constexpr std::size_t lengths = 25;
    constexpr int narrowings = 16;
    const double as_good = 4 * static_cast<double>(curves.size());  // nats
    const double first = std::log(range / 1000), step = std::log(1e4) / (lengths - 1);
    const auto length = [&](std::size_t i) { return first + step * static_cast<double>(i); };
    std::array<double, lengths> at{};
    for (std::size_t i = 0; i < lengths; ++i) at[i] = evidence(length(i));
    const auto best = static_cast<std::size_t>(std::max_element(at.begin(), at.end()) - at.begin());
    const auto falls_between = [&](std::size_t in, std::size_t out) {  // by interpolation
        return length(in) + (length(out) - length(in)) * (at[in] - (at[best] - as_good)) / (at[in] - at[out]);
    };
    LogLengths result{golden_maximum(evidence, length(best) - step, length(best) + step, narrowings), length(0),
                      length(lengths - 1)};
    for (std::size_t i = best; i > 0; --i)
        if (at[i - 1] < at[best] - as_good) {
            result.low = falls_between(i, i - 1);
            break;
        }
    for (std::size_t i = best; i + 1 < lengths; ++i)
        if (at[i + 1] < at[best] - as_good) {
            result.high = falls_between(i, i + 1);
            break;
        }
    return result;
}

}  // namespace detail

/// The smoothness for which the curves, each by itself, are most probable. What they have in common plays no part, so
/// that disagreement between sizes cannot pass for roughness.
inline Smoothness choose_smoothness(std::span<const ScaledCurve> curves) {
    require(!curves.empty(), "choose_smoothness", "number of curves", curves.size(), "be at least 1");
    auto smoothness = detail::range_of(curves);
    smoothness.length = std::exp(detail::choose_lengths(curves, smoothness).best);
    return smoothness;
}

/// A Gaussian process through the points of several curves: f''' is white noise, i.e. f is the quintic smoothing spline
/// whose stiffness the evidence chose. Unlike a straight line between neighbours it follows a bend, and unlike a local
/// polynomial it knows how little it knows between points far apart: its error grows there.
///
/// Source: Wahba, "Improper priors, spline smoothing and the problem of guarding against model errors in regression",
/// J. R. Stat. Soc. B 40, 364 (1978); as a state space, Kohn & Ansley, SIAM J. Sci. Stat. Comput. 8, 33 (1987). In
/// finite-size scaling (with another kernel): Harada, arXiv:1102.4149v3.
class MasterCurve {
public:
    /// Throws std::invalid_argument without curves.
    explicit MasterCurve(std::span<const ScaledCurve> curves) : MasterCurve(curves, choose_smoothness(curves)) {}
    /// The smooth curve through all points, for that smoothness.
    MasterCurve(std::span<const ScaledCurve> curves, const Smoothness& smoothness)
        : points_(detail::in_one_row(curves)), curves_(curves.size()), smoothness_(smoothness) {}

    /// The smoothness it was made with.
    const Smoothness& smoothness() const { return smoothness_; }

    /// The curve at each of `x` (any order), through all points.
    std::vector<MasterValue> at(std::span<const double> x) const { return at_without(curves_, x); }
    /// The curve at each of `x`, through the points of all curves but number `left_out`.
    std::vector<MasterValue> at_without(std::size_t left_out, std::span<const double> x) const {
        auto points = points_;
        for (std::size_t i = 0; i < x.size(); ++i) points.push_back({x[i], 0, 0, curves_ + i});
        std::sort(points.begin(), points.end());
        const auto values = detail::smooth(detail::samples_of(
            points, smoothness_, [&](std::size_t curve) { return curve < curves_ && curve != left_out; }));
        std::vector<MasterValue> result(x.size());
        const double height = smoothness_.height;
        for (std::size_t t = 0; t < points.size(); ++t)
            if (points[t].curve >= curves_)
                result[points[t].curve - curves_] = {smoothness_.centre + height * values[t].mean,
                                                     height * height * values[t].variance};
        return result;
    }

private:
    std::vector<detail::MasterPoint> points_;
    std::size_t curves_;
    Smoothness smoothness_;
};

}  // namespace pstar
