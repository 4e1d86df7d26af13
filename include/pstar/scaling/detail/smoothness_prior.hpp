#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

/// Curves that are smooth, and nothing else: a twice integrated random walk, filtered and smoothed in O(points).
namespace pstar::detail {

/// A measurement of a curve of unit height and unit length scale; `variance` > 0. With `seen` = false it is only asked
/// for.
struct CurveSample {
    double x, y, variance;
    bool seen;
};

/// Value and variance of a curve at one place.
struct CurveValue {
    double mean, variance;
};

/// The curve f at the place that the filter has reached: means of (f, f', f'') and their covariance p_ij, i <= j.
struct CurveState {
    double f, f1, f2;
    double p00, p01, p02, p11, p12, p22;
};

/// Before the first point anything goes: sd 3 for the value and, per unit length, for both derivatives.
inline CurveState unknown_curve() {
    return {0, 0, 0, 9, 0, 0, 9, 0, 9};
}

/// Advances by h >= 0: f''' is white noise of unit intensity, so that (f, f', f'') <- A (f, f', f''), P <- A P A' + Q,
///     A = [1 h h^2/2; 0 1 h; 0 0 1],   Q = [h^5/20 h^4/8 h^3/6; h^4/8 h^3/3 h^2/2; h^3/6 h^2/2 h].
inline void advance(CurveState& s, double h) {
    const double half = h * h / 2;
    s.f += h * s.f1 + half * s.f2;
    s.f1 += h * s.f2;
    const double b00 = s.p00 + h * s.p01 + half * s.p02, b01 = s.p01 + h * s.p11 + half * s.p12;
    const double b02 = s.p02 + h * s.p12 + half * s.p22, b11 = s.p11 + h * s.p12, b12 = s.p12 + h * s.p22;
    s.p00 = b00 + h * b01 + half * b02 + half * half * h / 5;
    s.p01 = b01 + h * b02 + half * half / 2;
    s.p02 = b02 + half * h / 3;
    s.p11 = b11 + h * b12 + half * h * 2 / 3;
    s.p12 = b12 + half;
    s.p22 += h;
}

/// Takes a measurement in, whose innovation is e with variance F = p00 + variance.
inline void take_in(CurveState& s, double e, double F) {
    const double k0 = s.p00 / F, k1 = s.p01 / F, k2 = s.p02 / F;
    s.f += k0 * e;
    s.f1 += k1 * e;
    s.f2 += k2 * e;
    s.p22 -= k2 * s.p02;
    s.p12 -= k1 * s.p02;
    s.p11 -= k1 * s.p01;
    s.p02 -= k0 * s.p02;
    s.p01 -= k0 * s.p01;
    s.p00 -= k0 * s.p00;
}

/// log p(y) of the samples seen, x ascending, under the prior and their own errors: the Kalman filter's
///     -1/2 sum log(2 pi F_t) + e_t^2 / F_t.
inline double log_evidence(std::span<const CurveSample> samples) {
    auto state = unknown_curve();
    double squares = 0, product = 1, logs = 0, last = samples.empty() ? 0 : samples[0].x;
    std::size_t terms = 0;
    for (const auto& sample : samples) {
        if (!sample.seen) continue;
        advance(state, sample.x - last);
        last = sample.x;
        const double F = state.p00 + sample.variance, e = sample.y - state.f;
        squares += e * e / F;
        product *= F;
        if (++terms % 8 == 0) logs += std::log(product), product = 1;
        take_in(state, e, F);
    }
    return -0.5 * (static_cast<double>(terms) * std::log(2 * std::numbers::pi) + logs + std::log(product) + squares);
}

using Triple = std::array<double, 3>;
using Square = std::array<Triple, 3>;  // rows

inline double dot(const Triple& a, const Triple& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
/// r <- M' r,  N <- M' N M; `columns` are those of M.
inline void step_back(const Square& columns, Triple& r, Square& N) {
    r = {dot(columns[0], r), dot(columns[1], r), dot(columns[2], r)};
    Square left;  // M' N
    for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t i = 0; i < 3; ++i) left[i][j] = dot(columns[i], {N[0][j], N[1][j], N[2][j]});
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) N[i][j] = dot(left[i], columns[j]);
}

/// The curve at every sample, given all that are seen; x ascending.
/// Source: Durbin & Koopman, "Time Series Analysis by State Space Methods", 2nd ed., section 4.4: backwards through
///     r <- Z e/F + L' r,   N <- Z Z'/F + L' N L,   L = I - P Z Z'/F,   mean = f + (P r)_0,   variance = (P - P N
///     P)_00.
inline std::vector<CurveValue> smooth(std::span<const CurveSample> samples) {
    std::vector<CurveState> predicted;
    auto state = unknown_curve();
    for (std::size_t t = 0; t < samples.size(); ++t) {
        if (t > 0) advance(state, samples[t].x - samples[t - 1].x);
        predicted.push_back(state);
        if (samples[t].seen) take_in(state, samples[t].y - state.f, state.p00 + samples[t].variance);
    }
    Triple r{};
    Square N{};
    std::vector<CurveValue> values(samples.size());
    for (std::size_t t = samples.size(); t-- > 0;) {
        const auto& s = predicted[t];
        const Triple column{s.p00, s.p01, s.p02};  // P Z
        if (samples[t].seen) {
            const double F = s.p00 + samples[t].variance;
            const Triple first{1 - column[0] / F, -column[1] / F, -column[2] / F};  // column of L
            step_back({{first, {0, 1, 0}, {0, 0, 1}}}, r, N);
            r[0] += (samples[t].y - s.f) / F;
            N[0][0] += 1 / F;
        }
        const Triple turned{dot(N[0], column), dot(N[1], column), dot(N[2], column)};
        values[t] = {s.f + dot(column, r), std::max(0.0, s.p00 - dot(column, turned))};
        if (t == 0) break;
        const double h = samples[t].x - samples[t - 1].x;
        step_back({{{1, 0, 0}, {h, 1, 0}, {h * h / 2, h, 1}}}, r, N);
    }
    return values;
}

}  // namespace pstar::detail
