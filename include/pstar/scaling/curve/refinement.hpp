#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>

/// More strengths where a curve is steep: few where it is flat.
namespace pstar {

namespace detail {

inline void check_increasing(const char* where, std::span<const double> strengths) {
    for (std::size_t i = 0; i < strengths.size(); ++i) {
        require(std::isfinite(strengths[i]), where, "strength", strengths[i], "be finite");
        if (i > 0)
            require(strengths[i] > strengths[i - 1], where, "strength", strengths[i], "be larger than the one before");
    }
}

/// The middle of two numbers, rounded to a millionth of their distance: of 0.1 and 0.2 the double that is written 0.15.
inline double rounded_middle(double left, double right) {
    const double digits = std::clamp(std::ceil(-std::log10(right - left)) + 6, 0.0, 15.0), unit = std::pow(10, digits);
    const double middle = left + (right - left) / 2, rounded = std::round(middle * unit) / unit;
    return left < rounded && rounded < right ? rounded : middle;
}

inline void add_middles(double left, double right, double resolution, std::vector<double>& strengths) {
    if (right - left <= resolution * (1 + 1e-9)) return;
    const double middle = rounded_middle(left, right);
    if (!(left < middle && middle < right)) return;  // neighbours among doubles
    add_middles(left, middle, resolution, strengths);
    strengths.push_back(middle);
    add_middles(middle, right, resolution, strengths);
}

}  // namespace detail

/// The strengths and all that may be inserted between them: each gap is halved until it is at most `resolution` wide. A
/// smaller resolution gives the same strengths and more. Throws std::invalid_argument unless the strengths are finite
/// and increase and the resolution is positive, and for a gap that would have more than a million parts.
inline std::vector<double> halved(std::span<const double> strengths, double resolution) {
    detail::check_increasing("halved", strengths);
    require(resolution > 0 && std::isfinite(resolution), "halved", "resolution", resolution, "be positive and finite");
    std::vector<double> all;
    for (std::size_t i = 0; i < strengths.size(); ++i) {
        if (i > 0) {
            const double parts = (strengths[i] - strengths[i - 1]) / resolution;
            require(parts <= 1e6, "halved", "parts of a gap", parts, "be at most a million: give a larger resolution");
            detail::add_middles(strengths[i - 1], strengths[i], resolution, all);
        }
        all.push_back(strengths[i]);
    }
    return all;
}

/// The strengths to measure next: between two neighbours of `strength` whose accuracies differ by more than
/// `accuracy_step`, the one of `open` that is nearest to their middle, the lower of two; nothing where none of `open`
/// lies between them. All lists increase; accuracy[i] was measured at strength[i]. Throws std::invalid_argument for
/// lists that do not match or increase, accuracies that are NaN and a step that is negative.
inline std::vector<double> steep_middles(std::span<const double> strength, std::span<const double> accuracy,
                                         std::span<const double> open, double accuracy_step) {
    constexpr auto where = "steep_middles";
    require(strength.size() == accuracy.size(), where, "number of accuracies", accuracy.size(),
            "equal the number of strengths");
    require(accuracy_step >= 0, where, "accuracy_step", accuracy_step, "be at least 0");
    detail::check_increasing(where, strength);
    detail::check_increasing(where, open);
    for (const double value : accuracy) require(!std::isnan(value), where, "accuracy", value, "be a number");
    std::vector<double> next;
    for (std::size_t i = 0; i + 1 < strength.size(); ++i) {
        if (!(std::abs(accuracy[i + 1] - accuracy[i]) > accuracy_step)) continue;
        const double left = strength[i], right = strength[i + 1], middle = left + (right - left) / 2;
        std::optional<double> nearest;
        for (const double p : open)
            if (p > left && p < right && (!nearest || std::abs(p - middle) < std::abs(*nearest - middle))) nearest = p;
        if (nearest) next.push_back(*nearest);
    }
    return next;
}

}  // namespace pstar
