#pragma once

#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/curve_design.hpp>
#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/detail/batch_choice.hpp>

/// Which runs of a curve to do next, for an interval of a given width.
namespace pstar {

/// The next batch of runs, a pure function of what is measured and fitted so far, so that a curve that is measured
/// batch by batch takes the same runs whenever it is done again:
///
///     CurveRuns measured = ...;            // first_strengths(design), each with design.seeds_to_begin_with()
///     auto batch = next_batch(measured, fit_curve(measured, options), design);
///     while (!batch.is_end()) {
///         ...                              // measure batch.runs: so many more seeds at each of these strengths
///         batch = next_batch(measured, fit_curve(measured, options), design);
///     }
///
/// Seeds have numbers, and a strength with n of them has the first n: so most runs of a seed share its shift, and a
/// strength that tells little keeps its first few seeds. All runs of a curve cost the same. In this order:
/// - a strength in the middle of the steepest fall between neighbours, while half of the drop lies there;
/// - a strength next to the end whose plateau is not seen;
/// - strengths where they tell most, while the interval of eight seeds or more is 1.5 times as wide as the fitted curve
///   explains (its family is open), or less than three strengths stand behind the quantity;
/// - the cheapest way to the goal, a quarter more runs at once: one more seed at a strength, or a new strength,
/// whatever
///   makes the expected interval narrowest for its runs (`detail::ExpectedVariance`: the Fisher information of the
///   fitted curve, the noise that the seeds show, `estimate_seed_noise`, and Student's t).
/// Every fourth new strength lies in the widest gap, so that a wrong curve is noticed.
///
/// `reached` asks for an interval as narrow as wanted with `least_seeds` behind it, and for one of the noise model, its
/// shift enlarged by twice its standard error, that is at most 1.25 times as wide: an interval of few seeds may be
/// narrow by luck. `exhausted`: even all strengths with `most_seeds` would leave it 1.25 times as wide as wanted.
///
/// `fit` is that of `measured`, with the intervals of its seeds. Throws std::invalid_argument for a design that is not
/// valid, for seeds that are not known, and for fewer than two strengths, or two seeds at one.
///
/// Sources: the sequential choice of the most informative stimulus is that of Kontsevich & Tyler, Vision Research 39
/// (1999) 2729, and Watson, "QUEST+", Journal of Vision 17 (2017) 10; here runs come in seeds and are many.
inline CurveBatch next_batch(const CurveRuns& measured, const CurveFit& fit, const CurveDesign& design) {
    constexpr auto where = "next_batch";
    design.validate();
    detail::check_seeds(where, measured);
    require(measured.strength.size() >= 2, where, "number of strengths", measured.strength.size(), "be at least 2");
    for (std::size_t i = 0; i < measured.strength.size(); ++i) {
        require(measured.accuracy[i].size() >= 2, where, "number of seeds at one strength", measured.accuracy[i].size(),
                "be at least 2");
        if (i > 0)
            require(measured.strength[i] > measured.strength[i - 1], where, "strength", measured.strength[i],
                    "be larger than the one before");
    }
    return detail::BatchChoice(measured, fit, design).choose();
}

/// The same of seeds with their whole curves.
inline CurveBatch next_batch(const SeedCurves& measured, const CurveFit& fit, const CurveDesign& design) {
    require(measured.accuracy.size() >= 2, "next_batch", "number of seeds", measured.accuracy.size(), "be at least 2");
    return next_batch(by_strength(measured), fit, design);
}

}  // namespace pstar
