#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
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

/// The quantities of refitted curves, draw by draw.
class CurveDraws {
public:
    CurveDraws(const CurveData& data, double level) : data_(data), level_(level) {}

    /// Adds a refit. A step has slope infinity and width 0; the crossing of a curve that never passes the level lies
    /// infinitely far before or after all strengths; a curve that does not fall counts as lost.
    template <class Curve>
    void add(const Curve& curve) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (!falls(curve)) {
            ++lost_;
            return;
        }
        for (std::size_t k = 0; k < quantities; ++k) {
            const auto quantity = curve_quantities[k];
            double place = coordinate(curve, quantity, level_);
            if (quantity == CurveQuantity::crossing && std::isnan(place))
                place = level_ <= curve.lower ? infinity : -infinity;
            if (is_logarithmic(quantity) && is_step(data_, curve))
                place = quantity == CurveQuantity::width ? -infinity : infinity;
            draws_[k].push_back(place);
        }
    }
    /// Whether more than a share 1 - confidence of `refits` are lost.
    bool too_many_lost(double confidence, std::size_t refits) const {
        return static_cast<double>(lost_) > (1 - confidence) * static_cast<double>(refits);
    }
    const std::vector<double>& operator[](std::size_t k) const { return draws_[k]; }

private:
    const CurveData& data_;
    double level_;
    std::array<std::vector<double>, quantities> draws_;
    std::size_t lost_ = 0;
};

/// Intervals from `interval(k, value on the quantity's scale)`. Known levels are exact; the crossing of a level that
/// the curve never passes is open.
template <class Curve, class Interval>
CurveIntervals intervals_of(const KnownLevels& levels, const Curve& curve, double level, IntervalSource source,
                            const Interval& interval) {
    CurveIntervals result;
    result.source = source;
    for (std::size_t k = 0; k < quantities; ++k) {
        const auto quantity = curve_quantities[k];
        const double value = coordinate(curve, quantity, level);
        result[quantity] = on_own_scale(quantity, std::isfinite(value) ? interval(k, value) : open_interval(value));
    }
    if (levels.lower) result.lower = exactly(curve.lower);
    if (levels.upper) result.upper = exactly(curve.upper);
    return result;
}

}  // namespace pstar::detail
