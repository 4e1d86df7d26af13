#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/scaling/collapse/noise.hpp>
#include <pstar/scaling/collapse/search.hpp>

/// How the best exponents answer to small changes of the accuracies.
namespace pstar::detail {

/// d(score) / d(accuracy), all points in a row: (Y - y) / (h da^2) for the evidence, with the master curve Y at the
/// point and h = (L/L0)^(-zeta/nu); for the agreement the smooth curve through the own size alone takes the place of y.
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
        const double h = std::exp(-place.lift * frame.log_size(i));
        for (std::size_t j = 0; j < own.size(); ++j)
            gradient.push_back((values[j].mean - own[j]) / (h * std::pow(frame.error(i)[j], 2)));
    }
    return gradient;
}

using Hessian = std::array<std::array<double, 3>, 3>;

/// Its inverse, by cofactors.
inline Hessian inverse(const Hessian& m) {
    Hessian result;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            const auto k = (i + 1) % 3, l = (i + 2) % 3, p = (j + 1) % 3, q = (j + 2) % 3;
            result[j][i] = m[k][p] * m[l][q] - m[k][q] * m[l][p];
        }
    const double determinant = result[0][0] * m[0][0] + result[0][1] * m[1][0] + result[0][2] * m[2][0];
    for (auto& row : result)
        for (auto& element : row) element *= 1 / determinant;
    return result;
}

/// Central differences of the score F at its maximum. Steps follow its curvature: about one standard error.
class ScoreCurvature {
public:
    ScoreCurvature(CollapseFrame& frame, const KnownExponents& known, const CollapseOptimum& optimum)
        : frame_(frame),
          score_(final_score(known)),
          exponents_(known),
          length_(optimum.length),
          centre_(exponents_.coordinates(optimum.place)) {
        const CollapseBox box(frame, known);
        const auto low = exponents_.coordinates(box.low), high = exponents_.coordinates(box.high);
        const double top = value(centre_);
        for (std::size_t k = 0; k < centre_.size(); ++k) {
            const double width = high[k] - low[k];
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
        Hessian covariance;                         ///< -(d2F/d theta^2)^-1; 0 where a coordinate is not free
    };
    Response response() const {
        const auto n = centre_.size();
        Hessian hessian{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};  // in units of the steps; a coordinate not free has a 1
        std::vector<std::vector<double>> mixed;
        for (std::size_t k = 0; k < n; ++k) {
            mixed.push_back(gradient(moved(k, step_[k])));
            const auto below = gradient(moved(k, -step_[k]));
            for (std::size_t i = 0; i < below.size(); ++i) mixed[k][i] = (mixed[k][i] - below[i]) / 2;
            for (std::size_t l = 0; l <= k; ++l) hessian[k][l] = hessian[l][k] = second(k, l);
        }
        const auto inverse = detail::inverse(hessian);
        Response result{{n, std::vector<double>(mixed.empty() ? 0 : mixed[0].size())}, {}};
        for (std::size_t k = 0; k < n; ++k) {
            for (std::size_t l = 0; l < n; ++l) result.covariance[k][l] = -inverse[k][l] * step_[k] * step_[l];
            for (std::size_t i = 0; i < result.gradient[k].size(); ++i) {
                double sum = -inverse[k][0] * mixed[0][i];
                for (std::size_t l = 1; l < n; ++l) sum -= inverse[k][l] * mixed[l][i];
                result.gradient[k][i] = sum * step_[k];
            }
        }
        return result;
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
