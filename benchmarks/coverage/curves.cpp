/// Fits of one curve from whole seeds, the family left open.
#include <cmath>
#include <vector>

#include <pstar/scaling/curve/fit.hpp>

#include "planted.hpp"
#include "table.hpp"

namespace coverage {
namespace {

const Noise scatter{0, 0.01, 0.1}, little{0, 0.001, 0.001};

/// What the intervals should hold.
struct Truth {
    double p_star, slope, upper;
    std::vector<double> steepest;  ///< any of them
};

Row row(const char* text, std::function<double(double)> curve, const Truth& truth, const Noise& noise,
        std::size_t seeds) {
    return {text, 1000, [=](std::uint32_t experiment) {
                const PlantedSeeds planted{curve, 0.1, 0.97, noise, experiment};
                const auto fit = pstar::fit_curve(planted.measured(even(20), seeds), {.lower = 0.1});
                bool steepest = false;
                for (const double place : truth.steepest) steepest = steepest || contains(fit.steepest, place);
                const auto hit = [](bool holds) { return holds ? 1.0 : 0.0; };
                return Outcome{{hit(contains(fit.p_star, truth.p_star)), hit(contains(fit.slope, truth.slope)),
                                hit(steepest), hit(contains(fit.upper, truth.upper))}};
            }};
}
Row row(const char* text, const pstar::SigmoidCurve& curve, const Noise& noise, std::size_t seeds) {
    return row(text, curve, {curve.p_star, curve.slope(), curve.upper, {curve.steepest()}}, noise, seeds);
}

}  // namespace

Table open_family() {
    const pstar::SigmoidCurve logistic{0.62, 0.05, 0.1, 0.97};
    auto gumbel = logistic, sloping = logistic;
    gumbel.family = pstar::SigmoidFamily::gumbel;
    sloping.p_star = 0.72, sloping.plateau = {0, 0.25, 0.1};
    auto early = logistic, late = logistic;
    early.p_star = 0.3, late.p_star = 0.7;
    const auto steps = [early, late](double p) { return (early(p) + late(p)) / 2; };
    return {"open-family",
            {"planted", "seeds, strengths, sd", "p\\*", "slope", "steepest at", "upper"},
            {row("logistic | 5, 21, .1", logistic, scatter, 5), row("logistic | 20, 21, .1", logistic, scatter, 20),
             row("logistic | 100, 21, .001", logistic, little, 100), row("Gumbel | 5, 21, .1", gumbel, scatter, 5),
             row("Gumbel | 20, 21, .1", gumbel, scatter, 20), row("Gumbel | 100, 21, .001", gumbel, little, 100),
             row("sloping plateau | 5, 21, .1", sloping, scatter, 5),
             row("sloping plateau | 20, 21, .1", sloping, scatter, 20),
             row("sloping plateau | 100, 21, .001", sloping, little, 100),
             row("two steps | 5, 21, .1", steps,
                 {0.5, std::abs(early.derivative(0.3) + late.derivative(0.3)) / 2, 0.97, {0.3, 0.7}}, scatter, 5)}};
}

}  // namespace coverage
