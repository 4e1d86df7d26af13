#pragma once

#include <filesystem>
#include <string>

#include "harness/task.hpp"

namespace bench {

/// How time and peak memory grow with width, channels, pixels, images and threads: {"series": [{"cost", "against",
/// "unit", "x", "y", "exponent", "error", "expected"}], ...}. The exponent is fitted over all sizes; what is expected
/// is the exponent of a count of the operations or bytes, fitted over the same sizes.
Result growth_task(const Setting& setting);

std::string growth_table(const Result& result);
/// Its line in the table of headlines: the cost whose exponent exceeds the expected one by most.
std::string growth_headline(const std::string& title, const Result& result);
/// One panel a series. False if gnuplot is not here.
bool draw_growth(const Result& result, const std::filesystem::path& svg);

}  // namespace bench
