#include <pstar/scaling/collapse/accuracy_rows.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

namespace accuracy_rows_test {

using namespace pstar;

namespace {

using Numbers = std::vector<double>;
using Lists = std::vector<std::vector<double>>;

/// Two seeds at two strengths of sizes 8 and 2, in no order.
std::vector<AccuracyRow> runs() {
    std::vector<AccuracyRow> rows{{.size = 8, .strength = 0.5, .accuracy = 0.4, .seed = "b"},
                                  {.size = 2, .strength = 0.5, .accuracy = 0.3},
                                  {.size = 8, .strength = 0.1, .accuracy = 0.9, .seed = "a"},
                                  {.size = 8, .strength = 0.5, .accuracy = 0.6, .seed = "a"},
                                  {.size = 8, .strength = 0.1, .accuracy = 0.7, .seed = "b"},
                                  {.size = 2, .strength = 0.1, .accuracy = 0.8}};
    return rows;
}

}  // namespace

TEST_CASE("rows become curves: sizes and strengths in order, runs in the order of seeds") {
    const auto sizes = group_by_size(runs());
    REQUIRE(sizes.size() == 2);
    CHECK(sizes[0].size == 2);
    CHECK(sizes[0].runs == Lists{{0.8}, {0.3}});
    CHECK_FALSE(sizes[0].same_seeds);  // they are not known
    CHECK(sizes[1].strength == Numbers{0.1, 0.5});
    CHECK(sizes[1].runs == Lists{{0.9, 0.7}, {0.6, 0.4}});
    CHECK(sizes[1].same_seeds);
    CHECK(sizes[1].accuracy()[0] == Approx(0.8));
    CHECK(seed_curves(sizes[1]).accuracy == Lists{{0.9, 0.6}, {0.7, 0.4}});
    CHECK_THROWS_WITH(seed_curves(sizes[0]), Catch::Contains("same_seeds"));
    for (const auto& size : sizes) CHECK_NOTHROW(size.validate());

    auto rows = runs();
    SECTION("another seed at one strength: seeds are not the same") {
        rows[0].seed = "c";
        CHECK_FALSE(group_by_size(rows)[1].same_seeds);
    }
    SECTION("a run missing at one strength") {
        rows.erase(rows.begin());
        const auto measured = group_by_size(rows)[1];
        CHECK_FALSE(measured.same_seeds);
        CHECK((measured.least_runs() == 1 && measured.most_runs() == 2));
    }
}

TEST_CASE("rows of several sizes are curves of all of them") {
    std::vector<AccuracyRow> rows;
    for (const double width : {32, 16})
        for (const double images : {900, 100})
            rows.push_back({.size = width, .strength = 0.5, .accuracy = 0.4, .seed = "a", .more_sizes = {images}});
    const auto sizes = group_by_size(rows);
    REQUIRE(sizes.size() == 4);
    CHECK((sizes[0].size == 16 && sizes[0].more_sizes == Numbers{100}));
    CHECK((sizes[3].size == 32 && sizes[3].more_sizes == Numbers{900}));
    rows.push_back(rows[1]);
    CHECK_THROWS_WITH(group_by_size(rows), Catch::Contains("row 5: size 32 and 100, strength 0.5 and seed 'a'"));
    rows.back().more_sizes = {-1};
    CHECK_THROWS_WITH(group_by_size(rows), Catch::Contains("more_sizes (= -1) must be positive"));
    rows.back().more_sizes = {};
    CHECK_THROWS_WITH(group_by_size(rows), Catch::Contains("number of further sizes of a row (= 0)"));
    auto measured = sizes[0];
    measured.more_sizes = {0};
    CHECK_THROWS_WITH(measured.validate(), Catch::Contains("size (= 0) must be positive"));
}

TEST_CASE("a run that occurs twice is refused, and both rows are named") {
    auto rows = runs();
    rows.push_back(rows[3]);
    rows.back().accuracy = 0.5;  // not even the same number
    CHECK_THROWS_AS(group_by_size(rows), DataError);
    CHECK_THROWS_WITH(group_by_size(rows),
                      Catch::Contains("row 7: size 8, strength 0.5 and seed 'a' occurred before") &&
                          Catch::Contains("(row 4)") && Catch::Contains("a run occurs once"));
    rows[3].place = "t.csv, line 5", rows.back().place = "t.csv, line 8";
    CHECK_THROWS_WITH(group_by_size(rows),
                      Catch::Contains("t.csv, line 8: size 8") && Catch::Contains("occurred before (t.csv, line 5)"));
    rows.back().seed = "c";  // a further run, at one strength only
    CHECK(group_by_size(rows)[1].most_runs() == 3);
    rows.back() = rows[5];  // without a seed nothing tells a repeated row from a further run
    CHECK(group_by_size(rows)[0].most_runs() == 2);
}

TEST_CASE("means keep their errors and repeats, and occur once") {
    std::vector<AccuracyRow> rows{{.size = 1, .strength = 0.2, .accuracy = 0.25, .error = 0.01, .repeats = 3},
                                  {.size = 1, .strength = 0.1, .accuracy = 0.5, .error = 0, .repeats = 4}};
    const auto measured = group_by_size(rows, {.has_errors = true, .has_repeats = true})[0];
    CHECK(measured.of_means());
    CHECK_FALSE(measured.has_scatter());
    CHECK(measured.error == Numbers{0, 0.01});
    CHECK((measured.least_runs() == 3 && measured.most_runs() == 4));
    const auto points = mean_points(measured);
    CHECK((points[1].strength == 0.2 && points[1].stderr_accuracy == 0.01 && points[1].repeats == 3));
    const auto counts = mean_counts(measured, 10);  // 10 images in each run
    CHECK((counts.runs[0][0].correct == 20 && counts.runs[0][0].images == 40));
    CHECK((counts.runs[1][0].correct == 8 && counts.runs[1][0].images == 30));  // 7.5 rounded

    // without repeats a mean counts as one run
    const auto bare = group_by_size(rows, {.has_errors = true})[0];
    CHECK(bare.repeats.empty());
    CHECK(mean_counts(bare, 10).runs[0][0].images == 10);

    rows.push_back(rows[0]);
    rows.back().place = "line 9";
    CHECK_THROWS_AS(group_by_size(rows, {.has_errors = true}), DataError);
    CHECK_THROWS_WITH(group_by_size(rows, {.has_errors = true}),
                      Catch::Contains("line 9: size 1 and strength 0.2 occurred before (row 1)"));
    CHECK(group_by_size(rows)[0].runs[1].size() == 2);  // as runs they are welcome
}

TEST_CASE("a proxy at a strength is the mean over its rows") {
    auto rows = runs();
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].proxies = {static_cast<double>(i), 1};
    rows[4].proxies[1] = std::nan("");
    const auto sizes = group_by_size(rows);
    CHECK(sizes[1].proxies[0] == Numbers{3, 1.5});  // of rows 2 and 4, 0 and 3
    CHECK(std::isnan(sizes[1].proxies[1][0]));
    CHECK(sizes[1].proxies[1][1] == 1);
    rows[5].proxies.pop_back();
    CHECK_THROWS_WITH(group_by_size(rows), Catch::Contains("number of proxies of a row (= 1)"));
}

TEST_CASE("a faulty row is refused by its place, its member and its value") {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const auto refused = [](const AccuracyRow& row, const std::string& member) {
        REQUIRE(fault_of(row));
        CHECK(fault_of(row)->member == member);
        CHECK_THROWS_WITH(group_by_size(std::vector{row}), Catch::Contains(row.place + ": " + member + " (= "));
    };
    for (const double size : {0.0, -1.0, infinity, nan}) refused({.size = size, .place = "line 2"}, "size");
    for (const double strength : {infinity, nan}) refused({.strength = strength, .place = "line 3"}, "strength");
    for (const double accuracy : {-0.1, 97.3, nan}) refused({.accuracy = accuracy, .place = "line 4"}, "accuracy");
    for (const double error : {-0.1, infinity, nan}) refused({.error = error, .place = "line 5"}, "error");
    for (const double repeats : {0.0, 1.5, infinity, nan}) refused({.repeats = repeats, .place = "line 6"}, "repeats");
    CHECK_FALSE(fault_of({}));
    // other numbers than accuracies may have any value, but must be numbers
    for (const double value : {-3.0, 97.3}) CHECK_FALSE(fault_of({.accuracy = value}, {.any_value = true}));
    for (const double value : {infinity, nan}) CHECK(fault_of({.accuracy = value}, {.any_value = true}));
    CHECK(group_by_size(std::vector<AccuracyRow>{{.accuracy = 97.3}}, {.any_value = true})[0].any_value);
}

TEST_CASE("strengths without an error are counted") {
    const MeasuredSize runs{.size = 4, .strength = {0, 1, 2}, .runs = {{1, 1}, {0.9, 0.8}, {0.1}}};
    CHECK(runs.points_without_error() == 1);  // a single run has no error to agree about
    const MeasuredSize means{.size = 4, .strength = {0, 1}, .runs = {{1}, {0.5}}, .error = {0, 0.1}};
    CHECK(means.points_without_error() == 1);
    CHECK(MeasuredSize{.strength = {0, 1}, .runs = {{1}, {0.5}}, .repeats = {2, 2}}.points_without_error() == 0);
}

TEST_CASE("a measured size refuses lists that do not fit") {
    const MeasuredSize good{.size = 4, .strength = {0, 1}, .runs = {{0.9, 0.8}, {0.1, 0.2}}, .same_seeds = true};
    CHECK_NOTHROW(good.validate());
    CHECK(good.has_scatter());
    CHECK_FALSE(MeasuredSize{.strength = {0, 1}, .runs = {{0.9, 0.9}, {0.1}}}.has_scatter());
    const auto complains = [&](auto change, const char* about) {
        auto measured = good;
        change(measured);
        CHECK_THROWS_WITH(measured.validate(), Catch::Contains(about));
    };
    complains([](auto& m) { m.size = 0; }, "size (= 0)");
    complains([](auto& m) { m.strength[1] = 0; }, "larger than the one before");
    complains([](auto& m) { m.strength[1] = std::nan(""); }, "strength (= nan)");
    complains([](auto& m) { m.runs.pop_back(); }, "number of lists of runs (= 1)");
    complains([](auto& m) { m.runs[1].clear(); }, "runs at one strength (= 0)");
    complains([](auto& m) { m.runs[1].pop_back(); }, "be the same at every strength");
    complains([](auto& m) { m.runs[1][0] = 2; }, "accuracy (= 2)");
    complains([](auto& m) { m.any_value = true, m.runs[1][0] = std::nan(""); }, "accuracy (= nan) must be finite");
    auto large = good;
    large.any_value = true, large.runs[1][0] = 2;
    CHECK_NOTHROW(large.validate());
    complains([](auto& m) { m.error = {0.1, 0.1}; }, "be 1 where they are means");
    complains([](auto& m) { m.proxies = {{1}}; }, "number of values of a proxy (= 1)");
    complains([](auto& m) { m.repeats = {1}; }, "number of repeats (= 1)");
    complains([](auto& m) { m.runs = {{0.9}, {0.1}}, m.error = {0.1, -1}; }, "error (= -1)");
    complains([](auto& m) { m.runs = {{0.9}, {0.1}}, m.repeats = {1, 0}; }, "repeats (= 0)");
}

}  // namespace accuracy_rows_test
