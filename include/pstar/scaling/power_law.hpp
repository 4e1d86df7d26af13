#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/scaling/trend.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>

namespace pstar {

/// value = amplitude size^exponent.
struct PowerLaw {
    Verdict verdict = Verdict::undecided;  ///< against the null of no trend, exponent 0
    std::string reason;                    ///< one sentence
    Estimate exponent;
    double amplitude = 0;    ///< value at size 1
    double p_value = 1;      ///< of exponent 0, if the values differ by their errors alone
    double chi_squared = 0;  ///< of the law
    std::size_t dof = 0;     ///< values less two
    double goodness = 1;     ///< p-value of the law itself: small when the values scatter about it by more than errors
};

/// Fits a power law to positive values: `fit_trend` of log(value) against log(size), with errors error/value.
/// Throws as `fit_trend`; a value that is not positive carries no weight.
inline PowerLaw fit_power_law(std::span<const SizedValue> values, double confidence = 0.95) {
    std::vector<SizedValue> logs;
    bool known = true;
    for (const auto& v : values) {
        const double value = v.value > 0 ? std::log(v.value) : std::numeric_limits<double>::quiet_NaN();
        logs.push_back({v.size, value, v.value > 0 ? v.error / v.value : v.error, v.dof});
        known = known && v.error > 0;
    }
    const auto trend = fit_trend(logs, confidence);
    PowerLaw law{trend.verdict, trend.reason,      trend.slope, std::exp(trend.intercept),
                 trend.p_value, trend.chi_squared, trend.dof,   1};
    if (known && law.dof > 0) law.goodness = chi_squared_tail(law.chi_squared, static_cast<double>(law.dof));
    return law;
}

/// What became of a fit of the limit.
enum class ApproachStatus {
    ok,
    too_few_sizes,   ///< fewer than four carry a value: three parameters leave nothing to judge by
    unknown_errors,  ///< the interval needs known errors
    not_identified,  ///< the exponent's interval reaches an end of the range searched
    misfit,          ///< the values scatter about the law by more than their errors (1%)
};

inline std::string to_string(ApproachStatus status) {
    switch (status) {
        case ApproachStatus::ok:
            return "ok";
        case ApproachStatus::too_few_sizes:
            return "too_few_sizes";
        case ApproachStatus::unknown_errors:
            return "unknown_errors";
        case ApproachStatus::not_identified:
            return "not_identified";
        case ApproachStatus::misfit:
            return "misfit";
    }
    return "unknown";
}

/// value = limit + amplitude size^(-exponent), the finite-size shift p*(L) = p*(infinity) + c L^(-1/nu).
struct Approach {
    ApproachStatus status = ApproachStatus::too_few_sizes;
    Estimate limit, exponent;
    double amplitude = 0, chi_squared = 0, p_value = 1;
    std::size_t dof = 0;
};

namespace detail {

/// The weighted squares of limit + amplitude s^(-exponent) with both at their best, which is a weighted line in
/// s^(-exponent); optionally with the limit held.
class ApproachProfile {
public:
    ApproachProfile(std::span<const SizedValue> values, const ScaledValues& scaled)
        : values_(values.begin(), values.end()), y_(scaled.y), w_(scaled.w) {
        for (const auto& v : values_) scale_ += std::log(v.size) / static_cast<double>(values_.size());
    }
    WeightedLine line(double exponent) const { return weighted_line(x(exponent), y_, w_); }
    double with_limit(double exponent, double limit) const {
        const auto place = x(exponent);
        double xx = 0, xy = 0, squares = 0;
        for (std::size_t i = 0; i < y_.size(); ++i)
            xx += w_[i] * place[i] * place[i], xy += w_[i] * place[i] * (y_[i] - limit);
        for (std::size_t i = 0; i < y_.size(); ++i) squares += w_[i] * std::pow(y_[i] - limit - xy / xx * place[i], 2);
        return squares;
    }
    /// Sizes count relative to their geometric mean; `amplitude` takes that back.
    double amplitude(const WeightedLine& line, double exponent) const {
        return line.slope * std::exp(exponent * scale_);
    }

private:
    std::vector<double> x(double exponent) const {
        std::vector<double> place;
        for (const auto& v : values_) place.push_back(std::exp(-exponent * (std::log(v.size) - scale_)));
        return place;
    }

    std::vector<SizedValue> values_;
    std::vector<double> y_, w_;
    double scale_ = 0;
};

/// Exponents from 0.02 to 5, 1% apart.
inline std::vector<double> approach_exponents() {
    std::vector<double> exponents;
    for (double e = 0.02; e <= 5; e *= 1.01) exponents.push_back(e);
    return exponents;
}

}  // namespace detail

/// Fits the approach to a limit by weighted least squares over exponents in [0.02, 5]; intervals by profile:
/// chi^2 <= least + t^2, with t of Student's law for the fewest degrees of freedom among the errors. Needs four sizes
/// and known errors. Throws as `fit_trend`.
inline Approach fit_approach(std::span<const SizedValue> values, double confidence = 0.95) {
    require(confidence > 0 && confidence < 1, "fit_approach", "confidence", confidence, "lie in (0, 1)");
    constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const auto kept = detail::weighty(values);
    Approach result;
    result.limit = open_interval();
    result.exponent = open_interval(nan, 0);
    if (detail::count_sizes(kept) < 4) return result;
    result.status = ApproachStatus::unknown_errors;
    double dof = infinity;
    for (const auto& v : kept) {
        if (v.error == 0) return result;
        dof = std::min(dof, v.dof);
    }
    const detail::ScaledValues scaled(kept, true, "fit_approach");
    const detail::ApproachProfile profile(kept, scaled);
    const auto exponents = detail::approach_exponents();
    std::vector<double> squares;
    for (const double e : exponents) squares.push_back(profile.line(e).squares);
    const auto best = static_cast<std::size_t>(std::min_element(squares.begin(), squares.end()) - squares.begin());
    const double most = squares[best] + std::pow(student_t_quantile(confidence, dof) * scaled.least_error, 2);
    const auto line = profile.line(exponents[best]);
    result.exponent.value = exponents[best];
    result.limit.value = scaled.back(line.intercept);
    result.amplitude = scaled.back(profile.amplitude(line, exponents[best]));
    result.chi_squared = scaled.chi_squared(squares[best], true);
    result.dof = kept.size() - 3;
    result.p_value = f_tail(result.chi_squared / static_cast<double>(result.dof), static_cast<double>(result.dof), dof);
    auto first = best, last = best;
    while (first > 0 && squares[first - 1] <= most) --first;
    while (last + 1 < exponents.size() && squares[last + 1] <= most) ++last;
    const bool open = first == 0 || last + 1 == exponents.size();
    result.exponent.low = first == 0 ? 0 : exponents[first];
    result.exponent.high = last + 1 == exponents.size() ? infinity : exponents[last];
    if (!open) {
        // the limit's ends: for every exponent that is possible, as far as chi^2 allows
        result.limit.low = infinity, result.limit.high = -infinity;
        for (auto i = first; i <= last; ++i) {
            const auto at = profile.line(exponents[i]);
            const double curvature = profile.with_limit(exponents[i], at.intercept + 1) - squares[i];
            const double half = curvature > 0 ? std::sqrt(std::max(0.0, most - squares[i]) / curvature) : infinity;
            result.limit.low = std::min(result.limit.low, scaled.back(at.intercept - half));
            result.limit.high = std::max(result.limit.high, scaled.back(at.intercept + half));
        }
    }
    result.status = open                    ? ApproachStatus::not_identified
                    : result.p_value < 0.01 ? ApproachStatus::misfit
                                            : ApproachStatus::ok;
    return result;
}

}  // namespace pstar
