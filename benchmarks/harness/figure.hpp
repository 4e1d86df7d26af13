#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

/// One ratio of the tables: how many times as fast ours is.
struct RatioBar {
    std::string task, label;
    double median, low, high;
    bool all_cores;
};

/// Appends the ratios of a task's part: of peers as they are, of limits their inverse, so that more is better in both.
void append_bars(std::vector<RatioBar>& bars, const std::string& title, const nlohmann::json& part);

/// Draws with gnuplot, one line per ratio, on a logarithmic axis. False if gnuplot is not here.
bool draw_ratios(std::span<const RatioBar> bars, const std::filesystem::path& svg);

/// Runs a gnuplot script. False if gnuplot is not here; throws `std::runtime_error` if it fails.
bool run_gnuplot(const std::string& script);

/// A text as gnuplot's string: in double quotes, what has a meaning in them escaped.
std::string quoted(const std::string& text);

}  // namespace bench
