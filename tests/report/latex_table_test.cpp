// Any name becomes text that LaTeX sets; numbers are rounded as their intervals warrant.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <pstar/report/latex_table.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace latex_table_test {

using pstar::Estimate, pstar::latex_text;

TEST_CASE("what LaTeX takes for markup is escaped") {
    CHECK(latex_text("relu, width 256") == "relu, width 256");
    CHECK(latex_text("a_b^c~d#e$f%g&h") == "a\\_b\\textasciicircum{}c\\textasciitilde{}d\\#e\\$f\\%g\\&h");
    CHECK(latex_text("\\input{/etc/passwd}") == "\\textbackslash{}input\\{/etc/passwd\\}");
    CHECK(latex_text("[2pt]*") == "{[}2pt{]}{*}");
    CHECK(latex_text("--flag <x> |y| \"z\" `") ==
          "-{}-{}flag \\textless{}x\\textgreater{} \\textbar{}y\\textbar{} ''z'' \\textasciigrave{}");
    CHECK(latex_text("a\nb\tc\x7f") == "a b c ");
    CHECK(latex_text("\u03c3 \u00b1 \u2212\u03bd") == "$\\sigma$ $\\pm$ $-$$\\nu$");
    CHECK(latex_text("Gr\u00f6\u00dfe") == "Gr\u00f6\u00dfe");
    CHECK(latex_text("\u4e2d\U0001f600\u00fe") == "???");
    CHECK(latex_text("a\xff\xc3") == "a??");  // no UTF-8
    CHECK(latex_text("\xc3(") == "?(");
    CHECK(latex_text("").empty());
}

TEST_CASE("no text of any bytes leaves a special character bare") {
    std::string all;
    for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
    auto text = latex_text(all);
    for (const std::string shown : {"\\textbackslash{}", "\\textasciitilde{}", "\\textasciicircum{}", "\\textless{}",
                                    "\\textgreater{}", "\\textbar{}", "\\textasciigrave{}", "-{}", "{[}", "{]}", "{*}",
                                    "\\&", "\\%", "\\$", "\\#", "\\_", "\\{", "\\}"}) {
        const auto at = text.find(shown);
        REQUIRE(at != text.npos);
        text.erase(at, shown.size());
    }
    CHECK(text.find_first_of("\\{}$&#^_~%[]*\n\r\t") == text.npos);
}

TEST_CASE("numbers have the decimals that their intervals warrant") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(pstar::latex_number({0.93412, 0.9307, 0.9377}) == "$0.9341$ $[0.9307, 0.9377]$");
    CHECK(pstar::latex_number({-1.25, -1.5, -1}) == "$-1.25$ $[-1.50, -1.00]$");
    CHECK(pstar::latex_number({1234.5, 1200, 1300}) == "$1234$ $[1200, 1300]$");
    CHECK(pstar::latex_number({0.5, 0.5, 0.5}) == "$0.5$");
    CHECK(pstar::latex_number({2, 0.9, infinity}) == "$\\geq 0.9$");
    CHECK(pstar::latex_number({2, -infinity, 3}) == "$\\leq 3$");
    CHECK(pstar::latex_number({std::nan(""), -infinity, infinity}) == "--");
}

TEST_CASE("a table is a plain tabular, written whole") {
    const std::vector<std::vector<std::string>> rows{{"a", "", "$1$"}, {latex_text("[b]"), "y", "$2$"}};
    const std::string tabular =
        "\\begin{tabular}{llr}\n\\hline\nx & y & z \\\\\n\\hline\na & {} & $1$ \\\\\n{[}b{]} & y & $2$ \\\\\n\\hline\n"
        "\\end{tabular}\n";
    CHECK(pstar::latex_table({"x", "y", "z"}, rows, 1) == tabular);
    CHECK_THROWS_WITH(pstar::latex_table({}, {}), Catch::Contains("header.size()"));
    CHECK_THROWS_WITH(pstar::latex_table({"x"}, rows), Catch::Contains("size of a row (= 3)"));
    const Scratch folder;
    pstar::write_latex_table(folder / "fits.tex", {"x", "y", "z"}, rows, 1);
    CHECK(read_bytes(folder / "fits.tex") == "% \\input{fits.tex}; brackets: 95% intervals\n" + tabular);
    CHECK_THROWS_AS(pstar::write_latex_table(folder / "no/fits.tex", {"x", "y", "z"}, rows), std::system_error);
}

TEST_CASE("LaTeX sets a table of strange names", "[.][latex]") {
    if (std::system("pdflatex --version > /dev/null 2>&1") != 0) return;
    std::string all;
    for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
    const Scratch folder;
    pstar::write_latex_table(folder / "fits.tex", {"name", "$p^*$"},
                             {{latex_text(all), pstar::latex_number({0.5, 0.4, 0.6})},
                              {latex_text("[\u00e9\u00df\u03c3] --x *"), "--"},
                              {latex_text("*"), pstar::latex_number({-2, -3, -1})}});
    std::ofstream(folder / "paper.tex")
        << "\\documentclass{article}\\begin{document}\\input{fits.tex}\\end{document}\n";
    const auto command = "cd " + (folder / ".").string() + " && pdflatex -halt-on-error paper.tex > log.txt";
    INFO(read_bytes(folder / "fits.tex"));
    CHECK(std::system(command.c_str()) == 0);
}

}  // namespace latex_table_test
