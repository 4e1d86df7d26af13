#include "common/report/report.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>

#include <pstar/core/atomic_file.hpp>

namespace study {
namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1c1f23; --soft: #5b636d; --paper: #ffffff; --line: #dfe3e8; --tint: #f4f6f8;
        --accent: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --soft: #a3abb5; --paper: #16191d; --line: #333a42; --tint: #1f242a; --accent: #6ab7e6; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
.subtitle { color: var(--soft); margin: .3rem 0 1.6rem; }
.highlight { background: var(--tint); border-left: 4px solid var(--accent); border-radius: 4px; padding: .9rem 1.1rem; }
figure { margin: 1.4rem 0; }
figure img { width: 100%; background: #fff; border-radius: 8px; border: 1px solid var(--line); box-sizing: border-box;
             padding: .5rem; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem;
      white-space: pre-wrap; overflow-wrap: anywhere; font-size: .88rem; }
)";

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '&')
            result += "&amp;";
        else if (letter == '<')
            result += "&lt;";
        else if (letter == '>')
            result += "&gt;";
        else if (letter == '"')
            result += "&quot;";
        else
            result += letter;
    }
    return result;
}

/// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::array<std::uint32_t, 3> b{};
        const auto n = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t k = 0; k < n; ++k) b[k] = static_cast<unsigned char>(bytes[i + k]);
        const std::uint32_t word = b[0] << 16 | b[1] << 8 | b[2];
        for (std::size_t k = 0; k < 4; ++k) result += k <= n ? letters[word >> (18 - 6 * k) & 63] : '=';
    }
    return result;
}

std::string row(std::string_view cell_tag, const std::vector<std::string>& cells) {
    std::string line = "<tr>";
    for (const auto& cell : cells) {
        line.append("<").append(cell_tag).append(">").append(escaped(cell));
        line.append("</").append(cell_tag).append(">");
    }
    return line + "</tr>\n";
}

}  // namespace

void Report::heading(std::string_view text) {
    body_ += "<h2>" + escaped(text) + "</h2>\n";
}
void Report::paragraph(std::string_view text) {
    body_ += "<p>" + escaped(text) + "</p>\n";
}
void Report::highlight(std::string_view text) {
    body_ += "<p class=\"highlight\">" + escaped(text) + "</p>\n";
}
void Report::command(std::string_view line) {
    body_ += "<pre>" + escaped(line) + "</pre>\n";
}

void Report::list(const std::vector<std::string>& items) {
    body_ += "<ul>\n";
    for (const auto& item : items) body_ += "<li>" + escaped(item) + "</li>\n";
    body_ += "</ul>\n";
}

void Report::figure(const std::filesystem::path& image, std::string_view caption) {
    body_ += "<figure>";
    if (std::ifstream file(image, std::ios::binary); file) {
        const std::string svg{std::istreambuf_iterator<char>(file), {}};
        body_ += "<img alt=\"" + escaped(caption) + "\" src=\"data:image/svg+xml;base64," + base64(svg) + "\">";
    } else {
        body_ += "<p>This figure is missing: gnuplot drew no " + escaped(image.filename().string()) + ".</p>";
    }
    body_ += "<figcaption>" + escaped(caption) + "</figcaption></figure>\n";
}

void Report::table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
    body_ += "<div class=\"scroll\"><table>\n" + row("th", header);
    for (const auto& cells : rows) body_ += row("td", cells);
    body_ += "</table></div>\n";
}

void Report::write(const std::filesystem::path& path) const {
    pstar::AtomicFile file(path);
    file.write(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        escaped(title_) + "</title>\n<style>" + std::string(style) + "</style></head>\n<body><main>\n<h1>" +
        escaped(title_) + "</h1>\n<p class=\"subtitle\">" + escaped(subtitle_) + "</p>\n" + body_ +
        "</main></body></html>\n");
    file.commit();
}

}  // namespace study
