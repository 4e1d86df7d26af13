#include <pstar/experiment/analysis/accuracy_curve.hpp>

#include <stdexcept>
#include <vector>

#include <pstar/experiment/accuracy_summary.hpp>

#include "catch.hpp"
#include "experiment/analysis/planted_results.hpp"

namespace accuracy_curve_test {

using namespace planted;
using Values = std::vector<double>;

namespace {

/// Strengths 0.5, 0 and 1 of three repeats each: two usable runs at 0.5 and 0, none started at 1.
pstar::Results holes() {
    auto results = no_results();
    add_runs(results, {.width = 4}, {0.5, 0, 1}, 3, [](double, std::size_t) { return 0.5; });
    results.outcomes = {finished(0.4), finished(0.6), diverged(), finished(0.9), failed(), finished(0.7), {}, {}, {}};
    results.settings.test_corrupted = true;
    return results;
}

}  // namespace

TEST_CASE("a curve keeps which repeat gave which accuracy, and leaves out what diverged, failed or never ran") {
    const auto curves = pstar::accuracy_curves(holes());
    REQUIRE(curves.size() == 2);
    const auto& clean = curves[0];
    CHECK(clean.images == pstar::TestImages::clean);
    CHECK(clean.runs.strength == Values{0, 0.5});
    CHECK(clean.runs.accuracy == std::vector<Values>{{0.9, 0.7}, {0.4, 0.6}});
    CHECK(clean.runs.seed == std::vector<std::vector<std::size_t>>{{0, 2}, {0, 1}});
    CHECK(clean.left_out == 2);
    CHECK(clean.classes == 10);
    CHECK(clean.test_images == 1000);
    CHECK(clean.chance() == 0.1);
    CHECK(curves[1].images == pstar::TestImages::corrupted);
    CHECK(curves[1].runs.accuracy[0] == Values{0.45, 0.35});
}

TEST_CASE("curves come one for each model, in the order of the runs") {
    auto results = no_results();
    const auto flat = [](double, std::size_t) { return 0.5; };
    add_runs(results, {.model = "mlp", .width = 8}, {0, 1}, 2, flat);
    add_runs(results, {.model = "mlp", .width = 4}, {0, 1}, 2, flat);
    add_runs(results, {.model = "cnn", .width = 4}, {0, 1}, 2, flat);
    add_runs(results, {.model = "mlp", .width = 8}, {0.5}, 1, flat);  // of the first once more
    const auto curves = pstar::accuracy_curves(results);
    REQUIRE(curves.size() == 3);
    CHECK(curves[0].run.width == 8);
    CHECK(curves[0].runs.strength == Values{0, 0.5, 1});
    CHECK(curves[1].run.width == 4);
    CHECK(curves[2].run.model == "cnn");
}

TEST_CASE("what was not measured has no curve, and a run without an outcome is a mistake") {
    auto results = holes();
    results.settings.test_corrupted = false;
    CHECK(pstar::accuracy_curves(results).size() == 1);
    CHECK_THROWS_AS(pstar::accuracy_curves(results, pstar::TestImages::corrupted), std::invalid_argument);
    results.outcomes.pop_back();
    CHECK_THROWS_AS(pstar::accuracy_curves(results), std::invalid_argument);
    CHECK_THROWS_AS(pstar::summarise(results), std::invalid_argument);
}

TEST_CASE("summaries leave out what diverged, failed or never ran") {
    const auto summaries = pstar::summarise(holes());
    REQUIRE(summaries.size() == 2);
    CHECK(summaries[0].run.strength == 0.5);
    CHECK(summaries[0].test_accuracy.mean == Approx(0.5));
    CHECK(summaries[0].test_accuracy.n == 2);
    CHECK(summaries[0].left_out == 1);
    CHECK(summaries[1].test_accuracy_corrupted.mean == Approx(0.4));
}

}  // namespace accuracy_curve_test
