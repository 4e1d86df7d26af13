#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/nelder_mead.hpp>
#include <pstar/scaling/collapse/evidence.hpp>

/// The place where curves collapse best.
namespace pstar {

/// What the caller knows of the exponents; empty: searched for.
struct KnownExponents {
    std::optional<double> p_c = std::nullopt;
    std::optional<double> nu = std::nullopt;
    std::optional<double> zeta = 0.0;                 ///< accuracies keep their height
    double p_c_beyond = 0;                            ///< p_c is searched so far beyond the strengths, in
                                                      ///< shares of their range
    bool negative_nu = false;                         ///< curves may flatten with size as well as sharpen
    std::vector<std::optional<double>> more_nu = {};  ///< of `SizeCurve::more_sizes`; may be shorter
    bool corrected = false;                           ///< a correction to scaling is searched for
    std::optional<double> omega = std::nullopt;       ///< its exponent

    std::optional<double> nu_of(std::size_t k) const {
        if (k == 0) return nu;
        return k <= more_nu.size() ? more_nu[k - 1] : std::nullopt;
    }
};

/// Where curves collapse best.
struct CollapseOptimum {
    CollapsePlace place;
    double length = 1;  ///< of the smoothness, in units of strength at the mean size
    double score = 0;   ///< what was maximised there, in nats
    bool converged = false;
    std::vector<bool> edges = {};  ///< which of the `FreeExponents` ran into the end of the range that is searched
};

namespace detail {

enum class CollapseScore { evidence, agreement };  ///< `CollapseFrame::log_evidence` or `agreement`

inline double score_of(CollapseFrame& frame, CollapseScore score, const CollapsePlace& place, double length) {
    return score == CollapseScore::evidence ? frame.log_evidence(place, length) : frame.agreement(place, length);
}

/// What the exponents are estimated by. Sizes whose heights may differ are compared by evidence.
inline CollapseScore final_score(const KnownExponents& known) {
    return known.zeta && !known.corrected ? CollapseScore::agreement : CollapseScore::evidence;
}

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
        from.omega = 0, to.omega = std::min(4.0, 600 / frame.log_range());  // what e^(omega log(L/L0)) can bear
        low = exponents.coordinates(from), high = exponents.coordinates(to);
        narrowest = std::min(narrowest, range);
    }
    bool contains(const std::vector<double>& x) const {
        for (std::size_t k = 0; k < x.size(); ++k)
            if (!(x[k] >= low[k] && x[k] <= high[k])) return false;
        return true;
    }
};

inline std::vector<double> nodes(double low, double high, int count) {
    std::vector<double> x;
    for (int i = 0; i < count; ++i) x.push_back(low + (high - low) * i / (count - 1));
    return x;
}

/// The nodes of the grid that `scan_collapse` lays over the free coordinates. Between two values of p_c lies 1/16 of
/// the narrowest range of strengths, or at most 1/44 of the box; where more than p_c and one nu are free, 1/32. omega,
/// which only precise heights can tell, is 1.
inline std::vector<std::vector<double>> collapse_grid(std::size_t sizes, const KnownExponents& known,
                                                      const CollapseBox& box) {
    const auto& free = box.exponents;
    const bool has_more = sizes > 1 || free.has_lift() || free.has_change();
    std::vector<std::vector<double>> grid;
    const auto add = [&](double low, int count) {
        const auto k = grid.size();
        grid.push_back(nodes(std::max(low, box.low[k]), box.high[k], count));
    };
    if (free.has_p_c()) {
        const double fine = 16 * (box.high[0] - box.low[0]) / box.narrowest;
        add(box.low[0], has_more ? 33 : std::clamp(static_cast<int>(fine), 45, 180));
    }
    const int stretches = sizes > 2 ? 9 : has_more && !known.negative_nu ? 17 : 25;
    for (std::size_t k = 0; k < sizes; ++k)
        if (free.has_stretch(k)) add(known.negative_nu ? box.low[grid.size()] : 0, stretches);
    if (free.has_lift()) add(box.low[grid.size()], 13);
    if (free.has_change()) add(box.low[grid.size()], free.has_lift() ? 5 : 9);
    if (free.has_omega()) grid.push_back({std::min(1.0, box.high[grid.size()])});
    return grid;
}

/// Whether no neighbour of node `at` of a grid, whose first coordinate runs fastest, has a higher score.
inline bool is_peak(std::span<const CollapseOptimum> nodes, const std::vector<std::vector<double>>& grid,
                    std::size_t at) {
    const auto exceeded = [&](auto& self, std::size_t k, std::size_t stride, std::size_t node) -> bool {
        if (k == grid.size()) return nodes[node].score > nodes[at].score;
        const auto size = grid[k].size(), i = at / stride % size;
        return self(self, k + 1, stride * size, node) || (i > 0 && self(self, k + 1, stride * size, node - stride)) ||
               (i + 1 < size && self(self, k + 1, stride * size, node + stride));
    };
    return !exceeded(exceeded, 0, 1, at);
}

/// The `keep` best peaks of the evidence on a grid over the free exponents: nodes that no neighbour exceeds. Every node
/// has the smoothness that is best for its curves taken separately.
inline std::vector<CollapseOptimum> scan_collapse(CollapseFrame& frame, const KnownExponents& known,
                                                  const CollapseBox& box, std::size_t keep) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto grid = collapse_grid(frame.sizes(), known, box);
    std::size_t count = 1;
    for (const auto& axis : grid) count *= axis.size();
    std::vector<CollapseOptimum> nodes;
    nodes.reserve(count);
    std::vector<double> x(grid.size());
    bool overlaps = false;
    double length = 0;  // does not depend on p_c
    for (std::size_t node = 0; node < count; ++node) {
        std::size_t rest = node;
        for (std::size_t k = 0; k < grid.size(); ++k) x[k] = grid[k][rest % grid[k].size()], rest /= grid[k].size();
        const auto place = box.exponents.place(x);
        if (!frame.has_correction(place)) {
            nodes.push_back({place, 1, -infinity});
            continue;
        }
        if (length == 0 || !box.exponents.has_p_c() || node % grid[0].size() == 0) length = frame.choose_length(place);
        nodes.push_back({place, length, frame.log_evidence(place, length)});
        overlaps = overlaps || frame.overlapping(place) >= box.least_overlap;
    }
    if (overlaps)
        for (auto& node : nodes)
            if (frame.overlapping(node.place) < box.least_overlap) node.score = -infinity;
    std::vector<CollapseOptimum> peaks;
    for (std::size_t node = 0; node < count; ++node)
        if (std::isfinite(nodes[node].score) && is_peak(nodes, grid, node)) peaks.push_back(nodes[node]);
    if (peaks.empty()) peaks.push_back(nodes[0]);
    std::stable_sort(peaks.begin(), peaks.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    peaks.resize(std::min(keep, peaks.size()));
    return peaks;
}

/// Climbs `score` from `start` with its smoothness held. `reach`: size of the first simplex, in shares of the box; ten
/// times as much for omega, which is known that much less.
inline CollapseOptimum climb(CollapseFrame& frame, const CollapseBox& box, CollapseScore score,
                             const CollapseOptimum& start, double reach, SimplexOptions options = {}) {
    const auto& exponents = box.exponents;
    const auto n = exponents.count();
    std::vector<double> extent(n);
    for (std::size_t k = 0; k < n; ++k) extent[k] = reach * (box.high[k] - box.low[k]);
    if (exponents.has_omega()) extent[exponents.of_omega()] *= 10;
    if (n > 3) options.evaluations *= n - 2;
    const auto least_overlap = std::min(box.least_overlap, frame.overlapping(start.place));
    const auto allowed = [&](const std::vector<double>& x, const CollapsePlace& place) {
        return n == 0 || (box.contains(x) && frame.has_correction(place) && frame.overlapping(place) >= least_overlap);
    };
    const auto minimum = nelder_mead(
        [&](const std::vector<double>& x) {
            const auto place = exponents.place(x);
            return allowed(x, place) ? -score_of(frame, score, place, start.length)
                                     : std::numeric_limits<double>::infinity();
        },
        exponents.coordinates(start.place), extent, options);
    return {exponents.place(minimum.x), start.length, -minimum.value, minimum.converged};
}

/// Which free coordinates are within 1/1000 of an end of the box?
inline std::vector<bool> edges_near(const CollapsePlace& place, const CollapseBox& box) {
    const auto x = box.exponents.coordinates(place);
    std::vector<bool> edges;
    for (std::size_t k = 0; k < x.size(); ++k)
        edges.push_back(std::min(x[k] - box.low[k], box.high[k] - x[k]) < 1e-3 * (box.high[k] - box.low[k]));
    return edges;
}

/// The errors added in turn to those measured, in shares of the heights of the curves: .1, .03, ... down to half the
/// least of the measured ones.
inline std::vector<double> added_errors(const CollapseFrame& frame) {
    constexpr double first = 0.1, least = 1e-6, step = 10.0 / 3;
    const double own = frame.least_relative_error();
    std::vector<double> added;
    for (double e = first; e > std::max(least, own); e /= step) added.push_back(e);
    return added;
}

/// Do two places differ by less than 1/500 of the box in every free coordinate?
inline bool is_near(const CollapsePlace& a, const CollapsePlace& b, const CollapseBox& box) {
    const auto x = box.exponents.coordinates(a), y = box.exponents.coordinates(b);
    for (std::size_t k = 0; k < x.size(); ++k)
        if (std::abs(x[k] - y[k]) > 0.002 * (box.high[k] - box.low[k])) return false;
    return true;
}

/// Climbs from every start, the smoothness chosen again for each; the best first, places that came together once.
inline void climb_all(CollapseFrame& frame, const CollapseBox& box, std::vector<CollapseOptimum>& optima, double reach,
                      const SimplexOptions& options) {
    std::vector<CollapseOptimum> reached;
    for (auto& start : optima) {
        start.length = frame.choose_length(start.place);
        reached.push_back(climb(frame, box, CollapseScore::evidence, start, reach, options));
    }
    std::stable_sort(reached.begin(), reached.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    optima.clear();
    for (const auto& one : reached)
        if (std::none_of(optima.begin(), optima.end(), [&](const auto& o) { return is_near(o.place, one.place, box); }))
            optima.push_back(one);
}

}  // namespace detail

/// The places at which the evidence for one smooth curve for all sizes (`CollapseFrame::log_evidence`) has a peak, at
/// most 8, the best first.
///
/// The more precise the accuracies are, the narrower the peak of a true collapse, down to far less than the distance
/// of the nodes of any grid. So errors are added first, 1/10 of the height of each curve: every peak is then wider than
/// the grid, which is scanned. From its peaks the simplex method climbs again and again while the errors that were
/// added shrink.
inline std::vector<CollapseOptimum> search_optima(CollapseFrame& frame, const KnownExponents& known) {
    const detail::CollapseBox box(frame, known);
    std::vector<CollapseOptimum> optima;
    double reach = 0.02;
    for (const double added : detail::added_errors(frame)) {
        auto tempered = frame.with_added_error(added);
        if (optima.empty()) optima = detail::scan_collapse(tempered, known, box, 8);
        detail::climb_all(tempered, box, optima, reach, {1e-2, 200});
        reach = 0.005;
    }
    if (optima.empty()) optima = detail::scan_collapse(frame, known, box, 8);
    detail::climb_all(frame, box, optima, reach, {});
    return optima;
}

/// The best of `search_optima`, or of `optima`. Then, the smoothness chosen again, a last climb: where the heights of
/// the curves are known, to the top of `CollapseFrame::agreement` nearby. Both have the same variance, but agreement
/// does not draw conclusions from the smoothness of single curves and has less bias.
///
/// Either score counts every point, whether other sizes overlap it or not: a point out of their reach has to be
/// explained by its own curve, as it would be without a collapse, and adds nothing. So losing overlap gives away what
/// agreement there was. It could still hide a disagreement: the penalty is that exponents are not allowed at all which
/// leave fewer than half the points overlapping that do when nothing is stretched. (Curves over the same range of
/// strengths with p_c in it always keep half: the less stretched lie within the more stretched.)
inline CollapseOptimum search_collapse(CollapseFrame& frame, const KnownExponents& known,
                                       const std::vector<CollapseOptimum>& optima) {
    const detail::CollapseBox box(frame, known);
    auto best = optima.front();
    best.length = frame.choose_length(best.place);
    best = detail::climb(frame, box, detail::final_score(known), best, 0.005);
    best.edges = detail::edges_near(best.place, box);
    return best;
}
inline CollapseOptimum search_collapse(CollapseFrame& frame, const KnownExponents& known) {
    return search_collapse(frame, known, search_optima(frame, known));
}

}  // namespace pstar
