#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include <pstar/scaling/collapse/noise.hpp>
#include <pstar/scaling/collapse/search.hpp>

/// How the best exponents answer to small changes of the accuracies.
namespace pstar::detail {

/// d(score) / d(accuracy), all points in a row: (Y - y) / (h da^2) for the evidence, with the master curve Y at the
/// point and 1/h the height of the curve; for the agreement the smooth curve through the own size alone takes the place
/// of y.
inline std::vector<double> score_gradient(CollapseFrame& frame, CollapseScore score, const CollapsePlace& place,
                                          double length) {
    const auto scaled = frame.at(place);
    auto smoothness = range_of(scaled);
    smoothness.length = length;
    const MasterCurve master(scaled, smoothness);
    std::vector<double> gradient;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
        const auto values = master.at(scaled[i].x);
        std::vector<double> own = scaled[i].y;
        if (score == CollapseScore::agreement) {
            const auto alone = MasterCurve(scaled.subspan(i, 1), smoothness).at(scaled[i].x);
            for (std::size_t j = 0; j < own.size(); ++j) own[j] = alone[j].mean;
        }
        const double h = std::exp(-frame.log_height(place, i));
        for (std::size_t j = 0; j < own.size(); ++j)
            gradient.push_back((values[j].mean - own[j]) / (h * std::pow(frame.error(i)[j], 2)));
    }
    return gradient;
}

/// A symmetric matrix (n, n), row by row.
using SquareMatrix = std::vector<std::vector<double>>;

/// Its inverse, by Gauss and Jordan's elimination with row pivots; not finite where it is singular.
inline SquareMatrix inverse(SquareMatrix m) {
    const auto n = m.size();
    SquareMatrix result(n, std::vector<double>(n));
    for (std::size_t k = 0; k < n; ++k) result[k][k] = 1;
    for (std::size_t k = 0; k < n; ++k) {
        auto pivot = k;
        for (std::size_t i = k + 1; i < n; ++i)
            if (std::abs(m[i][k]) > std::abs(m[pivot][k])) pivot = i;
        std::swap(m[k], m[pivot]), std::swap(result[k], result[pivot]);
        const double unit = m[k][k];
        for (std::size_t j = 0; j < n; ++j) m[k][j] /= unit, result[k][j] /= unit;
        for (std::size_t i = 0; i < n; ++i) {
            const double share = i == k ? 0 : m[i][k];
            for (std::size_t j = 0; j < n; ++j) m[i][j] -= share * m[k][j], result[i][j] -= share * result[k][j];
        }
    }
    return result;
}

/// Of a positive definite matrix; NaN where it is not.
inline double log_determinant(SquareMatrix m) {
    double sum = 0;
    for (std::size_t k = 0; k < m.size(); ++k) {
        if (!(m[k][k] > 0)) return std::numeric_limits<double>::quiet_NaN();
        sum += std::log(m[k][k]);
        for (std::size_t i = k + 1; i < m.size(); ++i)
            for (std::size_t j = m.size(); j-- > k;) m[i][j] -= m[i][k] / m[k][k] * m[k][j];
    }
    return sum;
}

/// Central differences of the score F at its maximum. Steps follow its curvature: about one standard error.
class ScoreCurvature {
public:
    ScoreCurvature(CollapseFrame& frame, const CollapseBox& box, CollapseScore score, const CollapseOptimum& optimum)
        : frame_(frame),
          score_(score),
          exponents_(box.exponents),
          length_(optimum.length),
          centre_(exponents_.coordinates(optimum.place)) {
        const double top = value(centre_);
        for (std::size_t k = 0; k < centre_.size(); ++k) {
            const double width = box.high[k] - box.low[k];
            double h = 1e-3 * width;
            for (int pass = 0; pass < 2; ++pass) {
                const double drop = top - (value(moved(k, h)) + value(moved(k, -h))) / 2;
                h = std::clamp(drop > 0 ? h / std::sqrt(2 * drop) : 10 * h, 1e-6 * width, 2e-2 * width);
            }
            step_.push_back(h);
        }
    }

    /// What the accuracies do to the free coordinates theta at the maximum.
    struct Response {
        std::vector<std::vector<double>> gradient;  ///< d(theta)/d(accuracy) = -(d2F/d theta^2)^-1 d2F/(d theta d
                                                    ///< accuracy), all points in a row
        SquareMatrix covariance;                    ///< -(d2F/d theta^2)^-1
    };
    Response response() const {
        const auto n = centre_.size();
        std::vector<std::vector<double>> mixed;
        for (std::size_t k = 0; k < n; ++k) {
            mixed.push_back(gradient(moved(k, step_[k])));
            const auto below = gradient(moved(k, -step_[k]));
            for (std::size_t i = 0; i < below.size(); ++i) mixed[k][i] = (mixed[k][i] - below[i]) / 2;
        }
        Response result{{n, std::vector<double>(mixed.empty() ? 0 : mixed[0].size())}, inverse(curvature())};
        auto& covariance = result.covariance;
        for (std::size_t k = 0; k < n; ++k) {
            for (std::size_t i = 0; i < result.gradient[k].size(); ++i)
                for (std::size_t l = 0; l < n; ++l) result.gradient[k][i] += covariance[k][l] * mixed[l][i] * step_[k];
            for (std::size_t l = 0; l < n; ++l) covariance[k][l] *= step_[k] * step_[l];
        }
        return result;
    }

    /// Laplace's log of the integral of e^(F - max F) over the free coordinates, as if F were a parabola; NaN where it
    /// has no maximum here.
    double log_volume() const {
        double sum = -log_determinant(curvature()) / 2;
        for (const double step : step_) sum += std::log(step) + std::log(2 * std::numbers::pi) / 2;
        return sum;
    }

private:
    double value(const std::vector<double>& x) const { return score_of(frame_, score_, exponents_.place(x), length_); }
    std::vector<double> gradient(const std::vector<double>& x) const {
        return score_gradient(frame_, score_, exponents_.place(x), length_);
    }
    std::vector<double> moved(std::size_t k, double by) const {
        auto x = centre_;
        x[k] += by;
        return x;
    }
    /// -d2F/d theta^2 in units of the steps.
    SquareMatrix curvature() const {
        const auto n = centre_.size();
        SquareMatrix result(n, std::vector<double>(n));
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t l = 0; l <= k; ++l) result[k][l] = result[l][k] = -second(k, l);
        return result;
    }
    /// Of the coordinates in units of their steps.
    double second(std::size_t k, std::size_t l) const {
        const auto at = [&](double dk, double dl) {
            auto x = centre_;
            x[k] += dk * step_[k];
            x[l] += dl * step_[l];
            return value(x);
        };
        if (k == l) return at(0.5, 0.5) - 2 * at(0, 0) + at(-0.5, -0.5);
        return (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4;
    }

    CollapseFrame& frame_;
    CollapseScore score_;
    FreeExponents exponents_;
    double length_;
    std::vector<double> centre_, step_;
};

/// Variance of sum_i c_i a_i over all points in a row, and how well it is known.
inline KnownVariance variance_along(std::span<const CurveNoise> noise, const CollapseFrame& frame,
                                    const std::vector<double>& c) {
    VarianceSum sum;
    std::size_t next = 0;
    for (std::size_t i = 0; i < noise.size(); ++i) {
        const auto points = frame.strength(i).size();
        noise[i].add_variance({c.data() + next, points}, sum);
        next += points;
    }
    return sum.total();
}

}  // namespace pstar::detail
