#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/pooled_errors.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/scaling/collapse/search.hpp>

/// Does size order the curves, or would any other order collapse as well?
namespace pstar {

/// How `shuffle_sizes` draws orders.
struct ShuffleOptions {
    std::size_t shuffles = 199;  ///< drawn at random, unless there are no more orders than that
    std::uint64_t seed = 0;
};

/// The quality of a collapse when the sizes are assigned to the curves in another order.
struct ShuffledSizes {
    double log_evidence = 0;         ///< of one curve for all, with the sizes as they are
    double s = 0;                    ///< smooth S there
    std::vector<double> shuffled;    ///< log evidence of the best collapse of each other order
    std::vector<double> shuffled_s;  ///< its smooth S; NaN where nothing overlaps
    double p_value = 1;              ///< share of orders (the true one included) whose evidence is as large
    double s_p_value = 1;            ///< share of them whose smooth S is as small
    std::size_t orders = 1;          ///< tried, the true one included: no p-value is below 1 / orders
};

namespace detail {

/// All orders of n sizes but the true one, where they are few; else `most` random ones.
inline std::vector<std::vector<std::size_t>> other_orders(std::size_t n, const ShuffleOptions& options) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto identity = order;
    std::vector<std::vector<std::size_t>> orders;
    double all = 1;
    for (std::size_t k = 2; k <= n; ++k) all *= static_cast<double>(k);
    if (all - 1 <= static_cast<double>(options.shuffles)) {
        while (std::next_permutation(order.begin(), order.end())) orders.push_back(order);
        return orders;
    }
    RandomSequence random({Seed{options.seed}, Stream::size_shuffle});
    while (orders.size() < options.shuffles) {
        random.shuffle(std::span(order));
        if (order != identity) orders.push_back(order);
    }
    return orders;
}

}  // namespace detail

/// A permutation test: the collapse is searched for the sizes as they are, and again with the sizes assigned to the
/// curves in every other order (199 random ones where there are more). Curves that do not change with size collapse in
/// any order; a collapse that owes something to size has more evidence in its own. With k sizes no p-value is below
/// 1/k!: three sizes cannot reach 5%. Where `negative_nu` is set, the reversed order is nearly as good as the true one.
/// Throws as `SizeCurve::validate`, and with fewer than two sizes.
inline ShuffledSizes shuffle_sizes(std::span<const SizeCurve> measured, const KnownExponents& known = {},
                                   const ShuffleOptions& options = {}) {
    const auto curves = with_pooled_errors(measured);
    validate(curves, 2);
    std::vector<SizeCurve> dealt(curves.begin(), curves.end());
    const auto best = [&] {
        CollapseFrame frame(dealt);
        const auto optimum = search_collapse(frame, known);
        const auto scaled = frame.at(optimum.place);
        auto smoothness = detail::range_of(scaled);
        smoothness.length = optimum.length;
        const double s = smooth_quality(scaled, smoothness).s;
        return std::pair{frame.log_evidence(optimum.place, optimum.length), s};
    };
    ShuffledSizes result;
    std::tie(result.log_evidence, result.s) = best();
    double better = 1, smaller = 1;
    for (const auto& order : detail::other_orders(curves.size(), options)) {
        for (std::size_t i = 0; i < dealt.size(); ++i) {
            dealt[i].size = curves[order[i]].size;
            dealt[i].more_sizes = curves[order[i]].more_sizes;
        }

        const auto [evidence, s] = best();
        result.shuffled.push_back(evidence), result.shuffled_s.push_back(s);
        better += evidence >= result.log_evidence, smaller += s <= result.s;
        ++result.orders;
    }
    result.p_value = better / static_cast<double>(result.orders);
    result.s_p_value = smaller / static_cast<double>(result.orders);
    return result;
}

}  // namespace pstar
