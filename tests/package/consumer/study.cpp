// The compiled half: what takes long to compile is declared here and linked from pstar::compiled.
#include <cmath>
#include <cstdio>
#include <vector>

#include <pstar/scaling/curve/fit.hpp>

#ifndef PSTAR_COMPILED
#error "pstar::compiled did not say that it is linked"
#endif

int main() {
    std::vector<pstar::CurvePoint> measured;
    for (const double p : {0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0})
        measured.push_back({p, 0.1 + 0.8 / (1 + std::exp((p - 0.6) / 0.05)), 0.01, 5});
    const auto fit = pstar::fit_curve(measured, {.lower = 0.1});
    std::printf("p* = %.3f: %s\n", fit.p_star.value, fit.explanation.c_str());
    return std::abs(fit.p_star.value - 0.6) < 0.01 ? 0 : 1;
}
