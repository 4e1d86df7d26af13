#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>

/// How a quantity moves with size: midpoint or slope of a curve against the width of a network, say.
namespace pstar {

/// A quantity measured at one size.
struct SizedValue {
    double size = 1;   ///< > 0, e.g. hidden units
    double value = 0;  ///< NaN: not measured
    double error = 0;  ///< standard error; 0 at every size: unknown; infinite: the value is ignored
    double dof =
        std::numeric_limits<double>::infinity();  ///< behind the error: seeds - 1, say; infinite: known exactly
};

/// An estimate and its interval at `confidence` as value and standard error: half the interval over Student's quantile
/// with the degrees of freedom that the interval was made with. An interval that is open or a value that is NaN carries
/// no weight.
inline SizedValue at_size(double size, const Estimate& estimate, double confidence = 0.95,
                          double dof = std::numeric_limits<double>::infinity()) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double known = dof > 0 ? dof : infinity;
    const double error = (estimate.high - estimate.low) / (2 * student_t_quantile(confidence, known));
    return {size, estimate.value, std::isfinite(error) ? error : infinity, known};
}

/// The same for a positive quantity on a logarithmic scale.
inline SizedValue log_at_size(double size, const Estimate& estimate, double confidence = 0.95,
                              double dof = std::numeric_limits<double>::infinity()) {
    return at_size(size, transformed(estimate, [](double x) { return std::log(x); }), confidence, dof);
}

/// Whether a value moves with the size.
enum class Verdict { rises, falls, undecided };

inline std::string to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::rises:
            return "rises";
        case Verdict::falls:
            return "falls";
        case Verdict::undecided:
            return "undecided";
    }
    return "unknown";
}

/// value = intercept + slope log(size).
struct Trend {
    Verdict verdict = Verdict::undecided;  ///< by the interval of the slope, or by the test
    std::string reason;                    ///< one sentence
    Estimate slope;                        ///< change of the value per factor e in size
    double intercept = 0;                  ///< value at size 1 on the line
    std::size_t sizes = 0;                 ///< different sizes that carry weight
    double chi_squared = 0;                ///< of the line (errors 1 where they are unknown)
    std::size_t dof = 0;                   ///< of chi_squared
    double p_value = 1;  ///< of no trend: that the values differ by their errors alone; 1 where errors are unknown
};

namespace detail {

/// Values in a unit of their own, the power of 2 below the largest number among them, and the weights of their errors
/// relative to the least one: any unit of the values gives the same, and no square overflows.
struct ScaledValues {
    int unit = 0;            ///< values and errors are in units of 2^unit
    double least_error = 1;  ///< in that unit; 1 where errors are unknown
    std::vector<double> y, w;

    ScaledValues(std::span<const SizedValue> values, bool known_errors, std::string_view where) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        double largest = 0, least = infinity, most = 0;
        for (const auto& v : values) {
            largest = std::max({largest, std::abs(v.value), v.error});
            least = std::min(least, v.error), most = std::max(most, v.error);
        }
        if (largest > 0) unit = std::ilogb(largest);
        constexpr double widest = 1e100;
        if (known_errors) {
            require(most / least <= widest, where, "ratio of the largest error to the least", most / least,
                    "be at most 1e100");
            least_error = std::scalbn(least, -unit);
        }
        for (const auto& v : values) {
            y.push_back(std::scalbn(v.value, -unit));
            w.push_back(known_errors ? (least / v.error) * (least / v.error) : 1);
        }
    }
    double back(double x) const { return std::scalbn(x, unit); }
    /// A sum of weighted squares in units of the errors.
    double chi_squared(double sum, bool known_errors) const {
        const double root = known_errors ? std::sqrt(sum) / least_error : back(std::sqrt(sum));
        return sum > 0 ? root * root : 0;
    }
};

struct WeightedLine {
    double slope, intercept, slope_error, squares;
    std::vector<double> leverage;  ///< d slope / d y_i
};

/// y = intercept + slope x by weighted least squares, about the weighted centre:
///     slope = sum w (x - xm)(y - ym) / sum w (x - xm)^2,   slope_error = 1 / sqrt(sum w (x - xm)^2),
/// that of values whose error is 1 where w is; squares = sum w (y - intercept - slope x)^2.
inline WeightedLine weighted_line(std::span<const double> x, std::span<const double> y, std::span<const double> w) {
    double sum = 0, xm = 0, ym = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += w[i], xm += w[i] * x[i], ym += w[i] * y[i];
    xm /= sum;
    ym /= sum;
    double xx = 0, xy = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        xx += w[i] * (x[i] - xm) * (x[i] - xm), xy += w[i] * (x[i] - xm) * (y[i] - ym);
    const double slope = xy / xx;
    for (std::size_t i = 0; i < x.size(); ++i) squares += w[i] * std::pow(y[i] - ym - slope * (x[i] - xm), 2);
    std::vector<double> leverage;
    for (std::size_t i = 0; i < x.size(); ++i) leverage.push_back(w[i] * (x[i] - xm) / xx);
    return {slope, ym - slope * xm, 1 / std::sqrt(xx), squares, std::move(leverage)};
}

/// The values that carry weight.
inline std::vector<SizedValue> weighty(std::span<const SizedValue> values) {
    std::vector<SizedValue> kept;
    for (const auto& v : values) {
        require(v.size > 0 && std::isfinite(v.size), "fit_trend", "size", v.size, "be positive and finite");
        require(v.error >= 0, "fit_trend", "error", v.error, "be at least 0 (0 where unknown, infinite where useless)");
        require(v.dof > 0, "fit_trend", "dof", v.dof, "be positive, infinite where the error is known exactly");
        if (std::isfinite(v.value) && std::isfinite(v.error)) kept.push_back(v);
    }
    return kept;
}

inline std::size_t count_sizes(std::span<const SizedValue> values) {
    std::vector<double> sizes;
    for (const auto& v : values) sizes.push_back(v.size);
    std::sort(sizes.begin(), sizes.end());
    return static_cast<std::size_t>(std::unique(sizes.begin(), sizes.end()) - sizes.begin());
}

/// Welch and Satterthwaite's degrees of freedom of the slope's known error: (sum c^2 e^2)^2 / sum (c^2 e^2)^2 / dof.
inline double slope_dof(const WeightedLine& line, std::span<const SizedValue> values) {
    double sum = 0, spread = 0, most = 0;
    for (const auto& v : values) most = std::max(most, v.error);
    for (std::size_t i = 0; i < values.size() && most > 0; ++i) {
        const double share = std::pow(line.leverage[i] * (values[i].error / most), 2);
        sum += share;
        spread += share * share / values[i].dof;
    }
    return spread > 0 ? sum * sum / spread : std::numeric_limits<double>::infinity();
}

/// The half-width of the slope's interval: from known errors, or from the scatter where that is surely larger (5%) or
/// all there is. Scatter that may be chance still widens it by sqrt(chi^2 / dof) where that is above 1.
inline double slope_half_width(const WeightedLine& line, const ScaledValues& scaled, double dof, bool known_errors,
                               double error_dof, double confidence) {
    const double square = dof > 0 ? scaled.chi_squared(line.squares, known_errors) / dof : 0;
    const bool explained = known_errors && (dof == 0 || f_tail(square, dof, error_dof) > 0.05);
    if (!explained) return line.slope_error * std::sqrt(line.squares / dof) * student_t_quantile(confidence, dof);
    return scaled.least_error * line.slope_error * std::sqrt(std::max(1.0, square)) *
           student_t_quantile(confidence, error_dof);
}

/// No larger size lies on the other side of a smaller one by more than one standard error of their difference; `sign`
/// is that of the trend.
inline bool is_monotone(std::span<const SizedValue> values, double sign) {
    for (const auto& a : values)
        for (const auto& b : values)
            if (a.size < b.size && sign * (b.value - a.value) < -std::hypot(a.error, b.error)) return false;
    return true;
}

inline WeightedLine line_in_log_size(std::span<const SizedValue> values, const ScaledValues& scaled) {
    std::vector<double> x;
    for (const auto& v : values) x.push_back(std::log(v.size));
    return weighted_line(x, scaled.y, scaled.w);
}

constexpr std::string_view reason_for(Verdict verdict) {
    switch (verdict) {
        case Verdict::rises:
            return "The interval of the slope against log(size) lies above 0.";
        case Verdict::falls:
            return "The interval of the slope against log(size) lies below 0.";
        case Verdict::undecided:
            return "The interval of the slope against log(size) contains 0.";
    }
    return "";
}

}  // namespace detail

/// Weighted regression of value on log(size); `rises` or `falls` when the interval of the slope excludes 0.
///
/// With known errors two sizes are enough; Student's t with their degrees of freedom (Welch and Satterthwaite) makes
/// the interval. Scatter above them widens it by sqrt(chi^2 / dof); where it is surely more than chance, Student's t
/// with values - 2 degrees of freedom takes over, so that of three sizes far off a line the slope is hardly known.
/// Whether there is a trend at all can be sure nevertheless: the verdict is `rises` or `falls` also when `p_value`, the
/// test of no trend with the known errors, is below 1 - confidence and no two sizes contradict it. With errors unknown
/// (all 0) the scatter about the line is the error: at least three values.
///
/// Throws std::invalid_argument for sizes that are not positive, negative errors, zero errors beside positive ones, and
/// a confidence outside (0, 1).
inline Trend fit_trend(std::span<const SizedValue> values, double confidence = 0.95) {
    require(confidence > 0 && confidence < 1, "fit_trend", "confidence", confidence, "lie in (0, 1)");
    const auto kept = detail::weighty(values);
    const auto known = static_cast<std::size_t>(
        std::count_if(kept.begin(), kept.end(), [](const SizedValue& v) { return v.error > 0; }));
    require(known == 0 || known == kept.size(), "fit_trend", "number of zero errors", kept.size() - known,
            "be 0 or all of them: give every value its error, or none");
    Trend trend;
    trend.sizes = detail::count_sizes(kept);
    trend.slope = open_interval();
    trend.intercept = std::numeric_limits<double>::quiet_NaN();
    if (trend.sizes < 2) {
        trend.reason = "Fewer than two sizes have a value: no trend can be estimated.";
        return trend;
    }
    const detail::ScaledValues scaled(kept, known > 0, "fit_trend");
    const auto line = detail::line_in_log_size(kept, scaled);
    trend.intercept = scaled.back(line.intercept);
    trend.chi_squared = scaled.chi_squared(line.squares, known > 0);
    trend.dof = kept.size() - 2;
    trend.slope.value = scaled.back(line.slope);
    if (known == 0 && trend.dof == 0) {
        trend.reason = "Two values without errors: any change between them may be noise.";
        return trend;
    }
    const double error_dof = detail::slope_dof(line, kept);
    const double half =
        detail::slope_half_width(line, scaled, static_cast<double>(trend.dof), known > 0, error_dof, confidence);
    if (known > 0 && line.slope != 0)
        trend.p_value = student_t_tails(line.slope / (scaled.least_error * line.slope_error), error_dof);
    trend.slope.low = scaled.back(line.slope - half);
    trend.slope.high = scaled.back(line.slope + half);
    trend.verdict = trend.slope.low > 0 ? Verdict::rises : trend.slope.high < 0 ? Verdict::falls : Verdict::undecided;
    trend.reason = detail::reason_for(trend.verdict);
    if (trend.verdict == Verdict::undecided && trend.p_value < 1 - confidence &&
        detail::is_monotone(kept, line.slope > 0 ? 1 : -1)) {
        trend.verdict = line.slope > 0 ? Verdict::rises : Verdict::falls;
        trend.reason = "The sizes do not lie on a line in log(size), but no two of them contradict the trend.";
    }
    return trend;
}

}  // namespace pstar
