#include <Eigen/Cholesky>

#include <pstar/scaling/curve/fit.hpp>

#include <cmath>
#include <initializer_list>
#include <vector>

#include "catch.hpp"

namespace fit_test {

using namespace pstar;

namespace {

const SigmoidCurve planted{0.63, 0.07, 0.1, 0.98};

std::vector<CurvePoint> on_curve(const SigmoidCurve& curve, double error = 0, std::size_t repeats = 0) {
    std::vector<CurvePoint> points;
    for (int i = 0; i <= 10; ++i) points.push_back({i / 10.0, curve(i / 10.0), error, repeats});
    return points;
}

std::vector<CurvePoint> through(std::initializer_list<double> accuracies, double error = 0) {
    std::vector<CurvePoint> points;
    for (const double a : accuracies)
        points.push_back(
            {static_cast<double>(points.size()) / static_cast<double>(accuracies.size() - 1), a, error, 0});
    return points;
}

/// Seed noise of sd .003 on the plateaus, .033 at the midpoint; `shared` standard errors of noise common to all runs.
CurveRuns noisy_runs(const SigmoidCurve& curve, std::size_t repeats, double shared, std::uint32_t experiment) {
    RandomSequence random({Seed{20240601}, Stream::user, experiment, static_cast<std::uint32_t>(repeats)});
    CurveRuns runs;
    for (int i = 0; i <= 10; ++i) {
        const double p = i / 10.0, above = logistic((curve.p_star - p) / curve.width);
        const double sd = 0.003 + 0.03 * 4 * above * (1 - above);
        const double common = shared * sd / std::sqrt(static_cast<double>(repeats)) * random.normal();
        runs.strength.push_back(p);
        runs.accuracy.emplace_back();
        for (std::size_t r = 0; r < repeats; ++r)
            runs.accuracy.back().push_back(curve(p) + common + sd * random.normal());
    }
    return runs;
}

/// A known family and a level plateau: a tenth of the time, where the choice is not the question.
CurveFitOptions of_family(std::size_t refits) {
    return {.family = SigmoidFamily::logistic, .plateau = 0, .bootstrap = refits};
}

}  // namespace

TEST_CASE("a planted curve without noise is recovered to 1e-8, with any knowledge of levels and errors") {
    for (const double error : {0.0, 0.01})
        for (const auto& options : {CurveFitOptions{}, CurveFitOptions{.lower = 0.1}, CurveFitOptions{.upper = 0.98},
                                    CurveFitOptions{.lower = 0.1, .upper = 0.98}}) {
            const auto fit = fit_curve(on_curve(planted, error, 3), options);
            CHECK(fit.status == CurveStatus::ok);
            CHECK(fit.p_star.value == Approx(0.63).epsilon(1e-8));
            CHECK(fit.width.value == Approx(0.07).epsilon(1e-8));
            CHECK(fit.slope.value == Approx(0.88 / 0.28).epsilon(1e-8));
            CHECK(fit.lower.value == Approx(0.1).epsilon(1e-8));
            CHECK(fit.upper.value == Approx(0.98).epsilon(1e-8));
            CHECK(fit.rms_residual < 1e-9);
            CHECK((contains(fit.p_star, fit.p_star.value) && contains(fit.slope, fit.slope.value)));
        }
}

TEST_CASE("strength may come in any unit and any order") {
    const auto runs = noisy_runs(planted, 4, 0, 0);
    const auto reference = fit_curve(runs);
    auto other = runs;
    std::swap(other.strength[2], other.strength[7]);
    std::swap(other.accuracy[2], other.accuracy[7]);
    CHECK(fit_curve(other).p_star.high == reference.p_star.high);
    for (const double unit : {1e-6, 8.0, 1e6}) {
        auto scaled = runs;
        for (double& p : scaled.strength) p *= unit;
        const auto fit = fit_curve(scaled);
        CHECK(fit.status == reference.status);
        CHECK(fit.p_star.value / unit == Approx(reference.p_star.value).epsilon(1e-7));
        CHECK(fit.slope.value * unit == Approx(reference.slope.value).epsilon(1e-7));
        CHECK(fit.p_star.low / unit == Approx(reference.p_star.low).epsilon(1e-5));
        CHECK(fit.slope.high * unit == Approx(reference.slope.high).epsilon(1e-5));
        CHECK(fit.deviance == Approx(reference.deviance).epsilon(1e-9));
    }
}

TEST_CASE("the same seed gives the same intervals, another one nearly the same") {
    const auto runs = noisy_runs(planted, 5, 0, 1);
    const auto a = fit_curve(runs, {.seed = 3}), b = fit_curve(runs, {.seed = 3}), c = fit_curve(runs, {.seed = 4});
    CHECK((a.p_star.low == b.p_star.low && a.slope.high == b.slope.high));
    CHECK(a.p_star.low != c.p_star.low);
    // a 2.5% quantile of 1000 normal draws has a standard error of .08 sd, 4% of the half-width; 5 of those
    CHECK(std::abs(a.p_star.low - c.p_star.low) < 0.3 * (a.p_star.value - a.p_star.low));
}

TEST_CASE("intervals cover the planted truth as often as they say", "[long]") {
    // 200 experiments: the count of hits at 95% is binomial(200, .95), mean 190, sd 3.1. The measured coverage lies in
    // [.93, .98] (see fit_curve), so 174 to 200 leaves four standard deviations below .93 * 200 = 186 (sd 3.6 ->
    // 171.6).
    const SigmoidCurve truth{0.65, 0.05, 0.1, 0.98};
    for (const std::size_t repeats : {2U, 3U, 5U, 10U}) {
        int p_star = 0, slope = 0, narrow = 0;
        for (std::uint32_t experiment = 0; experiment < 200; ++experiment) {
            const auto fit = fit_curve(noisy_runs(truth, repeats, 0, experiment), of_family(200));
            p_star += contains(fit.p_star, truth.p_star);
            slope += contains(fit.slope, truth.slope());
            narrow += fit.p_star.high - fit.p_star.low < 0.2;
        }
        CAPTURE(repeats, p_star, slope);
        CHECK(p_star >= 172);
        CHECK(slope >= 172);
        CHECK(narrow >= 190);  // and not by saying nothing: 0.2 is two grid spacings
    }
}

TEST_CASE("scatter that seeds share widens the intervals, unless asked not to", "[long]") {
    const SigmoidCurve truth{0.65, 0.05, 0.1, 0.98};
    int inflated = 0, plain = 0;
    for (std::uint32_t experiment = 0; experiment < 200; ++experiment) {
        const auto runs = noisy_runs(truth, 5, 1, experiment);
        inflated += contains(fit_curve(runs, of_family(200)).p_star, truth.p_star);
        auto not_inflated = of_family(200);
        not_inflated.inflate = false;
        plain += contains(fit_curve(runs, not_inflated).p_star, truth.p_star);
    }
    CAPTURE(inflated, plain);
    CHECK(inflated >= 166);  // measured .92: 184 - 4.7 sd
    CHECK(inflated > plain);
}

TEST_CASE("misfit is told about five times in a thousand when there is none, and found when there is") {
    int misfits = 0;
    for (std::uint32_t experiment = 0; experiment < 200; ++experiment)
        misfits += fit_curve(noisy_runs(planted, 3, 0, experiment), of_family(100)).status == CurveStatus::misfit;
    CHECK(misfits <= 9);  // binomial(200, .01): 10 or more has probability 5e-5

    auto points = on_curve(planted, 0.005);
    points[2].accuracy -= 0.03;
    points[3].accuracy += 0.02 - 0.002;
    const auto fit = fit_curve(points, {.family = SigmoidFamily::logistic, .plateau = 0});
    CHECK(fit.status == CurveStatus::misfit);
    CHECK(fit.p_value < 0.01);
    CHECK(fit.p_value == Approx(chi_squared_tail(fit.deviance, 7)));  // known errors: exactly chi-squared
    CHECK(fit.inflation == Approx(std::sqrt(fit.deviance / 7)));
    CHECK(contains(fit.p_star, 0.63));
}

namespace {

/// A plateau that slopes, then a cliff: u = .83 - .9 (p - .8), A = .1 + (u - .1) exp(-exp((p - .94) / .012)).
double cliff(double p) {
    return 0.1 + (0.73 - 0.9 * (p - 0.8)) * std::exp(-std::exp((p - 0.94) / 0.012));
}

/// 21 strengths in [.8, 1], noise of sd .01 on the plateau and .1 at the knee.
SeedCurves cliffs(std::size_t seeds, std::uint32_t experiment) {
    RandomSequence random({Seed{7}, Stream::user, experiment});
    SeedCurves curves;
    for (int i = 0; i <= 20; ++i) curves.strength.push_back(0.8 + 0.01 * i);
    for (std::size_t r = 0; r < seeds; ++r) {
        curves.accuracy.emplace_back();
        for (const double p : curves.strength) {
            const double sd = 0.01 + 0.09 * std::exp(-std::pow((p - 0.94) / 0.02, 2));
            curves.accuracy[r].push_back(std::clamp(cliff(p) + sd * random.normal(), 0.0, 1.0));
        }
    }
    return curves;
}

}  // namespace

TEST_CASE("a plateau that slopes is found, and the cliff behind it keeps its slope") {
    const double steepest = 18.860;  // of `cliff`, at .9396
    int narrow = 0;
    for (std::uint32_t experiment = 0; experiment < 10; ++experiment) {
        const auto fit = fit_curve(cliffs(20, experiment), {.lower = 0.1, .bootstrap = 200});
        CHECK(fit.status == CurveStatus::ok);
        CHECK(fit.curve.plateau.fall > 0);
        CHECK(fit.p_star.value == Approx(0.932).margin(0.003));
        // errors of the means near the knee are .022, of the slope 5% (sd): 10% is two of those
        narrow += std::abs(fit.slope.value / steepest - 1) < 0.1;
        // a level plateau spreads the cliff
        const auto level = fit_curve(cliffs(20, experiment),
                                     {.family = SigmoidFamily::logistic, .plateau = 0, .lower = 0.1, .bootstrap = 100});
        CHECK(level.status == CurveStatus::misfit);
        CHECK(level.slope.value < 0.8 * steepest);
    }
    CHECK(narrow >= 8);  // binomial(10, .95): 7 or fewer has probability .012, and the seeds are fixed
    // and a level one stays level, but for one time in twenty that chance bends it by twice its error
    int sloping = 0;
    for (std::uint32_t experiment = 0; experiment < 50; ++experiment)
        sloping += !fit_curve(noisy_runs(planted, 5, 0, experiment), {.bootstrap = 100}).curve.plateau.is_level();
    CHECK(sloping <= 9);
}

TEST_CASE("where no family fits, the numbers are those of a smooth falling curve") {
    // two steps: a logistic curve at .3, another at .7, with slope .52 / (4 * .05) there
    const auto two_steps = [](double p) {
        return 0.1 + 0.35 * logistic((0.3 - p) / 0.05) + 0.52 * logistic((0.7 - p) / 0.05);
    };
    double half = 0.5, below = 0.8;  // half of the drop is lost between them
    while (below - half > 1e-12)
        (two_steps((half + below) / 2) > (two_steps(0) + 0.1) / 2 ? half : below) = (half + below) / 2;
    for (const double error : {1e-4, 2e-3}) {
        std::vector<CurvePoint> points;
        RandomSequence random({Seed{5}, Stream::user});
        for (int i = 0; i <= 20; ++i)
            points.push_back({i / 20.0, two_steps(i / 20.0) + error * random.normal(), error, 0});
        const auto fit = fit_curve(points, {.lower = 0.1});
        CAPTURE(error, fit.p_star.low, fit.p_star.high, fit.slope.low, fit.slope.high);
        REQUIRE(fit.status == CurveStatus::smooth);
        CHECK(fit.form() == "no family");
        CHECK(fit.source == IntervalSource::errors);
        CHECK(contains(fit.p_star, half));
        CHECK(contains(fit.slope, 2.6));
        CHECK(contains(fit.steepest, 0.7));
        CHECK(contains(fit.upper, two_steps(0)));
        CHECK(fit.p_star.high - fit.p_star.low < 0.05);  // the strengths are that far apart
        CHECK(fit.slope.high < 1.5 * fit.slope.low);
        for (double p = 0; p < 1; p += 0.003) CHECK(fit.at(p) == Approx(two_steps(p)).margin(0.01));
        CHECK(fit_curve(points, {.family = SigmoidFamily::gumbel, .lower = 0.1}).status != CurveStatus::smooth);
    }
    // the second step between two strengths
    std::vector<CurvePoint> coarse;
    for (const double p : {0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.9, 0.95, 1.0})
        coarse.push_back({p, two_steps(p), 1e-4, 0});
    const auto fit = fit_curve(coarse, {.lower = 0.1});
    REQUIRE(fit.status == CurveStatus::coarse);
    CHECK((fit.p_star.low == 0.55 && fit.p_star.high == 0.9));
    CHECK(fit.slope.value == Approx((two_steps(0.55) - two_steps(0.9)) / 0.35));
    CHECK((fit.slope.low < 2.6 && std::isinf(fit.slope.high)));
    CHECK((fit.steepest.low == 0.55 && fit.steepest.high == 0.9));
}

TEST_CASE("each way a curve can refuse an answer has its status, and a sentence") {
    const auto status = [](const std::vector<CurvePoint>& points, const CurveFitOptions& options = {}) {
        const auto fit = fit_curve(points, options);
        CHECK(fit.explanation == explain(fit.status));
        CHECK(fit.explanation.back() == '.');
        return fit.status;
    };
    CHECK(status({}) == CurveStatus::too_few_points);
    CHECK(status(through({.9, .5, .1})) == CurveStatus::too_few_points);
    CHECK(status(through({.9, .8, .2, .1})) == CurveStatus::too_few_points);  // no error and nothing to spare
    CHECK(status(through({.9, .9, .9, .9, .9, .9})) == CurveStatus::no_drop);
    CHECK(status(through({.91, .89, .9, .9, .91, .89}, .01)) == CurveStatus::no_drop);
    CHECK(status(through({.9, .9, .89, .87, .84, .8, .75}, .001), {.lower = .1}) == CurveStatus::no_drop);
    CHECK(status(through({.1, .2, .3, .5, .7, .9, .9}, .01)) == CurveStatus::non_monotone);
    CHECK(status(through({.1, .2, .3, .5, .7, .9, .9})) == CurveStatus::non_monotone);
    CHECK(status(through({.95, .95, .4, .9, .6, .3, .1, .1}, .01)) == CurveStatus::non_monotone);
    CHECK(status(through({.9, .8, .7, .6, .5, .4, .3, .2}, .001)) == CurveStatus::upper_unidentified);
    auto points = on_curve(planted, .005);
    CHECK(status({points.begin() + 6, points.end()}) == CurveStatus::upper_unidentified);
    CHECK(status({points.begin() + 6, points.end()}, {.upper = .98}) == CurveStatus::ok);
    CHECK(status({points.begin(), points.begin() + 7}) == CurveStatus::lower_unidentified);
    CHECK(status({points.begin(), points.begin() + 8}, {.lower = .1}) == CurveStatus::ok);
}

TEST_CASE("what is unknown is open: NaN with infinite ends") {
    const auto fit = fit_curve(through({.9, .9, .89, .87, .84, .8, .75}, .001), {.lower = .1});
    CHECK(fit.status == CurveStatus::no_drop);
    CHECK(std::isnan(fit.p_star.value));
    CHECK((fit.p_star.low == 1 && std::isinf(fit.p_star.high)));  // beyond the largest strength
    CHECK((fit.slope.low == 0 && std::isinf(fit.slope.high)));
    CHECK((fit.lower.low == .1 && fit.lower.high == .1));
}

TEST_CASE("a step brackets p* and bounds the slope from below") {
    for (const double error : {0.0, 0.002}) {
        const auto fit = fit_curve(through({.97, .972, .971, .969, .97, .971, .1, .102, .1, .099, .1}, error));
        CHECK(fit.status == CurveStatus::step);
        CHECK(fit.p_star.low == Approx(0.5));
        CHECK(fit.p_star.high == Approx(0.6));
        CHECK(contains(fit.p_star, fit.p_star.value));
        CHECK(fit.slope.value == Approx(8.71));
        CHECK((fit.slope.low > 8.5 && fit.slope.low < 8.71 && std::isinf(fit.slope.high)));
        CHECK(fit.width.low == 0);
        CHECK(fit.upper.value == Approx(.9705).margin(.001));
        CHECK(fit.lower.value == Approx(.1).margin(.001));
    }
    // a point on the jump: half way lies after it
    const auto on_jump = fit_curve(through({.9, .9, .9, .9, .8, .1, .1, .1, .1}, .005));
    CHECK(on_jump.status == CurveStatus::step);
    CHECK((on_jump.p_star.low == 0.5 && on_jump.p_star.high == 0.625));
    // the knee of a coarse sweep: three runs each, and all seeds at chance at the end
    std::vector<CurvePoint> coarse{{0, .983, .0005, 3}, {.5, .97, .001, 3}, {.9, .92, .002, 3}, {1, .1, 0, 3}};
    const auto sweep = fit_curve(coarse, {.lower = .1});
    CHECK(sweep.status == CurveStatus::step);
    CHECK((sweep.p_star.low == .9 && sweep.p_star.high == 1));
}

TEST_CASE("error bars of zero never get infinite weight") {
    auto points = on_curve(planted, 0.004, 3);
    points.back().stderr_accuracy = 0;
    points.back().accuracy += 0.006;
    const auto fit = fit_curve(points);
    CHECK(fit.error_source == ErrorSource::repeats);
    CHECK(fit.status == CurveStatus::ok);
    CHECK(std::abs(fit.curve(1) - points.back().accuracy) > 0.001);  // not forced through it

    const auto errors = curve_errors(points, 0);
    CHECK(errors.smooth.minCoeff() > 0.001);
    CHECK(errors.own.minCoeff() > 0.001);
}

TEST_CASE("the meaning of the error bars is told") {
    CHECK(fit_curve(on_curve(planted)).error_source == ErrorSource::residual);
    CHECK(fit_curve(on_curve(planted, 0, 1), {.test_images = 1000}).error_source == ErrorSource::binomial);
    CHECK(fit_curve(on_curve(planted, 0.01, 1)).error_source == ErrorSource::given);
    CHECK(fit_curve(on_curve(planted, 0.01, 4)).error_source == ErrorSource::repeats);
    // sqrt(.5 * .5 / 400) = .025; an accuracy of 1 counts half an error among 401 tries
    const auto errors = curve_errors(std::vector<CurvePoint>{{0, 1, 0, 1}, {1, .5, 0, 1}}, 400);
    CHECK(errors.own[1] == Approx(.025));
    CHECK(errors.own[0] == Approx(std::sqrt(400.5 / 401 * (.5 / 401) / 400)));
}

TEST_CASE("with known errors the interval of p* is the linear one where the curve is nearly linear in its parameters") {
    // Errors of 1e-4 make the fit linear; the standard error from (J' J)^-1 by hand.
    const auto points = on_curve(planted, 1e-4);
    Eigen::Matrix4d information = Eigen::Matrix4d::Zero();
    for (const auto& point : points) {
        const auto g = planted.gradient(point.strength);
        const Eigen::Vector4d row = Eigen::Vector4d(g.p_star, g.width, g.lower, g.upper) / 1e-4;
        information += row * row.transpose();
    }
    const Eigen::Vector4d column = information.ldlt().solve(Eigen::Vector4d::UnitX());
    const double half = 1.96 * std::sqrt(column[0]);
    const auto fit = fit_curve(points, {.bootstrap = 10000});
    // the quantiles of 10,000 draws are good to 1.3%
    CHECK(fit.p_star.high - 0.63 == Approx(half).epsilon(0.06));
    CHECK(0.63 - fit.p_star.low == Approx(half).epsilon(0.06));
}

TEST_CASE("runs are averaged with the sample standard deviation") {
    const auto points = summarise({{0.5, 0.2}, {{0.5, 0.7}, {0.9}}});
    REQUIRE(points.size() == 2);
    CHECK(points[0].accuracy == Approx(0.6));
    CHECK(points[0].stderr_accuracy == Approx(0.1));  // sd .1414 over sqrt 2
    CHECK(points[0].repeats == 2);
    CHECK((points[1].accuracy == 0.9 && points[1].stderr_accuracy == 0 && points[1].repeats == 1));
    CHECK(summarise({{1}, {{0.1, 0.1, 0.1}}})[0].stderr_accuracy == 0);  // exactly
    auto ragged = noisy_runs(planted, 4, 0, 2);
    ragged.accuracy[3].resize(1);
    ragged.accuracy[8].resize(2);
    const auto fit = fit_curve(ragged);
    CHECK(fit.status == CurveStatus::ok);
    CHECK(fit.p_star.value == Approx(0.63).margin(0.02));
}

TEST_CASE("a caller's mistakes are refused by name") {
    using Catch::Contains;
    const double nan = std::nan("");
    CHECK_THROWS_WITH(fit_curve(CurveRuns{{0, 1}, {{0.5}}}), Contains("number of accuracy lists"));
    CHECK_THROWS_WITH(fit_curve(CurveRuns{{0}, {{}}}), Contains("runs at one strength"));
    CHECK_THROWS_WITH(fit_curve(CurveRuns{{0}, {{nan}}}), Contains("accuracy"));
    CHECK_THROWS_WITH(fit_curve(std::vector<CurvePoint>{{0, 1.2, 0, 0}}), Contains("accuracy (= 1.2)"));
    CHECK_THROWS_WITH(fit_curve(std::vector<CurvePoint>{{nan, 0.2, 0, 0}}), Contains("strength"));
    CHECK_THROWS_WITH(fit_curve(std::vector<CurvePoint>{{0, 0.2, -1, 0}}), Contains("stderr_accuracy (= -1)"));
    CHECK_THROWS_WITH(fit_curve(std::vector<CurvePoint>{{0, 0.2, 0, 0}, {0, 0.3, 0, 0}}), Contains("occur once"));
    CHECK_THROWS_WITH(fit_curve(on_curve(planted), {.lower = 2}), Contains("lower (= 2)"));
    CHECK_THROWS_WITH(fit_curve(on_curve(planted), {.lower = .5, .upper = .4}), Contains("less than upper"));
    CHECK_THROWS_WITH(fit_curve(on_curve(planted), {.confidence = 1}), Contains("confidence"));
    CHECK_THROWS_WITH(fit_curve(on_curve(planted), {.bootstrap = 10}), Contains("bootstrap"));
}

}  // namespace fit_test
