#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <pstar/scaling/collapse/size_curves.hpp>
#include <pstar/scaling/curve/points.hpp>

/// Accuracy curves out of CSV files of any program: one row a run, or one row a mean.
namespace study {

/// Which columns mean what. Names as in the header of the files.
struct CurveColumns {
    std::string size, strength, accuracy;
    std::string error;    ///< standard error of a mean; empty: none
    std::string repeats;  ///< runs behind a mean; empty: unknown
    std::string seed;     ///< to which seed a run belongs; empty: `seed` or `repeat` if there is such a column
    std::string group;    ///< each value is analysed by itself; empty: one group
    std::vector<std::string> proxies;                        ///< numbers to collapse against, one a row
    std::vector<std::pair<std::string, std::string>> where;  ///< rows to keep: column and value
};

/// One size's curve, at every strength in increasing order.
struct MeasuredSize {
    double size = 1;
    std::vector<double> strength = {};
    std::vector<std::vector<double>> runs = {};     ///< accuracies behind each strength; one number where it is a mean
    std::vector<double> error = {};                 ///< standard errors, 0 where unknown; empty: no such column
    std::vector<std::size_t> repeats = {};          ///< runs behind each mean; empty: no such column
    std::vector<std::vector<double>> proxies = {};  ///< proxies[k][i]: mean over the rows of strength[i]
    bool same_seeds = false;                        ///< runs[i][r] has the same seed at every i

    bool of_means() const { return !error.empty() || !repeats.empty(); }
    std::size_t least_runs() const;
    std::size_t most_runs() const;
    std::vector<double> accuracy() const;  ///< the means
    pstar::SeedCurves by_seed() const;     ///< for `same_seeds`
};

struct MeasuredGroup {
    std::string name;                      ///< the value in the group column; empty without one
    std::vector<MeasuredSize> sizes = {};  ///< in increasing order
};

struct CurveTable {
    std::vector<MeasuredGroup> groups;  ///< in the order in which they first occur
    std::size_t rows = 0;               ///< that took part
    std::size_t left_out = 0;           ///< rows without an accuracy: runs that failed or diverged
};

/// Reads the files, whose columns may come in any order. Throws `pstar::DataError`, naming file, line, column, the
/// value and what was expected, for cells that are no numbers, accuracies outside [0, 1], sizes that are not positive,
/// negative errors, a mean that occurs twice, and when no row is left.
CurveTable read_curves(const std::vector<std::filesystem::path>& files, const CurveColumns& columns);

}  // namespace study
