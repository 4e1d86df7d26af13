#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/nelder_mead.hpp>
#include <pstar/scaling/collapse/evidence.hpp>
#include <pstar/scaling/collapse/exponents.hpp>

/// The place where curves collapse best.
namespace pstar {

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
    const bool has_heights = free.has_lift() || free.has_change();
    const int stretches = sizes > 2 || (sizes > 1 && has_heights) ? 9 : has_more && !known.negative_nu ? 17 : 25;
    for (std::size_t k = 0; k < sizes; ++k)
        if (free.has_stretch(k)) add(known.negative_nu ? box.low[grid.size()] : 0, stretches);
    if (free.has_lift()) add(box.low[grid.size()], sizes > 1 ? 9 : 13);
    if (free.has_change()) add(box.low[grid.size()], free.has_lift() || sizes > 1 ? 5 : 9);
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
/// The exponents of the largest evidence.
inline CollapseOptimum search_collapse(CollapseFrame& frame, const KnownExponents& known) {
    return search_collapse(frame, known, search_optima(frame, known));
}

}  // namespace pstar
