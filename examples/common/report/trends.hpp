#pragma once

#include <string>
#include <vector>

#include "common/cli/flags.hpp"
#include "common/report/curve_report.hpp"

/// How midpoint and slope move along the axis that tells curves apart.
namespace study {

/// `width`, as in `rises with width`; `the number of training images`.
std::string size_in_words(const Flags& flags);

/// A sentence for each of `pstar::size_trends` along `colour_axis`: midpoint and steepest slope of every family.
std::vector<std::string> trends_in_words(const CurveStory& story);

}  // namespace study
