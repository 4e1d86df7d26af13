#include "common/cli/shard_flag.hpp"

#include <string>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/cli/usage_error.hpp"

namespace study {

pstar::Shard parse_shard(std::string_view text) {
    const auto refuse = [&](const std::string& why) {
        throw UsageError(fmt::format("--shard '{}': {}; write 3/8 for part 3 of 8", text, why));
    };
    const auto slash = text.find('/');
    const auto index = whole_number(text.substr(0, slash));
    const auto count = slash == text.npos ? std::nullopt : whole_number(text.substr(slash + 1));
    if (!index || !count) refuse("not a part of so many");
    if (*count == 0) refuse("there must be at least 1 part");
    if (*index > *count) refuse(fmt::format("there are only {} parts", *count));
    return {*index % *count, *count};
}

}  // namespace study
