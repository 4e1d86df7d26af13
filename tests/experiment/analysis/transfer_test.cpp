#include <cmath>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/transfer.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "planted_results.hpp"

namespace transfer_test {

using pstar::RunKey, pstar::TestPoint;

namespace {

const std::vector<TestPoint> tests{{"additive", 1}, {"replacement", 0.8}, {"replacement", 0}};

/// Trained at 0 and 0.5 with two seeds; the accuracy is a function of training strength, test point and seed.
double planted_accuracy(double strength, std::size_t test, std::size_t repeat) {
    return 0.9 - 0.2 * strength - 0.1 * static_cast<double>(test) + 0.02 * static_cast<double>(repeat);
}
pstar::Results planted_results() {
    auto results = planted::no_results();
    results.settings.transfer = tests;
    planted::add_runs(results, {.train_samples = 100}, {0.5, 0}, 2, [](double, std::size_t) { return 0.5; });
    for (std::size_t i = 0; i < results.runs.size(); ++i)
        for (std::size_t t = 0; t < tests.size(); ++t)
            results.outcomes[i].value->transfer.push_back(
                {1, planted_accuracy(results.runs[i].strength, t, results.runs[i].repeat)});
    results.runs.push_back({.train_samples = 100, .strength = 0, .repeat = 2});
    results.outcomes.push_back(planted::diverged());
    return results;
}

}  // namespace

TEST_CASE("means over repeats, point by point, with intervals for seeds and test images") {
    const auto points = pstar::transfer_points(planted_results());
    REQUIRE(points.size() == 6);
    for (const auto& [run, test, accuracy, repeats] : points) {
        const auto t = static_cast<std::size_t>(std::find(tests.begin(), tests.end(), test) - tests.begin());
        CHECK(accuracy.value == Approx(planted_accuracy(run.strength, t, 0) + 0.01));
        CHECK(repeats == 2);
        // Seeds alone: 12.706 (t of one degree of freedom) times 0.01.
        CHECK(accuracy.high - accuracy.value > 0.12706);
        CHECK(accuracy.high - accuracy.value < 0.14);
    }
    CHECK(points[0].run.strength == 0.5);
    CHECK(points[1].test == tests[1]);
    auto results = planted_results();
    results.outcomes[0].value->transfer.pop_back();
    CHECK_THROWS_AS(pstar::transfer_points(results), std::invalid_argument);
}

TEST_CASE("a matrix for each corruption of the tests, strengths in order") {
    const auto matrices = pstar::transfer_matrices(pstar::transfer_points(planted_results()));
    REQUIRE(matrices.size() == 2);
    CHECK(matrices[0].test_channel == "additive");
    const auto& matrix = matrices[1];
    CHECK(matrix.train_strengths == std::vector<double>{0, 0.5});
    CHECK(matrix.test_strengths == std::vector<double>{0, 0.8});
    CHECK(matrix.accuracy[0][1] == Approx(planted_accuracy(0, 1, 0) + 0.01));
    CHECK(matrix.accuracy[1][0] == Approx(planted_accuracy(0.5, 2, 0) + 0.01));
}

TEST_CASE("the tables have one row per run and test point, and one per mean") {
    const auto path =
        std::filesystem::temp_directory_path() / ("pstar_transfer_" + std::to_string(::getpid()) + ".csv");
    pstar::write_transfer_csv(path, planted_results());
    const auto table = pstar::read_csv(path);
    CHECK(table.rows.size() == 12);
    CHECK(table.column("test_channel")[0] == "additive");
    CHECK(table.numbers("test_accuracy")[4] == Approx(planted_accuracy(0.5, 1, 1)));
    CHECK(table.numbers("strength")[4] == 0.5);
    pstar::write_transfer_summary_csv(path, pstar::transfer_points(planted_results()));
    const auto summary = pstar::read_csv(path);
    std::filesystem::remove(path);
    CHECK(summary.rows.size() == 6);
    CHECK(summary.numbers("test_accuracy_low")[0] < summary.numbers("test_accuracy")[0]);
}

TEST_CASE("a run is measured on every test point from one training, and its result is read back") {
    const pstar::Experiment experiment{
        .data = pstar::synthetic_digits({.train = 150, .test = 100, .size = 10}),
        .settings = {.epochs = 1, .seed = pstar::Seed{3}, .transfer = tests, .decisions_at = {0.8}}};
    const RunKey run{.width = 5, .depth = 1, .train_samples = 150, .strength = 0.8};
    const auto result = pstar::run_one(experiment, run);
    REQUIRE(result.transfer.size() == 3);
    // The corruption of the training is one of those of the tests; p = 0 is clean.
    CHECK(result.transfer[1].accuracy == result.test_accuracy_corrupted);
    CHECK(result.transfer[1].loss == result.test_loss_corrupted);
    CHECK(result.transfer[2].accuracy == result.test_accuracy);
    CHECK(result.transfer[0].loss != result.transfer[1].loss);
    // Decisions are those behind the accuracy.
    const auto right = [&](const pstar::Decisions& decisions) {
        std::size_t n = 0;
        for (std::size_t i = 0; i < 100; ++i) n += decisions[i] == experiment.data.test.label(i);
        return static_cast<double>(n) / 100;
    };
    REQUIRE((result.decisions && result.decisions_corrupted));
    CHECK(right(*result.decisions) == result.test_accuracy);
    CHECK(right(*result.decisions_corrupted) == result.test_accuracy_corrupted);

    const nlohmann::ordered_json json = result;
    const auto read = json.get<pstar::RunResult>();
    CHECK(read.transfer[0].loss == result.transfer[0].loss);
    CHECK(read.transfer[2].accuracy == result.transfer[2].accuracy);
    CHECK(read.decisions == result.decisions);
    CHECK(json.at("decisions").is_array());  // so that tables of journals have no such column
    CHECK(nlohmann::ordered_json(read) == json);

    auto without = experiment;
    without.settings.transfer.clear();
    const auto plain = pstar::run_one(without, {.width = 5, .depth = 1, .train_samples = 150, .strength = 0.5});
    CHECK(!plain.decisions);
    CHECK(!nlohmann::ordered_json(plain).contains("transfer"));
    CHECK(!pstar::configuration(without).contains("test_channel"));
    CHECK(pstar::configuration(experiment).at("test_channel") == "additive,replacement,replacement");
    CHECK(pstar::configuration(experiment).at("test_strength") == "1.0,0.8,0.0");
    auto wrong = experiment;
    wrong.settings.transfer = {{"replacement", 1.5}};
    CHECK_THROWS_AS(pstar::run_one(wrong, run), std::invalid_argument);
    wrong.settings.transfer = {{"rain", 0.5}};
    CHECK_THROWS_AS(pstar::run_one(wrong, run), std::invalid_argument);
}

}  // namespace transfer_test
