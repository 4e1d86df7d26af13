/// From accuracies that some other program measured to the knee p*: no network, no dataset, plain numbers.
#include <cstdio>
#include <vector>

#include <pstar/scaling/curve/fit.hpp>

int main() {
    // strength, mean accuracy, standard error, number of runs behind them
    const std::vector<pstar::CurvePoint> measured{
        {0.00, 0.9752, 0.0009, 5}, {0.40, 0.9738, 0.0012, 5}, {0.60, 0.9525, 0.0031, 5}, {0.70, 0.8752, 0.0062, 5},
        {0.75, 0.7611, 0.0085, 5}, {0.80, 0.6142, 0.0098, 5}, {0.85, 0.4263, 0.0101, 5}, {0.90, 0.2871, 0.0077, 5},
        {0.95, 0.1889, 0.0049, 5}, {1.00, 0.1423, 0.0033, 5},
    };

    // Ten classes: when nothing of the image is left, one guess in ten is right.
    const auto fit = pstar::fit_curve(measured, {.lower = 0.1});

    std::printf("A(p) = lower + (upper - lower) / (1 + exp((p - p*) / w))\n");
    std::printf("p*     %.4f  95%% interval [%.4f, %.4f]\n", fit.p_star.value, fit.p_star.low, fit.p_star.high);
    std::printf("slope  %.3f   95%% interval [%.3f, %.3f]\n", fit.slope.value, fit.slope.low, fit.slope.high);
    std::printf("upper  %.4f  95%% interval [%.4f, %.4f]\n", fit.upper.value, fit.upper.low, fit.upper.high);
    std::printf("chi^2 / dof = %.1f / %zu: %s\n", fit.deviance, fit.dof, fit.explanation.c_str());
    return fit.status == pstar::CurveStatus::ok ? 0 : 1;
}
