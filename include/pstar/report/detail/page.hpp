#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <pstar/core/atomic_file.hpp>
#include <pstar/report/detail/svg.hpp>
#include <pstar/report/page.hpp>

namespace pstar {

namespace detail {

inline constexpr std::string_view page_style = R"(
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
.highlight p { margin: 0; font-size: 1.1rem; font-weight: 600; line-height: 1.45; }
.highlight p + p { margin-top: .6rem; font-size: .9rem; font-weight: 400; color: var(--soft); }
a { color: var(--accent); }
figure { margin: 1.4rem 0; }
figure .scroll { border-radius: 8px; border: 1px solid var(--line); box-sizing: border-box; padding: .5rem; }
figure svg, figure img { display: block; width: 100%; height: auto; margin: 0 auto; }
figure img { background: #fff; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .4rem; }
.files a { margin-right: .9rem; white-space: nowrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem;
      white-space: pre-wrap; overflow-wrap: anywhere; font-size: .88rem; }
)";

PSTAR_INLINE std::string escaped_html(std::string_view text) {
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
PSTAR_INLINE std::string base64(std::string_view bytes) {
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

/// The path as a relative address: RFC 3986, section 2.
PSTAR_INLINE std::string link_to(const std::filesystem::path& path) {
    static constexpr std::string_view plain = "-._~/";
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (const char letter : path.generic_string()) {
        const auto byte = static_cast<unsigned char>(letter);
        if ((byte < 128 && std::isalnum(byte)) || plain.find(letter) != plain.npos) {
            result += letter;
        } else {
            result += '%';
            result += digits[byte >> 4];
            result += digits[byte & 15];
        }
    }
    return result;
}

PSTAR_INLINE std::string html_row(std::string_view cell_tag, const std::vector<std::string>& cells) {
    std::string line = "<tr>";
    for (const auto& cell : cells) {
        line.append("<").append(cell_tag).append(">").append(escaped_html(cell));
        line.append("</").append(cell_tag).append(">");
    }
    return line + "</tr>\n";
}

}  // namespace detail

PSTAR_INLINE void ReportPage::heading(std::string_view text) {
    body_ += "<h2>" + detail::escaped_html(text) + "</h2>\n";
}
PSTAR_INLINE void ReportPage::paragraph(std::string_view text) {
    body_ += "<p>" + detail::escaped_html(text) + "</p>\n";
}
PSTAR_INLINE void ReportPage::highlight(std::string_view answer, std::string_view setting) {
    body_ += "<div class=\"highlight\"><p>" + detail::escaped_html(answer) + "</p>";
    if (!setting.empty()) body_ += "<p>" + detail::escaped_html(setting) + "</p>";
    body_ += "</div>\n";
}
PSTAR_INLINE void ReportPage::command(std::string_view line) {
    body_ += "<pre>" + detail::escaped_html(line) + "</pre>\n";
}

PSTAR_INLINE void ReportPage::list(const std::vector<std::string>& items) {
    body_ += "<ul>\n";
    for (const auto& item : items) body_ += "<li>" + detail::escaped_html(item) + "</li>\n";
    body_ += "</ul>\n";
}

PSTAR_INLINE void ReportPage::link(const std::filesystem::path& file, std::string_view text) {
    body_ += "<a href=\"";
    links_.push_back({body_.size(), std::filesystem::absolute(file).lexically_normal()});
    body_ += "\">" + detail::escaped_html(text) + "</a> ";
}

PSTAR_INLINE void ReportPage::figure(const std::filesystem::path& image, std::string_view caption) {
    namespace fs = std::filesystem;
    body_ += "<figure>";
    std::ifstream file(image, std::ios::binary);
    if (!file) {
        body_ +=
            "<p>This figure is missing: gnuplot drew no " + detail::escaped_html(image.filename().string()) + ".</p>";
        body_ += "<figcaption>" + detail::escaped_html(caption) + "</figcaption></figure>\n";
        return;
    }
    const std::string svg{std::istreambuf_iterator<char>(file), {}};
    const auto label = detail::escaped_html(caption);
    const auto own = detail::inline_svg(svg, "f" + std::to_string(++figures_) + "-", label);
    body_ += "<div class=\"scroll\">";
    body_ +=
        own.empty() ? "<img alt=\"" + label + "\" src=\"data:image/svg+xml;base64," + detail::base64(svg) + "\">" : own;
    body_ += "</div><figcaption>" + label + " <span class=\"files\">";
    for (const auto& [kind, name] : {std::pair(".svg", "SVG"), {".png", "PNG"}, {".gnuplot", "gnuplot"}})
        if (auto beside = fs::path(image).replace_extension(kind); fs::exists(beside)) link(beside, name);
    body_ += "</span></figcaption></figure>\n";
}

PSTAR_INLINE void ReportPage::files(const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::vector<fs::path> found;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const auto kind = entry.path().extension().string();
        const bool hidden = entry.path().filename().string().starts_with('.');
        if (!hidden && (kind == ".csv" || kind == ".tex" || kind == ".json" || kind == ".jsonl" || kind == ".txt"))
            found.push_back(entry.path());
    }
    if (found.empty()) return;
    std::ranges::sort(found);
    body_ += "<p class=\"files\">";
    for (const auto& file : found) link(file, file.filename().string());
    body_ += "</p>\n";
}

PSTAR_INLINE void ReportPage::table(const std::vector<std::string>& header,
                                    const std::vector<std::vector<std::string>>& rows) {
    body_ += "<div class=\"scroll\"><table>\n" + detail::html_row("th", header);
    for (const auto& cells : rows) body_ += detail::html_row("td", cells);
    body_ += "</table></div>\n";
}

PSTAR_INLINE void ReportPage::write(const std::filesystem::path& path) const {
    const auto folder = std::filesystem::absolute(path).lexically_normal().parent_path();
    std::string body;
    std::size_t done = 0;
    for (const auto& [place, target] : links_) {
        body.append(body_, done, place - done).append(detail::link_to(target.lexically_proximate(folder)));
        done = place;
    }
    body.append(body_, done);
    AtomicFile file(path);
    file.write(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        detail::escaped_html(title_) + "</title>\n<style>" + std::string(detail::page_style) +
        "</style></head>\n<body><main>\n<h1>" + detail::escaped_html(title_) + "</h1>\n<p class=\"subtitle\">" +
        detail::escaped_html(subtitle_) + "</p>\n" + body + "</main></body></html>\n");
    file.commit();
}

PSTAR_INLINE std::optional<std::string> ReportPage::figure(const Figure& drawn, const std::filesystem::path& folder,
                                                           const std::string& name, std::string_view caption) {
    auto problem = drawn.write(folder, name);
    figure(folder / (name + ".svg"), caption);
    return problem;
}

}  // namespace pstar
