#include <cmath>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <unistd.h>

#include <pstar/experiment/analysis/failures.hpp>
#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "planted_results.hpp"

namespace failures_test {

namespace {

const std::vector<pstar::Label> labels{0, 0, 1, 1, 2};

/// Two runs at p = 0.5 that keep decisions on clean images, one at p = 0 that does not.
pstar::Results results() {
    auto results = planted::no_results();
    results.classes = 4;
    results.test_images = 5;
    planted::add_runs(results, {.train_samples = 100}, {0}, 1, [](double, std::size_t) { return 0.5; });
    planted::add_runs(results, {.train_samples = 100}, {0.5}, 2, [](double, std::size_t) { return 0.5; });
    results.outcomes[1].value->decisions = pstar::Decisions{0, 1, 1, 2, 0};
    results.outcomes[2].value->decisions = pstar::Decisions{0, 1, 1, 3, 2};
    return results;
}

}  // namespace

TEST_CASE("confusion, accuracies of classes and failures are those of the decisions") {
    const auto points = pstar::point_failures(results(), labels);
    REQUIRE(points.size() == 1);
    const auto& point = points[0];
    CHECK(point.run.strength == 0.5);
    CHECK(point.images == pstar::TestImages::clean);
    CHECK(point.runs == 2);
    pstar::Matrix<double> expected(4, 4);
    expected << 2, 2, 0, 0, 0, 2, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0;
    CHECK(point.confusion == expected);
    CHECK(point.class_accuracy[0].value == Approx(0.5));
    CHECK(point.class_accuracy[2].value == Approx(0.5));
    CHECK(point.class_accuracy[2].low < point.class_accuracy[0].low);  // of one image, and seeds that differ
    CHECK(std::isnan(point.class_accuracy[3].value));
    CHECK(point.failed == std::vector<double>{0, 1, 0, 1, 0.5});
    CHECK(point.taken_for == std::vector<std::size_t>{0, 1, 1, 2, 0});  // of 2 and 3 the first
    CHECK(pstar::hardest_images(point, 2) == std::vector<std::size_t>{1, 3});
    CHECK(pstar::hardest_images(point, 9) == std::vector<std::size_t>{1, 3, 4});
}

TEST_CASE("decisions that do not fit are refused") {
    auto broken = results();
    broken.outcomes[1].value->decisions->pop_back();
    CHECK_THROWS_AS(pstar::point_failures(broken, labels), std::invalid_argument);
    broken.outcomes[1].value->decisions->push_back(4);
    CHECK_THROWS_AS(pstar::point_failures(broken, labels), std::invalid_argument);
}

TEST_CASE("failures as tables") {
    const auto points = pstar::point_failures(results(), labels);
    const auto path =
        std::filesystem::temp_directory_path() / ("pstar_failures_" + std::to_string(::getpid()) + ".csv");
    pstar::write_confusion_csv(path, points);
    const auto confusion = pstar::read_csv(path);
    CHECK(confusion.rows.size() == 16);
    CHECK(confusion.numbers("share")[1] == Approx(0.5));
    CHECK(confusion.numbers("images")[8] == 1);
    CHECK(std::isnan(confusion.numbers("share")[15]));
    pstar::write_class_accuracy_csv(path, points);
    CHECK(pstar::read_csv(path).numbers("test_accuracy")[1] == Approx(0.5));
    pstar::write_hardest_images_csv(path, points, labels, 2);
    const auto hardest = pstar::read_csv(path);
    std::filesystem::remove(path);
    CHECK(hardest.numbers("image") == std::vector<double>{1, 3});
    CHECK(hardest.numbers("class") == std::vector<double>{0, 1});
    CHECK(hardest.numbers("taken_for") == std::vector<double>{1, 2});
    CHECK(hardest.numbers("failed") == std::vector<double>{1, 1});
}

}  // namespace failures_test
