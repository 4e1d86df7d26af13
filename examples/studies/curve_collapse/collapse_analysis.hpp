#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/null.hpp>
#include <pstar/scaling/collapse/prediction.hpp>
#include <pstar/scaling/collapse/proxy.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/spread.hpp>
#include <pstar/scaling/power_law.hpp>
#include <pstar/scaling/trend.hpp>

#include "collapse_flags.hpp"
#include "curve_table.hpp"

/// From curves of several sizes to the three answers: does the knee shift, does it sharpen, do the curves collapse?
namespace study {

/// One size's curve with what was made of it.
struct SizeAnalysis {
    const MeasuredSize* measured;
    pstar::CurveFit fit;
    std::vector<pstar::CurveFit> families;  ///< all of them, the best by AIC first
    pstar::Spread spread;
    pstar::SizeCurve curve;  ///< with an error at every point, for the collapse
};

/// S over a grid of exponents around the best, the others held.
struct Landscape {
    std::vector<double> p_c, inverse_nu;
    std::vector<std::vector<double>> s;  ///< s[i][j] at p_c[i], inverse_nu[j]; NaN without overlap
};

struct GroupAnalysis {
    std::string name;
    std::vector<SizeAnalysis> sizes;
    pstar::SigmoidFamily family;       ///< of the fits
    pstar::SigmoidFamily best_family;  ///< least AIC, summed over the sizes
    double aic_gain = 0;               ///< by how much it is better than `family`
    pstar::Trend shift, sharpening;    ///< of p*, and of log slope, against log size
    pstar::Approach approach;          ///< p* = limit + amplitude size^-exponent
    pstar::Collapse collapse;
    pstar::CollapsePrediction prediction;  ///< of each size by the others
    pstar::ShuffledSizes shuffled;         ///< the same with sizes dealt out anew
    pstar::ProxyRanking ranking;           ///< of other numbers to collapse against; none without strengths for them
    std::size_t ranked_points = 0;         ///< points at which all of them are finite
    Landscape landscape;
};

std::vector<GroupAnalysis> analyse(const CurveTable& table, const CollapseFlags& flags);

/// p*, slope and the rest can be compared between sizes: the status is ok, misfit or step.
bool is_comparable(const pstar::CurveFit& fit);

}  // namespace study
