/// Collapses of several sizes: p_c and the exponents.
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <pstar/core/math.hpp>
#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/fit.hpp>

#include "planted.hpp"
#include "table.hpp"

namespace coverage {
namespace {

using pstar::CollapseStatus;
using pstar::CorrectionChoice;

double hit(bool holds) {
    return holds ? 1 : 0;
}

/// Logistic curves of width .05 at size 128, p_c = .6, nu = 1.5, sizes 32, 64, ...
double planted(double size, double p, double height = 0.88) {
    return 0.1 + height * pstar::logistic((0.6 - p) / (0.05 * std::pow(size / 128, -1 / 1.5)));
}

Row by_seeds(const char* text, std::size_t steps, std::size_t seeds, double shift) {
    return {text, 1000, [=](std::uint32_t experiment) {
                std::vector<pstar::SizeRuns> sizes;
                for (std::uint32_t k = 0; k < 5; ++k) {
                    const double size = 32.0 * (1 << k), width = 0.05 * std::pow(size / 128, -1 / 1.5);
                    const PlantedSeeds curve{
                        [=](double p) { return planted(size, p); }, 0.1, 0.98, {shift * width}, 5 * experiment + k};
                    const auto runs = pstar::by_strength(curve.measured(even(steps), seeds));
                    sizes.push_back({size, runs.strength, runs.accuracy});
                }
                const auto curves = pstar::curves_of_runs(sizes, {.same_seeds = true, .test_images = images});
                const auto fit = pstar::fit_collapse(curves, {.bootstrap = 100});
                return Outcome{{hit(contains(fit.p_c, 0.6)), hit(contains(fit.nu, 1.5))}};
            }};
}

/// (1 + b L^-omega) (.1 + .75 logistic), errors .0095; `share` is b 32^-omega.
std::vector<pstar::SizeCurve> corrected(double share, double omega, int sizes, std::uint32_t experiment) {
    constexpr double error = 0.0095;
    pstar::RandomSequence random({pstar::Seed{20261128}, pstar::Stream::user, experiment});
    std::vector<pstar::SizeCurve> curves;
    for (int k = 0; k < sizes; ++k) {
        pstar::SizeCurve curve{32.0 * (1 << k), even(20), {}, std::vector<double>(21, error)};
        const double height = 1 + share * std::pow(curve.size / 32, -omega);
        for (const double p : curve.strength)
            curve.accuracy.push_back(height * planted(curve.size, p, 0.75) + error * random.normal());
        curves.push_back(curve);
    }
    return curves;
}

Row with_correction(const char* text, double share, double omega, int sizes, CorrectionChoice choice) {
    return {
        text, 1000, [=](std::uint32_t experiment) {
            const auto fit = pstar::fit_collapse(corrected(share, omega, sizes, experiment),
                                                 {.correction = choice, .bootstrap = 100});
            const auto& found = fit.correction;
            const double b = share * std::pow(32, omega);
            return Outcome{{hit(contains(fit.p_c, 0.6)), hit(contains(fit.nu, 1.5)),
                            hit(found.fitted && contains(found.omega, omega)),
                            hit(found.fitted && contains(found.amplitude, b)), hit(fit.status == CollapseStatus::ok),
                            hit(found.fitted), hit(fit.status == CollapseStatus::correction_unknown)}};
        }};
}

/// Widths 32, 64, ... and images 1,000, 2,000, ..., nu = 1.5 and 3, heights times (w / 32)^(zeta / 1.5)
/// (1 + share 32 / w).
Row several(const char* text, int widths, int numbers, std::size_t steps, const pstar::CollapseOptions& options,
            double zeta = 0, double share = 0) {
    return {text, 1000, [=](std::uint32_t experiment) {
                std::vector<pstar::SizeCurve> curves;
                pstar::RandomSequence random({pstar::Seed{20261129}, pstar::Stream::user, experiment});
                for (int k = 0; k < widths; ++k)
                    for (int l = 0; l < numbers; ++l) {
                        pstar::SizeCurve curve{32.0 * (1 << k), even(steps), {}, {}};
                        curve.more_sizes = {1000.0 * (1 << l)};
                        const double width =
                            0.05 * std::pow(curve.size / 64, -1 / 1.5) * std::pow(curve.more_sizes[0] / 2000, -1 / 3.0);
                        const double height = std::pow(curve.size / 32, zeta / 1.5) * (1 + share * 32 / curve.size);
                        for (const double p : curve.strength) {
                            const double a = 0.1 + 0.88 * pstar::logistic((0.6 - p) / width);
                            const double error = std::sqrt(a * (1 - a) / images);
                            curve.accuracy.push_back(height * (a + error * random.normal()));
                            curve.error.push_back(height * error);
                        }
                        curves.push_back(curve);
                    }
                auto own = options;
                own.bootstrap = 100;
                const auto fit = pstar::fit_collapse(curves, own);
                return Outcome{{hit(contains(fit.p_c, 0.6)), hit(contains(fit.nu, 1.5)),
                                hit(contains(fit.more_nu[0], 3)), hit(contains(fit.zeta, zeta)),
                                fit.correction.fitted ? hit(contains(fit.correction.omega, 1))
                                                      : std::numeric_limits<double>::quiet_NaN(),
                                hit(fit.status == CollapseStatus::ok)}};
            }};
}

}  // namespace

Table collapses() {
    return {"collapses",
            {"noise", "strengths", "seeds", "p_c", "ν"},
            {by_seeds("binomial | 11 | 3", 10, 3, 0), by_seeds("binomial | 11 | 5", 10, 5, 0),
             by_seeds("binomial | 11 | 10", 10, 10, 0), by_seeds("binomial | 21 | 3", 20, 3, 0),
             by_seeds("binomial | 21 | 5", 20, 5, 0), by_seeds("binomial | 21 | 10", 20, 10, 0),
             by_seeds("binomial, and each seed shifts its curve, sd 0.4 widths | 11 | 3", 10, 3, 0.4)}};
}

Table corrections() {
    constexpr auto fitted = CorrectionChoice::fitted, automatic = CorrectionChoice::automatic;
    constexpr auto none = CorrectionChoice::none;
    return {"corrections",
            {"correction", "sizes", "choice", "p_c", "ν", "ω", "b", "ok", "fitted", "unknown"},
            {with_correction("c = .2, ω = 1 | 5 | fitted", 0.2, 1, 5, fitted),
             with_correction("c = .2, ω = 1 | 4 | fitted", 0.2, 1, 4, fitted),
             with_correction("c = -.2, ω = 1 | 5 | fitted", -0.2, 1, 5, fitted),
             with_correction("c = .2, ω = 1/2 | 5 | fitted", 0.2, 0.5, 5, fitted),
             with_correction("c = .2, ω = 2 | 5 | fitted", 0.2, 2, 5, fitted),
             with_correction("c = .1, ω = 1 | 5 | fitted", 0.1, 1, 5, fitted),
             with_correction("c = .02, ω = 1 | 5 | fitted", 0.02, 1, 5, fitted),
             with_correction("c = .2, ω = 1 | 5 | none", 0.2, 1, 5, none),
             with_correction("c = .1, ω = 1 | 5 | none", 0.1, 1, 5, none),
             with_correction("c = .05, ω = 1 | 5 | none", 0.05, 1, 5, none),
             with_correction("c = .02, ω = 1 | 5 | none", 0.02, 1, 5, none),
             with_correction("none | 5 | automatic", 0, 1, 5, automatic),
             with_correction("none | 4 | automatic", 0, 1, 4, automatic),
             with_correction("c = .05, ω = 1 | 5 | automatic", 0.05, 1, 5, automatic),
             with_correction("c = .02, ω = 1 | 5 | automatic", 0.02, 1, 5, automatic)}};
}

Table several_sizes() {
    pstar::CollapseOptions free, fitted;
    free.zeta = std::nullopt;
    fitted.correction = CorrectionChoice::fitted;
    return {"several-sizes",
            {"curves", "strengths", "heights", "p_c", "ν of width", "ν of images", "ζ", "ω", "ok"},
            {several("3 × 3 | 11 | kept", 3, 3, 10, {}), several("3 × 2 | 21 | kept", 3, 2, 20, {}),
             several("2 × 2 | 21 | kept", 2, 2, 20, {}), several("3 × 2 | 21 | ζ = .6, free", 3, 2, 20, free, 0.6),
             several("5 × 2 | 21 | c = .2, ω = 1, fitted", 5, 2, 20, fitted, 0, 0.2)}};
}

}  // namespace coverage
