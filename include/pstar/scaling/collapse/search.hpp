#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
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
    std::optional<double> zeta = 0.0;  ///< accuracies keep their height
    double p_c_beyond = 0;             ///< p_c is searched so far beyond the strengths, in shares of their range
    bool negative_nu = false;          ///< curves may flatten with size as well as sharpen
};

/// Which exponents ran into the end of the range that is searched; only free ones do.
struct CollapseEdges {
    bool p_c = false, stretch = false, lift = false;
};

/// Where curves collapse best.
struct CollapseOptimum {
    CollapsePlace place;
    double length = 1;  ///< of the smoothness, in units of strength at the mean size
    double score = 0;   ///< what was maximised there, in nats
    bool converged = false;
    CollapseEdges edges = {};
};

namespace detail {

enum class CollapseScore { evidence, agreement };  ///< `CollapseFrame::log_evidence` or `agreement`

inline double score_of(CollapseFrame& frame, CollapseScore score, const CollapsePlace& place, double length) {
    return score == CollapseScore::evidence ? frame.log_evidence(place, length) : frame.agreement(place, length);
}

/// What the exponents are estimated by. Sizes whose heights may differ are compared by evidence.
inline CollapseScore final_score(const KnownExponents& known) {
    return known.zeta ? CollapseScore::agreement : CollapseScore::evidence;
}

/// The box that is searched. p_c: the range of strengths, and `p_c_beyond` of it on both sides. 1/nu: stretches the
/// largest size against the smallest by at most e (range of strengths)/(smallest gap); without `negative_nu` it starts
/// at 1/8 of that below 0, so that 0 can lie within an interval. zeta/nu: scales heights by at most e^3 more than
/// makes them equal.
struct CollapseBox {
    CollapsePlace low, high;
    std::size_t least_overlap;  ///< half the points that overlap when nothing is stretched
    double narrowest;           ///< range of strengths of the size for which it is least

    CollapseBox(CollapseFrame& frame, const KnownExponents& known)
        : least_overlap((frame.overlapping({0, 0, 0}) + 1) / 2) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        double least = infinity, most = -infinity, gap = infinity, small = infinity, large = -infinity;
        double low_height = infinity, high_height = 0;
        narrowest = infinity;
        for (std::size_t i = 0; i < frame.curves(); ++i) {
            const auto& p = frame.strength(i);
            least = std::min(least, p.front()), most = std::max(most, p.back());
            if (p.size() > 1) narrowest = std::min(narrowest, p.back() - p.front());
            for (std::size_t j = 1; j < p.size(); ++j) gap = std::min(gap, p[j] - p[j - 1]);
            small = std::min(small, frame.log_size(i)), large = std::max(large, frame.log_size(i));
            const double height = frame.height(i);
            if (height > 0) low_height = std::min(low_height, height), high_height = std::max(high_height, height);
        }
        const double range = most > least ? most - least : 1, beyond = known.p_c_beyond * range;
        const double steepest = (1 + std::log(std::isfinite(gap) ? range / gap : 1)) / (large - small);
        const double lift = (3 + (high_height > low_height ? std::log(high_height / low_height) : 0)) / (large - small);
        low = {least - beyond, known.negative_nu ? -steepest : -steepest / 8, -lift};
        high = {most + beyond, steepest, lift};
        narrowest = std::min(narrowest, range);
    }
    bool contains(const CollapsePlace& p) const {
        return p.p_c >= low.p_c && p.p_c <= high.p_c && p.stretch >= low.stretch && p.stretch <= high.stretch &&
               p.lift >= low.lift && p.lift <= high.lift;
    }
};

/// Free coordinates <-> places, with what is known filled in. zeta known: zeta/nu follows 1/nu.
class FreeExponents {
public:
    explicit FreeExponents(const KnownExponents& known) : known_(known) {}

    std::size_t count() const { return (known_.p_c ? 0U : 1U) + (known_.nu ? 0U : 1U) + (known_.zeta ? 0U : 1U); }
    std::vector<double> coordinates(const CollapsePlace& place) const {
        std::vector<double> x;
        if (!known_.p_c) x.push_back(place.p_c);
        if (!known_.nu) x.push_back(place.stretch);
        if (!known_.zeta) x.push_back(place.lift);
        return x;
    }
    CollapsePlace place(const std::vector<double>& x) const {
        std::size_t next = 0;
        CollapsePlace place;
        place.p_c = known_.p_c ? *known_.p_c : x[next++];
        place.stretch = known_.nu ? 1 / *known_.nu : x[next++];
        place.lift = known_.zeta ? *known_.zeta * place.stretch : x[next];
        return place;
    }

private:
    KnownExponents known_;
};

inline std::vector<double> nodes(bool known, double low, double high, int count) {
    if (known) return {0.0};
    std::vector<double> x;
    for (int i = 0; i < count; ++i) x.push_back(low + (high - low) * i / (count - 1));
    return x;
}

/// The `keep` best peaks of the evidence on a grid over the free exponents: nodes that no neighbour exceeds. Every node
/// has the smoothness that is best for its curves taken separately. Between two values of p_c lies 1/16 of the
/// narrowest range of strengths, or at most 1/44 of the box; where zeta is free too, 1/32.
inline std::vector<CollapseOptimum> scan_collapse(CollapseFrame& frame, const KnownExponents& known,
                                                  const CollapseBox& box, std::size_t keep) {
    const FreeExponents exponents(known);
    const double fine = 16 * (box.high.p_c - box.low.p_c) / box.narrowest;
    const bool lifts = !known.zeta.has_value();
    const int p_c_nodes = lifts ? 33 : std::clamp(static_cast<int>(fine), 45, 180);
    const auto p_c = nodes(known.p_c.has_value(), box.low.p_c, box.high.p_c, p_c_nodes);
    const auto stretch = nodes(known.nu.has_value(), known.negative_nu ? box.low.stretch : 0, box.high.stretch,
                               lifts && !known.negative_nu ? 17 : 25);
    const auto lift = nodes(known.zeta.has_value(), box.low.lift, box.high.lift, 13);
    std::vector<CollapseOptimum> grid;
    bool overlaps = false;
    for (const double s : stretch)
        for (const double l : lift) {
            double length = 0;  // does not depend on p_c
            for (const double p : p_c) {
                const auto place = exponents.place(exponents.coordinates({p, s, l}));
                if (length == 0) length = frame.choose_length(place);
                grid.push_back({place, length, frame.log_evidence(place, length)});
                overlaps = overlaps || frame.overlapping(place) >= box.least_overlap;
            }
        }
    if (overlaps)
        for (auto& node : grid)
            if (frame.overlapping(node.place) < box.least_overlap)
                node.score = -std::numeric_limits<double>::infinity();
    const auto at = [&](std::size_t s, std::size_t l, std::size_t p) -> const CollapseOptimum& {
        return grid[(s * lift.size() + l) * p_c.size() + p];
    };
    const auto around = [](std::size_t i, std::size_t size) {
        return std::pair{i > 0 ? i - 1 : 0, std::min(i + 2, size)};
    };
    std::vector<CollapseOptimum> peaks;
    for (std::size_t s = 0; s < stretch.size(); ++s)
        for (std::size_t l = 0; l < lift.size(); ++l)
            for (std::size_t p = 0; p < p_c.size(); ++p) {
                bool highest = std::isfinite(at(s, l, p).score);
                for (auto [i, i_end] = around(s, stretch.size()); highest && i < i_end; ++i)
                    for (auto [j, j_end] = around(l, lift.size()); highest && j < j_end; ++j)
                        for (auto [k, k_end] = around(p, p_c.size()); highest && k < k_end; ++k)
                            highest = at(i, j, k).score <= at(s, l, p).score;
                if (highest) peaks.push_back(at(s, l, p));
            }
    if (peaks.empty()) peaks.push_back(grid[0]);
    std::stable_sort(peaks.begin(), peaks.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    peaks.resize(std::min(keep, peaks.size()));
    return peaks;
}

/// Climbs `score` from `start` with its smoothness held. `reach`: size of the first simplex, in shares of the box.
inline CollapseOptimum climb(CollapseFrame& frame, const KnownExponents& known, const CollapseBox& box,
                             CollapseScore score, const CollapseOptimum& start, double reach,
                             const SimplexOptions& options = {}) {
    const FreeExponents exponents(known);
    const CollapsePlace extent{reach * (box.high.p_c - box.low.p_c), reach * (box.high.stretch - box.low.stretch),
                               reach * (box.high.lift - box.low.lift)};
    const auto least_overlap = std::min(box.least_overlap, frame.overlapping(start.place));
    const auto allowed = [&](const CollapsePlace& place) {
        return exponents.count() == 0 || (box.contains(place) && frame.overlapping(place) >= least_overlap);
    };
    const auto minimum = nelder_mead(
        [&](const std::vector<double>& x) {
            const auto place = exponents.place(x);
            return allowed(place) ? -score_of(frame, score, place, start.length)
                                  : std::numeric_limits<double>::infinity();
        },
        exponents.coordinates(start.place), exponents.coordinates(extent), options);
    return {exponents.place(minimum.x), start.length, -minimum.value, minimum.converged};
}

/// Within 1/1000 of an end of the box?
inline CollapseEdges edges_near(const CollapsePlace& place, const KnownExponents& known, const CollapseBox& box) {
    const auto near = [](double x, double low, double high) {
        return std::min(x - low, high - x) < 1e-3 * (high - low);
    };
    return {!known.p_c && near(place.p_c, box.low.p_c, box.high.p_c),
            !known.nu && near(place.stretch, box.low.stretch, box.high.stretch),
            !known.zeta && near(place.lift, box.low.lift, box.high.lift)};
}

}  // namespace detail

namespace detail {

/// The errors added in turn to those measured, in shares of the heights of the curves: .1, .03, ... down to half the
/// least of the measured ones.
inline std::vector<double> added_errors(const CollapseFrame& frame) {
    constexpr double first = 0.1, least = 1e-6, step = 10.0 / 3;
    const double own = frame.least_relative_error();
    std::vector<double> added;
    for (double e = first; e > std::max(least, own); e /= step) added.push_back(e);
    return added;
}

/// Do two places differ by less than 1/500 of the box in every exponent?
inline bool is_near(const CollapsePlace& a, const CollapsePlace& b, const CollapseBox& box) {
    const auto near = [](double x, double y, double low, double high) {
        return std::abs(x - y) <= 0.002 * (high - low);
    };
    return near(a.p_c, b.p_c, box.low.p_c, box.high.p_c) &&
           near(a.stretch, b.stretch, box.low.stretch, box.high.stretch) &&
           near(a.lift, b.lift, box.low.lift, box.high.lift);
}

/// Climbs from every start, the smoothness chosen again for each; the best first, places that came together once.
inline void climb_all(CollapseFrame& frame, const KnownExponents& known, const CollapseBox& box,
                      std::vector<CollapseOptimum>& optima, double reach, const SimplexOptions& options) {
    std::vector<CollapseOptimum> reached;
    for (auto& start : optima) {
        start.length = frame.choose_length(start.place);
        reached.push_back(climb(frame, known, box, CollapseScore::evidence, start, reach, options));
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
        detail::climb_all(tempered, known, box, optima, reach, {1e-2, 200});
        reach = 0.005;
    }
    if (optima.empty()) optima = detail::scan_collapse(frame, known, box, 8);
    detail::climb_all(frame, known, box, optima, reach, {});
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
    best = detail::climb(frame, known, box, detail::final_score(known), best, 0.005);
    best.edges = detail::edges_near(best.place, known, box);
    return best;
}
inline CollapseOptimum search_collapse(CollapseFrame& frame, const KnownExponents& known) {
    return search_collapse(frame, known, search_optima(frame, known));
}

}  // namespace pstar
