#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace study {

/// A report of one self-contained HTML page, readable in light and dark; no script, no link to anything outside.
/// Text is escaped; what is built is written by `write`, whole or not at all.
class Report {
public:
    Report(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

    void heading(std::string_view text);
    void paragraph(std::string_view text);
    /// A paragraph that catches the eye.
    void highlight(std::string_view text);
    void list(const std::vector<std::string>& items);
    /// The SVG at `image`, taken into the page; nothing but the caption if it is not there.
    void figure(const std::filesystem::path& image, std::string_view caption);
    void table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
    /// A command to copy.
    void command(std::string_view line);

    void write(const std::filesystem::path& path) const;

private:
    std::string title_, subtitle_, body_;
};

}  // namespace study
