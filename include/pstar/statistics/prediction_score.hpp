#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/statistics/detail/check_prediction.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/image_bootstrap.hpp>

/// How well predicted failure probabilities q_i predict the measured failure frequencies f_i of images.
namespace pstar {

/// How scores get their intervals.
struct ScoreOptions {
    ResampleOptions intervals = {};  ///< of the scores, by redrawing images
    /// The log score takes q as within [clip, 1 - clip], in (0, 0.5): a certain error costs -log(clip) = 13.8 nats.
    double clip = 1e-6;

    void validate() const {
        intervals.validate();
        require(clip > 0 && clip < 0.5, "ScoreOptions", "clip", clip, "lie in (0, 0.5)");
    }
};

/// Scores of a prediction, averaged over images i and their draws, with percentile intervals from resampled images.
struct PredictionScore {
    /// P(q of a failure > q of a success), ties counted half, over all pairs of (image, draw); 0.5 is chance, 1 is a
    /// perfect ranking. Pairs of one image's own draws are ties. NaN where nothing or everything fails.
    Estimate auc;
    /// Mean of (q - [failed])^2 = f (1-q)^2 + (1-f) q^2; 0 is perfect, a coin's is 0.25.
    Estimate brier;
    /// Mean of -log(probability given to what happened) = -f log q - (1-f) log(1-q), in nats; 0 is perfect.
    Estimate log_score;
    /// Root of the mean of (q - f)^2, the error per image. Draws that are few add to it: of n draws of each image the
    /// true probabilities still have the root of the mean of q (1-q)/n.
    Estimate rms_error;
};

namespace detail {

/// A prediction and its outcome, in the order of q, ready to be scored for any weights of the images.
class ScoredImages {
public:
    ScoredImages(std::span<const double> predicted, std::span<const double> failed, double clip)
        : order_(predicted.size()), predicted_(predicted), failed_(failed) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::stable_sort(order_.begin(), order_.end(),
                         [&](std::size_t a, std::size_t b) { return predicted[a] < predicted[b]; });
        for (std::size_t i = 0; i < predicted.size(); ++i) {
            const double q = predicted[i], f = failed[i], bounded = std::clamp(q, clip, 1 - clip);
            brier_.push_back(f * (1 - q) * (1 - q) + (1 - f) * q * q);
            square_.push_back((q - f) * (q - f));
            log_.push_back(-f * std::log(bounded) - (1 - f) * std::log1p(-bounded));
        }
    }
    /// AUC, Brier score, log score and error of a sample in which image i occurs weights[i] times.
    std::array<double, 4> operator()(std::span<const std::uint32_t> weights) const {
        double brier = 0, log = 0, square = 0, total = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const double weight = weights[i];
            brier += weight * brier_[i];
            log += weight * log_[i];
            square += weight * square_[i];
            total += weight;
        }
        return {auc(weights), brier / total, log / total, std::sqrt(square / total)};
    }

private:
    double auc(std::span<const std::uint32_t> weights) const {
        double failures = 0, successes = 0, won = 0;  // of the images below, in the order of q
        for (std::size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
            double equal_failures = 0, equal_successes = 0;
            for (; end < order_.size() && predicted_[order_[end]] == predicted_[order_[begin]]; ++end) {
                const double weight = weights[order_[end]], f = failed_[order_[end]];
                equal_failures += weight * f;
                equal_successes += weight * (1 - f);
            }
            won += equal_failures * (successes + equal_successes / 2);
            failures += equal_failures;
            successes += equal_successes;
        }
        if (failures == 0 || successes == 0) return std::numeric_limits<double>::quiet_NaN();
        return won / (failures * successes);
    }

    std::vector<std::size_t> order_;
    std::span<const double> predicted_, failed_;
    std::vector<double> brier_, log_, square_;
};

}  // namespace detail

/// The scores of predicted failure probabilities q_i against measured frequencies f_i (one draw: 0 or 1).
inline PredictionScore score_prediction(std::span<const double> predicted, std::span<const double> failed,
                                        const ScoreOptions& options = {}) {
    options.validate();
    detail::check_prediction("score_prediction", predicted, failed);
    const detail::ScoredImages images(predicted, failed, options.clip);
    const auto [auc, brier, log, error] = image_bootstrap<4>(failed.size(), images, options.intervals);
    return {auc, brier, log, error};
}

/// The scores of one prediction minus those of another on the same images, resampled together: an image that is hard
/// for both adds nothing to the interval. It decides which prediction is better where two separate intervals may
/// overlap.
inline PredictionScore score_difference(std::span<const double> first, std::span<const double> second,
                                        std::span<const double> failed, const ScoreOptions& options = {}) {
    options.validate();
    detail::check_prediction("score_difference", first, failed);
    detail::check_prediction("score_difference", second, failed);
    const detail::ScoredImages of_first(first, failed, options.clip), of_second(second, failed, options.clip);
    const auto difference = [&](std::span<const std::uint32_t> weights) {
        auto result = of_first(weights);
        const auto minus = of_second(weights);
        for (std::size_t k = 0; k < result.size(); ++k) result[k] -= minus[k];
        return result;
    };
    const auto [auc, brier, log, error] = image_bootstrap<4>(failed.size(), difference, options.intervals);
    return {auc, brier, log, error};
}

}  // namespace pstar
