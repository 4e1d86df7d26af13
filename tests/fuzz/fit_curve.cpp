// Fits of curves: any points give an answer or a refusal; numbers are in order, none is missing where the status is ok,
// and a curve whose strengths are multiplied by 2^k has its midpoint there.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include <pstar/scaling/curve/fit.hpp>

#include "fuzz/fuzz.hpp"

namespace {

std::vector<pstar::CurvePoint> points_of(fuzz::Cursor& cursor) {
    const auto n = cursor.below(16), kind = cursor.below(5);
    const double error = cursor.below(3) == 0 ? 0 : cursor.share();
    std::vector<pstar::CurvePoint> points;
    for (std::size_t i = 0; i < n; ++i) {
        pstar::CurvePoint p{
            .strength = static_cast<double>(i) / 8, .stderr_accuracy = error, .repeats = cursor.below(4)};
        if (kind == 0) p = {cursor.number(), cursor.number(), cursor.number(), cursor.below(4)};
        if (kind == 1) p.accuracy = cursor.share();
        if (kind == 2) p.accuracy = 0.5;
        if (kind == 3) p.accuracy = i < n / 2 ? 1 : 0;
        if (kind == 4) p.accuracy = 0.1 + 0.9 / (1 + std::exp((p.strength - 1) * 20 * cursor.share()));
        points.push_back(p);
    }
    return points;
}
void check(pstar::CurveFit fit) {
    for (const auto quantity : pstar::curve_quantities) {
        fuzz::must_be_ordered(fit[quantity], "low <= value <= high");
        fuzz::must_be_ordered(fit.profile[quantity], "low <= value <= high of the profile");
    }
    fuzz::must(!fit.explanation.empty(), "there is a sentence");
    if (fit.status != pstar::CurveStatus::ok) return;
    for (const auto quantity : {pstar::CurveQuantity::p_star, pstar::CurveQuantity::width})
        fuzz::must(std::isfinite(fit[quantity].value), "a fit that is ok has numbers");
    const bool may_be_vertical = fit.curve.family == pstar::SigmoidFamily::weibull;  // at strength 0, see `slope`
    fuzz::must(may_be_vertical ? !std::isnan(fit.slope.value) : std::isfinite(fit.slope.value), "so is its slope");
    fuzz::must(fit.p_value >= 0 && fit.p_value <= 1, "a p-value lies in [0, 1]");
    fuzz::must(std::isfinite(fit.deviance) && fit.deviance >= 0, "a deviance is not negative");
}

}  // namespace

FUZZ_TARGET(fit_curve) {
    fuzz::Cursor cursor(bytes);
    pstar::CurveFitOptions options{.bootstrap = 100};
    if (const auto family = cursor.below(pstar::sigmoid_families.size() + 1); family < pstar::sigmoid_families.size())
        options.family = pstar::sigmoid_families[family];
    if (cursor.below(2)) options.lower = cursor.below(4) ? 0.1 : cursor.number();
    if (cursor.below(4) == 0) options.upper = cursor.below(4) ? 0.98 : cursor.number();
    auto points = points_of(cursor);
    try {
        const auto fit = pstar::fit_curve(points, options);
        check(fit);
        const int power = static_cast<int>(cursor.below(160)) - 80;
        for (auto& p : points) p.strength = std::ldexp(p.strength, power);
        const auto scaled = pstar::fit_curve(points, options);
        check(scaled);
        fuzz::must(scaled.status == fit.status, "the status does not depend on the unit of strength");
        if (fit.status == pstar::CurveStatus::ok) {
            const double expected = std::ldexp(fit.p_star.value, power);
            const double unit = std::ldexp(fit.width.value, power);
            fuzz::must(std::abs(scaled.p_star.value - expected) <= 1e-3 * unit, "p* moves with the unit of strength");
        }
    } catch (const std::invalid_argument&) {
    }
}
