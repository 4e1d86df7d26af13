// The study phase_diagram: accuracy over two axes, strengths inserted where it falls.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/report/figure.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace phase_diagram_test {

using namespace study_test;

namespace {

const std::string map_program = STUDY_PHASE_PROGRAM;
const std::string small =
    " --train 300 --test 200 --epochs 4 --batch-size 16 --learning-rate 0.005 --repeats 2 --width 4,16 --evaluate "
    "corrupted --strength 0:1:0.25 --resolution 0.0625 --accuracy-step 0.1 ";

Ended map_study(const std::string& flags) {
    return shell(map_program + " " + flags);
}
/// As if there were no gnuplot.
Ended plain_map(const std::string& flags) {
    return shell("PATH=/nowhere " + map_program + " " + flags);
}

}  // namespace

TEST_CASE("a map is fine where accuracy falls and coarse elsewhere, with tables and figures") {
    const Folder folder;
    const auto out = folder / "out";
    const auto ended = map_study(small + "--out " + out);
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("the midpoint p*") && Catch::Contains("the steepest slope") &&
                                 Catch::Contains("of the 68 runs of the full grid"));
    const auto phase = pstar::read_csv(out + "/phase.csv");
    const auto size = phase.numbers("size"), p = phase.numbers("p"), mean = phase.numbers("mean_test_accuracy"),
               low = phase.numbers("test_accuracy_low"), high = phase.numbers("test_accuracy_high"),
               repeats = phase.numbers("repeats");
    CHECK(phase.column("axis") == std::vector<std::string>(phase.rows.size(), "width"));
    CHECK(phase.column("evaluation") == std::vector<std::string>(phase.rows.size(), "corrupted"));
    std::map<double, std::map<double, double>> rows;
    for (std::size_t i = 0; i < p.size(); ++i) {
        rows[size[i]][p[i]] = mean[i];
        CHECK(repeats[i] == 2);
        CHECK((low[i] <= mean[i] && mean[i] <= high[i]));
    }
    CHECK(rows.size() == 2);
    std::size_t strengths = 0;
    for (const auto& [width, row] : rows) {
        strengths += row.size();
        CHECK(row.size() > 5);
        CHECK(row.size() < 17);
        for (auto right = std::next(row.begin()), left = row.begin(); right != row.end(); ++left, ++right) {
            CHECK((right->first - left->first <= 0.0625 || std::abs(right->second - left->second) <= 0.1));
        }
    }
    CHECK(lines(out + "/runs.csv").size() == 1 + 2 * strengths);
    CHECK(pstar::read_csv(out + "/fits.csv").rows.size() == 2);
    const auto settings = pstar::read_json(out + "/config.json").at("settings");
    CHECK(settings.at("size") == "width");
    CHECK(settings.at("resolution") == 0.0625);
    CHECK(settings.at("strength").size() == 5);
    CHECK(!settings.contains("until_interval"));
    const auto report = contents(out + "/report.html");
    CHECK_THAT(report, Catch::Contains("Accuracy over p and width") && Catch::Contains("How the runs were chosen"));
    CHECK(fs::exists(out + "/phase_relu_corrupted.gnuplot"));
    if (pstar::has_gnuplot()) CHECK(fs::exists(out + "/phase_relu_corrupted.png"));
}

TEST_CASE("a map ends with the same runs after a kill, with any number of threads, and grows") {
    const Folder folder;
    REQUIRE(plain_map(small + "--threads 1 --out " + folder / "one").code == 0);
    REQUIRE(plain_map(small + "--threads 2 --out " + folder / "two").code == 0);
    check_same(folder / "one", folder / "two");
    CHECK(contents(folder / "one/phase.csv") == contents(folder / "two/phase.csv"));
    const auto journal = lines(folder / "one/journal.jsonl");
    for (const std::size_t kept : {5UL, journal.size() - 3}) {  // killed in the first round, in a later one
        const auto resumed = folder / ("resumed" + std::to_string(kept));
        begin_with(resumed, journal, kept);
        REQUIRE(plain_map(small + "--out " + resumed).code == 0);
        check_same(folder / "one", resumed);
        CHECK(contents(folder / "one/phase.csv") == contents(resumed + "/phase.csv"));
    }
    // The same command without its flags goes on with the map that is there.
    const std::string base =
        " --train 300 --test 200 --epochs 4 --batch-size 16 --learning-rate 0.005 --evaluate corrupted ";
    REQUIRE(plain_map(base + "--out " + folder / "one").code == 0);
    check_same(folder / "one", folder / "two");
    // A finer one keeps its runs; a coarser one again leaves the others out.
    REQUIRE(plain_map(base + "--resolution 0.03125 --out " + folder / "two").code == 0);
    const auto finer = lines(folder / "two/journal.jsonl");
    CHECK(finer.size() > journal.size());
    CHECK(std::ranges::all_of(journal, [&](const auto& line) { return std::ranges::count(finer, line) == 1; }));
    REQUIRE(plain_map(base + "--resolution 0.0625 --out " + folder / "two").code == 0);
    CHECK(timeless_runs(folder / "two/runs.csv") == timeless_runs(folder / "one/runs.csv"));
    CHECK(contents(folder / "two/phase.csv") == contents(folder / "one/phase.csv"));
}

TEST_CASE("The flag --size names the axis; its sizes are usual ones unless they are given") {
    const Folder folder;
    const std::string tiny_map =
        " --test 50 --train 100 --epochs 1 --repeats 1 --strength 0,1 --resolution 1 --evaluate corrupted ";
    const struct {
        std::string size, flags, expected;
    } axes[] = {{"depth", "", "1 2 3 4 5 "},
                {"n_train_samples", "--n-train-samples 50,100 ", "50 100 "},
                {"batch_size", "", "16 32 64 128 256 "},
                {"samples_per_class", "--samples-per-class 2,4,8 --n-pool 500 ", "2 4 8 "},
                {"clean_fraction", "", "0 0.01 0.03 0.1 "},
                {"label_noise", "--label-noise 0,0.5 ", "0 0.5 "}};
    for (const auto& [size, flags, expected] : axes) {
        const auto out = folder / size;
        // of samples per class the number of images is no flag
        auto common = tiny_map;
        if (size == "samples_per_class" || size == "n_train_samples") common.erase(common.find("--train 100 "), 12);
        const auto ended = plain_map(common + flags + "--size " + size + " --out " + out);
        INFO(size << ": " << ended.output);
        REQUIRE(ended.code == 0);
        const auto phase = pstar::read_csv(out + "/phase.csv");
        std::string sizes;
        const auto column = phase.numbers("size");
        for (const double value : std::set<double>(column.begin(), column.end())) sizes += std::to_string(value);
        std::string wanted;
        for (auto rest = expected; !rest.empty(); rest.erase(0, rest.find(' ') + 1))
            wanted += std::to_string(std::stod(rest));
        CHECK(sizes == wanted);
        CHECK(pstar::read_csv(out + "/runs.csv").numbers("mlp_width") ==
              std::vector<double>(lines(out + "/runs.csv").size() - 1, 64));
    }
}

TEST_CASE("a dry run of a map says how many runs it begins with, and how many there may be") {
    const Folder folder;
    const auto ended = map_study(small + "--dry-run --out " + folder / "out");
    CHECK(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("20 to 68 in all"));
}

TEST_CASE("maps that cannot be are refused in one line") {
    const Folder folder;
    const auto refused = [&](const std::string& flags, const std::string& why) {
        const auto ended = map_study("--train 100 --test 50 " + flags + " --out " + folder / "out");
        INFO(flags << ": " << ended.output);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.output, Catch::Contains(why));
        CHECK(std::count(ended.output.begin(), ended.output.end(), '\n') == 1);
    };
    refused("--size depth --depth 2", "name at least two with --depth");
    refused("--width 16", "16 is the only value");
    refused("--size length", "must be one of");
    refused("--size samples_per_class", "leave out --n-train-samples");
    refused("--model-type ntk --width 0,16", "has no place on an axis");
    refused("--strength 0.5", "at least two");
    refused("--resolution 0", "must be positive");
    refused("--resolution 1e-9", "more than 10000 strengths");
    refused("--accuracy-step 1", "must lie in [0, 1)");
    refused("--repeats 3:9", "takes one number");
    refused("--shard 1/2", "leave it out");
    refused("--until-interval p_star:0.1", "--until-interval");
}

}  // namespace phase_diagram_test
