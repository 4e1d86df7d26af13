#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/quantity.hpp>

/// What is wanted of a curve that is measured batch by batch, and what a batch is.
namespace pstar {

/// What is wanted of a curve, and what may be measured for it.
struct CurveDesign {
    CurveQuantity quantity = CurveQuantity::p_star;  ///< or slope
    double half_width = 0.01;                        ///< wanted of its interval: (high - low) / 2, in its own unit
    std::vector<double> strengths = {};              ///< all that may be measured, increasing; at least `first`
    std::size_t first = 4;                           ///< strengths to begin with, spread evenly; at least 3
    std::size_t first_seeds = 3;                     ///< of a strength to begin with; at least 3
    std::size_t least_seeds = 20;  ///< that stand behind an interval before it is believed: its degrees of freedom + 1
    std::size_t most_seeds = 100;  ///< of a strength
    /// Every seed has its whole curve, as is needed to compare curves seed by seed. Else a strength that tells little
    /// keeps its first seeds.
    bool whole_seeds = false;

    /// Seeds of a strength in the first batch: `first_seeds`; 8 where seeds are whole; at most `least_seeds`.
    std::size_t seeds_to_begin_with() const {
        return std::min(whole_seeds ? std::max<std::size_t>(8, first_seeds) : first_seeds, least_seeds);
    }
    void validate() const;
};

/// What to do after so many runs. `reached`: nothing, the interval is narrow enough.
enum class BatchKind {
    runs,       ///< measure more
    reached,    ///< the interval is as narrow as wanted
    no_knee,    ///< the curve has no drop within the strengths: no run would tell
    exhausted,  ///< with all strengths and the most seeds it would still be wider, as far as can be told
};

inline std::string to_string(BatchKind kind) {
    switch (kind) {
        case BatchKind::runs:
            return "runs";
        case BatchKind::reached:
            return "reached";
        case BatchKind::no_knee:
            return "no_knee";
        case BatchKind::exhausted:
            return "exhausted";
    }
    return "unknown";
}

/// So many more seeds at a strength: those with the next numbers.
struct MoreSeeds {
    double strength = 0;    ///< one of those that may be measured
    std::size_t seeds = 0;  ///< how many; at least 1
};

/// The runs to do next.
struct CurveBatch {
    BatchKind kind = BatchKind::reached;
    std::vector<MoreSeeds> runs = {};  ///< strengths increasing
    double half_width = 0;  ///< of the interval now; infinite where the curve is not told yet, or has an open end

    /// Whether no more runs are wanted.
    bool is_end() const { return kind != BatchKind::runs; }
};

inline void CurveDesign::validate() const {
    require(quantity == CurveQuantity::p_star || quantity == CurveQuantity::slope, "CurveDesign", "quantity",
            to_string(quantity), "be p_star or slope");
    require(half_width > 0 && std::isfinite(half_width), "CurveDesign", "half_width", half_width,
            "be positive and finite");
    require(first >= 3, "CurveDesign", "first", first, "be at least 3");
    require(strengths.size() >= first, "CurveDesign", "number of strengths", strengths.size(),
            "be at least first, " + std::to_string(first));
    for (std::size_t i = 0; i < strengths.size(); ++i) {
        require(std::isfinite(strengths[i]), "CurveDesign", "strength", strengths[i], "be finite");
        if (i > 0)
            require(strengths[i] > strengths[i - 1], "CurveDesign", "strength", strengths[i],
                    "be larger than the one before");
    }
    require(first_seeds >= 3, "CurveDesign", "first_seeds", first_seeds, "be at least 3");
    require(least_seeds >= 3, "CurveDesign", "least_seeds", least_seeds, "be at least 3");
    require(most_seeds >= least_seeds, "CurveDesign", "most_seeds", most_seeds, "be at least least_seeds");
}

/// The strengths to begin with: of those that may be measured, the ones nearest to an even spread.
inline std::vector<double> first_strengths(const CurveDesign& design) {
    design.validate();
    const auto& all = design.strengths;
    std::vector<double> chosen;
    std::size_t next = 0;
    for (std::size_t j = 0; j < design.first; ++j) {
        const double wanted =
            all.front() + (all.back() - all.front()) * static_cast<double>(j) / static_cast<double>(design.first - 1);
        const auto last = all.size() - (design.first - j);  // leaves one for each that follows
        while (next < last && std::abs(all[next + 1] - wanted) <= std::abs(all[next] - wanted)) ++next;
        chosen.push_back(all[next++]);
    }
    return chosen;
}

}  // namespace pstar
