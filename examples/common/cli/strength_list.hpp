#pragma once

#include <string_view>
#include <vector>

namespace study {

/// The numbers of `0:1:0.1` (first:last:step, last included when a step lands on it) or of `0,0.5,0.9`. Exactly the
/// doubles that the decimals name: 0.3, not 0.30000000000000004. Increasing, each once.
/// Throws `UsageError` that says what is wrong.
std::vector<double> parse_strengths(std::string_view text);

}  // namespace study
