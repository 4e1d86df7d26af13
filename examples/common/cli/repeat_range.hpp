#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace study {

/// How many seeds each point gets: `least`, and more up to `most` while its standard error is above `until_error`.
struct RepeatRange {
    std::size_t least = 3, most = 3;
    double until_error = 0;

    bool is_adaptive() const { return least < most; }
};

/// `5`, or `10:100` if adaptive: as `--repeats` takes it.
std::string to_string(const RepeatRange& repeats);

/// Reads that back, without `until_error`. Throws `UsageError` that says what is wrong.
RepeatRange parse_repeats(std::string_view text);

}  // namespace study
