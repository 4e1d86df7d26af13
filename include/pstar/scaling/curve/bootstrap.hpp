#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/detail/curve_checks.hpp>
#include <pstar/scaling/detail/curve_draws.hpp>
#include <pstar/scaling/detail/quantity_response.hpp>
#include <pstar/statistics/bootstrap.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/moments.hpp>

/// Intervals of a fitted curve from refits: of data redrawn around it, or of a resample of what was measured. Refits
/// are least squares with the weights of the fit, also where the fit itself maximised a likelihood: near the maximum
/// the two agree, and only the scatter of the estimates counts here.
namespace pstar {

/// The errors of the points behind a fit: own_i with dof_i degrees of freedom (infinite: known), as in `CurveErrors`.
struct NoiseLevel {
    Vector<double> own, dof;
    double most_dof = std::numeric_limits<double>::infinity();  ///< upper bound for every quantity
};

/// How intervals are drawn.
struct BootstrapOptions {
    double confidence = 0.95;   ///< of the intervals, in (0, 1)
    std::size_t refits = 1000;  ///< at least 100
    double level = 0.5;         ///< of `CurveIntervals::crossing`
    Seed seed{};                ///< of the resamples
};

/// A curve that refits start from, and what of it is fitted.
template <class Curve>
struct RefitStart {
    KnownLevels levels;
    Curve curve;
};

/// Refits of data redrawn. Of several starts (other families, other plateaus) the refit of least chi^2 + 2 (parameters)
/// counts, as in the fit itself, so that the choice between them is part of the scatter. The first start is the fit.
template <class Curve>
class CurveRefits {
public:
    /// `level` is that of `CurveQuantity::crossing`. At least one start.
    CurveRefits(const CurveData& data, std::vector<RefitStart<Curve>> starts, double level)
        : data_{data.x, data.y, data.e}, starts_(std::move(starts)), level_(level) {
        require(!starts_.empty(), "CurveRefits", "number of starts", starts_.size(), "be at least 1");
    }

    /// What is known beforehand.
    const KnownLevels& levels() const { return starts_[0].levels; }
    /// The curve fitted to the measured points.
    const Curve& fitted() const { return starts_[0].curve; }
    /// The quantities of the fit itself.
    detail::Coordinates values() const { return detail::coordinates_of(starts_[0].curve, level_); }
    /// The fitted curve at every strength.
    Vector<double> means() const { return data_.x.unaryExpr(starts_[0].curve); }
    /// d(quantity) / d(residual), see `detail::responses`.
    Eigen::MatrixXd responses() const { return detail::responses(data_, levels(), starts_[0].curve, level_); }

    /// The curve of accuracies `y`: of those that keep a plateau and a knee, else of those that fall at all; one that
    /// does not fall where no start leads to one that does.
    Curve curve(const Vector<double>& y) {
        data_.y = y;
        if (starts_.size() == 1) return descend(data_, levels(), fitted(), 1e-7, 60).curve;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        Curve best{}, best_falling{};
        double least = infinity, least_falling = infinity;
        for (const auto& start : starts_) {
            const auto fit = descend(data_, start.levels, start.curve, 1e-7, 60);
            const double score = fit.deviance + 2 * static_cast<double>(start.levels.free());
            if (!falls(fit.curve)) continue;
            if (score < least_falling) least_falling = score, best_falling = fit.curve;
            if (score < least && detail::has_knee(data_, fit.curve)) least = score, best = fit.curve;
        }
        if (least < infinity) return best;
        if (least_falling == infinity) best_falling.width = -1;
        return best_falling;
    }
    /// Its quantities; nothing for a curve that does not fall.
    std::optional<detail::Coordinates> operator()(const Vector<double>& y) {
        return detail::coordinates_of_refit(data_, curve(y), starts_[0].curve, level_);
    }

private:
    CurveData data_;
    std::vector<RefitStart<Curve>> starts_;
    double level_;
};

namespace detail {

/// Welch and Satterthwaite's degrees of freedom of each quantity. Its variance sum_i c_ki^2 own_i^2 is an estimate with
///     dof_k = (sum_i c_ki^2 own_i^2)^2 / sum_i (c_ki^2 own_i^2)^2 / dof_i.
inline std::array<double, quantities> effective_dof(const CurveData& data, const Eigen::MatrixXd& response,
                                                    const NoiseLevel& noise) {
    std::array<double, quantities> result{};
    for (std::size_t k = 0; k < quantities; ++k) {
        double sum = 0, spread = 0;
        for (Eigen::Index i = 0; i < data.x.size(); ++i) {
            const double share = std::pow(response(static_cast<Eigen::Index>(k), i) * noise.own[i] / data.e[i], 2);
            sum += share, spread += share * share / noise.dof[i];
        }
        result[k] = std::min(spread > 0 ? sum * sum / spread : noise.most_dof, noise.most_dof);
    }
    return result;
}

}  // namespace detail

/// Redraws every point from Normal(A(x_i), own_i^2) around the fitted curve, refits, and takes the percentiles of the
/// quantities on their scales, stretched about the fit by t(confidence, dof_k) / z(confidence) with the dof_k of Welch
/// and Satterthwaite (`stretched_interval`). When more than a share 1 - confidence of the refits does not fall, the
/// intervals are open. `refits` is a `CurveRefits` or a `MonotoneRefits`.
template <class Refits>
CurveIntervals bootstrap_runs(const CurveData& data, Refits& refits, const NoiseLevel& noise,
                              const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    RandomSequence random({options.seed, Stream::bootstrap});
    const Vector<double> means = refits.means();
    Vector<double> redrawn = means;
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        for (Eigen::Index i = 0; i < means.size(); ++i) redrawn[i] = means[i] + noise.own[i] * random.normal();
        draws.add(refits(redrawn));
    }
    const bool open = draws.too_many_lost(options.confidence);
    const auto dof = detail::effective_dof(data, refits.responses(), noise);
    const double normal = student_t_quantile(options.confidence, infinity);
    auto result =
        detail::intervals_of(refits.levels(), refits.values(), IntervalSource::runs, [&](std::size_t k, double value) {
            if (open || !(dof[k] > 0)) return open_interval(value);
            return stretched_interval(value, draws[k], options.confidence,
                                      student_t_quantile(options.confidence, dof[k]) / normal);
        });
    result.interval_dof = dof[0];
    return result;
}

/// Resamples the seeds, each with its accuracies at all strengths, refits, and takes
///     value -+ t(confidence, n - 1) sqrt(n / (n - 1)) s,
/// with s the standard deviation over resamples and n the number of seeds. The interval contains what a seed does to
/// its whole curve; with few seeds it is wide. Strengths as in the data of `refits`; at least two seeds.
template <class Refits>
CurveIntervals bootstrap_seeds(Refits& refits, const SeedCurves& curves, const BootstrapOptions& options) {
    const auto seeds = curves.accuracy.size();
    require(seeds >= 2, "bootstrap_seeds", "number of seeds", seeds, "be at least 2");
    const auto n = static_cast<double>(seeds);
    Resampler resampler(seeds, {options.seed, Stream::bootstrap});
    Vector<double> resampled(static_cast<Eigen::Index>(curves.strength.size()));
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampled.setZero();
        for (const auto seed : resampler.draw())
            resampled += Eigen::Map<const Vector<double>>(curves.accuracy[seed].data(), resampled.size()) / n;
        draws.add(refits(resampled));
    }
    const bool open = draws.too_many_lost(options.confidence);
    const double factor = student_t_quantile(options.confidence, n - 1) * std::sqrt(n / (n - 1));
    auto result =
        detail::intervals_of(refits.levels(), refits.values(), IntervalSource::seeds, [&](std::size_t k, double value) {
            if (open) return open_interval(value);
            return standard_interval(value, draws[k], options.confidence, factor);
        });
    result.interval_dof = n - 1;
    return result;
}

namespace detail {

/// Runs at strength i as places in a list of all seeds, each with a deviation: sums of deviations times independent
/// numbers of variance 1 have the variance of the mean of the strength.
struct SeedDeviations {
    std::size_t seeds = 0;  ///< in all
    Vector<double> mean, error;
    using Runs = std::vector<std::pair<std::size_t, double>>;
    std::vector<Runs> at;

    /// `smooth`: errors of the means, pooled with those of neighbours, for strengths whose runs all agree.
    SeedDeviations(const CurveRuns& runs, const Vector<double>& smooth) : mean(smooth), error(smooth) {
        std::vector<std::size_t> all;
        for (const auto& here : runs.seed) all.insert(all.end(), here.begin(), here.end());
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        seeds = all.size();
        for (std::size_t i = 0; i < runs.strength.size(); ++i) {
            const auto& accuracy = runs.accuracy[i];
            const auto place = static_cast<Eigen::Index>(i);
            const double n = static_cast<double>(accuracy.size()), average = mean_of(accuracy);
            const double own = std::sqrt(variance_about(accuracy, average) / n);
            mean[place] = average, error[place] = own > 0 ? own : smooth[place];
            at.emplace_back();
            for (std::size_t r = 0; r < accuracy.size(); ++r) {
                const auto seed = std::lower_bound(all.begin(), all.end(), runs.seed[i][r]) - all.begin();
                const double unit = own > 0 ? (accuracy[r] - average) / (own * std::sqrt(n * (n - 1)))
                                            : (r % 2 == 0 ? 1 : -1) / std::sqrt(n);
                at[i].emplace_back(static_cast<std::size_t>(seed), unit * error[place]);
            }
        }
    }
};

/// Degrees of freedom of each quantity whose variance is a sum over seeds: the number of seeds, each counted by its
/// expected share a_s of the variance, (sum_s a_s)^2 / sum_s a_s^2, less one; n - 1 where n seeds have the same
/// strengths. a_s = sum c_ki^2 error_i^2 / n_i over the strengths of seed s.
inline std::array<double, quantities> seed_dof(const CurveData& data, const Eigen::MatrixXd& response,
                                               const SeedDeviations& deviations) {
    std::array<double, quantities> result{};
    for (std::size_t k = 0; k < quantities; ++k) {
        std::vector<double> share(deviations.seeds);
        for (Eigen::Index i = 0; i < data.x.size(); ++i) {
            const auto& runs = deviations.at[static_cast<std::size_t>(i)];
            const double told = response(static_cast<Eigen::Index>(k), i) * deviations.error[i] / data.e[i];
            for (const auto& [seed, deviation] : runs) share[seed] += told * told / static_cast<double>(runs.size());
        }
        double sum = 0, squares = 0;
        for (const double a : share) sum += a, squares += a * a;
        if (squares > 0 && std::isfinite(sum))
            result[k] = sum * sum / squares - 1;
        else  // a parameter is undetermined
            result[k] =
                static_cast<double>(std::ranges::min(deviations.at, {}, &SeedDeviations::Runs::size).size()) - 1;
    }
    return result;
}

}  // namespace detail

/// The same where some seeds lack runs at some strengths (`shares_seeds`): the mean of each strength is moved by
///     sum_s w_s (y_si - mean_i) / sqrt(n_i (n_i - 1)),
/// over its n_i runs, with one normal number w_s for all runs of a seed (the wild cluster bootstrap), which gives every
/// mean the variance of its runs, and two means the covariance of the seeds that both have. Where all runs of a
/// strength agree, its mean is moved with the error `smooth`, pooled with its neighbours. Student's t has the degrees
/// of freedom of `detail::seed_dof`.
///
/// Source: Cameron, Gelbach & Miller, Review of Economics and Statistics 90 (2008) 414.
template <class Refits>
CurveIntervals bootstrap_some_seeds(const CurveData& data, Refits& refits, const CurveRuns& runs,
                                    const Vector<double>& smooth, const BootstrapOptions& options) {
    const detail::SeedDeviations deviations(runs, smooth);
    RandomSequence random({options.seed, Stream::bootstrap});
    std::vector<double> weight(deviations.seeds);
    Vector<double> redrawn = deviations.mean;
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        for (double& w : weight) w = random.normal();
        redrawn = deviations.mean;
        for (Eigen::Index i = 0; i < redrawn.size(); ++i)
            for (const auto& [seed, deviation] : deviations.at[static_cast<std::size_t>(i)])
                redrawn[i] += weight[seed] * deviation;
        draws.add(refits(redrawn));
    }
    const bool open = draws.too_many_lost(options.confidence);
    const auto dof = detail::seed_dof(data, refits.responses(), deviations);
    auto result =
        detail::intervals_of(refits.levels(), refits.values(), IntervalSource::seeds, [&](std::size_t k, double value) {
            if (open || !(dof[k] > 0)) return open_interval(value);
            return standard_interval(value, draws[k], options.confidence,
                                     student_t_quantile(options.confidence, dof[k]));
        });
    result.interval_dof = dof[0];
    return result;
}

/// Resamples the test images, the same ones at all strengths, refits, and takes percentiles. Strengths as in the data
/// of `refits`; at least two images.
template <class Refits>
CurveIntervals bootstrap_images(Refits& refits, const ImageOutcomes& outcomes, const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto images = outcomes.correct.empty() ? 0 : outcomes.correct[0].size();
    require(images >= 2, "bootstrap_images", "number of images", images, "be at least 2");
    Resampler resampler(images, {options.seed, Stream::bootstrap});
    Vector<double> resampled(static_cast<Eigen::Index>(outcomes.correct.size()));
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampler.draw();
        const std::vector<double> weight(resampler.counts().begin(), resampler.counts().end());
        const Eigen::Map<const Vector<double>> w(weight.data(), static_cast<Eigen::Index>(images));
        for (Eigen::Index i = 0; i < resampled.size(); ++i) {
            const auto& correct = outcomes.correct[static_cast<std::size_t>(i)];
            resampled[i] = w.dot(Eigen::Map<const Vector<double>>(correct.data(), w.size())) / sum_of(w);
        }
        draws.add(refits(resampled));
    }
    const bool open = draws.too_many_lost(options.confidence);
    auto result = detail::intervals_of(refits.levels(), refits.values(), IntervalSource::images,
                                       [&](std::size_t k, double value) {
                                           if (open) return open_interval(value);
                                           return stretched_interval(value, draws[k], options.confidence, 1);
                                       });
    result.interval_dof = infinity;
    return result;
}

}  // namespace pstar
