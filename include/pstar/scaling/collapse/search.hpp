#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include <pstar/core/nelder_mead.hpp>
#include <pstar/scaling/collapse/evidence.hpp>

/// The place where curves collapse best.
namespace pstar {

/// Exponents that the caller knows; empty: searched for.
struct KnownExponents {
    std::optional<double> p_c = std::nullopt;
    std::optional<double> nu = std::nullopt;
    std::optional<double> zeta = 0.0;  ///< accuracies keep their height
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

/// The box that is searched. p_c: the range of strengths and half of it on both sides. 1/nu: stretches the largest size
/// against the smallest by at most e (range of strengths)/(smallest gap). zeta/nu: scales heights by at most e^3.
struct CollapseBox {
    CollapsePlace low, high;
    std::size_t least_overlap;  ///< half the points that overlap when nothing is stretched

    explicit CollapseBox(CollapseFrame& frame) : least_overlap((frame.overlapping({0, 0, 0}) + 1) / 2) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        double least = infinity, most = -infinity, gap = infinity, small = infinity, large = -infinity;
        for (std::size_t i = 0; i < frame.curves(); ++i) {
            const auto& p = frame.strength(i);
            least = std::min(least, p.front()), most = std::max(most, p.back());
            for (std::size_t j = 1; j < p.size(); ++j) gap = std::min(gap, p[j] - p[j - 1]);
            small = std::min(small, frame.log_size(i)), large = std::max(large, frame.log_size(i));
        }
        const double range = most > least ? most - least : 1;
        const double steepest = (1 + std::log(std::isfinite(gap) ? range / gap : 1)) / (large - small);
        low = {least - range / 2, -steepest, -3 / (large - small)};
        high = {most + range / 2, steepest, 3 / (large - small)};
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

/// The best nodes of a grid over the free exponents, each with the smoothness that is best for its curves taken
/// separately.
inline std::vector<CollapseOptimum> scan_collapse(CollapseFrame& frame, const KnownExponents& known,
                                                  const CollapseBox& box, std::size_t keep) {
    const FreeExponents exponents(known);
    const auto p_c = nodes(known.p_c.has_value(), box.low.p_c, box.high.p_c, 45);
    const auto stretch = nodes(known.nu.has_value(), box.low.stretch, box.high.stretch, 25);
    const auto lift = nodes(known.zeta.has_value(), box.low.lift, box.high.lift, 13);
    std::vector<CollapseOptimum> found;
    for (const double s : stretch)
        for (const double l : lift) {
            double length = 0;  // does not depend on p_c
            for (const double p : p_c) {
                const auto place = exponents.place(exponents.coordinates({p, s, l}));
                if (length == 0) length = choose_smoothness(frame.at(place)).length;
                found.push_back({place, length, frame.log_evidence(place, length)});
            }
        }
    const auto overlap = std::partition(found.begin(), found.end(), [&](const CollapseOptimum& node) {
        return frame.overlapping(node.place) >= box.least_overlap;
    });
    if (overlap != found.begin()) found.erase(overlap, found.end());
    keep = std::min(keep, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(keep), found.end(),
                      [](const auto& a, const auto& b) { return a.score > b.score; });
    found.resize(keep);
    return found;
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

/// The exponents for which one smooth curve for all sizes has most evidence (`CollapseFrame::log_evidence`): a scan of
/// the box and the simplex method from the three best nodes. Then, the smoothness chosen again, a last climb: where the
/// heights of the curves are known, to the top of `CollapseFrame::agreement` nearby. Both have the same variance, but
/// agreement does not draw conclusions from the smoothness of single curves and has less bias.
///
/// Either score counts every point, whether other sizes overlap it or not: a point out of their reach has to be
/// explained by its own curve, as it would be without a collapse, and adds nothing. So losing overlap gives away what
/// agreement there was. It could still hide a disagreement: the penalty is that exponents are not allowed at all which
/// leave fewer than half the points overlapping that do when nothing is stretched. (Curves over the same range of
/// strengths with p_c in it always keep half: the less stretched lie within the more stretched.)
inline CollapseOptimum search_collapse(CollapseFrame& frame, const KnownExponents& known) {
    const detail::CollapseBox box(frame);
    CollapseOptimum best;
    best.score = -std::numeric_limits<double>::infinity();
    for (const auto& start : detail::scan_collapse(frame, known, box, 3)) {
        const auto optimum = detail::climb(frame, known, box, detail::CollapseScore::evidence, start, 0.02);
        if (optimum.score > best.score) best = optimum;
    }
    best.length = choose_smoothness(frame.at(best.place)).length;
    best = detail::climb(frame, known, box, detail::final_score(known), best, 0.005);
    best.edges = detail::edges_near(best.place, known, box);
    return best;
}

}  // namespace pstar
