#include "harness/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace bench {

namespace {

/// So many repeats that a block lasts `seconds`, found by trying; warms up on the way.
std::size_t calibrate(const Contender& contender, double seconds) {
    std::size_t repeats = 1;
    for (;;) {
        const double elapsed = contender.seconds(repeats);
        if (elapsed >= 0.8 * seconds) return repeats;
        const double factor = std::clamp(seconds / std::max(elapsed, 1e-9), 1.1, 20.0);
        repeats = static_cast<std::size_t>(std::ceil(static_cast<double>(repeats) * factor));
    }
}

/// seconds[c][r]: time per repeat of contender c in round r.
std::vector<std::vector<double>> take_turns(const Case& task, const Effort& effort) {
    std::vector<std::size_t> repeats;
    for (const auto& contender : task.contenders) repeats.push_back(calibrate(contender, effort.block_seconds));
    std::vector<std::vector<double>> seconds(task.contenders.size());
    for (std::size_t round = 0; round < effort.rounds; ++round)
        for (std::size_t c = 0; c < seconds.size(); ++c)
            seconds[c].push_back(task.contenders[c].seconds(repeats[c]) / static_cast<double>(repeats[c]));
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

nlohmann::json measure(const Case& task, const Effort& effort) {
    const auto seconds = take_turns(task, effort);
    nlohmann::json rows = nlohmann::json::array();
    for (std::size_t c = 0; c < seconds.size(); ++c) {
        const auto& contender = task.contenders[c];
        const std::vector<double> work(seconds[c].size(), task.work);
        const auto rate = summarise(ratios(work, seconds[c]));
        nlohmann::json row{{"contender", contender.name}, {"role", contender.role}, {"rate", numbers(rate)}};
        double decisive = rate.median;
        if (contender.role != Role::ours) {
            const bool peer = contender.role == Role::peer;
            const auto ratio = summarise(peer ? ratios(seconds[c], seconds[0]) : ratios(seconds[0], seconds[c]));
            row["ratio"] = numbers(ratio);
            decisive = ratio.median;
        }
        if (contender.target) {
            row["target"] = *contender.target;
            row["met"] = contender.role == Role::limit ? decisive <= *contender.target : decisive >= *contender.target;
        }
        rows.push_back(row);
    }
    return {{"name", task.name}, {"rows", rows}};
}

}  // namespace bench
