#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/sweep/outcome.hpp>

namespace pstar {

/// How many repeats of a point are run: all that the grid has, or as many as a given standard error needs.
template <class Result>
struct RepeatRule {
    std::size_t minimum = 0;  ///< repeats of every point; 0: all repeats of the grid
    double until_error = 0;   ///< more are run while a standard error is above this, up to the repeats of the grid
    /// Which numbers of a result must reach that standard error. Not needed if the result is a number.
    std::function<std::vector<double>(const Result&)> watch = {};

    /// Whether points get different numbers of repeats, up to `maximum`.
    bool is_adaptive(std::size_t maximum) const { return minimum > 0 && minimum < maximum; }
    void validate() const {
        require(until_error >= 0, "RepeatRule", "until_error", until_error, "be at least 0");
        require(minimum != 1, "RepeatRule", "minimum", minimum, "be at least 2: one run has no standard error");
    }
    /// The largest standard error, stddev/sqrt(n), of the watched numbers over the n usable repeats: infinite for n =
    /// 1; 0 for n = 0, since more repeats of a point that always fails would not help.
    double error(std::span<const Outcome<Result>> repeats) const {
        std::vector<std::vector<double>> values;
        std::size_t used = 0;
        for (const auto& outcome : repeats)
            if (const auto* result = usable(outcome)) {
                ++used;
                const auto numbers = watched(*result);
                values.resize(std::max(values.size(), numbers.size()));
                for (std::size_t i = 0; i < numbers.size(); ++i) values[i].push_back(numbers[i]);
            }
        if (used < 2) return used == 0 ? 0 : std::numeric_limits<double>::infinity();
        double largest = 0;
        for (const auto& of_one : values) largest = std::max(largest, moments(of_one).sem);
        return largest;
    }

private:
    std::vector<double> watched(const Result& result) const {
        if (watch) return watch(result);
        if constexpr (std::is_convertible_v<Result, double>)
            return {static_cast<double>(result)};
        else
            require(false, "RepeatRule", "watch", "nothing", "say which numbers of a result are watched");
        return {};
    }
};

/// The seed of repeat r: 53 bits (so that a double in a CSV reader holds it exactly) derived from (master, r).
/// Everything random in a run draws from it, each purpose from its own stream, whatever the values of the other axes:
/// - runs of one repeat with other strengths or sizes differ only in what is varied (with common random numbers they
/// even
///   share the noise), so their errors are correlated; different repeats are independent;
/// - the numbers of a run depend neither on its place in a grid nor on other runs.
inline Seed repeat_seed(Seed master, std::size_t repeat) {
    return {derive(master, repeat).value >> 11};
}

/// The number of repeats that a point should have, when n repeats gave the standard error `error`. It is n if `error`
/// is at most `until_error` or n is the maximum. Else it is n (error / until_error)^2, with which the standard error
/// would be reached if the standard deviation stayed the same, but at least n + 1 and at most 1.5 n: the standard
/// deviation of few repeats is itself uncertain.
///
/// The repeats of a point depend on its own results only, so neither the executor nor an interruption changes them. To
/// stop when the error looks small favours samples that vary little by chance: with 10 repeats at least and 100 at
/// most, reported standard errors are 2 to 7% too small on average (simulated with normal results).
inline std::size_t repeats_wanted(std::size_t n, double error, double until_error, std::size_t maximum) {
    if (error <= until_error || n >= maximum) return n;
    const std::size_t most = std::min(maximum, n + std::max<std::size_t>(1, n / 2));
    const double needed = until_error > 0
                              ? std::ceil(static_cast<double>(n) * (error / until_error) * (error / until_error))
                              : std::numeric_limits<double>::infinity();
    return needed < static_cast<double>(most) ? std::max(n + 1, static_cast<std::size_t>(needed)) : most;
}

}  // namespace pstar
