#include <pstar/scaling/collapse/analysis.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace analysis_test {

using namespace pstar;

namespace {

/// Accuracies that do collapse: A = f(L^(1/nu) (p - p_c)) with p_c = .55, nu = 2, on 500 test images, four seeds.
std::vector<MeasuredSize> planted(const std::vector<double>& sizes = {16, 64, 256}) {
    RandomSequence random({Seed{8}, Stream::user});
    std::vector<MeasuredSize> result;
    for (const double size : sizes) {
        MeasuredSize measured{.size = size, .same_seeds = true};
        for (int i = 0; i <= 14; ++i) {
            const double p = 0.1 + 0.06 * i + 0.001 * size / 16;  // each size has its own strengths
            const SigmoidCurve curve{0.55, 0.4 / std::sqrt(size), 0.1, 0.95};
            measured.strength.push_back(p);
            measured.runs.emplace_back();
            for (int r = 0; r < 4; ++r) {
                int correct = 0;
                for (int m = 0; m < 500; ++m) correct += random.uniform() < curve(p);
                measured.runs.back().push_back(correct / 500.0);
            }
        }
        result.push_back(measured);
    }
    return result;
}

const ScalingOptions quick{.curves = {.lower = 0.1, .bootstrap = 100, .test_images = 500},
                           .collapse = {.bootstrap = 100}};

/// A fit of which only family, AIC and midpoint count.
CurveFit fit_with(SigmoidFamily family, double aic, double p_star = 0.5) {
    CurveFit fit;
    fit.curve.family = family;
    fit.curve.p_star = p_star;
    fit.aic = aic;
    return fit;
}

}  // namespace

TEST_CASE("a planted collapse is found: no shift, slopes that rise as size^(1/nu), one curve") {
    auto sizes = planted();
    for (auto& size : sizes) {  // the combination that the curves depend on; undefined at the first strength
        size.proxies.emplace_back();
        for (const double p : size.strength) size.proxies[0].push_back((p - 0.55) * std::sqrt(size.size));
        size.proxies[0][0] = std::nan("");
    }
    auto options = quick;
    options.proxies = {"scaled"};
    options.curves.family = SigmoidFamily::logistic;
    const auto found = analyse_sizes(sizes, options);
    REQUIRE(found.sizes.size() == 3);
    for (const auto& size : found.sizes) {
        CHECK(size.fit.p_star.value == Approx(0.55).margin(0.02));
        CHECK(size.fit.slope.value == Approx(0.85 / 1.6 * std::sqrt(size.measured.size)).epsilon(0.15));
        CHECK(size.fit.source == IntervalSource::seeds);
        CHECK(size.fit.curve.family == SigmoidFamily::logistic);
        CHECK(size.families.size() == sigmoid_families.size());
        CHECK(size.curve.strength == size.measured.strength);
        // the number of images bounds the errors from below
        for (std::size_t i = 0; i < size.curve.points(); ++i) {
            const double a = std::clamp(size.curve.accuracy[i], 1e-9, 1 - 1e-9);
            CHECK(size.curve.error[i] >= 0.99 * std::sqrt(a * (1 - a) / 2000));
        }
    }
    CHECK(found.sharpening.verdict == Verdict::rises);
    CHECK(found.sharpening.slope.value == Approx(0.5).margin(0.1));
    CHECK((found.shift.slope.low < 0.01 && found.shift.slope.high > -0.01));
    CHECK(found.approach.status == ApproachStatus::too_few_sizes);
    CHECK(found.collapse.status == CollapseStatus::ok);
    CHECK(found.collapse.nu.value == Approx(2).margin(0.5));
    CHECK(found.prediction.sizes.size() == 3);
    CHECK(found.prediction.rms < found.prediction.null_rms / 3);
    CHECK(found.shuffled.orders == 6);

    REQUIRE(found.ranking.proxies.size() == 3);
    CHECK(found.ranked_points == 42);  // 45 without the undefined ones
    CHECK(found.ranking.proxies[0].name == "scaled");
    CHECK(found.ranking.proxies[0].smooth.s < 2);
    CHECK(found.ranking.proxies[1].smooth.s > 5);

    // The landscape is S itself, and lowest near the planted exponents.
    const auto& land = found.landscape;
    REQUIRE((land.p_c.size() == 41 && land.inverse_nu.size() == 41));
    CHECK(land.p_c.front() == found.sizes[0].measured.strength.front());
    CHECK(land.inverse_nu.back() == Approx(std::max(1.0, 2 / found.collapse.exponents.nu)));
    std::vector<SizeCurve> curves;
    for (const auto& size : found.sizes) curves.push_back(size.curve);
    CHECK(land.s[7][30] == line_quality(scale(curves, {land.p_c[7], 1 / land.inverse_nu[30], 0})).s);
    double least = 1e300, p_c = 0, inverse_nu = 0;
    for (std::size_t i = 0; i < land.p_c.size(); ++i)
        for (std::size_t j = 0; j < land.inverse_nu.size(); ++j)
            if (land.s[i][j] < least) least = land.s[i][j], p_c = land.p_c[i], inverse_nu = land.inverse_nu[j];
    CHECK(p_c == Approx(0.55).margin(0.05));
    CHECK(inverse_nu == Approx(0.5).margin(0.15));
}

TEST_CASE("the strengths' own name and the fitted family are options") {
    auto sizes = planted({16, 64});
    auto options = quick;
    options.best_family = true;
    options.strength_name = "noise level";
    const auto found = analyse_sizes(sizes, options);
    CHECK(found.family == found.best_family);
    CHECK(found.aic_gain == 0);
    for (const auto& size : found.sizes) CHECK(size.fit.curve.family == found.family);
    std::vector<std::string> names;
    for (const auto& proxy : found.ranking.proxies) names.push_back(proxy.name);
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{"(1-p)/sqrt(p)", "noise level"});
}

TEST_CASE("a susceptibility collapses with zeta free; no sigmoid is fitted to it", "[long]") {
    // chi = L^(zeta/nu) exp(-(x - 1/2)^2 / 4), x = L^(1/nu) (p - .6), with errors of 2%: zeta = 1.75, nu = 1
    RandomSequence random({Seed{12}, Stream::user});
    const auto measure = [&](int runs) {
        std::vector<MeasuredSize> sizes;
        for (const double size : {16, 32, 64}) {
            MeasuredSize measured{.size = size, .any_value = true};
            for (int i = 0; i <= 20; ++i) {
                const double x = -3 + 0.3 * i, chi = std::pow(size, 1.75) * std::exp(-(x - 0.5) * (x - 0.5) / 4);
                measured.strength.push_back(0.6 + x / size);
                measured.runs.emplace_back();
                for (int r = 0; r < runs; ++r) measured.runs.back().push_back(chi * (1 + 0.02 * random.normal()));
                if (runs == 1) measured.error.push_back(0.02 * chi);
            }
            sizes.push_back(measured);
        }
        return sizes;
    };
    auto options = quick;
    options.collapse.zeta = std::nullopt;
    for (const int runs : {1, 4}) {  // with errors, or run by run
        const auto found = analyse_sizes(measure(runs), options);
        CAPTURE(runs, found.collapse.explanation, found.collapse.nu.value, found.collapse.zeta.value);
        CHECK(found.collapse.status == CollapseStatus::ok);
        CHECK(found.collapse.p_c.value == Approx(0.6).margin(0.005));
        CHECK(found.collapse.nu.value == Approx(1).margin(0.03));
        CHECK(found.collapse.zeta.value == Approx(1.75).margin(0.05));
        CHECK_FALSE(is_comparable(found.sizes[0].fit.status));
        CHECK(found.sizes[0].families.size() == sigmoid_families.size());
        CHECK(found.shift.verdict == Verdict::undecided);
    }
    auto bare = measure(1);
    for (auto& size : bare) size.error.clear();
    CHECK_THROWS_WITH(analyse_sizes(bare, options), Catch::Contains("must have errors or repeated runs"));
}

TEST_CASE("one size has a fit and no collapse") {
    const auto found = analyse_sizes(planted({16}), quick);
    CHECK(found.sizes[0].fit.p_star.value == Approx(0.55).margin(0.02));
    CHECK(found.collapse.status == CollapseStatus::too_few_sizes);
    CHECK(found.shift.verdict == Verdict::undecided);
    CHECK(found.ranking.proxies.empty());
    CHECK(found.landscape.p_c.empty());
}

TEST_CASE("what cannot be analysed is refused") {
    CHECK_THROWS_WITH(analyse_sizes({}), Catch::Contains("number of sizes (= 0)"));
    auto sizes = planted({16});
    CHECK_THROWS_WITH(analyse_sizes(sizes, {.proxies = {"x"}}), Catch::Contains("number of proxies of a size (= 0)"));
    CHECK_THROWS_WITH(analyse_sizes(sizes, {.collapse = {.nu = 0}}), Catch::Contains("nu (= 0)"));
    auto twice = planted({16, 16});
    CHECK_THROWS_WITH(analyse_sizes(twice, quick), Catch::Contains("occur once"));
    sizes[0].strength[0] = -1;
    auto options = quick;
    options.curves.family = SigmoidFamily::weibull;
    CHECK_THROWS_AS(analyse_sizes(sizes, options), DataError);
    CHECK_THROWS_WITH(analyse_sizes(sizes, options), Catch::Contains("size 16 has negative strengths"));
}

TEST_CASE("the common family has the least sum of AIC") {
    using enum SigmoidFamily;
    std::vector<std::vector<CurveFit>> fits{{fit_with(gumbel, 1), fit_with(logistic, 4), fit_with(gaussian, 6)},
                                            {fit_with(logistic, 2), fit_with(gaussian, 3), fit_with(gumbel, 9)}};
    CHECK(common_family(fits, gumbel).best == logistic);  // 6 against 9 and 10
    CHECK(common_family(fits, gumbel).aic_gain == 4);
    CHECK(common_family(fits, logistic).aic_gain == 0);
    CHECK(common_family(fits, weibull).aic_gain == 0);  // nobody fitted it
    fits[1][0].curve.p_star = std::nan("");             // no curve: out of the running
    CHECK(common_family(fits, logistic).best == gaussian);
    CHECK(common_family(std::vector<std::vector<CurveFit>>{{}}, weibull).best == weibull);
    CHECK(fit_of(fits[0], gaussian)->aic == 6);
    CHECK(fit_of(fits[0], weibull) == nullptr);
}

TEST_CASE("errors of means: given, counted, or the scatter about the fit") {
    MeasuredSize measured{.size = 4, .strength = {0, 1, 2}, .runs = {{0.9}, {0.5}, {0.1}}, .error = {0.01, 0.02, 0.03}};
    CurveFit fit;
    fit.deviance = 12, fit.dof = 3;
    CHECK(curve_of_means(measured, fit, 0).error == measured.error);
    measured.error.clear();
    CHECK(curve_of_means(measured, fit, 0).error == std::vector<double>(3, 2.0));  // sqrt(12 / 3)
    CHECK(curve_of_means(measured, fit, 100).error[1] == Approx(0.05));
    fit.dof = 0;
    CHECK(curve_of_means(measured, fit, 0).error == std::vector<double>(3, 1.0));
    CHECK_THROWS_WITH(collapse_curves(std::vector{measured}, {}, 0), Catch::Contains("number of fits (= 0)"));

    // Runs that differ bring their own errors; runs that all agree are means.
    measured.runs = {{0.9, 0.8}, {0.5, 0.5}, {0.1, 0.2}};
    CHECK(collapse_curves(std::vector{measured}, std::vector{fit}, 0)[0].runs == measured.runs);
    measured.runs = {{0.9, 0.9}, {0.5}, {0.1}};
    CHECK(collapse_curves(std::vector{measured}, std::vector{fit}, 0)[0].runs.empty());
}

TEST_CASE("proxies are compared where all of them are finite") {
    const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
    const std::vector<SizeCurve> curves{{1, {0, 1, 2}, {0.9, 0.5, 0.1}, {0.1, 0.2, 0.3}, {{0.9}, {0.5}, {0.1}}},
                                        {2, {0, 1}, {0.9, 0.5}, {0.1, 0.1}}};
    const std::vector<Proxy> proxies{{"a", {{infinity, 1, 2}, {3, nan}}}, {"b", {{4, 5, 6}, {7, 8}}}};
    const auto points = finite_points(curves, proxies);
    CHECK(points.points == 3);
    CHECK(points.cover_all_sizes());
    CHECK(points.curves[0].strength == std::vector<double>{1, 2});
    CHECK(points.curves[0].error == std::vector<double>{0.2, 0.3});
    CHECK(points.curves[0].runs.size() == 2);
    CHECK(points.proxies[1].x == std::vector<std::vector<double>>{{5, 6}, {7}});
    const std::vector<Proxy> nowhere{{"a", {{1, 1, 1}, {nan, nan}}}};
    CHECK_FALSE(finite_points(curves, nowhere).cover_all_sizes());
    CHECK_THROWS_WITH(finite_points(curves, std::vector<Proxy>{{"a", {{1, 2, 3}}}}), Catch::Contains("lists of a"));
    CHECK_THROWS_WITH(finite_points(curves, std::vector<Proxy>{{"a", {{1}, {2, 3}}}}), Catch::Contains("values of a"));
}

}  // namespace analysis_test
