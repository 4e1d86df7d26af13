// Agreement of two classifiers, against counts by hand and planted truth.
#include <pstar/core/random.hpp>
#include <pstar/statistics/agreement.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

namespace agreement_test {

using namespace pstar;

TEST_CASE("agreement and kappa are those of a table by hand") {
    // Cohen's table 20, 5; 10, 15 of 50: s = .7, c = .5 * .6 + .5 * .4 = .5, kappa = .4
    std::vector<std::size_t> first, second;
    const auto add = [&](std::size_t a, std::size_t b, int times) {
        first.insert(first.end(), static_cast<std::size_t>(times), a);
        second.insert(second.end(), static_cast<std::size_t>(times), b);
    };
    add(0, 0, 20);
    add(0, 1, 5);
    add(1, 0, 10);
    add(1, 1, 15);
    const std::vector<Label> zeros(50, 0);
    const auto found = agreement(first, second, zeros);
    CHECK(found.same.value == Approx(0.7));
    CHECK(found.kappa.value == Approx(0.4));
    CHECK(found.wrong == 30);  // all but the first 20
    CHECK(found.same_where_wrong.value == Approx(0.5));
    CHECK(found.kappa.low < 0.4);
    CHECK(found.kappa.high > 0.4);
}

TEST_CASE("extremes of agreement have a number or none") {
    const std::vector<std::size_t> a{0, 1, 2, 1}, constant(4, 1);
    const std::vector<Label> labels{0, 1, 2, 1};
    const auto equal = agreement(a, a, labels);
    CHECK(equal.kappa.value == 1);
    CHECK(equal.wrong == 0);
    CHECK(std::isnan(equal.same_where_wrong.value));
    CHECK(std::isnan(agreement(constant, constant, labels).kappa.value));
    CHECK(agreement(a, constant, labels).kappa.value == 0);
    CHECK_THROWS_WITH(agreement(a, std::vector<std::size_t>{1}, labels), Catch::Contains("second.size() (= 1)"));
    CHECK_THROWS_WITH(agreement({}, {}, {}), Catch::Contains("labels.size() (= 0)"));
}

TEST_CASE("independent decisions have kappa zero, and intervals hold the truth") {
    RandomSequence random(RandomStream{Seed{5}});
    int holds = 0;
    for (int experiment = 0; experiment < 200; ++experiment) {
        std::vector<std::size_t> first, second;
        std::vector<Label> labels;
        for (int i = 0; i < 200; ++i) {
            first.push_back(random.below(4));
            second.push_back(random.uniform() < 0.5 ? first.back() : random.below(4));  // kappa = .5
            labels.push_back(static_cast<Label>(random.below(4)));
        }
        holds += contains(agreement(first, second, labels, {.resamples = 200}).kappa, 0.5);
    }
    CHECK(holds >= 178);  // 190 +- 3 of nominal 95%, less what 200 resamples lose at the ends
}

TEST_CASE("a confusion matrix counts classes against decisions") {
    const auto counts = confusion_matrix(std::vector<std::size_t>{0, 1, 1, 2}, std::vector<Label>{0, 0, 1, 2}, 3);
    CHECK(counts(0, 0) == 1);
    CHECK(counts(0, 1) == 1);
    CHECK(counts(1, 1) == 1);
    CHECK(counts.sum() == 4);
    CHECK_THROWS_WITH(confusion_matrix(std::vector<std::size_t>{3}, std::vector<Label>{0}, 3),
                      Catch::Contains("a decision (= 3)"));
    CHECK_THROWS_WITH(confusion_matrix(std::vector<std::size_t>{0}, std::vector<Label>{9}, 3),
                      Catch::Contains("a label (= 9)"));
}

}  // namespace agreement_test
