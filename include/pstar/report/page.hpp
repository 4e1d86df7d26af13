#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/report/figure.hpp>

namespace pstar {

/// A report of one self-contained HTML page, readable in light and dark; no script, no link to anything outside:
///
///     pstar::ReportPage page("My sweep", "MNIST, 5 seeds");
///     page.highlight("p* = 0.83 [0.81, 0.85].");
///     page.figure(figure, "out", "accuracy", "Accuracy against p, with standard errors.");
///     page.table({"width", "p*"}, {{"64", "0.83"}});
///     page.write("out/report.html");
///
/// Text is escaped; what is built is written by `write`, whole or not at all.
class ReportPage {
public:
    /// Begins a page with these words at its top.
    ReportPage(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

    /// Adds a heading.
    void heading(std::string_view text);
    /// Adds a paragraph of plain text.
    void paragraph(std::string_view text);
    /// A paragraph that catches the eye: the answer.
    void highlight(std::string_view text);
    /// Adds a list of plain text.
    void list(const std::vector<std::string>& items);
    /// The SVG at `image`, taken into the page; nothing but the caption if it is not there.
    void figure(const std::filesystem::path& image, std::string_view caption);
    /// `drawn.write(folder, name)`, and that picture. Returns what is wrong with it.
    std::optional<std::string> figure(const Figure& drawn, const std::filesystem::path& folder, const std::string& name,
                                      std::string_view caption);
    /// Adds a table of plain text; every row has as many cells as the header.
    void table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
    /// A command to copy.
    void command(std::string_view line);

    /// Throws `std::system_error` if the file cannot be written.
    void write(const std::filesystem::path& path) const;

private:
    std::string title_, subtitle_, body_;
};

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/report/detail/page.hpp>
#endif
