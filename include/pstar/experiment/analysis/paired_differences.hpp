#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>
#include <pstar/scaling/curve/runs.hpp>

/// Models of two kinds compared by the midpoints of their accuracy curves, repeat by repeat.
namespace pstar {

/// The midpoint of the first curve less that of the second.
struct PairedDifference {
    const FittedCurve *first, *second;
    MidpointDifference found;
};

/// Whether two curves differ in the model alone: same activation, training set, batch size, corruption and test images.
inline bool differ_in_model_alone(const AccuracyCurve& first, const AccuracyCurve& second) {
    const auto setting = [](const AccuracyCurve& curve) {
        const auto& run = curve.run;
        return std::tuple(run.activation, run.batch_size, run.corruption, curve.images, training_set_of(run));
    };
    return setting(first) == setting(second);
}

/// `midpoint_difference` over the repeats that have an accuracy at every strength of both curves (`paired`), fitted
/// with the options of the first: where both have the same repeats, its midpoints are theirs. Repeats share weights at
/// the start, order and noise as far as the models allow, and what they do to both curves cancels. Refers to the
/// curves. Throws std::invalid_argument unless both have as many classes and as many test images.
template <class Curve = SigmoidCurve>
PairedDifference paired_difference(const FittedCurve& first, const FittedCurve& second) {
    const auto &a = first.measured, &b = second.measured;
    require(a.test_images == b.test_images, "paired_difference", "test_images of the second curve", b.test_images,
            "be those of the first, " + std::to_string(a.test_images));
    require(a.classes == b.classes, "paired_difference", "classes of the second curve", b.classes,
            "be those of the first, " + std::to_string(a.classes));
    const auto [of_first, of_second] = paired(a.runs, b.runs);
    return {&first, &second, midpoint_difference<Curve>(of_first, of_second, first.fit.options)};
}

/// Every curve of one kind of model against every curve of another that differs from it in the model alone, in the
/// order of `curves`, which the result refers to. Each pair is judged for itself: of many that differ by chance alone
/// one in twenty is decided.
template <class Curve = SigmoidCurve>
std::vector<PairedDifference> paired_differences(std::span<const FittedCurve> curves, std::string_view first_model,
                                                 std::string_view second_model) {
    std::vector<PairedDifference> differences;
    for (const auto& first : curves)
        for (const auto& second : curves)
            if (first.measured.run.model == first_model && second.measured.run.model == second_model &&
                &first != &second && differ_in_model_alone(first.measured, second.measured))
                differences.push_back(paired_difference<Curve>(first, second));
    return differences;
}

}  // namespace pstar
