#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/experiment/analysis/joint_goal.hpp>
#include <pstar/scaling/curve/next_batch.hpp>
#include <pstar/sweep/schedule.hpp>

/// Values that the command line writes in a way of their own.
namespace study {

/// The numbers of `0:1:0.1` (first:last:step, last included when a step lands on it) or of `0,0.5,0.9`. Exactly the
/// doubles that the decimals name: 0.3, not 0.30000000000000004. Increasing, each once.
/// Throws `UsageError` that says what is wrong.
std::vector<double> parse_strengths(std::string_view text);

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

/// What `--until-interval` asks for: a number of every network, `design.quantity`, or one of several.
struct WantedInterval {
    pstar::CurveDesign design;
    pstar::JointGoal joint = pstar::JointGoal::none;
};

/// The goal and the half width that `--until-interval p_star:0.01` names; others are slope, difference, nu and p_c.
/// Throws `UsageError` that says what is wrong.
WantedInterval parse_interval(std::string_view text);

/// The part that `--shard 3/8` names; counting from 0 or from 1 comes to the same parts. Throws `UsageError` that says
/// what is wrong.
pstar::Shard parse_shard(std::string_view text);

}  // namespace study
