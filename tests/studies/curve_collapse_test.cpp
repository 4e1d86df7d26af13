// The study curve_collapse from outside: any CSV in, three answers out.
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "catch.hpp"
#include "common/cli/text.hpp"
#include "program.hpp"

namespace curve_collapse_test {

using namespace study_test;

namespace {

Ended collapse(const std::string& flags) {
    return shell("PATH=/nowhere " STUDY_COLLAPSE_PROGRAM " " + flags);
}

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// A table of runs that do collapse: A = f(L^(1/nu) (p - p_c)) with p_c = .55, nu = 2, of 500 test images; each size
/// has its own strengths.
std::string planted_runs() {
    pstar::RandomSequence random({pstar::Seed{8}, pstar::Stream::user});
    std::string text = "layer,kind,noise level,width,repeat,hits\n";
    for (const int width : {16, 64, 256})
        for (int repeat = 0; repeat < 4; ++repeat)
            for (int i = 0; i <= 14; ++i) {
                const double p = 0.1 + 0.06 * i + 0.001 * width / 16;
                const pstar::SigmoidCurve curve{0.55, 0.4 / std::sqrt(width), 0.1, 0.95};
                int hits = 0;
                for (int m = 0; m < 500; ++m) hits += random.uniform() < curve(p) ? 1 : 0;
                text += "1,mlp," + std::to_string(p) + "," + std::to_string(width) + "," + std::to_string(repeat) +
                        "," + std::to_string(hits / 500.0) + "\n";
            }
    return text;
}

const std::string columns = " --size width --strength 'noise level' --accuracy hits ";

}  // namespace

TEST_CASE("A planted collapse is found in another program's table of runs") {
    const Folder folder;
    write(folder / "runs.csv", planted_runs());
    const auto ended = collapse(folder / "runs.csv" + columns + "--test-images 500 --lower 0.1 --bootstrap 200 --out " +
                                folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto fits = pstar::read_csv(folder / "out/fits.csv");
    CHECK(fits.numbers("size") == std::vector<double>{16, 64, 256});
    CHECK(fits.column("intervals") == std::vector<std::string>(3, "seeds"));
    const auto p = fits.numbers("p_star"), low = fits.numbers("p_star_low"), high = fits.numbers("p_star_high");
    const auto slope = fits.numbers("slope");
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(p[k] == Approx(0.55).margin(0.02));
        CHECK((low[k] < p[k] && p[k] < high[k]));
        CHECK(slope[k] == Approx(0.85 / 4 / 0.4 * std::sqrt(fits.numbers("size")[k])).epsilon(0.15));
    }
    const auto table = pstar::read_csv(folder / "out/collapse.csv");
    // in other such tables the 95% intervals have half-widths of .07 to .17 and .003 to .007: three of the widest
    CHECK(table.numbers("nu")[0] == Approx(2).margin(0.5));
    CHECK(table.numbers("nu_high")[0] - table.numbers("nu_low")[0] < 0.6);
    CHECK(table.numbers("p_c")[0] == Approx(0.55).margin(0.02));
    CHECK(table.column("status")[0] == "ok");
    CHECK(table.column("sharpening")[0] == "rises");
    CHECK(table.numbers("sharpening_exponent")[0] == Approx(0.5).margin(0.1));
    CHECK(table.numbers("overlapping")[0] > 25);
    CHECK(ended.output.find("Sharpening: the slope rises") != std::string::npos);
    for (const char* name : {"out/report.html", "out/config.json", "out/proxies.csv"}) CHECK(fs::exists(folder / name));
}

TEST_CASE("Precise means in windows that narrow with the size: the planted exponents, no others") {
    const Folder folder;
    pstar::RandomSequence random({pstar::Seed{9}, pstar::Stream::user});
    pstar::CsvWriter csv(folder / "means.csv", {"L", "k", "R", "e"});
    const double first[] = {0.4, 0.42, 0.43}, last[] = {0.46, 0.45, 0.445};
    for (int l = 0; l < 3; ++l)
        for (int i = 0; i < 29; ++i) {
            const double k = first[l] + (last[l] - first[l]) * i / 28, z = (k - 0.4407) * (64 << l);
            const double y = 0.999 / (1 + std::exp(-2.2 * (z + 0.55))), e = 0.0001 + 0.012 * y * (1 - y);
            csv.row(64 << l, k, std::min(1.0, y + e * random.normal()), e);
        }
    csv.commit();
    const auto ended = collapse(
        folder / "means.csv" + " --size L --strength k --accuracy R --error e --bootstrap 100 --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto table = pstar::read_csv(folder / "out/collapse.csv");
    CHECK(table.column("status")[0] == "ok");
    CHECK(table.numbers("p_c")[0] == Approx(0.4407).margin(5e-5));  // five errors
    CHECK(table.numbers("nu")[0] == Approx(1).margin(0.006));
}

TEST_CASE("A susceptibility, larger than 1, collapses with its height") {
    const Folder folder;
    pstar::RandomSequence random({pstar::Seed{10}, pstar::Stream::user});
    pstar::CsvWriter csv(folder / "chi.csv", {"L", "k", "chi", "e"});
    for (const int size : {16, 32, 64})
        for (int i = 0; i <= 20; ++i) {
            const double x = -3 + 0.3 * i, chi = std::pow(size, 1.75) * std::exp(-(x - 0.5) * (x - 0.5) / 4);
            csv.row(size, -0.6 + x / size, chi * (1 + 0.02 * random.normal()), 0.02 * chi);  // negative strengths
        }
    csv.commit();
    const auto run = [&](const std::string& flags, const std::string& out = "other") {
        return collapse(folder / "chi.csv" + " --size L --strength k --accuracy chi --error e --bootstrap 100 --out " +
                        folder / out + flags);
    };
    const auto ended = run(" --any-value --zeta free --negative-nu --p-c-beyond 0.5", "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto table = pstar::read_csv(folder / "out/collapse.csv");
    CHECK(table.column("status")[0] == "ok");
    CHECK(table.numbers("p_c")[0] == Approx(-0.6).margin(0.005));
    CHECK(table.numbers("nu")[0] == Approx(1).margin(0.03));
    CHECK(table.numbers("zeta")[0] == Approx(1.75).margin(0.05));
    CHECK(ended.output.find("zeta = 1.7") != std::string::npos);
    CHECK(run("").output.find("must lie in [0, 1]") != std::string::npos);
    CHECK(run(" --any-value --test-images 9").output.find("not with --any-value") != std::string::npos);
}

TEST_CASE("A correction to scaling is fitted where one is asked for or needed") {
    const Folder folder;
    pstar::RandomSequence random({pstar::Seed{11}, pstar::Stream::user});
    pstar::CsvWriter csv(folder / "means.csv", {"set", "L", "p", "A", "e"});
    for (const std::string set : {"corrected", "plain"})
        for (int size = 32; size <= 512; size *= 2)
            for (int i = 0; i <= 20; ++i) {
                const double p = 0.05 * i, height = set == "plain" ? 1 : 1 + 6.4 / size;
                const pstar::SigmoidCurve curve{0.6, 0.05 * std::pow(size / 128.0, -1 / 1.5), 0.1, 0.8};
                csv.row(set, size, p, height * curve(p) + 0.005 * random.normal(), 0.005);
            }
    csv.commit();
    const auto run = [&](const std::string& flags, const std::string& out) {
        return collapse(folder / "means.csv" +
                        " --size L --strength p --accuracy A --error e --group set --bootstrap 100" + flags +
                        " --out " + folder / out);
    };
    const auto chosen = run(" --correction automatic", "chosen");
    INFO(chosen.output);
    REQUIRE(chosen.code == 0);
    const auto table = pstar::read_csv(folder / "chosen/collapse.csv");
    CHECK(table.column("correction") == std::vector<std::string>{"fitted", "none"});
    CHECK(table.column("status") == std::vector<std::string>{"ok", "ok"});
    // errors by the curvature at error .005: .04 and .8
    CHECK(table.numbers("correction_omega")[0] == Approx(1).margin(0.2));
    CHECK(table.numbers("correction_b")[0] == Approx(6.4).margin(4));
    CHECK(table.numbers("correction_b_low")[0] > 0);
    CHECK(std::isnan(table.numbers("correction_omega")[1]));
    CHECK(table.numbers("correction_log_evidence")[0] > 100);
    CHECK(table.numbers("correction_log_evidence")[1] < 0);
    CHECK(chosen.output.find("corrected: A correction to scaling is needed") != std::string::npos);
    CHECK(chosen.output.find("plain: No correction to scaling is needed") != std::string::npos);
    // without one the first group does not collapse
    REQUIRE(run("", "none").code == 0);
    CHECK(pstar::read_csv(folder / "none/collapse.csv").column("status") == std::vector<std::string>{"misfit", "ok"});
    CHECK(run(" --where L=64 --correction fitted", "few").output.find("number of sizes (= 1)") != std::string::npos);
    CHECK(run(" --correction any", "word").output.find("--correction") != std::string::npos);
}

TEST_CASE("Two sizes at once: an exponent for each") {
    const Folder folder;
    pstar::RandomSequence random({pstar::Seed{12}, pstar::Stream::user});
    pstar::CsvWriter csv(folder / "means.csv", {"width", "images", "p", "A", "e"});
    for (const int width : {32, 64, 128})
        for (const int images : {1000, 4000})
            for (int i = 0; i <= 20; ++i) {
                const double p = 0.05 * i;
                const double stretch = std::pow(width / 64.0, 1 / 1.5) * std::pow(images / 2000.0, 1 / 3.0);
                const pstar::SigmoidCurve curve{0.6, 0.05 / stretch, 0.1, 0.9};
                csv.row(width, images, p, curve(p) + 0.005 * random.normal(), 0.005);
            }
    csv.commit();
    const auto run = [&](const std::string& flags, const std::string& out) {
        return collapse(folder / "means.csv" + " --strength p --accuracy A --error e --bootstrap 100" + flags +
                        " --out " + folder / out);
    };
    const auto ended = run(" --size width,images", "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto table = pstar::read_csv(folder / "out/collapse.csv"), fits = pstar::read_csv(folder / "out/fits.csv");
    CHECK(table.column("status")[0] == "ok");
    // errors by the curvature at error .005: .0015, .04, .15
    CHECK(table.numbers("p_c")[0] == Approx(0.6).margin(0.006));
    CHECK(table.numbers("nu")[0] == Approx(1.5).margin(0.16));
    CHECK(table.numbers("nu_2")[0] == Approx(3).margin(0.6));
    CHECK((table.numbers("nu_2_low")[0] < 3.6 && table.numbers("nu_2_high")[0] > 2.4));
    CHECK(fits.numbers("size") == std::vector<double>{32, 32, 64, 64, 128, 128});
    CHECK(fits.numbers("size_2") == std::vector<double>{1000, 4000, 1000, 4000, 1000, 4000});
    CHECK(ended.output.find("for width and ") != std::string::npos);
    CHECK(ended.output.find(" for images; S = ") != std::string::npos);
    CHECK(ended.output.find("Shift") == std::string::npos);  // p* may move with both
    CHECK(run(" --size width,width", "twice").output.find("name different columns") != std::string::npos);
    REQUIRE(run(" --size width,images --nu free,3", "known").code == 0);
    const auto known = pstar::read_csv(folder / "known/collapse.csv");
    CHECK((known.numbers("nu_2_low")[0] == 3 && known.numbers("nu_2_high")[0] == 3));
    CHECK(known.numbers("nu")[0] == Approx(1.5).margin(0.16));
    CHECK(run(" --size width,images --nu 1.5,3,2", "nus").output.find("--nu: names 3 exponents") != std::string::npos);
    CHECK(run(" --size width,images --nu 1.5,x", "word").output.find("--nu") != std::string::npos);
    CHECK(run(" --size width,images --omega 1", "omega").output.find("--omega: add --correction") != std::string::npos);
    CHECK(run(" --size width,images --omega 5 --correction fitted", "large").output.find("--omega") != std::string::npos);
    CHECK(run(" --size width,images --where width=32", "one").output.find("number of curves (= 2)") !=
          std::string::npos);
}

TEST_CASE("Means with errors, rows to keep and groups apart") {
    const Folder folder;
    std::string text = "set,model,L,p,A,se,n\n";
    for (const std::string set : {"a", "b"})
        for (const int size : {10, 100})
            for (int i = 0; i <= 10; ++i) {
                const pstar::SigmoidCurve curve{set == "a" ? 0.4 : 0.7, 0.05, 0, 1};
                text += set + ",mlp," + std::to_string(size) + "," + std::to_string(0.1 * i) + "," +
                        std::to_string(curve(0.1 * i)) + ",0.004,5\n" + set + ",cnn," + std::to_string(size) + "," +
                        std::to_string(0.1 * i) + ",0.5,0.004,5\n";
            }
    write(folder / "means.csv", text);
    const auto ended = collapse(folder / "means.csv" +
                                " --size L --strength p --accuracy A --error se --repeats n --group set --where "
                                "model=mlp --bootstrap 100 --out " +
                                folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto fits = pstar::read_csv(folder / "out/fits.csv");
    CHECK(fits.column("group") == std::vector<std::string>{"a", "a", "b", "b"});
    CHECK(fits.numbers("p_star")[0] == Approx(0.4).margin(1e-3));
    CHECK(fits.numbers("p_star")[3] == Approx(0.7).margin(1e-3));
    CHECK(fits.numbers("most_runs") == std::vector<double>(4, 5));
    // both sizes are one curve: no trend, and no exponent
    const auto table = pstar::read_csv(folder / "out/collapse.csv");
    CHECK(table.column("shift") == std::vector<std::string>(2, "undecided"));
    CHECK(table.column("sharpening") == std::vector<std::string>(2, "undecided"));
}

TEST_CASE("Names of columns and groups are shown in figures, never executed") {
    if (shell("command -v gnuplot").code != 0) {
        WARN("skipped: gnuplot is not installed");
        return;
    }
    using study::quoted;  // for a shell
    for (const std::string name :
         {"L'; system('touch pwned'); #", "don't", "a`touch pwned`b", "x\nsystem('touch pwned')\n",
          "\"; system(\"touch pwned\")", "{/:Bold a}_b^c@d&e~f\\g", "<script>&amp;", "two  words", "'", "''",
          "$(touch pwned)"}) {
        const Folder folder;
        pstar::CsvWriter csv(folder / "t.csv", {name + " size", name + " p", name + " A", "set", "se"});
        for (const std::string set : {"a b", "a_b"})
            for (const int size : {10, 100})
                for (int i = 0; i <= 10; ++i) {
                    const pstar::SigmoidCurve curve{set == "a b" ? 0.4 : 0.7, 0.5 / size, 0, 1};
                    csv.row(size, 0.1 * i, curve(0.1 * i), set, 0.004);
                }
        csv.commit();
        const auto ended =
            shell("cd " + quoted(folder / "") + " && " STUDY_COLLAPSE_PROGRAM " t.csv --size " +
                  quoted(name + " size") + " --strength " + quoted(name + " p") + " --accuracy " + quoted(name + " A") +
                  " --error se --group set --bootstrap 100 --out " + quoted("it's out"));
        INFO(name << "\n" << ended.output);
        CHECK(ended.code == 0);
        std::size_t pictures = 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder / "")) {
            CHECK(entry.path().filename() != "pwned");
            pictures += entry.path().extension() == ".svg";
        }
        CHECK(pictures >= 4);  // two groups whose names are the same letters in a file's name, two figures at least
        CHECK(pictures % 2 == 0);
    }
}

TEST_CASE("A bad table is refused by file, line and column") {
    const Folder folder;
    const auto refusal = [&](const std::string& text, const std::string& more = "") {
        write(folder / "t.csv", text);
        const auto ended =
            collapse(folder / "t.csv" + " --size L --strength p --accuracy A --out " + folder / "out" + more);
        CHECK(ended.code == 2);
        CHECK(std::count(ended.output.begin(), ended.output.end(), '\n') == 1);
        CHECK_FALSE(fs::exists(folder / "out"));
        return ended.output;
    };
    using Catch::Contains;
    CHECK_THAT(refusal("L,p,A\n1,0,0.5\n1,x,0.5\n"),
               Contains("t.csv', line 3, column 'p'") && Contains("expected a number"));
    CHECK_THAT(refusal("L,p,A\n1,0,97.3\n"), Contains("line 2, column 'A': 97.3 must lie in [0, 1]"));
    CHECK_THAT(refusal("L,p,A\n0,0,0.5\n"), Contains("line 2, column 'L': 0 must be positive"));
    CHECK_THAT(refusal("L,q,A\n1,0,0.5\n"), Contains("no column 'p'; it has 'L' 'q' 'A'"));
    CHECK_THAT(refusal("L,p,A\n1,0\n"), Contains("line 2: 2 cells, expected 3"));
    CHECK_THAT(refusal("L,p,A\n1,0,0.5\n", " --where p=7"),
               Contains("no row with an accuracy") && Contains("check the conditions on the rows"));
    CHECK_THAT(refusal("L,p,A,e\n1,0,0.5,0.1\n1,0,0.5,0.1\n", " --error e"),
               Contains("line 3: size 1 and strength 0 occurred before") && Contains("line 2"));
    CHECK_THAT(refusal("L,p,A,seed\n1,0,0.5,7\n1,0,0.6,8\n1,0,0.5,7\n"),
               Contains("line 4: size 1, strength 0 and seed '7' occurred before") && Contains("line 2"));
    CHECK_THAT(refusal("L,p,A,e\n1,0,0.5,-1\n", " --error e"), Contains("column 'e': -1 must be a standard error"));
    CHECK_THAT(refusal("", ""), Contains("expected a header line"));
    CHECK_THAT(refusal("L,p,A\n1,0,0.5\n", " --nu 0"), Contains("--nu: must not be 0"));
}

TEST_CASE("Too few data are reported, not fitted") {
    const Folder folder;
    write(folder / "one.csv", "L,p,A\n8,0,0.9\n8,0.5,0.8\n8,1,0.1\n");
    const auto ended =
        collapse(folder / "one.csv" + " --size L --strength p --accuracy A --bootstrap 100 --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK(pstar::read_csv(folder / "out/fits.csv").column("status")[0] == "too_few_points");
    CHECK(ended.output.find("Shift: undecided") != std::string::npos);
    CHECK(ended.output.find("Collapse: undecided") != std::string::npos);
}

}  // namespace curve_collapse_test
