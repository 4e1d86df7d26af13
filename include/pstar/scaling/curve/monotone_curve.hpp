#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/scaling/curve/spread.hpp>

namespace pstar {

namespace detail {

/// The cubic through four points, in Newton's form.
class Cubic {
public:
    Cubic(std::span<const double, 4> x, std::span<const double, 4> y) {
        std::copy(x.begin(), x.end(), x_.begin());
        std::copy(y.begin(), y.end(), c_.begin());
        for (std::size_t order = 1; order < 4; ++order)
            for (std::size_t i = 3; i >= order; --i) c_[i] = (c_[i] - c_[i - 1]) / (x_[i] - x_[i - order]);
    }
    double operator()(double x) const {
        return c_[0] + (x - x_[0]) * (c_[1] + (x - x_[1]) * (c_[2] + (x - x_[2]) * c_[3]));
    }
    double derivative(double x) const {
        const double a = x - x_[0], b = x - x_[1], c = x - x_[2];
        return c_[1] + (a + b) * c_[2] + (a * b + a * c + b * c) * c_[3];
    }

private:
    std::array<double, 4> x_, c_;
};

}  // namespace detail

/// A falling curve without a family: straight lines between many heights, more of them than there were strengths. Empty
/// where none was fitted. Its numbers come from cubics through four neighbours; at least four points.
struct MonotoneCurve {
    std::vector<double> strength;  ///< increasing
    std::vector<double> accuracy;  ///< never increasing

    bool empty() const { return strength.empty(); }

    /// A(p); the first or last height beyond the ends.
    double operator()(double p) const {
        const auto right = std::upper_bound(strength.begin(), strength.end(), p);
        if (right == strength.begin()) return accuracy.front();
        if (right == strength.end()) return accuracy.back();
        const auto i = static_cast<std::size_t>(right - strength.begin());
        const double share = (p - strength[i - 1]) / (strength[i] - strength[i - 1]);
        return accuracy[i - 1] + share * (accuracy[i] - accuracy[i - 1]);
    }
    /// The first strength at which the curve is at most as high as `level`; NaN where it starts below, or never falls
    /// so far.
    double crossing(double level) const {
        if (!(accuracy.front() > level && accuracy.back() <= level)) return std::numeric_limits<double>::quiet_NaN();
        std::size_t i = 1;
        while (accuracy[i] > level) ++i;
        const auto cubic = around(i);
        double low = strength[i - 1], high = strength[i];
        for (int halving = 0; halving < 40; ++halving) {
            const double between = (low + high) / 2;
            (cubic(between) > level ? low : high) = between;
        }
        return (low + high) / 2;
    }
    /// Where it is steepest, and -A' there: the top of the cubic through the slopes in the middle of the steepest piece
    /// and of three others around it; at least five points.
    detail::Peak steepest() const {
        std::vector<double> middle, slope;
        for (std::size_t i = 1; i < strength.size(); ++i) {
            middle.push_back((strength[i - 1] + strength[i]) / 2);
            slope.push_back(-around(i).derivative(middle.back()));
        }
        const auto top = static_cast<std::size_t>(std::max_element(slope.begin(), slope.end()) - slope.begin());
        if (top == 0 || top + 1 == slope.size()) return {middle[top], slope[top], false};
        const bool right = slope[top + 1] > slope[top - 1];  // the top lies on this side
        const auto first = std::clamp<std::size_t>(right ? top : top - 1, 1, slope.size() - 3) - 1;
        const detail::Cubic cubic(std::span<const double, 4>(middle.data() + first, 4),
                                  std::span<const double, 4>(slope.data() + first, 4));
        double low = right ? middle[top] : middle[top - 1], high = right ? middle[top + 1] : middle[top];
        for (int halving = 0; halving < 40; ++halving) {
            const double between = (low + high) / 2;
            (cubic.derivative(between) > 0 ? low : high) = between;
        }
        return {(low + high) / 2, cubic((low + high) / 2), true};
    }

private:
    /// The cubic between points i - 1 and i.
    detail::Cubic around(std::size_t i) const {
        const auto first = std::clamp<std::size_t>(i, 2, strength.size() - 2) - 2;
        return {std::span<const double, 4>(strength.data() + first, 4),
                std::span<const double, 4>(accuracy.data() + first, 4)};
    }
};

/// Makes heights fall: the nearest ones in the sum of squares that never rise, by pooling adjacent violators.
/// Source: Barlow, Bartholomew, Bremner & Brunk, "Statistical Inference under Order Restrictions" (1972), section 1.2.
inline void make_falling(std::span<double> heights) {
    struct Block {
        double mean;
        std::size_t size;
    };
    std::vector<Block> blocks;
    for (const double height : heights) {
        blocks.push_back({height, 1});
        while (blocks.size() > 1 && blocks[blocks.size() - 2].mean < blocks.back().mean) {
            const auto last = blocks.back();
            blocks.pop_back();
            auto& block = blocks.back();
            const auto size = block.size + last.size;
            block.mean += (last.mean - block.mean) * static_cast<double>(last.size) / static_cast<double>(size);
            block.size = size;
        }
    }
    std::size_t next = 0;
    for (const auto& block : blocks)
        for (std::size_t i = 0; i < block.size; ++i) heights[next++] = block.mean;
}

}  // namespace pstar
