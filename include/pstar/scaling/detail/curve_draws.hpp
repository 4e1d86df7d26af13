#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/detail/quantity_response.hpp>
#include <pstar/statistics/estimate.hpp>

/// From refitted curves to the intervals of their numbers.
namespace pstar::detail {

/// Whether the transition is so much narrower than the gap around it that no point lies on it: a steeper curve fits as
/// well.
template <class Curve>
bool is_step(const CurveData& data, const Curve& curve) {
    constexpr double negligible = 16;  // both neighbours off their level by less than exp(-16) = 1e-7 of the drop
    const auto right = std::lower_bound(data.x.begin(), data.x.end(), curve.p_star);
    if (right == data.x.begin() || right == data.x.end()) return false;
    return std::min(curve.p_star - *(right - 1), *right - curve.p_star) > negligible * curve.width;
}

/// Every quantity on its scale, in the order of `curve_quantities`.
using Coordinates = std::array<double, quantities>;

template <class Curve>
Coordinates coordinates_of(const Curve& curve, double level) {
    Coordinates result{};
    for (std::size_t k = 0; k < quantities; ++k) result[k] = coordinate(curve, curve_quantities[k], level);
    return result;
}

/// The quantities of a refit, beside the curve that it varies. A step has slope infinity and width 0; the crossing of a
/// curve that never passes the level lies infinitely far before or after all strengths; the width of a curve of another
/// shape is that with which `first` would be as steep. Nothing for a curve that does not fall.
template <class Curve>
std::optional<Coordinates> coordinates_of_refit(const CurveData& data, const Curve& curve, const Curve& first,
                                                double level) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (!falls(curve)) return std::nullopt;
    auto result = coordinates_of(curve, level);
    for (std::size_t k = 0; k < quantities; ++k) {
        const auto quantity = curve_quantities[k];
        if (quantity == CurveQuantity::crossing && std::isnan(result[k]))
            result[k] = level <= curve.lower ? infinity : -infinity;
        if (quantity == CurveQuantity::width &&
            (curve.family != first.family || !curve.plateau.is_level() || !first.plateau.is_level()))
            result[k] = std::log(first.width * first.slope() / (first.upper - first.lower)) -
                        std::log(curve.slope() / (curve.upper - curve.lower));
        if (is_logarithmic(quantity) && is_step(data, curve))
            result[k] = quantity == CurveQuantity::width ? -infinity : infinity;
    }
    return result;
}

/// The quantities of refits, draw by draw.
class CurveDraws {
public:
    /// Adds a refit; nothing: it was lost.
    void add(const std::optional<Coordinates>& refit) {
        ++refits_;
        if (!refit) return void(++lost_);
        for (std::size_t k = 0; k < quantities; ++k) draws_[k].push_back((*refit)[k]);
    }
    /// Whether more than a share 1 - confidence are lost.
    bool too_many_lost(double confidence) const {
        return static_cast<double>(lost_) > (1 - confidence) * static_cast<double>(refits_);
    }
    const std::vector<double>& operator[](std::size_t k) const { return draws_[k]; }

private:
    std::array<std::vector<double>, quantities> draws_;
    std::size_t lost_ = 0, refits_ = 0;
};

/// Intervals from `interval(k, value on the quantity's scale)`. Known levels are exact; a number that is not finite is
/// open, the crossing of a level that the curve never passes, say.
template <class Interval>
CurveIntervals intervals_of(const KnownLevels& levels, const Coordinates& values, IntervalSource source,
                            const Interval& interval) {
    CurveIntervals result;
    result.source = source;
    for (std::size_t k = 0; k < quantities; ++k) {
        const double value = values[k];
        result[curve_quantities[k]] =
            on_own_scale(curve_quantities[k], std::isfinite(value) ? interval(k, value) : open_interval(value));
    }
    if (levels.lower) result.lower = exactly(*levels.lower);
    if (levels.upper) result.upper = exactly(*levels.upper);
    return result;
}

}  // namespace pstar::detail
