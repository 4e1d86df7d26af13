#pragma once

#include <string_view>

#include <pstar/sweep/schedule.hpp>

namespace study {

/// The part that `--shard 3/8` names; counting from 0 or from 1 comes to the same parts. Throws `UsageError` that says
/// what is wrong.
pstar::Shard parse_shard(std::string_view text);

}  // namespace study
