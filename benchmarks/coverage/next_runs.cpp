/// What `next_batch` takes to reach the interval of an even grid of 21 strengths and 20 seeds, and whether its interval
/// still covers.
#include <algorithm>
#include <map>
#include <utility>

#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/next_batch.hpp>

#include "planted.hpp"
#include "table.hpp"

namespace coverage {
namespace {

using pstar::CurveQuantity;

const pstar::CurveFitOptions options{.lower = 0.1, .bootstrap = 400, .test_images = images};

struct Planted {
    pstar::SigmoidCurve curve;
    Noise noise;
    CurveQuantity quantity = CurveQuantity::p_star;

    PlantedSeeds experiment(std::uint32_t number) const { return {curve, 0.1, 0.97, noise, number}; }
    pstar::CurveFitOptions fit_options() const {
        auto result = options;
        if (noise.plateau > 0) result.test_images = 0;
        return result;
    }
    double truth() const { return quantity == CurveQuantity::slope ? curve.slope() : curve.p_star; }
};

double wanted(const Planted& planted) {
    return even_grids_half_width([&](std::uint32_t experiment) {
        auto fit = pstar::fit_curve(planted.experiment(experiment).measured(even(20), 20), planted.fit_options());
        return fit[planted.quantity];
    });
}

Outcome by_batches(const Planted& planted, double half_width, std::uint32_t number) {
    const pstar::CurveDesign design{.quantity = planted.quantity, .half_width = half_width, .strengths = even(100)};
    const auto planted_seeds = planted.experiment(number);
    std::map<double, std::size_t> seeds;
    for (const double p : first_strengths(design)) seeds[p] = design.seeds_to_begin_with();
    for (double rounds = 1;; ++rounds) {
        const auto measured = planted_seeds.measured(seeds);
        auto fit = pstar::fit_curve(measured, planted.fit_options());
        const auto batch = next_batch(measured, fit, design);
        for (const auto& more : batch.runs) seeds[more.strength] += more.seeds;
        if (!batch.is_end()) continue;
        double runs = 0, most = 0;
        for (const auto& [p, n] : seeds) runs += static_cast<double>(n), most = std::max(most, static_cast<double>(n));
        return {{contains(fit[planted.quantity], planted.truth()) ? 1.0 : 0.0,
                 batch.kind == pstar::BatchKind::reached ? 1.0 : 0.0},
                {half_width, runs, runs / 420, most, static_cast<double>(seeds.size()), rounds}};
    }
}

Row row(const char* text, Planted planted) {
    return row_with_goal(
        text, 500, [planted] { return wanted(planted); },
        [planted](double half_width, std::uint32_t experiment) { return by_batches(planted, half_width, experiment); });
}

}  // namespace

Table next_runs() {
    const pstar::SigmoidCurve narrow{0.62, 0.02, 0.1, 0.97}, wide{0.62, 0.05, 0.1, 0.97};
    auto gumbel = wide, sloping = wide;
    gumbel.family = pstar::SigmoidFamily::gumbel;
    sloping.plateau = {0, 0.25, 0.1};
    const Noise shift{0.01}, scatter{0, 0.01, 0.1};
    return {"next-runs",
            {"planted", "noise", "of", "wanted", "runs", "share of 420", "seeds", "strengths", "rounds", "coverage",
             "reached"},
            {row("logistic, width .02 | binomial | p\\*", {narrow, {}}),
             row("logistic, width .05 | binomial | p\\*", {wide, {}}),
             row("Gumbel, width .05 | binomial | p\\*", {gumbel, {}}),
             row("logistic, width .05, sloping plateau | binomial | p\\*", {sloping, {}}),
             row("logistic, width .02 | each seed shifts its curve, sd .01 | p\\*", {narrow, shift}),
             row("logistic, width .05 | each seed shifts its curve, sd .01 | p\\*", {wide, shift}),
             row("Gumbel, width .05 | each seed shifts its curve, sd .01 | p\\*", {gumbel, shift}),
             row("logistic, width .05 | scatter | p\\*", {wide, scatter}),
             row("logistic, width .02 | binomial | slope", {narrow, {}, CurveQuantity::slope}),
             row("logistic, width .05 | binomial | slope", {wide, {}, CurveQuantity::slope})}};
}

}  // namespace coverage
