// Networks that never learned, beside others that did.
#include <cmath>
#include <stdexcept>
#include <vector>

#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/stuck_networks.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "catch.hpp"
#include "experiment/analysis/planted_results.hpp"

namespace stuck_networks_test {

using namespace planted;
using pstar::never_learned;

namespace {

const double guessing = std::log(10);

pstar::RunResult result(double loss, double accuracy) {
    return {.train_loss = loss, .test_accuracy = accuracy, .test_accuracy_corrupted = accuracy};
}

std::vector<bool> stuck(const std::vector<pstar::RunResult>& runs) {
    std::vector<const pstar::RunResult*> pointers;
    for (const auto& run : runs) pointers.push_back(&run);
    return never_learned(pointers, pstar::TestImages::clean, 10);
}

}  // namespace

TEST_CASE("a network at chance among others that learned is told, and only there") {
    using Flags = std::vector<bool>;
    CHECK(stuck({result(2.303, .11), result(.4, .95), result(.5, .94)}) == Flags{true, false, false});
    CHECK(stuck({result(2.28, .098), result(2.30, .11), result(.5, .9)}) == Flags{true, true, false});
    // none learned: the corruption left nothing to learn
    CHECK(stuck({result(2.30, .1), result(2.303, .11), result(2.31, .1)}) == Flags{false, false, false});
    // runs of all kinds, as at a knee: no two groups
    CHECK(stuck({result(2.29, .11), result(2.1, .25), result(1.5, .6)}) == Flags{false, false, false});
    CHECK(stuck({result(2.29, .11), result(.2, .9), result(1.8, .5), result(1.1, .7)}) ==
          Flags{false, false, false, false});
    // a loss of guessing with an accuracy above it, or the other way round, is something else
    CHECK(stuck({result(2.30, .5), result(.4, .95)}) == Flags{false, false});
    CHECK(stuck({result(1.0, .1), result(.4, .95)}) == Flags{false, false});
    CHECK(stuck({result(2.30, .1)}) == Flags{false});
    CHECK(stuck({}).empty());
    CHECK_THROWS_AS(never_learned({}, pstar::TestImages::clean, 1), std::invalid_argument);
    CHECK(pstar::stuck_networks_named("keep") == pstar::StuckNetworks::keep);
    CHECK_THROWS_WITH(pstar::stuck_networks_named("drop"), Catch::Contains("leave-out or keep"));
}

TEST_CASE("a stuck network takes the upper plateau away, and leaving it out gives it back") {
    const std::vector<double> strengths{0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1};
    const pstar::SigmoidCurve curve{0.6, 0.05, 0.1, 0.95};
    auto results = no_results();
    add_runs(results, {.width = 16}, strengths, 3, [&](double p, std::size_t repeat) {
        return std::round(1000 * curve(p + 0.003 * static_cast<double>(repeat))) / 1000;
    });
    for (std::size_t i = 0; i < results.runs.size(); ++i) {
        auto& found = *results.outcomes[i].value;
        found.train_loss = guessing * (1.1 - found.test_accuracy);
        if (results.runs[i].strength < 0.3 && results.runs[i].repeat == 1) found = result(guessing, 0.1);
    }
    const auto without = pstar::accuracy_curves(results)[0];
    CHECK(without.stuck == 2);
    CHECK((without.runs.accuracy[0].size() == 2 && without.runs.accuracy[3].size() == 3));
    const auto with = pstar::accuracy_curves(results, pstar::StuckNetworks::keep)[0];
    CHECK(with.stuck == 2);
    CHECK(with.runs.accuracy[0].size() == 3);
    const auto fit = pstar::fit_curves(results)[0];
    CHECK(fit.comparable());
    CHECK(fit.fit.upper.value == Approx(0.95).margin(0.01));
    CHECK(fit.fit.p_star.value == Approx(0.597).margin(0.01));
    // another loss has no known value of guessing: nothing is left out
    results.settings.loss = pstar::Loss::softmax_mse;
    CHECK(pstar::accuracy_curves(results)[0].stuck == 0);
}

}  // namespace stuck_networks_test
