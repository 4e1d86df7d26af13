#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/noise.hpp>
#include <pstar/scaling/collapse/pooled_errors.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/estimate.hpp>

/// Do curves of all sizes collapse to one when plotted against another number, e.g. (1 - p)/sqrt(p) or a
/// margin-to-noise ratio?
namespace pstar {

/// A number at every point of every curve: x[i][j] belongs to strength j of curve i, and must be finite.
struct Proxy {
    std::string name;
    std::vector<std::vector<double>> x;
};

/// The proxy x = f(strength, size).
template <class Function>
Proxy make_proxy(std::string name, std::span<const SizeCurve> curves, const Function& f) {
    Proxy proxy{std::move(name), {}};
    for (const auto& curve : curves) {
        proxy.x.emplace_back();
        for (const double p : curve.strength) proxy.x.back().push_back(f(p, curve.size));
    }
    return proxy;
}

/// How `rank_proxies` compares.
struct ProxyOptions {
    double confidence = 0.95;     ///< of the intervals of S, and of calling a ranking decided
    std::size_t bootstrap = 400;  ///< redraws behind intervals, p-values and ranks, at least 100
    std::uint64_t seed = 0;
};

/// How well the curves collapse when plotted against a proxy.
struct ProxyCollapse {
    std::string name;
    CollapseQuality smooth, line;
    Estimate s;               ///< smooth S with its bootstrap interval
    double p_value = 1;       ///< share of redraws of a true collapse whose smooth S is as large
    double log_evidence = 0;  ///< one curve against the proxy, against a curve for each size and strength; nats
    double share_best = 0;    ///< of bootstrap experiments in which no other proxy has more evidence
};

/// Proxies in order of evidence, the best first.
struct ProxyRanking {
    std::vector<ProxyCollapse> proxies;
    bool decided = false;  ///< the first stays first in a share `confidence` of bootstrap experiments
    std::string reason;    ///< one sentence
};

namespace detail {

/// One curve for all against a proxy, judged for any accuracies.
class ProxyFrame {
public:
    ProxyFrame(std::span<const SizeCurve> curves, const Proxy& proxy) {
        require(proxy.x.size() == curves.size(), "rank_proxies", "number of lists of " + proxy.name, proxy.x.size(),
                "equal the number of curves");
        for (std::size_t i = 0; i < curves.size(); ++i) {
            scaled_.push_back(against_proxy(curves[i], proxy.x[i]));
            order_.emplace_back(proxy.x[i].size());
            std::iota(order_[i].begin(), order_[i].end(), std::size_t{0});
            std::sort(order_[i].begin(), order_[i].end(),
                      [&](auto a, auto b) { return proxy.x[i][a] < proxy.x[i][b]; });
        }
    }
    void set(const std::vector<std::vector<double>>& accuracy) {
        for (std::size_t i = 0; i < scaled_.size(); ++i)
            for (std::size_t j = 0; j < order_[i].size(); ++j) scaled_[i].y[j] = accuracy[i][order_[i][j]];
    }
    std::span<const ScaledCurve> curves() const { return scaled_; }
    Smoothness smoothness() const { return choose_smoothness(scaled_); }
    double log_evidence(const Smoothness& smoothness) const {
        const auto points = in_one_row(scaled_);
        const auto samples = samples_of(points, smoothness, [](std::size_t) { return true; });
        return detail::log_evidence(samples) - static_cast<double>(points.size()) * std::log(smoothness.height);
    }
    /// The master curve at each point, in the order of strength.
    std::vector<std::vector<double>> master(const Smoothness& smoothness) const {
        const MasterCurve master(scaled_, smoothness);
        std::vector<std::vector<double>> mean(scaled_.size());
        for (std::size_t i = 0; i < scaled_.size(); ++i) {
            mean[i].resize(order_[i].size());
            const auto values = master.at(scaled_[i].x);
            for (std::size_t j = 0; j < values.size(); ++j) mean[i][order_[i][j]] = values[j].mean;
        }
        return mean;
    }

private:
    std::vector<ScaledCurve> scaled_;
    std::vector<std::vector<std::size_t>> order_;
};

/// A curve for each size against strength, each with its own smoothness: their evidence, and the curves at the
/// strengths.
struct CurvesApart {
    double log_evidence = 0;
    std::vector<std::vector<double>> mean;
};

inline CurvesApart curves_apart(std::span<const SizeCurve> curves) {
    CurvesApart apart;
    for (const auto& curve : curves) {
        const std::vector<ScaledCurve> own{{curve.strength, curve.accuracy, curve.error}};
        const auto smoothness = choose_smoothness(own);
        apart.log_evidence +=
            log_evidence_apart(own, smoothness) - static_cast<double>(curve.points()) * std::log(smoothness.height);
        apart.mean.emplace_back();
        for (const auto& value : MasterCurve(own, smoothness).at(curve.strength))
            apart.mean.back().push_back(value.mean);
    }
    return apart;
}

/// Accuracies redrawn around `mean`, all curves.
inline std::vector<std::vector<double>> redraw_all(const std::vector<std::vector<double>>& mean,
                                                   std::span<const CurveNoise> noise, RandomSequence& random) {
    std::vector<std::vector<double>> accuracy(mean.size());
    for (std::size_t i = 0; i < mean.size(); ++i) noise[i].redraw(mean[i], random, accuracy[i]);
    return accuracy;
}

/// Share of redraws around the master curve whose smooth S is at least that measured.
inline double proxy_p_value(ProxyFrame frame, const Smoothness& smoothness, double s, std::span<const CurveNoise> noise,
                            const ProxyOptions& options) {
    RandomSequence random({Seed{options.seed}, Stream::proxy_null});
    const auto mean = frame.master(smoothness);
    double above = 1;
    for (std::size_t draw = 0; draw < options.bootstrap; ++draw) {
        frame.set(redraw_all(mean, noise, random));
        above += smooth_quality(frame.curves(), frame.smoothness()).s >= s;
    }
    return above / (static_cast<double>(options.bootstrap) + 1);
}

}  // namespace detail

/// Ranks proxies by the evidence for one smooth curve against each, and says whether noise could change the order.
///
/// S alone does not rank: a proxy that scrambles the points makes every curve rough, a rough master curve is uncertain
/// between points, and S is then small for lack of knowledge. Evidence is the probability of the accuracies themselves
/// and rewards only what a proxy predicts. That of the best finite-size collapse (`Collapse::log_evidence`) compares
/// with it, less about 1/2 log(points) for each exponent fitted.
///
/// Bootstrap experiments are redrawn around a smooth curve through each size by itself (`CurveNoise`), the same for all
/// proxies.
/// Throws std::invalid_argument for proxies that do not fit the curves or are not finite, and without curves or
/// proxies.
inline ProxyRanking rank_proxies(std::span<const SizeCurve> measured, std::span<const Proxy> proxies,
                                 const ProxyOptions& options = {}) {
    const auto curves = with_pooled_errors(measured);
    validate(curves, 2);
    require(!proxies.empty(), "rank_proxies", "number of proxies", proxies.size(), "be at least 1");
    require(options.confidence > 0 && options.confidence < 1, "rank_proxies", "confidence", options.confidence,
            "lie in (0, 1)");
    require(options.bootstrap >= 100, "rank_proxies", "bootstrap", options.bootstrap, "be at least 100");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::vector<CurveNoise> noise(curves.begin(), curves.end());
    const auto apart = detail::curves_apart(curves);
    ProxyRanking ranking;
    std::vector<detail::ProxyFrame> frames;
    for (const auto& proxy : proxies) {
        frames.emplace_back(curves, proxy);
        const auto& frame = frames.back();
        const auto smoothness = frame.smoothness();
        const auto smooth = smooth_quality(frame.curves(), smoothness);
        ranking.proxies.push_back({proxy.name,
                                   smooth,
                                   line_quality(frame.curves()),
                                   {},
                                   detail::proxy_p_value(frame, smoothness, smooth.s, noise, options),
                                   frame.log_evidence(smoothness) - apart.log_evidence});
    }
    std::vector<std::vector<double>> s(proxies.size());
    RandomSequence random({Seed{options.seed}, Stream::proxy_bootstrap});
    for (std::size_t draw = 0; draw < options.bootstrap; ++draw) {
        const auto accuracy = detail::redraw_all(apart.mean, noise, random);
        std::size_t best = 0;
        double most = -infinity;
        for (std::size_t k = 0; k < frames.size(); ++k) {
            frames[k].set(accuracy);
            const auto smoothness = frames[k].smoothness();
            s[k].push_back(smooth_quality(frames[k].curves(), smoothness).s);
            if (const double evidence = frames[k].log_evidence(smoothness); evidence > most) most = evidence, best = k;
        }
        ranking.proxies[best].share_best += 1 / static_cast<double>(options.bootstrap);
    }
    for (std::size_t k = 0; k < s.size(); ++k)
        ranking.proxies[k].s =
            clamped(centred_interval(ranking.proxies[k].smooth.s, std::move(s[k]), options.confidence), 0, infinity);
    std::stable_sort(ranking.proxies.begin(), ranking.proxies.end(),
                     [](const auto& a, const auto& b) { return a.log_evidence > b.log_evidence; });
    const auto& first = ranking.proxies[0];
    ranking.decided = first.share_best >= options.confidence;
    ranking.reason = (ranking.decided ? "The curves fall best on one against " + first.name + ", whatever the noise"
                                      : "Noise could put another proxy before " + first.name + ": undecided") +
                     (first.p_value < 0.01 ? "; not within errors." : ".");
    return ranking;
}

}  // namespace pstar
