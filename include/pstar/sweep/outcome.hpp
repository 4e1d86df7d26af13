#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <ranges>
#include <string>

namespace pstar {

/// What became of a run: its result, or the message of the exception it threw, or neither when it was not run.
template <class Result>
struct Outcome {
    std::optional<Result> value;
    std::string error;
    double seconds = std::numeric_limits<double>::quiet_NaN();  ///< it took; NaN when it was read from a journal

    bool skipped() const { return !value && error.empty(); }
};

/// Whether a result is no number to average. For numbers and ranges of numbers: any is NaN or infinite. A result type
/// of your own says it with an overload in its own namespace; without one it never has.
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

/// The result if it can be trusted: the run finished and did not diverge; else null.
template <class Result>
const Result* usable(const Outcome<Result>& outcome) {
    return outcome.value && !has_diverged(*outcome.value) ? &*outcome.value : nullptr;
}

}  // namespace pstar
