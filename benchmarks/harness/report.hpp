#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace bench {

/// One result of a task as a Markdown table, one line per contender, and where its time goes.
std::string markdown(const nlohmann::json& result);

/// Three significant digits, never an exponent: 0.0712, 1.35, 18.2, 41300.
std::string three_digits(double x);

/// The targets of a result that are not met, an item of a Markdown list each; `title` is the task's.
std::string missed_targets(const std::string& title, const nlohmann::json& result);

/// The head of the table that `headline` adds to, one line a task.
std::string headline_head();

/// One line for a task: the case that gains least on its fastest peer, what pstar and that peer do, the limit (of that
/// case if it has one, else the one that pstar misses by most), and how many targets are not met. Without a peer it is
/// the case whose limit pstar misses by most.
std::string headline(const std::string& title, const nlohmann::json& result);

/// Markdown that a reader unfolds: `title` alone shows.
std::string folded(const std::string& title, const std::string& markdown);

/// Puts `text` between the lines `<!-- results: begin -->` and `<!-- results: end -->` of a file, in place of what was
/// there. Throws `std::runtime_error` if the file lacks them.
void replace_results(const std::filesystem::path& file, const std::string& text);

}  // namespace bench
