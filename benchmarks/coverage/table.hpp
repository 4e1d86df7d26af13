#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Tables of coverage: how often intervals hold what was planted.
namespace coverage {

/// What one experiment adds to its row: whether each interval held the truth, and other numbers to be averaged.
struct Outcome {
    std::vector<double> hits;           ///< 1 or 0; NaN: not counted
    std::vector<double> averages = {};  ///< e.g. how many runs it took
};

struct Row {
    std::string text;  ///< the cells of the row that say what was planted
    std::size_t experiments;
    std::function<Outcome(std::uint32_t experiment)> run;  ///< a pure function of the number of the experiment
};

struct Table {
    std::string_view name;
    std::vector<std::string> columns;  ///< of the text, the averages and the hits, in this order
    std::vector<Row> rows;
};

Table open_family();
Table next_runs();
Table joint_goals();
Table collapses();
Table corrections();
Table several_sizes();

}  // namespace coverage
