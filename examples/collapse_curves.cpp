/// Do accuracy curves of several widths collapse to one when strength is scaled by a power of the width? Plain numbers.
#include <cmath>
#include <cstdio>
#include <vector>

#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/proxy.hpp>

namespace {

/// Five seeds per strength around a curve that sharpens like width^(1/2) about p_c = 0.7, as some other program may
/// have measured them.
pstar::SizeRuns measure(double width) {
    pstar::RandomSequence random({pstar::Seed{1}, pstar::Stream::user, 0, static_cast<std::uint32_t>(width)});
    pstar::SizeRuns measured{width, {}, {}};
    for (int i = 0; i <= 20; ++i) {
        const double p = 0.05 * i, a = 0.1 + 0.88 / (1 + std::exp(1.5 * std::sqrt(width) * (p - 0.7)));
        measured.strength.push_back(p);
        measured.runs.emplace_back();
        for (int seed = 0; seed < 5; ++seed) measured.runs.back().push_back(a + 0.01 * random.normal());
    }
    return measured;
}

}  // namespace

int main() {
    std::vector<pstar::SizeRuns> measured;
    for (const double width : {32, 64, 128, 256}) measured.push_back(measure(width));
    const auto curves = pstar::curves_of_runs(measured, {.same_seeds = true, .test_images = 10'000});

    const auto fit = pstar::fit_collapse(curves);
    std::printf("a(p, width) = f(width^(1/nu) (p - p_c)): %s\n", fit.explanation.c_str());
    std::printf("p_c  %.4f  95%% interval [%.4f, %.4f]\n", fit.p_c.value, fit.p_c.low, fit.p_c.high);
    std::printf("nu   %.3f   95%% interval [%.3f, %.3f]\n", fit.nu.value, fit.nu.low, fit.nu.high);
    std::printf("S    %.2f (straight lines: %.2f) over %zu overlapping points of %zu, p-value %.2f\n", fit.smooth.s,
                fit.line.s, fit.smooth.overlapping, fit.smooth.points, fit.p_value);

    // Against other numbers: for which of them do the points of all widths lie on one curve?
    const std::vector proxies{
        pstar::make_proxy("p", curves, [](double p, double) { return p; }),
        pstar::make_proxy("(1 - p) sqrt(width / p)", curves,
                          [](double p, double width) { return (1 - p) * std::sqrt(width / (p + 0.01)); }),
        pstar::make_proxy("(p - 0.7) sqrt(width)", curves,
                          [](double p, double width) { return (p - 0.7) * std::sqrt(width); })};
    const auto ranking = pstar::rank_proxies(curves, proxies);
    for (const auto& proxy : ranking.proxies)
        std::printf("%-24s S %6.1f  log evidence %8.1f\n", proxy.name.c_str(), proxy.smooth.s, proxy.log_evidence);
    std::printf("%s\n", ranking.reason.c_str());
    return fit.status == pstar::CollapseStatus::ok ? 0 : 1;
}
