#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <ranges>
#include <string>

namespace pstar {

/// What came of a run: its result, or the message of the exception that it threw; neither if it was not run.
template <class Result>
struct Outcome {
    std::optional<Result> value;                                ///< the result
    std::string error;                                          ///< the message of the exception
    double seconds = std::numeric_limits<double>::quiet_NaN();  ///< duration; NaN if it was read from a journal

    /// Whether it was not run.
    bool skipped() const { return !value && error.empty(); }
};

/// Whether a result cannot be averaged. For numbers and ranges of numbers: whether any is NaN or infinite. For a result
/// type of your own write an overload in its namespace; without one the answer is always false.
template <class Result>
bool has_diverged([[maybe_unused]] const Result& result) {
    if constexpr (std::floating_point<Result>) {
        return !std::isfinite(result);
    } else if constexpr (std::ranges::range<const Result&>) {
        if constexpr (std::floating_point<std::ranges::range_value_t<const Result&>>)
            return std::ranges::any_of(result, [](auto number) { return !std::isfinite(number); });
    }
    return false;
}

/// The result if the run finished and did not diverge, else null.
template <class Result>
const Result* usable(const Outcome<Result>& outcome) {
    return outcome.value && !has_diverged(*outcome.value) ? &*outcome.value : nullptr;
}

}  // namespace pstar
