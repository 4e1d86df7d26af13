#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/image_bootstrap.hpp>

namespace pstar {

/// How far two classifiers decide alike on the same images. Intervals are for other images: they are resampled.
struct Agreement {
    Estimate same;              ///< share of images with the same decision
    Estimate same_where_wrong;  ///< the same, of the images on which either is wrong; NaN where there are none
    Estimate kappa;             ///< Cohen's kappa; NaN where both choose one class alone
    std::size_t images = 0, wrong = 0;
};

/// The agreement of decisions `first` and `second` (N each) on images of classes `labels` (N). Cohen's kappa is
/// agreement beyond chance,
///     kappa = (s - c)/(1 - c),   s the share of equal decisions, c = sum_k f_k g_k
/// with the shares f_k, g_k in which they choose class k: 0 for independent decisions, 1 for equal ones. Two good
/// classifiers agree because both are right; `same_where_wrong` says whether they also err alike.
/// Source: Cohen, Educational and Psychological Measurement 20 (1960) 37.
/// Throws std::invalid_argument for different numbers of decisions, or none.
inline Agreement agreement(std::span<const std::size_t> first, std::span<const std::size_t> second,
                           std::span<const Label> labels, const ResampleOptions& options = {}) {
    require(!labels.empty(), "agreement", "labels.size()", labels.size(), "be at least 1");
    require(first.size() == labels.size(), "agreement", "first.size()", first.size(), "equal the number of labels");
    require(second.size() == labels.size(), "agreement", "second.size()", second.size(), "equal the number of labels");
    std::size_t classes = 0;
    Agreement result;
    result.images = labels.size();
    for (std::size_t i = 0; i < labels.size(); ++i) {
        classes = std::max({classes, first[i] + 1, second[i] + 1});
        result.wrong += first[i] != labels[i] || second[i] != labels[i];
    }
    const auto statistic = [&](std::span<const std::uint32_t> weights) {
        double all = 0, same = 0, wrong = 0, same_wrong = 0, chance = 0;
        std::vector<double> of_first(classes, 0), of_second(classes, 0);
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const double w = weights[i];
            const bool equal = first[i] == second[i], either = first[i] != labels[i] || second[i] != labels[i];
            all += w;
            same += equal ? w : 0;
            wrong += either ? w : 0;
            same_wrong += equal && either ? w : 0;
            of_first[first[i]] += w;
            of_second[second[i]] += w;
        }
        for (std::size_t k = 0; k < classes; ++k) chance += of_first[k] * of_second[k] / (all * all);
        constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
        return std::array<double, 3>{same / all, wrong > 0 ? same_wrong / wrong : undefined,
                                     chance < 1 ? (same / all - chance) / (1 - chance) : undefined};
    };
    const auto found = image_bootstrap<3>(labels.size(), statistic, options);
    result.same = found[0];
    result.same_where_wrong = found[1];
    result.kappa = found[2];
    return result;
}

/// counts(y, k): images of class y that are given class k (K, K). A decision that is no class, as for logits with NaN,
/// throws std::invalid_argument, as do a label that is none and different numbers of decisions and labels.
inline Matrix<double> confusion_matrix(std::span<const std::size_t> decisions, std::span<const Label> labels,
                                       std::size_t classes) {
    require(decisions.size() == labels.size(), "confusion_matrix", "decisions.size()", decisions.size(),
            "equal the number of labels");
    Matrix<double> counts =
        Matrix<double>::Zero(static_cast<Eigen::Index>(classes), static_cast<Eigen::Index>(classes));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        require(labels[i] < classes, "confusion_matrix", "a label", int{labels[i]}, "be below the number of classes");
        require(decisions[i] < classes, "confusion_matrix", "a decision", decisions[i],
                "be below the number of classes");
        counts(labels[i], static_cast<Eigen::Index>(decisions[i])) += 1;
    }
    return counts;
}

}  // namespace pstar
