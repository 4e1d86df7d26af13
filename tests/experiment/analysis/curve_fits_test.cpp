// Fits of accuracy curves: what is known of them, their table, midpoints while runs go on, and trends in size.
#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/fit_tables.hpp>
#include <pstar/experiment/analysis/paired_differences.hpp>
#include <pstar/experiment/analysis/running_midpoint.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "catch.hpp"
#include "experiment/analysis/planted_results.hpp"

namespace curve_fits_test {

using namespace planted;
namespace {

const std::vector<double> strengths{0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1};

/// A curve from 0.95 to chance with its midpoint at `p_star`; every seed shifts it, the same for all models.
void add_curve(pstar::Results& results, const pstar::RunKey& run, double p_star, double width = 0.05,
               std::size_t repeats = 4) {
    constexpr std::array<double, 4> shift{-0.02, 0.015, 0.01, -0.005};  // their mean is 0
    add_runs(results, run, strengths, repeats, [=](double strength, std::size_t repeat) {
        const pstar::SigmoidCurve curve{p_star + shift.at(repeat), width, 0.1, 0.95};
        return std::round(1000 * curve(strength)) / 1000;
    });
}

}  // namespace

TEST_CASE("a curve is fitted seed by seed, with chance as its lower level") {
    auto results = no_results();
    add_curve(results, {.width = 16}, 0.55);
    const auto fits = pstar::fit_curves(results);
    REQUIRE(fits.size() == 1);
    const auto& [measured, fit, points] = fits[0];
    CHECK(fit.p_star.value == Approx(0.55).margin(0.002));
    CHECK(fit.lower.value == 0.1);
    CHECK(fit.upper.value == Approx(0.95).margin(0.01));
    CHECK(fit.source == pstar::IntervalSource::seeds);
    CHECK(fit.interval_dof == 3);
    CHECK(fits[0].comparable());
    const auto gumbel = pstar::fit_curves(results, pstar::SigmoidFamily::gumbel);
    CHECK(gumbel[0].fit.curve.family == pstar::SigmoidFamily::gumbel);
    CHECK(points.size() == strengths.size());
    CHECK((fits[0].least_repeats() == 4 && fits[0].most_repeats() == 4));

    results.outcomes[0] = diverged();  // one seed is not complete
    const auto holes = pstar::fit_curves(results);
    CHECK(holes[0].fit.source == pstar::IntervalSource::seeds);
    CHECK((holes[0].least_repeats() == 3 && holes[0].most_repeats() == 4));

    for (auto& outcome : results.outcomes) outcome = failed();
    const auto nothing = pstar::fit_curves(results);
    CHECK(nothing[0].fit.status == pstar::CurveStatus::too_few_points);
    CHECK_FALSE(nothing[0].comparable());
    CHECK(nothing[0].most_repeats() == 0);
    results.classes = 1;
    CHECK_THROWS_AS(pstar::fit_curves(results), std::invalid_argument);
}

TEST_CASE("where some training images stay clean, a curve on clean test images has a lower level of its own") {
    auto results = no_results();
    add_runs(results, {.width = 16, .clean_fraction = 0.01}, strengths, 4, [](double strength, std::size_t repeat) {
        const pstar::SigmoidCurve curve{0.55 + 0.01 * static_cast<double>(repeat % 2), 0.05, 0.6, 0.95};
        return std::round(1000 * curve(strength)) / 1000;
    });
    const auto fits = pstar::fit_curves(results);
    REQUIRE(fits.size() == 1);
    CHECK(fits[0].fit.lower.value == Approx(0.6).margin(0.01));
    CHECK(fits[0].fit.p_star.value == Approx(0.555).margin(0.005));
    auto corrupted = fits[0].measured;
    corrupted.images = pstar::TestImages::corrupted;
    CHECK(pstar::fit_options(corrupted).lower == 0.1);
}

TEST_CASE("the table of fits has one row per curve") {
    auto results = no_results();
    add_curve(results, {.model = "cnn", .width = 16, .depth = 3, .train_samples = 50, .batch_size = 7}, 0.55);
    add_runs(results, {.width = 8}, strengths, 1, [](double, std::size_t) { return 0.9; });
    const auto fits = pstar::fit_curves(results);
    const auto path = std::filesystem::temp_directory_path() / ("pstar_fits_" + std::to_string(::getpid()) + ".csv");
    pstar::write_fits_csv(path, fits);
    const auto table = pstar::read_csv(path);
    std::filesystem::remove(path);
    CHECK(table.column("model_type") == std::vector<std::string>{"cnn", "mlp"});
    CHECK(table.numbers("width") == std::vector<double>{16, 8});
    CHECK(table.numbers("depth")[0] == 3);
    CHECK(table.numbers("n_train_samples")[0] == 50);
    CHECK(table.numbers("batch_size")[0] == 7);
    CHECK(table.column("evaluation")[0] == "clean");
    CHECK(table.column("form")[0] == fits[0].fit.form());
    CHECK(table.numbers("never_learned") == std::vector<double>{0, 0});
    CHECK(table.numbers("p_star_low")[0] == fits[0].fit.p_star.low);
    CHECK(table.numbers("transition_width_high")[0] == fits[0].fit.width.high);
    CHECK(table.numbers("slope_profile_high")[0] == fits[0].fit.profile.slope.high);
    CHECK(table.column("intervals")[0] == "seeds");
    CHECK(table.numbers("repeats") == std::vector<double>{4, 1});
    CHECK(table.column("status")[1] == "no_drop");
    CHECK(std::isnan(table.numbers("p_star")[1]));
}

TEST_CASE("a midpoint can be watched while runs go on") {
    auto results = no_results();
    add_curve(results, {.width = 16}, 0.55);
    pstar::RunningMidpoint midpoint({.run = {.width = 16}, .classes = 10, .test_images = 1000});
    CHECK_FALSE(midpoint.estimate());
    const pstar::RunKey other{.width = 8, .strength = 0.5};
    midpoint.add(other, *finished(0).value);
    midpoint.add(results.runs[0], *diverged().value);
    CHECK_FALSE(midpoint.estimate());
    for (std::size_t i = 0; i < results.runs.size(); ++i) midpoint.add(results.runs[i], *results.outcomes[i].value);
    const auto found = midpoint.estimate();
    REQUIRE(found);
    CHECK(found->value == Approx(0.55).margin(0.002));
    CHECK((found->low < found->value && found->value < found->high));
    for (std::size_t i = 0; i < results.runs.size(); ++i) midpoint.add(results.runs[i], *results.outcomes[i].value);
    CHECK(midpoint.estimate()->low == found->low);  // a run counts once
}

TEST_CASE("midpoints and slopes are followed along one size, everything else equal") {
    auto results = no_results();
    for (const std::size_t width : {16U, 64U, 256U})  // p* rises by 0.05 per factor 4, for each depth
        for (const std::size_t depth : {1U, 2U})
            add_curve(
                results, {.width = width, .depth = depth},
                0.45 + 0.05 * std::log(static_cast<double>(width) / 16) / std::log(4.0) + (depth == 2 ? 0.04 : 0.0));
    CHECK(pstar::varied_sizes(results.runs) == std::vector{pstar::RunSize::width, pstar::RunSize::depth});
    const auto fits = pstar::fit_curves(results);
    const auto trends = pstar::size_trends(fits, pstar::RunSize::width);
    REQUIRE(trends.size() == 4);  // two depths, p* and slope
    CHECK(trends[0].run.depth == 1);
    CHECK(trends[2].run.depth == 2);
    for (const auto i : {0U, 2U}) {
        CHECK(trends[i].quantity == pstar::CurveQuantity::p_star);
        CHECK(trends[i].sizes == std::vector<double>{16, 64, 256});
        CHECK(trends[i].trend.verdict == pstar::Verdict::rises);
        CHECK(trends[i].trend.slope.value == Approx(0.05 / std::log(4.0)).epsilon(0.05));
        CHECK((trends[i].least_repeats == 4 && trends[i].most_repeats == 4));
    }
    CHECK(trends[1].quantity == pstar::CurveQuantity::slope);
    CHECK(trends[1].trend.verdict == pstar::Verdict::undecided);
    CHECK(pstar::size_trends(fits, pstar::RunSize::batch_size).empty());  // no two sizes
    CHECK(pstar::curve_families(fits, pstar::RunSize::depth).size() == 3);
    for (const auto size : pstar::run_sizes) {  // each is a member of its own
        const pstar::RunKey run{.width = 1,
                                .depth = 2,
                                .train_samples = 3,
                                .batch_size = 4,
                                .samples_per_class = 5,
                                .clean_fraction = 0.6,
                                .clean_per_class = 7,
                                .label_noise = 0.8};
        std::set<double> others;
        for (const auto other : pstar::run_sizes)
            if (other != size) others.insert(pstar::size_of(run, other));
        CHECK(others.count(pstar::size_of(run, size)) == 0);
        CHECK(pstar::without_size(run, size) != run);
    }
}

TEST_CASE("two models are compared over the seeds that both have") {
    auto results = no_results();
    add_curve(results, {.model = "cnn", .width = 4}, 0.60);
    add_curve(results, {.model = "mlp", .width = 8}, 0.57);
    add_curve(results, {.model = "mlp", .width = 8, .batch_size = 3}, 0.2);  // differs in more than the model
    const auto fits = pstar::fit_curves(results);
    const auto pairs = pstar::paired_differences(fits, "cnn", "mlp");
    REQUIRE(pairs.size() == 1);
    CHECK((pairs[0].first == &fits[0] && pairs[0].second == &fits[1]));
    const auto& found = pairs[0].found;
    CHECK(found.status == pstar::DifferenceStatus::ok);
    CHECK(found.seeds == 4);
    CHECK(found.difference.value == Approx(0.03).margin(0.002));
    CHECK(found.verdict == pstar::Comparison::larger);
    // one estimator: the midpoints of the comparison are those of the table
    CHECK(found.first.p_star.value == fits[0].fit.p_star.value);
    CHECK(found.second.p_star.value == fits[1].fit.p_star.value);
    // What a seed does to both cancels: the interval is narrower than those of the two midpoints.
    CHECK(found.difference.high - found.difference.low < (fits[0].fit.p_star.high - fits[0].fit.p_star.low) / 2);

    results.outcomes[1] = failed();  // seed 1 of the CNN at strength 0
    const auto fewer = pstar::fit_curves(results);
    CHECK(pstar::paired_difference(fewer[0], fewer[1]).found.seeds == 3);
    auto other = fewer[1];
    other.measured.test_images = 999;
    CHECK_THROWS_AS(pstar::paired_difference(fewer[0], other), std::invalid_argument);
    other.measured.test_images = 1000;
    other.measured.classes = 9;
    CHECK_THROWS_AS(pstar::paired_difference(fewer[0], other), std::invalid_argument);
}

}  // namespace curve_fits_test
