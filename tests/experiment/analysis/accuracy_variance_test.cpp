#include <cmath>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <unistd.h>

#include <pstar/core/random.hpp>
#include <pstar/experiment/analysis/accuracy_variance.hpp>
#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "planted_results.hpp"

namespace accuracy_variance_test {

namespace {

/// `sets` training sets of `seeds` each, on clean images.
pstar::Results results_of(std::size_t sets, std::size_t seeds, double of_set, double of_seed) {
    auto results = planted::no_results();
    results.settings.training_subset = pstar::TrainingSubset::fresh;
    results.settings.seeds_per_subset = seeds;
    planted::add_runs(results, {.train_samples = 100}, {0, 0.5}, sets * seeds, [&](double p, std::size_t repeat) {
        const auto word = [&](std::uint32_t i, std::size_t which) {
            return pstar::RandomSequence({pstar::Seed{i}, pstar::Stream::user, static_cast<std::uint32_t>(which)})
                .normal();
        };
        return (p == 0 ? 0.9 : 0.5) + of_set * word(1, repeat / seeds) + of_seed * word(2, repeat);
    });
    return results;
}

pstar::AccuracyCurve curve_of(const pstar::Results& results) {
    return pstar::accuracy_curves(results, pstar::TestImages::clean).at(0);
}

}  // namespace

TEST_CASE("accuracies are grouped by the training set that their repeats share") {
    const auto results = results_of(30, 4, 0.02, 0.01);
    const auto variances = pstar::accuracy_variances(curve_of(results), results.settings);
    REQUIRE(variances.size() == 2);
    for (const auto& point : variances) {
        CHECK(point.found.groups == 30);
        CHECK(point.found.values == 120);
        CHECK(point.found.between.low <= 4e-4);
        CHECK(point.found.between.high >= 4e-4);
        CHECK(point.found.between.value == Approx(4e-4).epsilon(0.5));
        CHECK(point.found.within.value == Approx(1e-4).epsilon(0.3));
    }
    CHECK(variances[0].run.strength == 0);
    CHECK(variances[1].test_images.value == Approx(0.25 / 1000).epsilon(0.01));
    CHECK(variances[0].test_images.value == Approx(0.09 / 1000).epsilon(0.02));
    CHECK(variances[0].test_images.low < variances[0].test_images.value);
    CHECK(variances[0].test_images.high > variances[0].test_images.value);
    CHECK(variances[1].test_images.high == Approx(0.25 / 1000));
    const auto& first = variances[0];
    CHECK(first.total() == first.found.between.value + first.found.within.value + first.test_images.value);
}

TEST_CASE("one seed a set tells sum and no parts; a fixed set tells the seed alone") {
    auto results = results_of(12, 1, 0.02, 0.01);
    const auto single = pstar::accuracy_variances(curve_of(results), results.settings)[0];
    CHECK(std::isnan(single.found.between.value));
    CHECK(single.found.of_group_means.value > 0);
    CHECK(single.total() == single.found.of_group_means.value + single.test_images.value);
    results.settings.training_subset = pstar::TrainingSubset::fixed;
    const auto fixed = pstar::accuracy_variances(curve_of(results), results.settings)[0];
    CHECK(fixed.found.groups == 1);
    CHECK(fixed.found.within.value == Approx(single.found.of_group_means.value));
    CHECK(std::isnan(fixed.found.between.value));
    CHECK(fixed.total() == fixed.found.within.value + fixed.test_images.value);
    auto curve = curve_of(results);
    curve.runs.seed.clear();
    CHECK_THROWS_AS(pstar::accuracy_variances(curve, results.settings), std::invalid_argument);
}

TEST_CASE("the table has one row per point, and says what was truncated") {
    auto results = results_of(3, 2, 0, 0.01);
    for (std::size_t i = 0; i < results.runs.size(); ++i)  // equal means of sets, unequal seeds
        results.outcomes[i].value->test_accuracy = results.runs[i].repeat % 2 == 0 ? 0.6 : 0.8;
    const auto path =
        std::filesystem::temp_directory_path() / ("pstar_variance_" + std::to_string(::getpid()) + ".csv");
    pstar::write_variance_components_csv(path, pstar::accuracy_variances(curve_of(results), results.settings));
    const auto table = pstar::read_csv(path);
    std::filesystem::remove(path);
    CHECK(table.numbers("strength") == std::vector<double>{0, 0.5});
    CHECK(table.numbers("training_sets") == std::vector<double>{3, 3});
    CHECK(table.numbers("training_set") == std::vector<double>{0, 0});
    CHECK(table.numbers("truncated") == std::vector<double>{1, 1});
    CHECK(table.numbers("seed")[0] == Approx(0.02));
    CHECK(table.numbers("mean_test_accuracy")[0] == Approx(0.7));
}

}  // namespace accuracy_variance_test
