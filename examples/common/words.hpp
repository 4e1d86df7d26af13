#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/scaling/estimate.hpp>

/// Numbers as a reader wants them.
namespace study {

/// `0.934 [0.931, 0.938]` with as many decimals as the interval warrants; `at least 0.9`, `at most 3`, `unknown` where
/// ends are open.
std::string in_words(const pstar::Estimate& estimate);

/// `94.5%`.
std::string percent(double share);

/// `a`, `a and b`, `a, b and c`.
std::string enumerated(const std::vector<std::string>& words, std::string_view last_joint = "and");

/// `1 run`, `2 runs`.
std::string counted(std::size_t n, std::string_view noun);

/// With a sign and as many decimals as `scale` (the size of what matters) warrants.
std::string signed_number(double value, double scale);

}  // namespace study
