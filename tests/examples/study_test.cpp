// The study program from outside: what it writes, what it refuses, and that its numbers repeat.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"

namespace {

namespace fs = std::filesystem;

/// A folder of its own for a test, removed at the end.
class Folder {
public:
    Folder()
        : path_(fs::temp_directory_path() /
                ("pstar_study_" + std::to_string(::getpid()) + "_" + std::to_string(++count_))) {
        fs::create_directories(path_);
    }
    Folder(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    static inline int count_ = 0;
    fs::path path_;
};

struct Ended {
    int code;
    std::string output;  ///< stdout and stderr together
};

Ended shell(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    for (int letter; (letter = std::fgetc(pipe)) != EOF;) output += static_cast<char>(letter);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

const std::string program = STUDY_PROGRAM;
const std::string tiny = " --train 200 --test 100 --width 4,8 --strength 0,0.5,1 --epochs 1 --repeats 2 ";

Ended study(const std::string& flags) {
    return shell(program + " " + flags);
}

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// runs.csv without its last column, the seconds.
std::vector<std::string> timeless_runs(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line.substr(0, line.rfind(',')));
    return lines;
}

}  // namespace

TEST_CASE("a small study writes its tables, figures and report") {
    const Folder folder;
    const auto ended = study(tiny + "--out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("Report: " + folder / "out/report.html"));

    const auto runs = pstar::read_csv(folder / "out/runs.csv");
    CHECK(runs.header == std::vector<std::string>{"activation", "model_type", "corruption_mode", "p", "sigma",
                                                  "mlp_width", "depth", "n_train_samples", "seed", "train_loss",
                                                  "test_loss", "test_accuracy", "test_accuracy_corrupted",
                                                  "test_loss_corrupted", "batch_size", "status",
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
    CHECK_THAT(report, Catch::Contains("accuracy_vs_corruption --data synthetic --train 200"));
    for (const char* outside : {"src=\"http", "href=", "<script", "url("}) CHECK(report.find(outside) == report.npos);
}

TEST_CASE("the same command gives the same runs, with any number of threads") {
    const Folder folder;
    REQUIRE(study(tiny + "--threads 1 --out " + folder / "one").code == 0);
    REQUIRE(study(tiny + "--threads 2 --out " + folder / "two").code == 0);
    const auto first = timeless_runs(folder / "one/runs.csv");
    REQUIRE(first.size() == 13);
    CHECK(timeless_runs(folder / "two/runs.csv") == first);
    REQUIRE(study(tiny + "--threads 2 --out " + folder / "one").code == 0);  // into the same folder: recomputed
    CHECK(timeless_runs(folder / "one/runs.csv") == first);
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

TEST_CASE("Ctrl-C lets runs in flight finish and keeps what is complete") {
    const Folder folder;
    const std::string many = " --train 500 --test 100 --width 8 --strength 0 --epochs 4 --repeats 100000 ";
    const auto ended = shell("timeout --preserve-status -s INT 2 " + program + many + "--out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 130);
    CHECK_THAT(ended.output, Catch::Contains("Interrupted"));
    CHECK(pstar::read_json(folder / "out/config.json").at("state") == "partial");
    const auto runs = pstar::read_csv(folder / "out/runs.csv");
    CHECK(!runs.rows.empty());
    CHECK(runs.rows.size() < 100'000);
    for (const auto& status : runs.column("status")) REQUIRE(status == "finished");
}
