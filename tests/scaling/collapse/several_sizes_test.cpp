#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <pstar/core/math.hpp>
#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/collapse/null.hpp>
#include <pstar/scaling/collapse/prediction.hpp>

#include "catch.hpp"

namespace several_sizes_test {

using namespace pstar;

namespace {

/// Width w and training images n: a = .1 + .88 logistic((.6 - p) / s), s = .05 (w / 64)^(-1 / 1.5) (n / 2000)^(-1 / 3).
std::vector<SizeCurve> measure(int widths, int images, std::uint32_t experiment, double error = 0.01,
                               double drift = 0) {
    RandomSequence random({Seed{80}, Stream::user, experiment});
    std::vector<SizeCurve> curves;
    for (int k = 0; k < widths; ++k)
        for (int l = 0; l < images; ++l) {
            SizeCurve curve{32.0 * (1 << k), {}, {}, {}};
            curve.more_sizes = {1000.0 * (1 << l)};
            const double scale =
                0.05 * std::pow(curve.size / 64, -1 / 1.5) * std::pow(curve.more_sizes[0] / 2000, -1 / 3.0);
            for (int i = 0; i <= 20; ++i) {
                const double p = 0.05 * i;
                curve.strength.push_back(p), curve.error.push_back(error);
                curve.accuracy.push_back(0.1 + (0.88 - drift * l) * logistic((0.6 - p) / scale) +
                                         error * random.normal());
            }
            curves.push_back(curve);
        }
    return curves;
}

}  // namespace

TEST_CASE("curves of several sizes are stretched by a power of each") {
    const auto curves = measure(2, 2, 1);
    const auto scaled = scale(curves[3], {0.6, 1.5, 0, {}, {3}});
    CHECK(scaled.x[2] == Approx(std::pow(64, 1 / 1.5) * std::pow(2000, 1 / 3.0) * (0.1 - 0.6)));
    CHECK(scaled.y == curves[3].accuracy);
    CHECK_THROWS_WITH(scale(curves[3], {0.6, 1.5, 0}), Catch::Contains("number of further exponents (= 0)"));
    CollapseFrame frame(curves);
    const auto relative = frame.at({0.6, {1 / 1.5, 1 / 3.0}});
    const auto absolute = scale(curves, {0.6, 1.5, 0, {}, {3}});
    for (std::size_t i = 0; i < curves.size(); ++i)
        CHECK(relative[i].x[0] / relative[0].x[0] == Approx(absolute[i].x[0] / absolute[0].x[0]));
}

TEST_CASE("the exponents of two sizes are found at once", "[long]") {
    const auto curves = measure(3, 3, 2, 0.003);
    const auto fit = fit_collapse(curves, {.bootstrap = 100});
    CHECK(fit.status == CollapseStatus::ok);
    CHECK(fit.sizes == 9);
    REQUIRE(fit.more_nu.size() == 1);
    // errors by the curvature: .0006, .02, .06
    CHECK(fit.p_c.value == Approx(0.6).margin(0.0025));
    CHECK(fit.nu.value == Approx(1.5).margin(0.08));
    CHECK(fit.more_nu[0].value == Approx(3).margin(0.3));
    CHECK((contains(fit.p_c, 0.6) && contains(fit.nu, 1.5) && contains(fit.more_nu[0], 3)));
    CHECK(fit.more_inverse_nu[0].value == Approx(1 / fit.more_nu[0].value));
    CHECK(fit.log_evidence > 50);

    // which size comes first makes no difference
    auto exchanged = curves;
    for (auto& curve : exchanged) std::swap(curve.size, curve.more_sizes[0]);
    const auto other = fit_collapse(exchanged, {.bootstrap = 100});
    CHECK(other.nu.value == Approx(fit.more_nu[0].value).epsilon(0.02));
    CHECK(other.more_nu[0].value == Approx(fit.nu.value).epsilon(0.02));

    // an exponent may be known
    const auto known = fit_collapse(curves, {.more_nu = {3.0}, .bootstrap = 100});
    CHECK((known.more_nu[0].low == 3 && known.more_nu[0].high == 3));
    CHECK(known.nu.high - known.nu.low < fit.nu.high - fit.nu.low);

    // curves that differ in another way do not collapse, and so do curves of which one size is not told
    CHECK(fit_collapse(measure(3, 3, 2, 0.003, 0.03), {.bootstrap = 100}).status == CollapseStatus::misfit);
    auto one_size = std::vector<SizeCurve>{curves[0], curves[4], curves[7]};
    for (auto& curve : one_size) curve.more_sizes.clear();
    CHECK(fit_collapse(one_size, {.bootstrap = 100}).more_nu.empty());
}

TEST_CASE("three curves tell two exponents, of which one may be open") {
    auto curves = measure(2, 2, 3);
    curves.pop_back();
    const auto fit = fit_collapse(curves, {.bootstrap = 100});
    CHECK(fit.status == CollapseStatus::ok);
    CHECK(contains(fit.nu, 1.5));
    CHECK(contains(fit.more_nu[0], 3));
    // the second size does nothing
    auto same = measure(2, 2, 4);
    for (std::size_t i = 0; i < same.size(); i += 2)
        for (std::size_t j = 0; j < same[i].points(); ++j)
            same[i + 1].accuracy[j] = same[i].accuracy[j] + (j % 2 == 0 ? 0.005 : -0.005);
    const auto flat = fit_collapse(same, {.bootstrap = 100});
    CHECK(flat.status == CollapseStatus::nu_unknown);
    CHECK(contains(flat.more_inverse_nu[0], 0));
}

TEST_CASE("intervals of both exponents cover what was planted", "[long]") {
    constexpr int experiments = 30;
    int p_c = 0, nu = 0, more = 0, ok = 0;
    for (std::uint32_t e = 0; e < experiments; ++e) {
        const auto fit = fit_collapse(measure(3, 2, e), {.bootstrap = 100});
        p_c += contains(fit.p_c, 0.6), nu += contains(fit.nu, 1.5), more += contains(fit.more_nu[0], 3);
        ok += fit.status == CollapseStatus::ok;
    }
    CAPTURE(p_c, nu, more, ok);
    // 28.5 of 30 expected at 95%, sd 1.2: 4 sd below
    CHECK(p_c >= 23);
    CHECK(nu >= 23);
    CHECK(more >= 23);
    CHECK(ok >= 27);
}

TEST_CASE("heights may go with the first of several sizes", "[long]") {
    // heights w^(zeta/nu) (1 + b w^-1), w = 32, ..., 256: zeta = .6 and b = 0, or zeta = 0 and b = 9.6
    const auto raised = [](double zeta, double b) {
        auto curves = measure(4, 2, 7, 0.003);
        for (auto& curve : curves) {
            const double height = std::pow(curve.size / 32, zeta / 1.5) * (1 + b / curve.size);
            for (std::size_t i = 0; i < curve.points(); ++i) curve.accuracy[i] *= height, curve.error[i] *= height;
        }
        return curves;
    };
    const auto agrees = [](const Collapse& fit) {
        CHECK(fit.status == CollapseStatus::ok);
        CHECK((contains(fit.p_c, 0.6) && contains(fit.nu, 1.5) && contains(fit.more_nu.at(0), 3)));
        CHECK(fit.more_nu.at(0).high - fit.more_nu.at(0).low < 1);
    };
    const auto powers = raised(0.6, 0);
    CHECK(fit_collapse(powers, {.bootstrap = 100}).status == CollapseStatus::misfit);
    const auto free = fit_collapse(powers, {.zeta = std::nullopt, .bootstrap = 100});
    agrees(free);
    CHECK(free.zeta.value == Approx(0.6).margin(0.03));
    CHECK(contains(free.zeta, 0.6));

    const auto higher = raised(0, 9.6);
    CHECK(fit_collapse(higher, {.bootstrap = 100}).status == CollapseStatus::misfit);
    const auto fitted = fit_collapse(higher, {.correction = CorrectionChoice::fitted, .bootstrap = 100});
    agrees(fitted);
    CHECK(fitted.correction.omega.value == Approx(1).margin(0.25));
    CHECK(contains(fitted.correction.omega, 1));
    CHECK(contains(fitted.correction.amplitude, 9.6));
    const auto known =
        fit_collapse(higher, {.correction = CorrectionChoice::automatic, .omega = 1.0, .bootstrap = 100});
    agrees(known);
    CHECK(known.correction.fitted);
    CHECK((known.correction.omega.low == 1 && known.correction.omega.high == 1));
    CHECK_FALSE(fit_collapse(measure(4, 2, 8, 0.003),
                             {.correction = CorrectionChoice::automatic, .omega = 1.0, .bootstrap = 100})
                    .correction.fitted);
}

TEST_CASE("sizes that do not vary apart are refused") {
    const auto good = measure(2, 2, 5);
    CHECK(vary_apart(good));
    const auto complains = [&](auto change, const char* about, const CollapseOptions& options = {}) {
        auto curves = good;
        change(curves);
        CHECK_THROWS_WITH(fit_collapse(curves, options), Catch::Contains(about));
    };
    const auto nothing = [](auto&) {};
    complains([](auto& c) { c.resize(2); }, "number of curves (= 2) must be at least 3 for 2 sizes");
    complains(
        [](auto& c) {
            c.erase(c.begin() + 1, c.begin() + 3), c.push_back(c[1]), c[2].size = 128, c[2].more_sizes[0] = 4000;
        },
        "vary apart");
    complains(
        [](auto& c) {
            for (std::size_t i = 0; i < 4; ++i) c[i].size = 10.0 * static_cast<double>(i + 1), c[i].more_sizes[0] = 7;
        },
        "vary apart");
    complains(
        [](auto& c) {
            for (std::size_t i = 0; i < 4; ++i)
                c[i].size = 10.0 * static_cast<double>(i + 1), c[i].more_sizes[0] = std::pow(c[i].size, 1.7);
        },
        "vary apart");
    complains([](auto& c) { c[1].more_sizes = {}; }, "number of further sizes (= 0) must be the same");
    complains([](auto& c) { c[1].more_sizes = {-1}; }, "size (= -1) must be positive");
    complains([](auto& c) { c[1].more_sizes = c[0].more_sizes; }, "occur once");
    complains(nothing, "number of sizes (= 2) must be at least 4", {.correction = CorrectionChoice::fitted});
    complains(nothing, "nu (= 0)", {.more_nu = {0.0}});
    CHECK_FALSE(vary_apart({}));
}

TEST_CASE("curves of several sizes are predicted, and shuffled with all their sizes", "[long]") {
    const auto curves = measure(3, 2, 6);
    const auto prediction = predict_left_out(curves);
    CHECK(prediction.sizes.size() == 6);
    CHECK(prediction.rms < prediction.null_rms / 3);
    // without one of three, nothing tells the exponents
    CHECK(predict_left_out(std::vector<SizeCurve>(curves.begin(), curves.begin() + 3)).sizes.empty());
    const auto shuffled = shuffle_sizes(curves, {}, {.shuffles = 5});
    CHECK(shuffled.orders == 6);
    for (const double evidence : shuffled.shuffled) CHECK(evidence < shuffled.log_evidence - 10);
}

}  // namespace several_sizes_test
