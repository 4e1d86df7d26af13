#include "common/cli/repeat_range.hpp"

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/cli/usage_error.hpp"

namespace study {

std::string to_string(const RepeatRange& repeats) {
    if (!repeats.is_adaptive()) return std::to_string(repeats.most);
    return fmt::format("{}:{}", repeats.least, repeats.most);
}

RepeatRange parse_repeats(std::string_view text) {
    const auto refuse = [&](const std::string& why) {
        throw UsageError(fmt::format("--repeats '{}': {}; write 5, or 10:100 for 10 to 100", text, why));
    };
    const auto colon = text.find(':');
    const auto least = whole_number(text.substr(0, colon));
    const auto most = colon == text.npos ? least : whole_number(text.substr(colon + 1));
    if (!least || !most) refuse("not a number of seeds");
    if (*least == 0) refuse("every point needs at least 1 seed");
    if (*most < *least) refuse("the largest number is below the smallest");
    if (*least == 1 && *most > 1) refuse("one seed has no standard error; begin with at least 2");
    return {*least, *most};
}

}  // namespace study
