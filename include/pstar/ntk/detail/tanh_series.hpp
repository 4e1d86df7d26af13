#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include <pstar/ntk/detail/duals.hpp>
#include <pstar/ntk/detail/tanh_kernels.hpp>
#include <pstar/ntk/detail/tanh_mixture.hpp>

namespace pstar::detail {

/// The dual of tanh as a series in the correlation, for all pairs of two sets of images. tanh(u), u normal of variance
/// q, has only odd Hermite coefficients, sqrt(q) b_k of order 2k + 1, so that
///     E[tanh(u) tanh(v)] = c sum_k b_k(q_x) b_k(q_y) rho^2k,   E[tanh'(u) tanh'(v)] = sum_k (2k + 1) b_k b_k rho^2k,
///     b_k(q)^2 = 2/pi a_k E[(q/(K^2 + q))^k / sqrt(K^2 + q)]^2,   arcsin(z) = sum_k a_k z^(2k+1)
/// up to signs that are those of both (-1)^k: the closed form for erf, averaged by `TanhMixture`, term by term. The
/// coefficients belong to an image, so a pair costs three multiplications and additions a term, in `lanes` pairs at a
/// time. An image's coefficients end where they are below 1e-8 of the first; from then on they are stored as 0, which
/// changes no bit: a pair's numbers are those it has alone. b_k falls like exp(-pi sqrt(k / 2q)): 13 terms for q =
/// 0.1, 74 for 1, all 256 beyond 4. Pairs whose coefficients do not end and with rho^2 > 0.92, where rho^512 is no
/// longer below 1e-9, have the exact double sum. Relative to equal images of these variances, values are good to 1e-9
/// and derivatives to 4e-8, the worst where one variance is 1 and the other 60; to 1e-13 where they are alike.
class TanhSeries {
public:
    static constexpr std::size_t lanes = 8, most_terms = 256;
    using Lanes = std::array<double, lanes>;

    explicit TanhSeries(std::span<const double> variances) : variance_(variances.begin(), variances.end()) {
        std::vector<double> all(variances.size() * most_terms);
        std::vector<std::size_t> terms;
        for (std::size_t n = 0; n < variances.size(); ++n) {
            terms.push_back(coefficients(variances[n], std::span(all).subspan(n * most_terms, most_terms)));
            terms_ = std::max(terms_, terms.back());
            is_long_.push_back(terms.back() == most_terms);
        }
        const std::size_t blocks = (variances.size() + lanes - 1) / lanes;
        variance_.resize(blocks * lanes, 0);
        is_long_.resize(blocks * lanes, 0);
        blocks_.resize(blocks * terms_);
        for (std::size_t n = 0; n < variances.size(); ++n)
            for (std::size_t k = 0; k < terms[n]; ++k)
                blocks_[n / lanes * terms_ + k][n % lanes] = all[n * most_terms + k];
    }
    std::size_t blocks() const { return variance_.size() / lanes; }

    /// Image i of this set with those of `block` of the other, whose covariances are c: values and derivatives.
    void operator()(std::size_t i, const TanhSeries& other, std::size_t block, const Lanes& c, Lanes& value,
                    Lanes& derivative) const {
        Lanes square, p, slope;  // rho^2; p(rho^2) = sum_k b_k b_k rho^2k, and p'
        const double* const variance = &other.variance_[block * lanes];
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const double rho = correlation_of(c[lane], length_of(variance_[i], variance[lane]));
            square[lane] = rho * rho;
        }
        static_assert(lanes == 8);
        const double* const of_x = blocks_[i / lanes * terms_].data() + i % lanes;
        const double* const of_y = other.blocks_[block * other.terms_].data();
        const auto terms = std::min(terms_, other.terms_);
        PSTAR_KERNEL(polynomials(terms, of_x, of_y, square.data(), p.data(), slope.data()));
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            value[lane] = c[lane] * p[lane];
            derivative[lane] = p[lane] + 2 * square[lane] * slope[lane];
        }
        if (!is_long_[i]) return;
        for (std::size_t lane = 0; lane < lanes; ++lane)
            if (other.is_long_[block * lanes + lane] && square[lane] > 0.92) {
                const auto exact = TanhDual::of_tanh(c[lane], variance_[i], variance[lane]);
                value[lane] = exact.value, derivative[lane] = exact.derivative;
            }
    }

private:
    /// b_0, b_1, ... and how many of them are kept.
    static std::size_t coefficients(double q, std::span<double> b) {
        const auto& rule = TanhMixture::rule();
        std::array<double, TanhMixture::nodes> ratio, power;
        for (std::size_t i = 0; i < rule.nodes; ++i) {
            ratio[i] = q / (rule.square[i] + q);
            power[i] = rule.weight[i] / std::sqrt(rule.square[i] + q);
        }
        double arcsine = 2 / std::numbers::pi;  // 2/pi a_k
        for (std::size_t k = 0; k < b.size(); ++k) {
            double mean = 0;
            for (const double term : power) mean += term;
            b[k] = std::sqrt(arcsine) * mean;
            if (b[k] < 1e-8 * b[0]) return k;
            for (std::size_t i = 0; i < rule.nodes; ++i) power[i] *= ratio[i];
            const auto n = static_cast<double>(2 * k + 1);
            arcsine *= n * n / ((n + 1) * (n + 2));
        }
        return b.size();
    }

    std::vector<double> variance_;
    std::vector<unsigned char> is_long_;
    std::size_t terms_ = 0;
    std::vector<Lanes> blocks_;  ///< [block][term][lane]
};

}  // namespace pstar::detail
