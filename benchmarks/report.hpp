#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/options.hpp"
#include "tasks.hpp"

namespace bench {

/// What was measured as Markdown: what holds for all, a line a task, the targets that are not met, figures, and all
/// tables, folded.
class Report {
public:
    explicit Report(const Options& options) : options_(options) {}

    void add(const Task& task, std::span<const nlohmann::json> parts);
    /// Draws the ratios and the growth as ratios.svg and growth.svg in `folder`, as far as they were measured and
    /// gnuplot is here, and has the text show them.
    void draw(const std::filesystem::path& folder);
    std::string text() const;

private:
    struct Section {
        std::string title;
        std::vector<nlohmann::json> parts;
    };
    const Options& options_;
    std::string start_, headlines_, sections_, missed_, figures_;
    std::vector<Section> measured_;
    nlohmann::json growth_;
};

}  // namespace bench
