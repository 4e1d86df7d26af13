// Collapses: any curves give an answer or a refusal, with numbers in order and none missing where the status is ok.
#include <array>
#include <stdexcept>
#include <vector>

#include <pstar/scaling/collapse/fit.hpp>

#include "fuzz/fuzz.hpp"

FUZZ_TARGET(fit_collapse) {
    fuzz::Cursor cursor(bytes);
    const auto sizes = cursor.below(5), points = 2 + cursor.below(8), kind = cursor.below(4);
    pstar::CollapseOptions options{.bootstrap = 100};
    if (cursor.below(4) == 0) options.nu = cursor.number();
    if (cursor.below(4) == 0) options.zeta = std::nullopt;
    std::vector<pstar::SizeCurve> curves;
    double size = 8;
    for (std::size_t s = 0; s < sizes; ++s, size *= 2) {
        pstar::SizeCurve curve;
        curve.size = kind == 0 ? cursor.number() : size;
        for (std::size_t i = 0; i < points; ++i) {
            const double x = static_cast<double>(i) / static_cast<double>(points);
            curve.strength.push_back(kind == 0 ? cursor.number() : x);
            curve.accuracy.push_back(kind == 0   ? cursor.number()
                                     : kind == 1 ? cursor.share()
                                     : kind == 2 ? 0.5
                                                 : 1 / (1 + std::exp((x - 0.5) * size / 4)));
            curve.error.push_back(kind == 0 ? cursor.number() : kind == 1 ? 0.01 + cursor.share() : 0.01);
        }
        curves.push_back(curve);
    }
    using enum pstar::CorrectionChoice;
    options.correction = std::array{none, fitted, automatic}[cursor.below(3)];
    if (cursor.below(4) == 1)
        for (auto& curve : curves)
            curve.more_sizes = {kind == 0 ? cursor.number() : static_cast<double>(1 + cursor.below(4))};
    try {
        const auto found = pstar::fit_collapse(curves, options);
        for (const auto* estimate : {&found.p_c, &found.nu, &found.inverse_nu, &found.zeta})
            fuzz::must_be_ordered(*estimate, "low <= value <= high");
        for (const auto& nu : found.more_nu) fuzz::must_be_ordered(nu, "low <= value <= high");
        const auto& correction = found.correction;
        fuzz::must(correction.fitted || options.correction != fitted, "a correction that is asked for is fitted");
        if (correction.fitted)
            for (const auto* estimate : {&correction.amplitude, &correction.omega, &correction.change})
                fuzz::must_be_ordered(*estimate, "low <= value <= high");
        fuzz::must(!found.explanation.empty(), "there is a sentence");
        fuzz::must(found.p_value >= 0 && found.p_value <= 1, "a p-value lies in [0, 1]");
        if (found.status == pstar::CollapseStatus::ok)
            fuzz::must(std::isfinite(found.p_c.value) && std::isfinite(found.inverse_nu.value),
                       "a collapse that is ok has numbers");
    } catch (const std::invalid_argument&) {
    }
}
