// The study program from outside: what it writes, what it refuses, and that its numbers repeat.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace study_test {

using namespace study_test;

TEST_CASE("a small study writes its tables, figures and report") {
    const Folder folder;
    const auto ended = study(tiny + "--out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("Report: " + folder / "out/report.html"));

    const auto runs = pstar::read_csv(folder / "out/runs.csv");
    CHECK(runs.header == std::vector<std::string>{"activation",
                                                  "model_type",
                                                  "corruption_mode",
                                                  "p",
                                                  "sigma",
                                                  "mlp_width",
                                                  "depth",
                                                  "n_train_samples",
                                                  "seed",
                                                  "train_loss",
                                                  "test_loss",
                                                  "test_accuracy",
                                                  "test_accuracy_corrupted",
                                                  "test_loss_corrupted",
                                                  "batch_size",
                                                  "status",
                                                  "width",
                                                  "cnn_channels",
                                                  "rbm_components",
                                                  "strength",
                                                  "repeat",
                                                  "samples_per_class",
                                                  "clean_fraction",
                                                  "clean_per_class",
                                                  "clean_only",
                                                  "label_noise",
                                                  "seconds"});
    CHECK(runs.numbers("mlp_width") == std::vector<double>{4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8});
    CHECK(runs.numbers("p") == std::vector<double>{0, 0, 0.5, 0.5, 1, 1, 0, 0, 0.5, 0.5, 1, 1});
    const auto clean = runs.numbers("test_accuracy"), corrupted = runs.numbers("test_accuracy_corrupted");
    CHECK(clean[0] == corrupted[0]);  // p = 0 changes nothing

    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    const std::vector<std::string> known{"activation",
                                         "model_type",
                                         "corruption_mode",
                                         "p",
                                         "sigma",
                                         "mlp_width",
                                         "n_train_samples",
                                         "repeats",
                                         "mean_test_accuracy",
                                         "std_test_accuracy",
                                         "stderr_test_accuracy",
                                         "mean_test_loss",
                                         "std_test_loss",
                                         "stderr_test_loss"};
    REQUIRE(summary.header.size() > known.size());
    CHECK(std::vector(summary.header.begin(), summary.header.begin() + static_cast<std::ptrdiff_t>(known.size())) ==
          known);
    CHECK(summary.rows.size() == 6);
    CHECK(summary.numbers("mean_test_accuracy")[0] == Approx((clean[0] + clean[1]) / 2).epsilon(1e-12));

    CHECK(pstar::read_csv(folder / "out/fits.csv").rows.size() == 4);  // 2 widths, clean and corrupted
    const auto config = pstar::read_json(folder / "out/config.json");
    CHECK(config.at("state") == "complete");
    CHECK(config.at("settings").at("width") == nlohmann::json::array({4, 8}));
    const auto report = contents(folder / "out/report.html");
    CHECK_THAT(report, Catch::Contains("accuracy_vs_corruption --data synthetic --n-train-samples 200"));
    for (const char* outside : {"src=\"http", "href=\"http", "href=\"/", "<script", "url(http"})
        CHECK(report.find(outside) == report.npos);
    std::size_t links = 0;
    const std::string link = "<a href=\"";
    for (auto at = report.find(link); at != report.npos; at = report.find(link, at + 1), ++links) {
        const auto file = report.substr(at + link.size(), report.find('"', at + link.size()) - at - link.size());
        CHECK(fs::exists(folder / ("out/" + file)));
    }
    CHECK(links >= 5);  // runs.csv, summary.csv, fits.csv, fits.tex, config.json
    CHECK_THAT(contents(folder / "out/fits.tex"), Catch::Contains("\\begin{tabular}") && Catch::Contains("$p^*$"));
}

TEST_CASE("the same command gives the same runs, with any number of threads") {
    const Folder folder;
    REQUIRE(study(tiny + "--threads 1 --out " + folder / "one").code == 0);
    REQUIRE(study(tiny + "--threads 2 --out " + folder / "two").code == 0);
    REQUIRE(study(tiny + "--threads 4 --out " + folder / "four").code == 0);
    REQUIRE(study(tiny + "--executor serial --out " + folder / "serial").code == 0);
    const auto first = timeless_runs(folder / "one/runs.csv");
    REQUIRE(first.size() == 13);
    for (const char* other : {"two", "four", "serial"}) check_same(folder / "one", folder / other);
    // A run does not depend on which others there are: width 8 alone has the rows it had beside width 4.
    REQUIRE(study("--train 200 --test 100 --width 8 --strength 0.5 --epochs 1 --repeats 2 --out " + folder / "alone")
                .code == 0);
    const auto alone = timeless_runs(folder / "alone/runs.csv");
    CHECK(alone == std::vector<std::string>{first[0], first[9], first[10]});
}

TEST_CASE("mistakes are answered in one line with code 2") {
    const Folder folder;
    std::ofstream(folder / "file") << "not a folder";
    const auto out = " --out " + folder / "out";
    const std::vector<std::pair<std::string, std::string>> mistakes{
        {"--widht 4" + out, "--widht"},
        {"--width four" + out, "--width"},
        {"--width 0" + out, "--width"},
        {"--width 4,4" + out, "twice"},
        {"--epochs -1" + out, "at least 1"},
        {"--seed -1" + out, "--seed"},
        {"--channel blur" + out, "replacement"},
        {"--activation relu,swish" + out, "swish"},
        {"--strength 0:1" + out, "first:last:step"},
        {"--strength 0,1.5" + out, "[0, 1]"},
        {"--threads 0" + out, "--threads"},
        {"--executor serial --threads 2" + out, "one at a time"},
        {"--executor cluster" + out, "mpi"},
        {"--repeats 0" + out, "at least 1 seed"},
        {"--repeats many" + out, "10:100"},
        {"--repeats 10:5 --until-stderr 1e-3" + out, "below the smallest"},
        {"--repeats 1:5 --until-stderr 1e-3" + out, "standard error"},
        {"--repeats 10:100" + out, "add --until-stderr"},
        {"--until-stderr 1e-3" + out, "--repeats 3:30"},
        {"--shard 3/2" + out, "only 2 parts"},
        {"--shard 0/0" + out, "at least 1 part"},
        {"--shard two" + out, "3/8"},
        {"--shard 1/2 --merge" + out, "leave out --shard"},
        {"--merge --dry-run" + out, "leave out --dry-run"},
        {"--merge" + out, "no journal"},
        {"--merge " + folder / "nowhere" + out, "there is no"},
        {"--train 100,100" + out, "twice"},
        {"--data " + folder / "nowhere" + out, "not a directory"},
        {tiny + "--out " + folder / "file", "cannot be made"},
        {tiny + "--out " + folder / "file/below", "cannot be made"},
    };
    for (const auto& [flags, word] : mistakes) {
        const auto ended = study(flags);
        INFO(flags << "\n" << ended.output);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.output, Catch::Contains(word));
        CHECK(ended.output.find('\n') == ended.output.size() - 1);
    }
    CHECK(!fs::exists(folder / "out"));
    CHECK(contents(folder / "file") == "not a folder");
}

TEST_CASE("a folder with another configuration is left alone") {
    const Folder folder;
    const auto out = "--out " + folder / "out";
    REQUIRE(study(tiny + out).code == 0);
    const auto runs = contents(folder / "out/runs.csv"), config = contents(folder / "out/config.json");
    const auto other = study(tiny + "--seed 2 " + out);
    CHECK(other.code == 2);
    CHECK_THAT(other.output, Catch::Contains("seed 1 there, 2 here") && Catch::Contains("choose another --out"));
    CHECK(contents(folder / "out/runs.csv") == runs);
    CHECK(contents(folder / "out/config.json") == config);

    fs::create_directory(folder / "foreign");
    std::ofstream(folder / "foreign/runs.csv") << "mine\n";
    CHECK(study(tiny + "--out " + folder / "foreign").code == 2);
    CHECK(contents(folder / "foreign/runs.csv") == "mine\n");
}

TEST_CASE("without gnuplot everything else is written") {
    const Folder folder;
    const auto ended = shell("PATH=/nowhere " + program + tiny + "--out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("gnuplot is not installed"));
    CHECK(fs::exists(folder / "out/report.html"));
    CHECK(!fs::exists(folder / "out/strip.svg"));
}

TEST_CASE("one seed, one kind of test images, other channels") {
    const Folder folder;
    const std::string one = " --train 100 --test 50 --width 4 --epochs 1 --repeats 1 ";
    REQUIRE(study(one + "--channel additive --strength 0,2 --evaluate clean --out " + folder / "a").code == 0);
    const auto additive = pstar::read_csv(folder / "a/runs.csv");
    CHECK(additive.numbers("sigma") == std::vector<double>{0, 2});
    CHECK(additive.numbers("p") == std::vector<double>{0, 0});
    CHECK(additive.column("test_accuracy_corrupted") == std::vector<std::string>{"nan", "nan"});
    CHECK(pstar::read_csv(folder / "a/summary.csv").column("std_test_accuracy")[0] == "nan");

    REQUIRE(study(one +
                  "--channel binary --strength 0,0.5 --evaluate corrupted --noise independent --optimizer sgd --out " +
                  folder / "b")
                .code == 0);
    CHECK(pstar::read_csv(folder / "b/runs.csv").column("corruption_mode")[0] == "binary_replacement");
}

TEST_CASE("one line of JSON, quietly: notes and progress are left out") {
    const Folder folder;
    const auto both = plain_study(tiny + "--quiet --json --out " + folder / "out");
    REQUIRE(both.code == 0);
    const auto json = nlohmann::json::parse(both.output);  // stderr is in the output: nothing was said there
    CHECK(json.at("study") == "accuracy_vs_corruption");
    CHECK(json.at("state") == "complete");
    CHECK(json.at("runs") == nlohmann::json{{"finished", 12}, {"diverged", 0}, {"failed", 0}});
    CHECK(fs::exists(json.at("report").get<std::string>()));
    const auto fits = pstar::read_csv(folder / "out/fits.csv");
    REQUIRE(json.at("results").size() == fits.rows.size());
    for (std::size_t i = 0; i < fits.rows.size(); ++i)
        for (const std::string column : {"p_star", "slope_high"}) {
            const auto& found = json.at("results")[i].at(column);
            const double value = fits.numbers(column)[i];
            CHECK(found.is_null() == !std::isfinite(value));
            if (found.is_number()) CHECK(found == value);
        }
    CHECK(json.at("results")[0].at("mlp_width") == 4);
    const auto answer = plain_study(tiny + "--quiet --out " + folder / "out");
    CHECK_THAT(answer.output, Catch::Contains("Report: ") && !Catch::Contains("runs are in") && !Catch::Contains("%"));
}

TEST_CASE("networks that are trained can be kept") {
    const Folder folder;
    const std::string runs = "--train 200 --test 100 --width 4 --strength 0,1 --epochs 1 --out " + folder / "out";
    REQUIRE(plain_study(runs + " --repeats 1").code == 0);
    for (const std::string repeats : {" --repeats 1", " --repeats 2"}) {
        const auto late = plain_study(runs + repeats + " --save-networks");
        INFO(late.output);
        CHECK(late.code == 0);
        CHECK_THAT(late.output, Catch::Contains("2 runs left no network"));
    }
    const auto networks = folder / "out/networks/";
    CHECK(fs::exists(networks + "mlp_relu_w4_d1_n200_b64_replacement_0_r1.safetensors"));
    CHECK(fs::exists(networks + "mlp_relu_w4_d1_n200_b64_replacement_1_r1.safetensors"));
    CHECK(std::distance(fs::directory_iterator(networks), {}) == 2);
}

TEST_CASE("a folder may be named by study and time") {
    const Folder folder;
    const auto ended =
        plain_study("--train 100 --test 50 --width 4 --strength 0,1 --epochs 1 --repeats 1 --shard 1/2 --out '" +
                    folder / "{study}-{time}'");
    REQUIRE(ended.code == 0);
    const auto made = fs::directory_iterator(folder / "")->path();
    CHECK_THAT(made.filename().string(), Catch::StartsWith("accuracy_vs_corruption-20"));
    CHECK_THAT(ended.output,
               Catch::Contains("--merge") && Catch::Contains("--out " + made.string()));  // not typed anew
}

TEST_CASE("runs that diverge are counted and left out") {
    const Folder folder;
    const auto ended = study(
        " --train 200 --test 50 --width 4 --strength 0,1 --epochs 3 --repeats 2 --activation square "
        "--optimizer sgd --learning-rate 1e6 --out " +
        folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(pstar::read_csv(folder / "out/runs.csv").column("status")[0] == "diverged");
    CHECK(pstar::read_csv(folder / "out/summary.csv").numbers("left_out")[0] == 2);
    CHECK_THAT(contents(folder / "out/report.html"), Catch::Contains("diverged"));
}

TEST_CASE("every size can be an axis") {
    const Folder folder;
    const auto ended = study(
        "--train 50,200 --test 100 --width 4 --depth 1,2 --batch-size 16,64 --strength 0,0.5,1 "
        "--epochs 1 --repeats 2 --out " +
        folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    CHECK(summary.rows.size() == 24);
    CHECK(pstar::read_csv(folder / "out/fits.csv").rows.size() == 16);  // 8 networks, clean and corrupted
    CHECK(summary.numbers("n_train_samples")[0] == 50);
    // 50 of the 200 images loaded are what a study of 50 images loads: synthetic digits are one stream.
    REQUIRE(plain_study("--train 50 --test 100 --width 4 --batch-size 16 --strength 0.5 --epochs 1 --repeats 2 --out " +
                        folder / "alone")
                .code == 0);
    const auto all = timeless_runs(folder / "out/runs.csv"), alone = timeless_runs(folder / "alone/runs.csv");
    REQUIRE(alone.size() == 3);
    for (const auto& run : alone) CHECK(std::count(all.begin(), all.end(), run) == 1);
    // One figure for every depth and size of a batch; the sizes of the training set are its colours.
    for (const char* figure : {"depth1_batch16", "depth1_batch64", "depth2_batch16", "depth2_batch64"})
        CHECK_THAT(contents(folder / "out/accuracy_relu_" + std::string(figure) + ".gnuplot"),
                   Catch::Contains("50 training images") && Catch::Contains("200 training images"));
    CHECK_THAT(contents(folder / "out/report.html"), Catch::Contains("relu, depth 2, batches of 16"));
}

// A gnuplot that fails, one that draws nothing, one whose pictures are cut off, and one whose picture has no place.
TEST_CASE("a figure that gnuplot does not draw is missing, with a sentence, and nothing else") {
    const std::string script = "#!/bin/sh\nbase=$(echo \"$2\" | sed \"s/base='\\(.*\\)'/\\1/\")\n";
    for (const auto& [body, why] :
         {std::pair<std::string, std::string>{"echo 'no terminal' >&2; exit 3", "no terminal"},
          {"exit 0", "gnuplot wrote no whole picture"},
          {"echo '<svg></svg>' >$base.svg; echo PNG >$base.png", "gnuplot wrote no whole picture"},
          {"echo '<svg></svg>' >$base.svg; echo IEND >$base.png; mkdir -p strip.svg", "cannot be written"}}) {
        const Folder folder;
        fs::create_directory(folder / "bin");
        std::ofstream(folder / "bin/gnuplot") << script << body << '\n';
        fs::permissions(folder / "bin/gnuplot", fs::perms::owner_all);
        const auto command = "PATH=" + folder / "bin" + ":/usr/bin:/bin " + program + tiny + "--out " + folder / "out";
        REQUIRE(shell(command).code == 0);
        std::ofstream(folder / "out/.strip.7.svg") << "left by a kill";
        const auto ended = shell(command);
        INFO(ended.output);
        CHECK(ended.code == 0);
        CHECK_THAT(ended.output, Catch::Contains("The figure strip is missing") && Catch::Contains(why));
        CHECK_THAT(contents(folder / "out/report.html"), Catch::Contains("This figure is missing"));
        CHECK(fs::exists(folder / "out/runs.csv"));
        CHECK_FALSE(fs::exists(folder / "out/strip.svg"));
        CHECK(shell("ls -A " + folder / "out" + " | grep -c '^\\.'").output == "0\n");  // no drafts are left
    }
}

}  // namespace study_test
