#include <pstar/experiment/analysis/phase_map.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <pstar/io/csv_reader.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"
#include "planted_results.hpp"

namespace phase_map_test {

namespace {

/// Wider networks fall later; the strengths are their own; seeds shift their curves.
pstar::Results planted_map(const std::vector<std::size_t>& widths) {
    auto results = planted::no_results();
    for (const auto width : widths) {
        const double knee = width == 16 ? 0.5 : width == 64 ? 0.6 : 0.7, top = width == 16 ? 0.8 : 0.95;
        std::vector<double> strengths{0, 0.2, 0.4, 0.8, 1};
        for (const double shift : {-0.1, -0.05, 0.0, 0.05, 0.1}) strengths.push_back(knee + shift);
        std::ranges::sort(strengths);
        const auto is_same = [](double a, double b) { return b - a < 1e-6; };
        strengths.erase(std::unique(strengths.begin(), strengths.end(), is_same), strengths.end());
        const pstar::SigmoidCurve curve{knee, 0.04, 0.1, top};
        planted::add_runs(
            results, {.width = width, .train_samples = 100}, strengths, 4,
            [&](double p, std::size_t repeat) { return curve(p - 0.004 * (static_cast<double>(repeat) - 1.5)); });
    }
    return results;
}

}  // namespace

TEST_CASE("maps have their sizes in increasing order, a height in common, and the knees of their curves") {
    const auto fits = pstar::fit_curves(planted_map({256, 16, 64}));
    const auto maps = pstar::phase_maps(fits, pstar::RunSize::width);
    REQUIRE(maps.size() == 1);
    const auto& map = maps[0];
    REQUIRE(map.curves.size() == 3);
    CHECK(map.size_at(0) == 16);
    CHECK(map.size_at(2) == 256);
    CHECK(map.half_height() == Approx((0.1 + 0.95) / 2).margin(1e-3));
    for (std::size_t row = 0; row < 3; ++row) {
        const auto& curve = *map.curves[row];
        CHECK(curve.fit.p_star.value == Approx(0.5 + 0.1 * static_cast<double>(row)).margin(3e-3));
        CHECK(curve.fit.at(pstar::crossing(curve, map.half_height())) == Approx(map.half_height()).margin(1e-6));
    }
    // Lower curves reach the common height before half of their own drop is lost.
    CHECK(pstar::crossing(*map.curves[0], map.half_height()) < map.curves[0]->fit.p_star.value - 0.005);
    CHECK(std::isnan(pstar::crossing(*map.curves[0], 0.9)));
}

TEST_CASE("along an axis with one value there is no map, nor from curves without points") {
    auto results = planted_map({16, 64});
    const auto fits = pstar::fit_curves(results);
    CHECK(pstar::phase_maps(fits, pstar::RunSize::depth).empty());
    for (std::size_t i = 0; i < results.runs.size(); ++i)
        if (results.runs[i].width == 16) results.outcomes[i] = planted::failed();
    const auto without = pstar::fit_curves(results);
    CHECK(pstar::phase_maps(without, pstar::RunSize::width).empty());

    auto flat = planted::no_results();
    for (const std::size_t width : {16, 64})
        planted::add_runs(flat, {.width = width}, {0, 0.5, 1}, 3, [](double, std::size_t) { return 0.5; });
    const auto no_knee = pstar::fit_curves(flat);
    const auto maps = pstar::phase_maps(no_knee, pstar::RunSize::width);
    REQUIRE(maps.size() == 1);
    CHECK(std::isnan(pstar::crossing(*maps[0].curves[0], 0.5)));
}

TEST_CASE("the map in long form: a row per size and strength") {
    const Scratch folder;
    const auto fits = pstar::fit_curves(planted_map({64, 16}));
    const auto maps = pstar::phase_maps(fits, pstar::RunSize::width);
    pstar::write_phase_csv(folder / "phase.csv", maps);
    const auto table = pstar::read_csv(folder / "phase.csv");
    CHECK(table.rows.size() == fits[0].points.size() + fits[1].points.size());
    const auto size = table.numbers("size"), width = table.numbers("width"), p = table.numbers("p"),
               mean = table.numbers("mean_test_accuracy"), error = table.numbers("stderr_test_accuracy"),
               low = table.numbers("test_accuracy_low"), high = table.numbers("test_accuracy_high"),
               repeats = table.numbers("repeats");
    CHECK(size == width);
    CHECK(std::ranges::is_sorted(size));
    CHECK(table.column("axis")[0] == "width");
    CHECK(table.column("evaluation")[0] == "clean");
    std::size_t i = 0;
    for (const auto* curve : maps[0].curves)
        for (const auto& point : curve->points) {
            CHECK(p[i] == point.strength);
            CHECK(mean[i] == Approx(point.accuracy).epsilon(1e-12));
            CHECK(error[i] == Approx(point.stderr_accuracy).epsilon(1e-9));
            CHECK(high[i] - mean[i] == Approx(3.182446 * error[i]).epsilon(1e-6));  // Student's t, 3 degrees of freedom
            CHECK(mean[i] - low[i] == Approx(high[i] - mean[i]).epsilon(1e-9));
            CHECK(repeats[i] == 4);
            ++i;
        }
}

}  // namespace phase_map_test
