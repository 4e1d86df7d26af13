#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/math.hpp>
#include <pstar/scaling/collapse/search.hpp>
#include <pstar/scaling/detail/collapse_response.hpp>
#include <pstar/statistics/estimate.hpp>

/// Is a correction to scaling needed, a(p, L) = L^(zeta/nu) (1 + b L^-omega) f(L^(1/nu) (p - p_c))?
namespace pstar {

/// Whether a collapse has a correction to scaling.
enum class CorrectionChoice {
    none,
    fitted,
    automatic,  ///< fitted where the evidence is for it and its interval does not contain 0
};

inline std::string to_string(CorrectionChoice choice) {
    switch (choice) {
        case CorrectionChoice::none:
            return "none";
        case CorrectionChoice::fitted:
            return "fitted";
        case CorrectionChoice::automatic:
            return "automatic";
    }
    return "unknown";
}

/// What was found of a correction to scaling. Where none is fitted, b is 0 and omega undefined.
struct CollapseCorrection {
    bool fitted = false;
    Estimate amplitude = exactly(0);  ///< b, in units of size^omega; open where `change` may be 0
    Estimate omega;                   ///< > 0; open beyond the 4 up to which it is searched
    Estimate change = exactly(0);     ///< (1 + b Lmin^-omega) / (1 + b Lmax^-omega) - 1: the smallest size is higher by
                                      ///< this share than scaling alone says
    double log_evidence = std::numeric_limits<double>::quiet_NaN();  ///< with it against without, in nats
    std::string reason = {};                                         ///< one sentence on the choice, or empty
};

/// The number of (first) sizes that a correction asks for. Their heights tell that of the common curve, b, omega and
/// zeta, as far as these are free, and with one size more whether all this is so.
constexpr std::size_t least_sizes(const KnownExponents& known) {
    return known.corrected ? 3U + !known.omega + !known.zeta : 2U;
}

namespace detail {

/// log of the integral of p(accuracies | one curve) over the free exponents: by Laplace's method about the maximum near
/// `start`, where they have one, and `most`, the maximum times the box that is searched.
struct LogIntegral {
    double laplace, most;
};

inline LogIntegral log_integral(CollapseFrame& frame, const KnownExponents& known, CollapseOptimum start) {
    const CollapseBox box(frame, known);
    for (int pass = 0; pass < 2; ++pass) {
        start.length = frame.choose_length(start.place);
        start = climb(frame, box, CollapseScore::evidence, start, 0.005);
    }
    double volume = 0;
    for (std::size_t k = 0; k < box.low.size(); ++k) volume += std::log(box.high[k] - box.low[k]);
    return {start.score + ScoreCurvature(frame, box, CollapseScore::evidence, start).log_volume(),
            start.score + volume};
}

}  // namespace detail

/// log p(accuracies | a correction) - log p(accuracies | none), in nats. A priori the logarithm of the ratio of the
/// heights, log (1 + b Lmin^-omega) / (1 + b Lmax^-omega), is even from -1 to 1, and omega from 0 to 4: what is gained
/// by two more numbers is weighed against how much of these ranges the accuracies rule out (Occam's factor). For 8
/// values of omega and the best one the other exponents are integrated by Laplace's method about the maximum; over
/// omega, which is open where b = 0, the mean is taken. Where there is no such maximum the difference is a lower bound:
/// a value of omega counts nothing, and without a correction the integral is at most the maximum times the box.
/// -infinity where no omega has a maximum.
/// Source: MacKay, "Information Theory, Inference, and Learning Algorithms", chapters 27 and 28.
inline double log_evidence_of_correction(CollapseFrame& frame, const KnownExponents& known,
                                         const CollapseOptimum& plain, const CollapseOptimum& corrected) {
    constexpr std::size_t omegas = 8;
    constexpr double width_of_prior = 2;
    auto without = known, with = known;
    without.corrected = false;
    std::vector<double> at;
    for (std::size_t k = 0; k <= omegas; ++k) {
        auto start = corrected;
        if (!known.omega && k < omegas)
            start.place.omega = detail::most_omega(frame) * (static_cast<double>(k) + 0.5) / omegas;
        with.omega = start.place.omega;
        start.place.change = std::min(start.place.change, 0.9 * start.place.omega * frame.log_range());
        if (const double one = detail::log_integral(frame, with, start).laplace; !std::isnan(one)) at.push_back(one);
    }
    const auto plainly = detail::log_integral(frame, without, plain);
    return log_sum_exp(std::span<const double>(at)) - std::log((omegas + 1) * width_of_prior) -
           (std::isnan(plainly.laplace) ? plainly.most : plainly.laplace);
}

}  // namespace pstar
