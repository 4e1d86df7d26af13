#pragma once

#include <string>
#include <string_view>

namespace pstar {

/// What became of a collapse; the first that applies, in this order.
enum class CollapseStatus {
    too_few_sizes,  ///< fewer than two sizes
    no_overlap,     ///< at the best exponents the ranges of the sizes do not all hang together
    not_converged,  ///< the search did not settle
    misfit,         ///< no exponents bring the sizes onto one curve within errors
    contradicted,   ///< S fits, but the evidence, or S between straight lines, says that there is no common curve
    ambiguous,      ///< other exponents, outside the intervals, are nearly as probable
    nu_unknown,   ///< the interval of 1/nu contains 0, or has no end; where only nu > 0 is asked for, it is not above 0
    p_c_outside,  ///< the interval of p_c reaches beyond the strengths measured; p_c at their end comes before misfit
    correction_unknown,  ///< a correction to scaling was fitted, but b may be 0, or the interval of omega is open
    ok,
};

inline std::string to_string(CollapseStatus status) {
    switch (status) {
        case CollapseStatus::too_few_sizes:
            return "too_few_sizes";
        case CollapseStatus::no_overlap:
            return "no_overlap";
        case CollapseStatus::not_converged:
            return "not_converged";
        case CollapseStatus::misfit:
            return "misfit";
        case CollapseStatus::contradicted:
            return "contradicted";
        case CollapseStatus::ambiguous:
            return "ambiguous";
        case CollapseStatus::p_c_outside:
            return "p_c_outside";
        case CollapseStatus::nu_unknown:
            return "nu_unknown";
        case CollapseStatus::correction_unknown:
            return "correction_unknown";
        case CollapseStatus::ok:
            return "ok";
    }
    return "unknown";
}

/// One sentence on what a status means and what to do about it.
constexpr std::string_view explain(CollapseStatus status) {
    switch (status) {
        case CollapseStatus::too_few_sizes:
            return "A collapse needs at least two sizes: measure more.";
        case CollapseStatus::no_overlap:
            return "At the best exponents the ranges of some sizes do not meet those of the others: measure strengths "
                   "that the sizes share.";
        case CollapseStatus::not_converged:
            return "The search for the best exponents did not settle: fix one of them.";
        case CollapseStatus::misfit:
            return "The curves do not collapse within their errors for any exponents: these exponents only "
                   "summarise them.";
        case CollapseStatus::contradicted:
            return "No collapse is shown: S is small only because the common curve is not known between the points; "
                   "measure closer strengths, which the sizes share.";
        case CollapseStatus::ambiguous:
            return "Other exponents collapse the curves nearly as well: fix one exponent, or measure more.";
        case CollapseStatus::p_c_outside:
            return "The interval of p_c reaches beyond the strengths measured: the curves do not say where they cross.";
        case CollapseStatus::nu_unknown:
            return "The interval of 1/nu is open or not above 0: the curves are not seen to sharpen with size.";
        case CollapseStatus::correction_unknown:
            return "A correction to scaling was fitted whose omega is not known: where b may be 0 collapse the curves "
                   "without one, else fix omega or measure more sizes.";
        case CollapseStatus::ok:
            return "The curves collapse within their errors.";
    }
    return "";
}

}  // namespace pstar
