#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// How contenders are compared. Contenders take turns, A B C A B C ..., one block of work each, so that whatever the
/// host does in between (its clock, its neighbours) meets all of them; a ratio is taken between the blocks of one
/// round, and what is reported is the median of those ratios and their quartiles.
namespace bench {

/// What a contender is to the first one, which is ours.
enum class Role { ours, peer, limit };

/// What must hold, in the sense of the role: ours, work per second at least; a peer, ours is at least so many times as
/// fast; a limit, ours takes at most so many times as long.
struct Contender {
    std::string name;
    Role role;
    /// Does the task `repeats` times and returns the seconds that took.
    std::function<double(std::size_t repeats)> seconds;
    std::optional<double> target = {};
    std::string missing =
        {};  ///< why it cannot run here, e.g. a package is not installed; then `seconds` is not called
};

/// A task at one setting. Contenders do the same `work` at each repeat; the first is ours.
struct Case {
    std::string name;
    double work;  ///< in the unit of the table: pixels, samples, runs
    std::vector<Contender> contenders;
};

/// How long to measure: rounds of one block per contender, each block at least so long, as many rounds as fit the
/// budget but at least one and at most `most_rounds`.
struct Effort {
    std::size_t most_rounds;
    double block_seconds, budget_seconds;
};

/// How many rounds of `round_seconds` fit.
std::size_t rounds_within(const Effort& effort, double round_seconds);

struct Summary {
    double median, low, high;  ///< low and high: the quartiles
};
Summary summarise(std::vector<double> values);

/// The seconds that `work()` takes.
double time_of(const std::function<void()>& work);

/// Measures a case: {"name", "rounds", "rows": [{"contender", "role", "rate": [median, low, high], "ratio": [...] (not
/// for ours), "target", "met"}]}; the row of one that is missing has "contender", "role", "missing". A rate is work per
/// second; a ratio is their time over ours for a peer, ours over theirs for a limit.
nlohmann::json measure(const Case& task, const Effort& effort);

}  // namespace bench
