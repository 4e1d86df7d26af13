#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/collapse/correction.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/scaling/collapse/status.hpp>
#include <pstar/statistics/estimate.hpp>

namespace pstar {

/// A place at which the evidence for one curve has a peak.
struct CollapsePeak {
    CollapseExponents exponents;
    double log_evidence = 0;  ///< as `Collapse::log_evidence`
    CollapseQuality smooth;   ///< with the smooth master curve
};

/// The best collapse, how good it is, and what it says of the exponents.
struct Collapse {
    CollapseStatus status = CollapseStatus::too_few_sizes;
    std::string explanation;                         ///< one sentence for a reader
    Estimate p_c;                                    ///< in units of strength
    Estimate nu;                                     ///< no upper end where 1/nu may be 0
    Estimate inverse_nu;                             ///< 1/nu, in which the errors are nearly normal
    Estimate zeta;                                   ///< known: low = value = high
    std::vector<Estimate> more_nu, more_inverse_nu;  ///< of `SizeCurve::more_sizes`, in their order
    CollapseCorrection correction;                   ///< to scaling: whether there is one, and why
    CollapseExponents exponents;  ///< where the sizes collapse best; the estimates above are these less their bias
    CollapseQuality smooth;       ///< at `exponents`, with the smooth master curve
    CollapseQuality line;         ///< the same after Houdayer and Hartmann
    double p_value = 1;           ///< share of redraws of a true collapse whose smooth S is as large
    double log_evidence = 0;      ///< one curve for all sizes against one for each, in nats
    double inflation = 1;         ///< factor that widened the intervals because of a misfit
    Estimate line_expected = open_interval();  ///< of `line.s` in redraws of a true collapse: median, 95% range
    std::vector<CollapsePeak> peaks;           ///< all that were found (at most 8), the most probable first
    std::size_t pooled_errors = 0;             ///< points whose error of 0 was replaced (`with_pooled_errors`)
    std::size_t sizes = 0;                     ///< curves
};

}  // namespace pstar
