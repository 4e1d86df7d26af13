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

/// How many of a point's repeats are run: all the grid has, or as many as its error bar asks for.
template <class Result>
struct RepeatRule {
    std::size_t minimum = 0;  ///< of every point; 0: all, whatever their errors
    double until_error = 0;   ///< more are run while a standard error is above this, up to the grid's repeats
    /// The numbers of a result whose standard errors are watched. Not needed for a result that is a number.
    std::function<std::vector<double>(const Result&)> watch = {};

    bool is_adaptive(std::size_t maximum) const { return minimum > 0 && minimum < maximum; }
    void validate() const {
        require(until_error >= 0, "RepeatRule", "until_error", until_error, "be at least 0");
        require(minimum != 1, "RepeatRule", "minimum", minimum, "be at least 2: one run has no standard error");
    }
    /// The largest standard error, sd/sqrt(n), of the numbers watched over the usable of these repeats: infinite if
    /// fewer than two can be used, 0 if there are none (more of them would not help).
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

/// The seed of repeat r: 53 bits (exact in every CSV reader) derived from (master, r). All that is random in a run
/// draws from it, each purpose from a stream of its own, whatever the other axes are:
/// - strengths and sizes of one repeat differ in nothing but what is varied (with common random numbers they even share
///   the uniforms of the noise), so their errors are correlated; repeats are independent;
/// - a run's numbers depend neither on its place in a grid nor on what runs beside it.
inline Seed repeat_seed(Seed master, std::size_t repeat) {
    return {derive(master, repeat).value >> 11};
}

/// How many repeats a point is to have when `n` of them have left the standard error `error`: n if that is small enough
/// or n is all there are, else the number n (error / until_error)^2 that would make it so if the scatter stayed as it
/// is, but at least one more and at most half as many again: the scatter of few repeats is itself uncertain.
///
/// Which repeats a point gets is a function of its own results alone, so neither the executor nor an interruption
/// changes it. Stopping when the error bar looks small favours sets that scatter little by chance: with 10 repeats to
/// begin with and 100 at most, reported errors come out 2 to 7% too small on average (simulated, normal scatter).
inline std::size_t repeats_wanted(std::size_t n, double error, double until_error, std::size_t maximum) {
    if (error <= until_error || n >= maximum) return n;
    const std::size_t most = std::min(maximum, n + std::max<std::size_t>(1, n / 2));
    const double needed = until_error > 0
                              ? std::ceil(static_cast<double>(n) * (error / until_error) * (error / until_error))
                              : std::numeric_limits<double>::infinity();
    return needed < static_cast<double>(most) ? std::max(n + 1, static_cast<std::size_t>(needed)) : most;
}

}  // namespace pstar
