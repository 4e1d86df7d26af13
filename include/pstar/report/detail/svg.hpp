#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <pstar/core/compiled.hpp>

namespace pstar::detail {

/// The class of the SVGs that `finished_svg` made: a page takes these in as they are.
inline constexpr std::string_view own_svg = "class=\"pstar-figure\"";

PSTAR_INLINE void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// Rules for dark surroundings: paper, ink, lines and the darkest two of the palette change; data colours stay.
PSTAR_INLINE std::string dark_rules() {
    struct Change {
        int r, g, b;
        const char* dark;
    };
    constexpr std::array changes{
        Change{0, 0, 0, "#e6e8ea"},       Change{34, 34, 34, "#e6e8ea"},    Change{68, 68, 68, "#9aa3ad"},
        Change{106, 106, 106, "#a3abb5"}, Change{228, 228, 228, "#2c3239"}, Change{0, 114, 178, "#4a97dd"},
    };
    std::string rules;
    const auto add = [&](std::string_view attribute, std::string_view value, std::string_view dark) {
        rules.append(".pstar-figure [").append(attribute).append("=\"").append(value).append("\"]{");
        rules.append(attribute).append(":").append(dark).append("}\n");
    };
    for (const std::string_view attribute : {"fill", "stroke", "color"}) {
        for (const auto& [r, g, b, dark] : changes)
            for (const char* format : {"rgb(%d,%d,%d)", "rgb(%3d, %3d, %3d)"}) {
                std::array<char, 32> value{};
                std::snprintf(value.data(), value.size(), format, r, g, b);
                add(attribute, value.data(), dark);
            }
        add(attribute, "black", "#e6e8ea");
    }
    add("color", "#FFFFFF", "#16191d");  // gnuplot's background, as a pen
    return "@media (prefers-color-scheme: dark) {\n" + rules +
           ".pstar-figure rect[fill=\"#ffffff\"]{fill:#16191d}\n}\n";
}

/// Invisible points with a text become points with a title, which browsers show as the pointer rests on them.
PSTAR_INLINE void show_hover_values(std::string& svg) {
    constexpr std::string_view before = "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'",
                               after = "')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>";
    for (auto at = svg.find(before); at != svg.npos; at = svg.find(before, at + 1)) {
        const auto end = svg.find(after, at);
        if (end == svg.npos) return;
        const auto text = svg.substr(at + before.size(), end - at - before.size());
        svg.replace(at, end + after.size() - at, "<g><title>" + text + "</title>");
    }
}

/// What gnuplot wrote, made ready: values show under the pointer, colours follow dark surroundings, names that gnuplot
/// makes up do not show, and images keep their pixels square when a viewer enlarges them, as they do in the PNG.
PSTAR_INLINE std::string finished_svg(std::string svg) {
    replace_all(svg, "<image ", "<image style='image-rendering:pixelated' ");
    replace_all(svg, "<title>Gnuplot</title>", "");
    for (auto at = svg.find("<title>gnuplot_plot_"); at != svg.npos; at = svg.find("<title>gnuplot_plot_", at))
        svg.erase(at, svg.find("</title>", at) + 8 - at);
    show_hover_values(svg);
    const auto root = svg.find("<svg");
    if (root != svg.npos) svg.insert(root + 4, " " + std::string(own_svg));
    const auto canvas = svg.find("<g id=\"gnuplot_canvas\"");
    if (canvas != svg.npos) svg.insert(canvas, "<style>\n" + dark_rules() + "</style>\n");
    return svg;
}

/// The SVG as a part of a page, beside others: without its prologue, with names of its own; empty for an SVG that is
/// not ours or that has scripts.
PSTAR_INLINE std::string inline_svg(std::string svg, const std::string& prefix, std::string_view label) {
    const auto root = svg.find("<svg");
    if (root == svg.npos || svg.find(own_svg) == svg.npos) return {};
    if (svg.find("<script") != svg.npos || svg.find("onmousemove") != svg.npos) return {};
    svg.erase(0, root);
    for (const std::string_view reference : {" id='", " id=\"", "href='#", "href=\"#", "url(#"})
        replace_all(svg, reference, std::string(reference) + prefix);
    std::size_t width = 0;
    const auto at = svg.find("width=\"");
    if (at != svg.npos) std::sscanf(svg.c_str() + at, "width=\"%zu", &width);
    std::string size = width == 0 ? ""
                                  : " style=\"min-width:" + std::to_string(width * 7 / 10) +
                                        "px;max-width:" + std::to_string(width * 6 / 5) + "px\"";
    svg.insert(4, " role=\"img\" aria-label=\"" + std::string(label) + "\"" + size);
    return svg;
}

}  // namespace pstar::detail
