#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/report/figure.hpp>

namespace pstar {

/// A report of one self-contained HTML page, readable in light and dark, on paper and on a phone; no script. Its links
/// lead to the files beside it alone:
///
///     pstar::ReportPage page("My sweep", "MNIST, 5 seeds");
///     page.highlight("p* = 0.83 [0.81, 0.85].");
///     page.figure(figure, "out", "accuracy", "Accuracy against p, with standard errors.");
///     page.table({"width", "p*"}, {{"64", "0.83"}});
///     page.files("out");
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
    /// A box that catches the eye: the answer to the question of the page; how it was found below it, smaller.
    void highlight(std::string_view answer, std::string_view setting = {});
    /// Adds a list of plain text.
    void list(const std::vector<std::string>& items);
    /// The SVG at `image`, taken into the page, with links to it and to the PNG and the gnuplot script of its name;
    /// nothing but the caption if it is not there. An SVG that a `Figure` wrote shows values under the pointer.
    void figure(const std::filesystem::path& image, std::string_view caption);
    /// `drawn.write(folder, name)`, and that picture. Returns what is wrong with it.
    std::optional<std::string> figure(const Figure& drawn, const std::filesystem::path& folder, const std::string& name,
                                      std::string_view caption);
    /// Adds a table of plain text; every row has as many cells as the header.
    void table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
    /// A command to copy.
    void command(std::string_view line);
    /// Links to the tables and texts in the folder, by name: its files .csv, .tex, .json, .jsonl, .txt; nothing if
    /// there are none.
    void files(const std::filesystem::path& folder);

    /// Throws `std::system_error` if the file cannot be written.
    void write(const std::filesystem::path& path) const;

private:
    struct Link {
        std::size_t place;  ///< in body_
        std::filesystem::path file;
    };
    void link(const std::filesystem::path& file, std::string_view text);

    std::string title_, subtitle_, body_;
    std::vector<Link> links_;  ///< where they lead from is known when the page is written
    std::size_t figures_ = 0;
};

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/report/detail/page.hpp>
#endif
