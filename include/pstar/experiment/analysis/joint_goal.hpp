#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>
#include <pstar/scaling/curve/next_batch.hpp>
#include <pstar/scaling/curve/next_paired_batch.hpp>
#include <pstar/scaling/curve/runs.hpp>

/// Numbers of several networks together, of which a sweep may be asked to tell one so precisely.
namespace pstar {

/// What is wanted of a sweep: a number of every network, or one of several together.
enum class JointGoal {
    none,        ///< of every network for itself: `CurveDesign::quantity`
    difference,  ///< p* of one network less that of another, with the same seeds (`midpoint_difference`)
    nu,          ///< of the collapse of networks that differ in one size (`fit_collapse`)
    p_c,         ///< of the same
};

inline std::string to_string(JointGoal goal) {
    switch (goal) {
        case JointGoal::difference:
            return "difference";
        case JointGoal::nu:
            return "nu";
        case JointGoal::p_c:
            return "p_c";
        default:
            return "none";
    }
}

/// Whether two networks differ in one axis alone: the kind or size of the model, its activation, its batch size, or its
/// training images.
inline bool differ_in_one_axis(const RunKey& first, const RunKey& second) {
    if (first.corruption != second.corruption) return false;
    const int model =
        std::tuple(first.model, first.width, first.depth) != std::tuple(second.model, second.width, second.depth);
    return model + (first.activation != second.activation) + (first.batch_size != second.batch_size) +
               (training_set_of(first) != training_set_of(second)) ==
           1;
}

namespace detail {

/// What several networks get next for a joint goal.
struct JointBatch {
    BatchKind kind = BatchKind::reached;
    std::vector<std::vector<double>> strengths = {};  ///< new ones, of each network
    std::size_t seeds = 0;                            ///< new ones, of all
    double half_width = std::numeric_limits<double>::infinity();
    std::string status = {};  ///< of the difference or the collapse

    bool is_end() const { return kind != BatchKind::runs; }
};

inline JointBatch paired_batch(const FittedCurve& first, const FittedCurve& second, const CurveDesign& design,
                               double cost_of_first, double cost_of_second) {
    const auto [a, b] = paired(first.measured.runs, second.measured.runs);
    JointBatch result{.kind = BatchKind::runs, .strengths = std::vector<std::vector<double>>(2), .seeds = 1};
    if (a.accuracy.size() < 2 || a.strength.size() < 2 || b.strength.size() < 2) return result;
    const auto found = midpoint_difference(a, b, first.fit.options);
    const auto batch = next_paired_batch(a, b, found, design, {cost_of_first, cost_of_second});
    result = {batch.kind, {batch.strengths[0], batch.strengths[1]}, batch.seeds, batch.half_width};
    result.status = to_string(found.status);
    return result;
}

/// What networks of several sizes get for an exponent of their collapse. First what a curve lacks; then, of every
/// network, the batch with which the interval of its own p* (for p_c) or slope (for nu) becomes narrower by the factor
/// that the interval of the exponent needs.
class CollapseBatch {
public:
    CollapseBatch(const std::vector<const FittedCurve*>& curves, std::vector<double> sizes, JointGoal goal,
                  CurveDesign design, const CollapseOptions& options)
        : curves_(curves), sizes_(std::move(sizes)), goal_(goal), design_(std::move(design)), options_(options) {
        design_.quantity = goal == JointGoal::nu ? CurveQuantity::slope : CurveQuantity::p_star;
        design_.whole_seeds = true;
    }

    JointBatch choose() {
        JointBatch batch{.strengths = std::vector<std::vector<double>>(curves_.size())};
        bool wants_seeds = false;
        std::vector<std::size_t> told;
        for (std::size_t i = 0; i < curves_.size(); ++i) {
            measured_.push_back(seed_curves(curves_[i]->measured.runs));
            if (measured_[i].accuracy.size() < 2 || measured_[i].strength.size() < 2) {
                wants_seeds = true;
                continue;
            }
            const auto lacks = BatchChoice(by_strength(measured_[i]), curves_[i]->fit, design_).needed();
            if (!lacks) {
                told.push_back(i);
            } else if (!lacks->is_end()) {
                batch.strengths[i] = whole_seeds_of(*lacks, measured_[i].strength).strengths;
                wants_seeds = wants_seeds || batch.strengths[i].empty();
            }
        }
        if (has_strengths(batch) || wants_seeds) {
            batch.kind = BatchKind::runs, batch.seeds = has_strengths(batch) ? 0 : 1;
            return batch;
        }
        if (told.size() < 2) return {.kind = BatchKind::no_knee};
        find(told, batch);
        if (batch.half_width <= design_.half_width) return batch;
        follow(told, batch);
        return batch;
    }

private:
    static bool has_strengths(const JointBatch& batch) {
        return std::ranges::any_of(batch.strengths, [](const auto& own) { return !own.empty(); });
    }
    /// The interval of the exponent now; infinite where the curves do not collapse, or leave it open.
    void find(const std::vector<std::size_t>& told, JointBatch& batch) const {
        std::vector<SizeRuns> runs;
        for (const auto i : told)
            runs.push_back({sizes_[i], measured_[i].strength, by_strength(measured_[i]).accuracy});
        const auto images = curves_[0]->measured.test_images;
        const auto found = fit_collapse(curves_of_runs(runs, {.same_seeds = true, .test_images = images}), options_);
        batch.status = to_string(found.status);
        const bool is_told = found.status == CollapseStatus::ok || found.status == CollapseStatus::misfit ||
                             found.status == CollapseStatus::nu_unknown ||
                             found.status == CollapseStatus::correction_unknown;
        const auto& interval = goal_ == JointGoal::nu ? found.nu : found.p_c;
        const double half = (interval.high - interval.low) / 2;
        if (is_told && std::isfinite(half)) batch.half_width = half;
    }
    void follow(const std::vector<std::size_t>& told, JointBatch& batch) const {
        const double factor = std::isfinite(batch.half_width) ? design_.half_width / batch.half_width : 0.8;
        for (const auto i : told) {
            const auto& fit = curves_[i]->fit;
            const auto& own = goal_ == JointGoal::nu ? fit.slope : fit.p_star;
            auto design = design_;
            design.half_width = factor * (own.high - own.low) / 2;
            if (!(design.half_width > 0)) continue;
            const auto next = whole_seeds_of(next_batch(measured_[i], fit, design), measured_[i].strength);
            batch.strengths[i] = next.strengths;
            batch.seeds = std::max(batch.seeds, next.seeds);
        }
        if (has_strengths(batch)) batch.seeds = 0;
        batch.kind = has_strengths(batch) || batch.seeds > 0 ? BatchKind::runs : BatchKind::exhausted;
    }

    const std::vector<const FittedCurve*>& curves_;
    std::vector<double> sizes_;
    JointGoal goal_;
    CurveDesign design_;
    const CollapseOptions& options_;
    std::vector<SeedCurves> measured_;
};

}  // namespace detail

}  // namespace pstar
