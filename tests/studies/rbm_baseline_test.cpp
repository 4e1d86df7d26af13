// The study rbm_baseline from outside: which models it compares, what it prints, that it runs in parts.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace rbm_baseline_test {

using namespace study_test;

namespace {

/// 18 runs of a few milliseconds.
const std::string small_study =
    " --train 200 --test 100 --width 8 --components 8 --rbm-n-iter 1 --rbm-batch-size 50 --classifier-max-iter 20 "
    "--strength 0,0.5,1 --epochs 1 --repeats 2 --ais-temperatures 100 ";

Ended baseline(const std::string& flags) {
    return shell("PATH=/nowhere " STUDY_BASELINE_PROGRAM " " + flags);
}

}  // namespace

TEST_CASE("A baseline has RBMs, softmax regression and MLPs in the tables of all studies") {
    const Folder folder;
    const auto ended = baseline(small_study + "--persistent --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    CHECK(summary.column("model_type") ==
          std::vector<std::string>{"rbm", "rbm", "rbm", "softmax", "softmax", "softmax", "mlp", "mlp", "mlp"});
    CHECK(summary.numbers("width") == std::vector<double>{8, 8, 8, 0, 0, 0, 8, 8, 8});
    CHECK(lines(folder / "out/runs.csv").size() == 1 + 18);
    CHECK(lines(folder / "out/fits.csv").size() == 1 + 6);
    for (const char* name : {"out/report.html", "out/config.json"}) CHECK(fs::exists(folder / name));
    const auto rbms = pstar::read_csv(folder / "out/rbms.csv");
    CHECK(rbms.numbers("strength") == std::vector<double>{0, 0.5, 1});
    for (const double nats : rbms.numbers("log_p_test")) {  // 8 components in 4 steps hardly beat fair coins
        CHECK(nats < 0);
        CHECK(nats > -1.1 * 784 * std::log(2.0));
    }
    const auto spectra = pstar::read_csv(folder / "out/spectra.csv");  // 8 values of each model at three strengths
    REQUIRE(spectra.numbers("rank").size() % 24 == 0);
    CHECK(spectra.numbers("step").front() == 0);
    CHECK(spectra.numbers("singular_value").front() == 0);
    CHECK(spectra.numbers("step").back() == 4);
    CHECK(spectra.numbers("singular_value").back() > 0);
    CHECK(contents(folder / "out/report.html").find("overlaps of chains") != std::string::npos);
    CHECK(contents(folder / "out/config.json").find("--persistent=true") != std::string::npos);
}

TEST_CASE("Every pair of models is compared seed by seed, and two seeds decide nothing") {
    const Folder folder;
    const auto ended = baseline(small_study + "--evaluate clean --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto pairs = pstar::read_csv(folder / "out/comparison.csv");
    CHECK(pairs.numbers("strength") == std::vector<double>{0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1});
    CHECK(pairs.column("verdict") == std::vector<std::string>(9, "undecided"));
    CHECK(ended.output.find("undecided at p = 0 to 1") != std::string::npos);
    CHECK(ended.output.find("2 seeds decide nothing") != std::string::npos);

    // The first pair at p = 0 from runs.csv: repeats of the RBM at p = 0 come first, those of the pixels after 6.
    const auto accuracy = pstar::read_csv(folder / "out/runs.csv").numbers("test_accuracy");
    const double one = accuracy[0] - accuracy[6], two = accuracy[1] - accuracy[7];
    CHECK(pairs.numbers("difference")[0] == Approx((one + two) / 2).margin(1e-12));
    // Student's t of one degree of freedom at 95% is 12.706; two values deviate by |one - two| / sqrt(2), at least by
    // one image in 100.
    const double half = 12.7062 * std::max(std::abs(one - two) / std::sqrt(2.0), 0.01) / std::sqrt(2.0);
    CHECK(pairs.numbers("difference_high")[0] - pairs.numbers("difference")[0] == Approx(half).epsilon(1e-4));
}

TEST_CASE("A better learner is compared with plain CD-1, in words") {
    const Folder folder;
    const auto ended = baseline(small_study +
                                "--persistent --rbm-chains 20 --rbm-temperatures 3 --rbm-centred --rbm-final-rate 0.1 "
                                "--rbm-plain --out " +
                                folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK(ended.output.find("the RBM's learner, centred PCD-1 of 20 chains at 3 temperatures, against plain CD-1: "
                            "undecided at p = 0 (") != std::string::npos);
    CHECK(ended.output.find("no strength shows that it changes the curve.") != std::string::npos);
    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    CHECK(std::ranges::count(summary.column("model_type"), "rbm_plain") == 3);
}

TEST_CASE("A clear winner is named: an RBM that has hardly learned is below an MLP that has") {
    const Folder folder;
    const auto ended = baseline(
        "--train 1000 --test 300 --width 32 --components 4 --rbm-n-iter 1 --classifier-max-iter 1 --strength 0,0.1 "
        "--epochs 8 --repeats 3 --evaluate clean --out " +
        folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK(ended.output.find("MLP, width 32 is the most accurate at p = 0 to 0.1.") != std::string::npos);
}

TEST_CASE("A baseline in parts is the baseline in one piece") {
    const Folder folder;
    REQUIRE(baseline(small_study + "--out " + folder / "whole").code == 0);
    for (const char* part : {"0/2", "1/2"})
        REQUIRE(baseline(small_study + "--shard " + part + " --out " + folder / "parts").code == 0);
    REQUIRE(baseline(small_study + "--merge --out " + folder / "parts").code == 0);
    check_same(folder / "whole", folder / "parts");
    for (const std::string table : {"/comparison.csv", "/rbms.csv", "/spectra.csv"})
        CHECK(contents(folder / ("whole" + table)) == contents(folder / ("parts" + table)));
}

TEST_CASE("A baseline has a dry run, and its flags are its own") {
    const auto ahead = baseline(small_study + "--dry-run --out /nowhere/there");
    INFO(ahead.output);
    CHECK(ahead.code == 0);
    CHECK(ahead.output.find("runs      18 in all") != std::string::npos);
    CHECK(baseline("--arch cnn").code == 2);
    CHECK(baseline("--components 0").code == 2);
    CHECK(baseline("--components 8,8 --out /nowhere").code == 2);
    CHECK(baseline("--rbm-learning-rate 0").code == 2);
    CHECK(baseline("--ais-temperatures 28").code == 2);
    CHECK(baseline("--rbm-temperatures 3 --out /nowhere").output.find("add --persistent") != std::string::npos);
    CHECK(baseline("--rbm-chains 3 --out /nowhere").code == 2);
    CHECK(baseline("--rbm-final-rate 1.1").code == 2);
    CHECK(baseline("--activation relu,tanh --out /nowhere").output.find("name one") != std::string::npos);
    CHECK(baseline("--help").output.find("Example:\n  rbm_baseline --data mnist") != std::string::npos);
    CHECK(study("--components 8").code == 2);  // and accuracy_vs_corruption has none
}

}  // namespace rbm_baseline_test
