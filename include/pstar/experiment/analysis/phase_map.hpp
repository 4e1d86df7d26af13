#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/statistics/moments.hpp>

/// Test accuracy over two axes: the strength of the corruption and a size of the network or of its training.
namespace pstar {

/// A(p, size): curves on the same kind of test images that differ in one size alone. Strengths may differ from size to
/// size.
struct PhaseMap {
    RunKey run;  ///< its strength, its repeat and that size have no meaning
    TestImages images = TestImages::clean;
    RunSize size = RunSize::width;                ///< the axis beside the strength
    std::vector<const FittedCurve*> curves = {};  ///< those with points, by increasing size

    /// The size of a row, from 0 on: of `curves[row]`.
    double size_at(std::size_t row) const { return size_of(curves[row]->measured.run, size); }
    /// Half way from chance to the largest mean accuracy of the map: one accuracy for all sizes, while each p* is at
    /// half of the height of its own curve.
    double half_height() const {
        double largest = 0;
        for (const auto* curve : curves)
            for (const auto& point : curve->points) largest = std::max(largest, point.accuracy);
        return (curves[0]->measured.chance() + largest) / 2;
    }
};

/// The maps of the curves along a size: one for each family of `curve_families` with at least two curves that have
/// points. Refers to `curves`.
inline std::vector<PhaseMap> phase_maps(std::span<const FittedCurve> curves, RunSize size) {
    std::vector<PhaseMap> maps;
    for (const auto& family : curve_families(curves, size)) {
        PhaseMap map{.run = family.run, .images = family.images, .size = size};
        std::ranges::copy_if(family.curves, std::back_inserter(map.curves),
                             [](const FittedCurve* curve) { return !curve->points.empty(); });
        std::ranges::stable_sort(map.curves, {},
                                 [&](const FittedCurve* curve) { return size_of(curve->measured.run, size); });
        if (map.curves.size() >= 2) maps.push_back(std::move(map));
    }
    return maps;
}

/// The strength at which the fitted curve is as high as `level`; NaN where it is not comparable, or nowhere so high.
inline double crossing(const FittedCurve& curve, double level) {
    if (!curve.comparable()) return std::numeric_limits<double>::quiet_NaN();
    const auto& fit = curve.fit;
    return fit.monotone.empty() ? fit.curve.crossing(level) : fit.monotone.crossing(level);
}

/// `phase.csv`, in long form: one row per map, size and strength: which point it is; `axis`, the name of the size, and
/// `size`, its value; `evaluation`, the test images; the mean accuracy over seeds, its standard error and 95% interval
/// (`mean_interval`: other seeds, the same test images; open with one seed), and the number of seeds.
inline void write_phase_csv(const std::filesystem::path& path, std::span<const PhaseMap> maps) {
    CsvWriter csv(path, point_columns({"axis", "size", "evaluation", "mean_test_accuracy", "stderr_test_accuracy",
                                       "test_accuracy_low", "test_accuracy_high", "repeats"}));
    for (const auto& map : maps)
        for (std::size_t row = 0; row < map.curves.size(); ++row) {
            const auto& runs = map.curves[row]->measured.runs;
            for (std::size_t i = 0; i < runs.strength.size(); ++i) {
                auto run = map.curves[row]->measured.run;
                run.strength = runs.strength[i];
                const auto mean = mean_interval(runs.accuracy[i]);
                const auto found = moments(runs.accuracy[i]);
                write_point_cells(csv, run);
                csv.cell(to_string(map.size));
                csv.cell(map.size_at(row));
                csv.cell(to_string(map.images));
                for (const double number : {found.mean, found.sem, mean.low, mean.high}) csv.cell(number);
                csv.cell(found.n);
                csv.end_row();
            }
        }
    csv.commit();
}

}  // namespace pstar
