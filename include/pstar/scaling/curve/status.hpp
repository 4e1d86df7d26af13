#pragma once

#include <string>
#include <string_view>

namespace pstar {

/// What became of a fit; the first that applies, in this order.
enum class CurveStatus {
    too_few_points,      ///< fewer points than parameters, or as many and no error bars
    no_drop,             ///< flat within its errors, or never below half way
    non_monotone,        ///< rises somewhere, by more than noise and by more than 5% of its range
    step,                ///< infinitely steep curves fit as well: the slope has only a lower bound
    upper_unidentified,  ///< the upper plateau is not seen
    lower_unidentified,  ///< the lower plateau is not seen
    not_converged,       ///< the search found no minimum
    misfit,              ///< the points scatter about the curve of the family asked for by more than their errors
    coarse,              ///< as smooth, but half of the drop lies between two strengths: a lower bound of the slope
    smooth,              ///< no family fits and tells its plateaus: the numbers are those of a smooth falling curve
    ok,
};

inline std::string to_string(CurveStatus status) {
    switch (status) {
        case CurveStatus::too_few_points:
            return "too_few_points";
        case CurveStatus::no_drop:
            return "no_drop";
        case CurveStatus::non_monotone:
            return "non_monotone";
        case CurveStatus::step:
            return "step";
        case CurveStatus::not_converged:
            return "not_converged";
        case CurveStatus::upper_unidentified:
            return "upper_unidentified";
        case CurveStatus::lower_unidentified:
            return "lower_unidentified";
        case CurveStatus::misfit:
            return "misfit";
        case CurveStatus::coarse:
            return "coarse";
        case CurveStatus::smooth:
            return "smooth";
        case CurveStatus::ok:
            return "ok";
    }
    return "unknown";
}

/// Whether p*, slope and the other numbers of a fit can be compared between curves: the status is ok, smooth, misfit,
/// step or coarse.
constexpr bool is_comparable(CurveStatus status) {
    return status == CurveStatus::ok || status == CurveStatus::smooth || status == CurveStatus::misfit ||
           status == CurveStatus::step || status == CurveStatus::coarse;
}

/// One sentence on what a status means and what to do about it.
constexpr std::string_view explain(CurveStatus status) {
    switch (status) {
        case CurveStatus::too_few_points:
            return "There are too few strengths for the parameters: measure more, or fix the lower or upper level.";
        case CurveStatus::no_drop:
            return "Accuracy is flat within its errors or never falls below half way: p* lies beyond the largest "
                   "strength.";
        case CurveStatus::non_monotone:
            return "Accuracy rises with strength somewhere, by more than its errors: a falling curve is the wrong "
                   "model.";
        case CurveStatus::step:
            return "Accuracy falls between neighbouring strengths: p* is bracketed and the slope bounded from below; "
                   "add "
                   "strengths inside the bracket.";
        case CurveStatus::not_converged:
            return "The search for the best curve did not settle: look at the points, or fix the lower or upper level.";
        case CurveStatus::upper_unidentified:
            return "The upper plateau is not seen: measure smaller strengths or fix the upper level.";
        case CurveStatus::lower_unidentified:
            return "The lower plateau is not seen: measure larger strengths or fix the lower level.";
        case CurveStatus::misfit:
            return "The points scatter about the best curve of this family by more than their errors: leave the family "
                   "open, and the numbers are those of the best one, or of a smooth curve without a family.";
        case CurveStatus::coarse:
            return "No family describes the points and tells both plateaus, and half of the drop lies between two "
                   "neighbouring strengths: p* is bracketed and the slope bounded from below; add strengths there.";
        case CurveStatus::smooth:
            return "No family describes the points within their errors and tells both plateaus: the numbers are "
                   "those of a smooth falling curve through them.";
        case CurveStatus::ok:
            return "The curve describes the points within their errors.";
    }
    return "";
}

}  // namespace pstar
