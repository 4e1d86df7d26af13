#include "harness/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

namespace bench {

namespace {

/// As few rounds as this come of blocks so long that warming up does not matter in them.
constexpr std::size_t few_rounds = 3;

/// A block of a contender: so many repeats, and how long they took when it was tried.
struct Block {
    std::size_t repeats;
    double seconds;
};

/// A block that lasts `seconds` or more, found by trying; warms up on the way.
Block calibrate(const Contender& contender, double seconds) {
    std::size_t repeats = 1;
    for (;;) {
        const double elapsed = contender.seconds(repeats);
        if (elapsed >= 0.8 * seconds) return {repeats, elapsed};
        const double factor = std::clamp(seconds / std::max(elapsed, 1e-9), 1.1, 20.0);
        repeats = static_cast<std::size_t>(std::ceil(static_cast<double>(repeats) * factor));
    }
}

/// seconds[c][r]: time per repeat of contender c in round r. Where blocks are long, those tried first are the first
/// round: a second is saved where it is many.
std::vector<std::vector<double>> take_turns(std::span<const Contender* const> contenders, const Effort& effort) {
    std::vector<Block> blocks;
    double all = 0;
    for (const auto* contender : contenders)
        all += blocks.emplace_back(calibrate(*contender, effort.block_seconds)).seconds;
    std::size_t rounds = rounds_within(effort, all);
    std::vector<std::vector<double>> seconds(contenders.size());
    const auto note = [&](std::size_t c, double block) {
        seconds[c].push_back(block / static_cast<double>(blocks[c].repeats));
    };
    if (rounds <= few_rounds) {
        for (std::size_t c = 0; c < contenders.size(); ++c) note(c, blocks[c].seconds);
        --rounds;
    }
    for (; rounds > 0; --rounds)
        for (std::size_t c = 0; c < contenders.size(); ++c) note(c, contenders[c]->seconds(blocks[c].repeats));
    return seconds;
}

std::vector<double> ratios(const std::vector<double>& numerators, const std::vector<double>& denominators) {
    std::vector<double> result(numerators.size());
    std::ranges::transform(numerators, denominators, result.begin(), std::divides{});
    return result;
}

nlohmann::json numbers(const Summary& s) {
    return {s.median, s.low, s.high};
}

}  // namespace

std::size_t rounds_within(const Effort& effort, double round_seconds) {
    const double fitting = effort.budget_seconds / std::max(round_seconds, 1e-9);
    return static_cast<std::size_t>(std::clamp(fitting, 1.0, static_cast<double>(effort.most_rounds)));
}

Summary summarise(std::vector<double> values) {
    std::ranges::sort(values);
    const auto quantile = [&](double q) {
        const double place = q * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const auto above = std::min(below + 1, values.size() - 1);
        return std::lerp(values[below], values[above], place - static_cast<double>(below));
    };
    return {quantile(0.5), quantile(0.25), quantile(0.75)};
}

double time_of(const std::function<void()>& work) {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    work();
    return std::chrono::duration<double>(clock::now() - start).count();
}

namespace {

/// A contender's row: its times against those of the first one, ours.
nlohmann::json row_of(const Contender& contender, double work, const std::vector<double>& seconds,
                      const std::vector<double>& ours) {
    const auto rate = summarise(ratios(std::vector<double>(seconds.size(), work), seconds));
    nlohmann::json row{{"contender", contender.name}, {"role", contender.role}, {"rate", numbers(rate)}};
    double decisive = rate.median;
    if (contender.role != Role::ours) {
        const bool peer = contender.role == Role::peer;
        const auto ratio = summarise(peer ? ratios(seconds, ours) : ratios(ours, seconds));
        row["ratio"] = numbers(ratio);
        decisive = ratio.median;
    }
    if (contender.target) {
        row["target"] = *contender.target;
        row["met"] = contender.role == Role::limit ? decisive <= *contender.target : decisive >= *contender.target;
    }
    return row;
}

}  // namespace

nlohmann::json measure(const Case& task, const Effort& effort) {
    std::vector<const Contender*> present;
    for (const auto& contender : task.contenders)
        if (contender.missing.empty()) present.push_back(&contender);
    const auto seconds = take_turns(present, effort);
    nlohmann::json rows = nlohmann::json::array();
    auto times = seconds.begin();
    for (const auto& contender : task.contenders) {
        if (contender.missing.empty())
            rows.push_back(row_of(contender, task.work, *times++, seconds.front()));
        else
            rows.push_back({{"contender", contender.name}, {"role", contender.role}, {"missing", contender.missing}});
    }
    return {{"name", task.name}, {"rounds", seconds.front().size()}, {"rows", rows}};
}

}  // namespace bench
