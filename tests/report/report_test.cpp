// Figures are scripts with their data inside, pages are one file; what comes from elsewhere is shown, never executed.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/report/accuracy_figure.hpp>
#include <pstar/report/estimate_text.hpp>
#include <pstar/report/figure.hpp>
#include <pstar/report/heat_map.hpp>
#include <pstar/report/histogram.hpp>
#include <pstar/report/image_grid.hpp>
#include <pstar/report/page.hpp>
#include <pstar/report/phase_figure.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace report_test {

namespace {

namespace fs = std::filesystem;
using pstar::Estimate, pstar::Figure;

/// The script of a figure.
std::string script(const Figure& figure) {
    const Scratch folder;
    (void)figure.write(folder / ".", "figure");
    return read_bytes(folder / "figure.gnuplot");
}

/// The PATH of this process, as long as it exists.
class Path {
public:
    explicit Path(const char* path) : before_(std::getenv("PATH")) { ::setenv("PATH", path, 1); }
    ~Path() { ::setenv("PATH", before_.c_str(), 1); }

private:
    std::string before_;
};

}  // namespace

TEST_CASE("numbers with intervals have the decimals that the interval warrants") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(pstar::in_words(Estimate{0.93412, 0.9307, 0.9377}) == "0.9341 [0.9307, 0.9377]");
    CHECK(pstar::in_words(Estimate{1234.5, 1200, 1300}) == "1234 [1200, 1300]");
    CHECK(pstar::in_words(Estimate{0.5, 0.5, 0.5}) == "0.5");
    CHECK(pstar::in_words(Estimate{2, 0.9, infinity}) == "at least 0.9");
    CHECK(pstar::in_words(Estimate{2, -infinity, 3}) == "at most 3");
    CHECK(pstar::in_words(Estimate{std::nan(""), -infinity, infinity}) == "unknown");
    CHECK(pstar::decimals_of(0.012) == 3);
    CHECK(pstar::decimals_of(0) == 3);
    CHECK(pstar::decimals_of(250) == 0);
    CHECK(pstar::shown_number(0.1) == "0.1");
    CHECK(pstar::shown_number(std::nan("")) == "nan");
    CHECK(pstar::shown_number(1e-12) == "1e-12");
}

TEST_CASE("a figure is a script with its data, and two pictures where there is gnuplot") {
    Figure figure(400, 300);
    figure.data("points", {{0, 1}, {0.5, std::nan("")}, {1, 1e-7}});
    figure.draw("plot $points with points linestyle 1");
    const Scratch folder;
    const auto problem = figure.write(folder / ".", "one");
    const auto text = read_bytes(folder / "one.gnuplot");
    CHECK_THAT(text, Catch::Contains("$points << END\n0 1\n0.5 nan\n1 1e-07\nEND\n"));
    CHECK_THAT(text, Catch::Contains("size 400,300") && Catch::Contains("size 800,600"));
    if (pstar::has_gnuplot()) {
        CHECK(!problem);
        CHECK_THAT(read_bytes(folder / "one.svg"), Catch::Contains("</svg>"));
        CHECK(fs::file_size(folder / "one.png") > 1000);
        for (const auto& entry : fs::directory_iterator(folder / "."))  // no drafts are left
            CHECK(entry.path().filename().string().starts_with("one."));
        Figure wrong(400, 300);
        wrong.draw("plot $nothing");
        CHECK_THAT(wrong.write(folder / ".", "one").value_or(""), Catch::Contains("one is missing: gnuplot failed"));
        CHECK(!fs::exists(folder / "one.svg"));  // no picture of earlier numbers
    }
    const Path nowhere("/nowhere");
    CHECK(!pstar::has_gnuplot());
    CHECK_THAT(figure.write(folder / ".", "two").value_or(""), Catch::Contains("gnuplot is not installed"));
    CHECK(fs::exists(folder / "two.gnuplot"));
}

TEST_CASE("text from elsewhere is text to gnuplot and to HTML") {
    CHECK(pstar::shown_text("a'; system('touch x'); #") == "a\u2019; system(\u2019touch x\u2019); #");
    CHECK(pstar::shown_text("a_b^{c}\n`d`") == "a\\_b\\^\\{c\\} `d`");
    const Scratch folder;
    pstar::ReportPage page("<script>", "a & b");
    page.heading("1 < 2");
    page.paragraph("\"quoted\"");
    page.highlight("p* = 0.8");
    page.list({"<b>"});
    page.table({"<th>"}, {{"<td>"}});
    page.command("rm -rf '<x>'");
    page.figure(folder / "none.svg", "a <caption>");
    std::ofstream(folder / "some.svg") << "<svg>Man</svg>";
    page.figure(folder / "some.svg", "drawn");
    page.write(folder / "report.html");
    const auto text = read_bytes(folder / "report.html");
    for (const std::string shown :
         {"&lt;script&gt;", "a &amp; b", "1 &lt; 2", "&quot;quoted&quot;", "&lt;b&gt;", "&lt;th&gt;", "&lt;td&gt;",
          "&lt;x&gt;", "a &lt;caption&gt;", "gnuplot drew no none.svg"})
        CHECK_THAT(text, Catch::Contains(shown));
    CHECK_THAT(text, Catch::Contains("<p>p* = 0.8</p></div>"));
    CHECK_THAT(text, Catch::Contains("base64,PHN2Zz5NYW48L3N2Zz4=\""));  // RFC 4648 of <svg>Man</svg>
    CHECK_THAT(text, !Catch::Contains("<script>") && !Catch::Contains("<b>"));
    CHECK_THROWS_AS(page.write(folder / "no/such/folder/report.html"), std::system_error);
}

TEST_CASE("a page has the answer in a box, links to what lies beside it, and figures that do not share names") {
    const Scratch folder;
    for (const std::string name : {"b.csv", "a b%.csv", "fits.tex", "config.json", "one.png", ".hidden.csv", "x.svg"})
        std::ofstream(folder / name) << "x";
    const std::string own =
        "<?xml?>\n<svg class=\"pstar-figure\" width=\"500\"><g id='gp'/><use xlink:href='#gp'/></svg>";
    std::ofstream(folder / "one.svg") << own;
    std::ofstream(folder / "two.svg") << own;
    std::ofstream(folder / "bad.svg") << "<svg class=\"pstar-figure\"><script>x</script></svg>";
    fs::create_directory(folder / "pages");
    pstar::ReportPage page("Q?", "data");
    page.highlight("Yes & no.", "10 <seeds>");
    for (const std::string name : {"one", "two", "bad"}) page.figure(folder / (name + ".svg"), "\"c\"");
    page.files(folder / ".");
    page.files(folder / "no such folder");
    page.write(folder / "pages" / "report.html");
    const auto text = read_bytes(folder / "pages/report.html");
    CHECK_THAT(text, Catch::Contains("<p>Yes &amp; no.</p><p>10 &lt;seeds&gt;</p></div>"));
    CHECK_THAT(text, Catch::Contains("<a href=\"../one.svg\">SVG</a> <a href=\"../one.png\">PNG</a> </span>"));
    CHECK_THAT(text, Catch::Contains("<a href=\"../a%20b%25.csv\">a b%.csv</a> <a href=\"../b.csv\">b.csv</a> <a "
                                     "href=\"../config.json\">config.json</a> <a href=\"../fits.tex\">"));
    CHECK_THAT(text, !Catch::Contains("hidden") && !Catch::Contains("x.svg") && !Catch::Contains("<script"));
    CHECK_THAT(text, Catch::Contains("id='f1-gp'/><use xlink:href='#f1-gp'") && Catch::Contains("id='f2-gp'"));
    CHECK_THAT(text, Catch::Contains("aria-label=\"&quot;c&quot;\" style=\"min-width:350px;max-width:600px\""));
    CHECK_THAT(text, Catch::Contains("data:image/svg+xml;base64,"));  // what has a script stays outside
}

TEST_CASE("points of a figure show their values under the pointer") {
    Figure figure(400, 300);
    figure.data("means", {{0, 0.5, 0.1}, {1, 0.25, 0.1}});
    figure.data("ends", {{0, 0.5, 0.4, 0.6}});
    figure.data("grid", {{1, 2}, {3, 4}});
    figure.draw(
        "set xrange [-1:2]\nplot $means with yerrorbars linestyle 1 title 'a\\_b <c> 5%   {/:Italic p}* = 1', $ends "
        "with "
        "xerrorbars notitle, $ends with yerrorlines title 'say \"x\"', $grid matrix with image notitle");
    figure.draw(
        "plot x with lines title 'f(1,2)', $means using 1:2 with linespoints, $means using ($1*2):2 with points, "
        "$means with lines");
    const auto text = script(figure);
    const std::string tail =
        ") with labels hypertext point pointtype 7 pointsize 1.4 linecolor rgb '#ff000000' notitle";
    CHECK_THAT(
        text, Catch::Contains(", $means using 1:2:(sprintf('a_b <c> 5%%: %.4g, %.4g \u00b1 %.2g', $1, $2, $3)" + tail));
    CHECK_THAT(text, Catch::Contains(", $ends using 1:2:(sprintf('%.4g [%.4g, %.4g], %.4g', $1, $3, $4, $2)" + tail));
    CHECK_THAT(text, Catch::Contains("sprintf('say \u201dx\u201d: %.4g, %.4g [%.4g, %.4g]', $1, $2, $3, $4)"));
    CHECK_THAT(text, Catch::Contains(", $grid matrix using 1:2:(sprintf('%.4g, %.4g: %.4g', $1, $2, $3)"));
    CHECK_THAT(text,
               Catch::Contains("$means with lines, $means using 1:2:(sprintf('%.4g, %.4g', $1, $2)" + tail + "\n"));
    if (!pstar::has_gnuplot()) return;
    const Scratch folder;
    REQUIRE(!figure.write(folder / ".", "one"));
    const auto svg = read_bytes(folder / "one.svg");
    CHECK_THAT(svg, Catch::Contains("<g><title>a_b &lt;c> 5%: 1, 0.25 \u00b1 0.1</title>"));
    CHECK_THAT(svg, Catch::Contains("<title>0 [0.4, 0.6], 0.5</title>") && Catch::Contains("<title>1, 0: 2</title>"));
    CHECK_THAT(svg, !Catch::Contains("onmousemove") && !Catch::Contains("Gnuplot</title>") &&
                        !Catch::Contains("<title>gnuplot_plot"));
    CHECK_THAT(svg, Catch::Contains("@media (prefers-color-scheme: dark)"));
    // what the rules for dark surroundings name is what gnuplot writes
    for (const std::string value : {"fill=\"rgb(34,34,34)\"", "stroke='rgb( 68,  68,  68)'", "fill=\"#ffffff\""})
        CHECK_THAT(svg, Catch::Contains(value));
    CHECK_THAT(svg, Catch::Contains("[fill=\"rgb(34,34,34)\"]") && Catch::Contains("[stroke=\"rgb( 68,  68,  68)\"]"));
}

TEST_CASE("labels of cells do not collide, keys do not hide curves") {
    std::vector<double> many(21);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = 0.05 * static_cast<double>(i);
    const pstar::HeatMap map{many, {1, 2}, std::vector(21, std::vector<double>{0, 1}), "p", "q", "A"};
    const auto text = script(heat_map_figure(map));
    CHECK_THAT(text, Catch::Contains("xtics scale 0 ('0' 0, '0.1' 2, '0.2' 4"));
    CHECK_THAT(text, Catch::Contains("ytics scale 0 ('1' 0, '2' 1)"));
    CHECK_THAT(text, Catch::Contains("'%.4g, %.4g: %.4g', $4, $5, $3"));
}

TEST_CASE("a heat map has a cell for every pair, a histogram every finite value") {
    const pstar::HeatMap map{{0.1, 0.5}, {16, 64, 256}, {{1, 2, 3}, {4, std::nan(""), 6}}, "p", "width's", "A"};
    const auto text = script(heat_map_figure(map));
    CHECK_THAT(text, Catch::Contains("0 0 1 0.1 16\n0 1 2 0.1 64\n0 2 3 0.1 256\n1 0 4 0.5 16\n1 1 nan 0.5 64\n"));
    CHECK_THAT(text, Catch::Contains("'256' 2") && Catch::Contains("width\u2019s"));
    auto wrong = map;
    wrong.z[1].pop_back();
    CHECK_THROWS_WITH(heat_map_figure(wrong), Catch::Contains("size of a row of z (= 2)"));
    wrong.z.pop_back();
    CHECK_THROWS_WITH(heat_map_figure(wrong), Catch::Contains("z.size() (= 1)"));
    CHECK_THROWS_WITH(pstar::heat_map_figure(pstar::HeatMap{}), Catch::Contains("cells"));

    const pstar::HeatCells cells{.cells = {{0, 0.25, 1, 10, 0.9}, {0.25, 1, 1, 10, 0.1}},
                                 .y_tics = {3},
                                 .log_y = true,
                                 .x_label = "p",
                                 .y_label = "width",
                                 .z_label = "A"};
    const auto uneven = script(heat_map_figure(cells, "$line with lines"));
    CHECK_THAT(uneven, Catch::Contains("0.125 5.5 0 0.25 1 10 0.9\n0.625 5.5 0.25 1 1 10 0.1\n"));
    CHECK_THAT(uneven, Catch::Contains("set logscale y") && Catch::Contains("set xrange [0:1]") &&
                           Catch::Contains("set yrange [1:10]") && Catch::Contains("'3' 3") &&
                           Catch::Contains("notitle, $line with lines"));
    CHECK_THROWS_WITH(pstar::heat_map_figure(pstar::HeatCells{}), Catch::Contains("cells"));

    const std::vector<double> values{0, 1, 1, 2, 4, std::nan(""), std::numeric_limits<double>::infinity()};
    CHECK_THAT(script(pstar::histogram_figure(values, "x", 4)), Catch::Contains("0.5 1\n1.5 2\n2.5 1\n3.5 1\n"));
    CHECK_THAT(script(pstar::histogram_figure(std::vector<double>{3, 3}, "x", 2)), Catch::Contains("3.5 2\n"));
    CHECK_THROWS_WITH(pstar::histogram_figure(std::span(values).last(2), "x"), Catch::Contains("finite values"));
    CHECK_THROWS_WITH(pstar::histogram_figure(values, "x", 0), Catch::Contains("bins (= 0)"));
}

TEST_CASE("cells meet half way between what was measured") {
    using List = std::vector<double>;
    CHECK(pstar::cell_borders(List{0, 1, 3}) == List{-0.5, 0.5, 2, 4});
    const auto borders = pstar::cell_borders(List{1, 4, 64}, true);
    REQUIRE(borders.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(borders[i] == Approx(List{0.5, 2, 16, 256}[i]));
    CHECK_THROWS_WITH(pstar::cell_borders(List{1}), Catch::Contains("number of places"));
    CHECK_THROWS_WITH(pstar::cell_borders(List{1, 1}), Catch::Contains("larger than the one before"));
    CHECK_THROWS_WITH(pstar::cell_borders(List{0, 1}, true), Catch::Contains("positive"));
}

TEST_CASE("a map over strength and size: cells of every size, contour, knees, steepest places") {
    std::vector<pstar::FittedCurve> fits;
    for (const std::size_t width : {16, 64}) {
        pstar::AccuracyCurve curve{.run = {.width = width}, .classes = 10, .test_images = 1000};
        const pstar::SigmoidCurve planted{width == 16 ? 0.5 : 0.7, 0.05, 0.1, 0.9};
        for (int i = 0; i <= (width == 16 ? 10 : 20); ++i) {
            const double p = i / (width == 16 ? 10.0 : 20.0);
            curve.runs.strength.push_back(p);
            curve.runs.accuracy.push_back({planted(p - 0.01), planted(p), planted(p + 0.01)});
            curve.runs.seed.push_back({0, 1, 2});
        }
        fits.push_back(pstar::fit_curve(curve));
    }
    const auto maps = pstar::phase_maps(fits, pstar::RunSize::width);
    REQUIRE(maps.size() == 1);
    const auto figure = pstar::phase_figure(maps[0], "width", "p");
    const auto text = script(figure);
    CHECK_THAT(text, Catch::Contains("set logscale y") && Catch::Contains("'64' 64") && Catch::Contains("$contour") &&
                         Catch::Contains("accuracy on clean test images"));
    // A first cell from 0 to half of 0.05, between the geometric middles 32 and 128.
    CHECK_THAT(text, Catch::Contains(" 0 0.025 32 128 "));
    CHECK_THAT(text, Catch::Contains(" 0 0.05 8 32 "));
    const Scratch folder;
    if (const auto problem = figure.write(folder / ".", "map"); pstar::has_gnuplot()) CHECK(!problem);

    auto depths = maps[0];
    depths.size = pstar::RunSize::depth;  // both are 2: no cell has a border
    CHECK_THROWS_AS(pstar::phase_figure(depths, "depth"), std::invalid_argument);
    depths.curves.pop_back();
    CHECK_THROWS_WITH(pstar::phase_figure(depths, "depth"), Catch::Contains("number of sizes (= 1)"));
}

TEST_CASE("images stand in rows") {
    const std::vector<pstar::ImageRow> rows{{"a_b", {{0, 1}, {0.5F, 0}}}, {"c", {{1, 1}}}};
    const auto text = script(image_grid(rows, 1, 2));
    CHECK_THAT(text, Catch::Contains("0 1 nan nan 0.5 0\n"));
    CHECK_THAT(text, Catch::Contains("'a\\_b'"));
    const std::vector<pstar::ImageRow> wider{{"one", {{0, 1}}}, {"none", {}}, {"two", {{0, 1}, {0.5F, 0}}}};
    CHECK_THAT(script(image_grid(wider, 1, 2)), Catch::Contains("0 1 nan nan nan nan\n"));
    CHECK_THROWS_WITH(image_grid(rows, 2, 2), Catch::Contains("pixels of a picture (= 2)"));
    CHECK_THROWS_WITH(pstar::image_grid({}, 1, 1), Catch::Contains("number of pictures"));
    pstar::Dataset colours{.images = pstar::Tensor<std::uint8_t, 4>::from_shape({2, 3, 1, 2}),
                           .labels = pstar::Tensor<pstar::Label, 1>::from_shape({2})};
    for (std::size_t k = 0; k < 6; ++k) colours.image(1)[k] = static_cast<std::uint8_t>(51 * k);  // red, green, blue
    const auto picture = pstar::picture_of(colours, 1);
    REQUIRE(picture.size() == 2);
    CHECK(picture[0] == Approx(0.4));  // 0, 0.4, 0.8
    CHECK(picture[1] == Approx(0.6));
    CHECK_THROWS_AS(pstar::picture_of(colours, 2), std::invalid_argument);
    CHECK(pstar::some_of(std::vector<double>{0, 1, 2, 3, 4}, 3) == std::vector<double>{0, 2, 4});
    CHECK(pstar::some_of(std::vector<double>{0, 1}, 3) == std::vector<double>{0, 1});
    CHECK(pstar::some_of(std::vector<double>{0, 1}, 1) == std::vector<double>{0});
}

TEST_CASE("the curves of a sweep become figures and a table") {
    const pstar::Experiment experiment{.data = pstar::synthetic_digits({.train = 300, .test = 100}),
                                       .settings = {.epochs = 1, .seed = pstar::Seed{1}}};
    const auto results = pstar::run(
        experiment, pstar::ExperimentGrid{.strengths = {0, 0.5, 1}, .widths = {4, 8}, .depths = {1}, .repeats = 2});
    const auto curves = pstar::fit_curves(results);
    const auto named = pstar::named_curves(curves);
    REQUIRE(named.size() == 4);
    CHECK(named[0].name == "mlp, width 4");
    const auto text = script(pstar::accuracy_figure(named, "sigma"));
    CHECK_THAT(text, Catch::Contains("$points_0_0") && Catch::Contains("$points_1_1") && Catch::Contains("sigma"));
    CHECK_THAT(text, Catch::Contains("tested on clean images") && Catch::Contains("tested on corrupted images"));
    CHECK_THAT(script(pstar::spread_figure(named)), Catch::Contains("$spread_1_1"));
    const auto rows = pstar::fits_rows(named);
    REQUIRE(rows.size() == 4);
    for (const auto& row : rows) CHECK(row.size() == pstar::fits_header().size());
    CHECK(rows[0][1] == "clean");
    CHECK(rows[3][0] == "mlp, width 8");
    CHECK_THROWS_WITH(pstar::accuracy_figure({}), Catch::Contains("curves with points"));
    const Scratch folder;
    auto renamed = named;
    renamed[0].name = "100% a_b & [c]";
    pstar::write_fits_tex(folder / "fits.tex", renamed);
    const auto table = read_bytes(folder / "fits.tex");
    CHECK_THAT(table, Catch::Contains("\\begin{tabular}{llllrrrr}") && Catch::Contains("$p^*$ & slope"));
    CHECK_THAT(table, Catch::Contains("100\\% a\\_b \\& {[}c{]} & clean & "));
    CHECK(std::ranges::count(table, '\n') == 1 + 1 + 3 + 1 + 4 + 1);
    CHECK_THAT(script(pstar::corruption_strip(experiment.data.test, experiment.corruptions.at("replacement"),
                                              std::vector<double>{0, 1})),
               Catch::Contains("'p = 1'"));
}

}  // namespace report_test
