#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/proxy.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

namespace pstar {

/// The points at which all proxies are finite, so that `rank_proxies` compares them on the same points.
struct ProxyPoints {
    std::vector<SizeCurve> curves;  ///< one for each size, possibly without points
    std::vector<Proxy> proxies;
    std::size_t points = 0;  ///< over all sizes

    /// Whether every size has a point left.
    bool cover_all_sizes() const {
        return std::none_of(curves.begin(), curves.end(), [](const auto& curve) { return curve.points() == 0; });
    }
};

/// Leaves out the points at which some proxy is NaN or infinite. Throws std::invalid_argument for a proxy without
/// exactly one value for each point of each curve.
inline ProxyPoints finite_points(std::span<const SizeCurve> curves, std::span<const Proxy> proxies) {
    ProxyPoints result;
    for (const auto& proxy : proxies) {
        require(proxy.x.size() == curves.size(), "finite_points", "number of lists of " + proxy.name, proxy.x.size(),
                "equal the number of curves");
        result.proxies.push_back({proxy.name, std::vector<std::vector<double>>(curves.size())});
    }
    for (std::size_t c = 0; c < curves.size(); ++c) {
        const auto& curve = curves[c];
        for (const auto& proxy : proxies)
            require(proxy.x[c].size() == curve.points(), "finite_points", "number of values of " + proxy.name,
                    proxy.x[c].size(), "equal the number of the curve's points");
        SizeCurve kept{curve.size, {}, {}, {}, {}, curve.same_seeds, curve.more_sizes};
        for (std::size_t i = 0; i < curve.points(); ++i) {
            if (!std::all_of(proxies.begin(), proxies.end(), [&](const Proxy& p) { return std::isfinite(p.x[c][i]); }))
                continue;
            for (std::size_t k = 0; k < proxies.size(); ++k) result.proxies[k].x[c].push_back(proxies[k].x[c][i]);
            kept.strength.push_back(curve.strength[i]);
            kept.accuracy.push_back(curve.accuracy[i]);
            kept.error.push_back(curve.error[i]);
            if (!curve.runs.empty()) kept.runs.push_back(curve.runs[i]);
        }
        result.points += kept.points();
        result.curves.push_back(std::move(kept));
    }
    return result;
}

}  // namespace pstar
