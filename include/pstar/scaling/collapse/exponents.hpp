#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include <pstar/scaling/collapse/evidence.hpp>

/// Which exponents of a collapse are free, and where they are searched.
namespace pstar {

/// What the caller knows of the exponents; empty: searched for.
struct KnownExponents {
    std::optional<double> p_c = std::nullopt;         ///< in units of strength
    std::optional<double> nu = std::nullopt;          ///< of the first size
    std::optional<double> zeta = 0.0;                 ///< accuracies keep their height
    double p_c_beyond = 0;                            ///< p_c is searched so far beyond the strengths, in
                                                      ///< shares of their range
    bool negative_nu = false;                         ///< curves may flatten with size as well as sharpen
    std::vector<std::optional<double>> more_nu = {};  ///< of `SizeCurve::more_sizes`; may be shorter
    bool corrected = false;                           ///< a correction to scaling is searched for
    std::optional<double> omega = std::nullopt;       ///< its exponent

    /// nu of the k-th size of a curve, if it is known.
    std::optional<double> nu_of(std::size_t k) const {
        if (k == 0) return nu;
        return k <= more_nu.size() ? more_nu[k - 1] : std::nullopt;
    }
};

namespace detail {

/// Free coordinates <-> places, with what is known filled in. In this order, those that are free: p_c, 1/nu of each
/// size, zeta/nu, the change and the exponent of a correction. zeta known: zeta/nu follows 1/nu.
class FreeExponents {
public:
    FreeExponents(std::size_t sizes, const KnownExponents& known) : known_(known), sizes_(sizes) {}

    bool has_p_c() const { return !known_.p_c; }
    bool has_stretch(std::size_t k) const { return !known_.nu_of(k); }
    bool has_lift() const { return !known_.zeta; }
    bool has_change() const { return known_.corrected; }
    bool has_omega() const { return known_.corrected && !known_.omega; }
    std::size_t of_stretch(std::size_t k) const {  ///< its index among the free coordinates
        std::size_t index = has_p_c();
        for (std::size_t l = 0; l < k; ++l) index += has_stretch(l);
        return index;
    }
    std::size_t of_lift() const { return of_stretch(sizes_); }
    std::size_t of_change() const { return of_lift() + has_lift(); }
    std::size_t of_omega() const { return of_change() + has_change(); }
    std::size_t count() const { return of_omega() + has_omega(); }

    std::vector<double> coordinates(const CollapsePlace& place) const {
        std::vector<double> x;
        x.reserve(count());
        if (has_p_c()) x.push_back(place.p_c);
        for (std::size_t k = 0; k < sizes_; ++k)
            if (has_stretch(k)) x.push_back(place.stretch[k]);
        if (has_lift()) x.push_back(place.lift);
        if (has_change()) x.push_back(place.change);
        if (has_omega()) x.push_back(place.omega);
        return x;
    }
    CollapsePlace place(const std::vector<double>& x) const {
        std::size_t next = 0;
        CollapsePlace place{0, std::vector<double>(sizes_)};
        place.p_c = has_p_c() ? x[next++] : *known_.p_c;
        for (std::size_t k = 0; k < sizes_; ++k) place.stretch[k] = has_stretch(k) ? x[next++] : 1 / *known_.nu_of(k);
        place.lift = has_lift() ? x[next++] : *known_.zeta * place.stretch[0];
        if (has_change()) place.change = x[next++];
        place.omega = has_omega() ? x[next] : known_.omega.value_or(1);
        return place;
    }

private:
    KnownExponents known_;
    std::size_t sizes_;
};

/// Up to where omega is searched: 4, or less where (Lmax/Lmin)^omega would overflow.
inline double most_omega(const CollapseFrame& frame) {
    return std::min(4.0, 600 / frame.log_range());
}

/// The box of the free coordinates that is searched. p_c: the range of strengths, and `p_c_beyond` of it on both sides.
/// 1/nu: stretches the largest size against the smallest by at most e (range of strengths)/(smallest gap); without
/// `negative_nu` it starts at 1/8 of that below 0, so that 0 can lie within an interval. zeta/nu: scales heights by at
/// most e^3 more than makes them equal. A correction: changes heights by at most a factor e, with omega up to 4.
struct CollapseBox {
    FreeExponents exponents;
    std::vector<double> low, high;
    std::size_t least_overlap;  ///< half the points that overlap when nothing is stretched
    double narrowest;           ///< range of strengths of the size for which it is least

    CollapseBox(CollapseFrame& frame, const KnownExponents& known)
        : exponents(frame.sizes(), known), least_overlap((frame.overlapping(frame.unscaled()) + 1) / 2) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        double least = infinity, most = -infinity, gap = infinity, low_height = infinity, high_height = 0;
        narrowest = infinity;
        for (std::size_t i = 0; i < frame.curves(); ++i) {
            const auto& p = frame.strength(i);
            least = std::min(least, p.front()), most = std::max(most, p.back());
            if (p.size() > 1) narrowest = std::min(narrowest, p.back() - p.front());
            for (std::size_t j = 1; j < p.size(); ++j) gap = std::min(gap, p[j] - p[j - 1]);
            const double height = frame.height(i);
            if (height > 0) low_height = std::min(low_height, height), high_height = std::max(high_height, height);
        }
        const double range = most > least ? most - least : 1, beyond = known.p_c_beyond * range;
        CollapsePlace from{least - beyond, {}}, to{most + beyond, {}};
        for (std::size_t k = 0; k < frame.sizes(); ++k) {
            double small = infinity, large = -infinity;
            for (std::size_t i = 0; i < frame.curves(); ++i)
                small = std::min(small, frame.log_size(i, k)), large = std::max(large, frame.log_size(i, k));
            const double steepest = (1 + std::log(std::isfinite(gap) ? range / gap : 1)) / (large - small);
            from.stretch.push_back(known.negative_nu ? -steepest : -steepest / 8), to.stretch.push_back(steepest);
        }
        to.lift = (3 + (high_height > low_height ? std::log(high_height / low_height) : 0)) / frame.log_range();
        from.lift = -to.lift;
        from.change = -1, to.change = 1;
        from.omega = 0, to.omega = most_omega(frame);
        low = exponents.coordinates(from), high = exponents.coordinates(to);
        narrowest = std::min(narrowest, range);
    }
    bool contains(const std::vector<double>& x) const {
        for (std::size_t k = 0; k < x.size(); ++k)
            if (!(x[k] >= low[k] && x[k] <= high[k])) return false;
        return true;
    }
};

}  // namespace detail

}  // namespace pstar
