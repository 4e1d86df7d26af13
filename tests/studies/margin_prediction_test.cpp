// The study margin_prediction from outside: what it writes, that it resumes, what it refuses.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/margin/criterion.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace margin_prediction_test {

using namespace study_test;

namespace {

/// 4 runs of some 50 milliseconds.
const std::string small_study =
    " --train 1000 --test 200 --width 16 --epochs 2 --strength 0.3,0.6 --repeats 2 --draws 10 ";

Ended predict(const std::string& flags) {
    return shell("PATH=/nowhere " STUDY_MARGIN_PROGRAM " " + flags);
}

using Words = std::vector<std::string>;

/// Every number lies inside its interval.
void check_intervals(const pstar::CsvTable& table, const Words& names) {
    for (const auto& name : names) {
        const auto value = table.numbers(name), low = table.numbers(name + "_low"),
                   high = table.numbers(name + "_high");
        for (std::size_t i = 0; i < value.size(); ++i) {
            INFO(name << " in row " << i);
            CHECK(low[i] <= value[i]);
            CHECK(value[i] <= high[i]);
        }
    }
}

}  // namespace

TEST_CASE("margin_prediction writes what it predicted beside what it measured") {
    const Folder folder;
    const auto ended = predict(small_study + "--out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("predicts best which images fail"));

    const auto predictions = pstar::read_csv(folder / "out/predictions.csv");
    Words criteria;
    for (int strength = 0; strength < 2; ++strength)
        criteria.insert(criteria.end(), pstar::criterion_names.begin(), pstar::criterion_names.end());
    CHECK(predictions.column("criterion") == criteria);
    CHECK(predictions.numbers("p")[6] == 0.3);
    CHECK(predictions.numbers("p")[7] == 0.6);
    check_intervals(predictions, {"auc", "brier", "log_score"});
    for (const double auc : predictions.numbers("auc")) CHECK(auc > 0.6);  // 0.5 is chance

    // A difference of scores is the difference of the scores in the other table.
    const auto differences = pstar::read_csv(folder / "out/differences.csv");
    CHECK(differences.rows.size() == 42);  // all pairs of seven
    CHECK(differences.column("second")[1] == "all_runner_ups");
    const auto auc = predictions.numbers("auc");
    CHECK(differences.numbers("auc")[22] == Approx(auc[7] - auc[9]).margin(1e-12));
    check_intervals(differences, {"auc", "brier", "log_score"});

    const auto accuracy = pstar::read_csv(folder / "out/accuracy.csv");
    check_intervals(accuracy, {"measured", "zero_shift_minus_measured"});
    const auto measured = accuracy.numbers("measured");
    CHECK(measured[0] > measured[1]);  // more noise, more failures: far apart at these strengths
    CHECK(accuracy.numbers("all_runner_ups_minus_measured")[0] ==
          Approx(accuracy.numbers("all_runner_ups")[0] - measured[0]).margin(1e-12));

    const auto images = pstar::read_csv(folder / "out/calibration.csv").numbers("images");
    double all = 0;
    for (const double n : images) all += n;
    CHECK(all == 2 * 2 * 7 * 200);  // strengths, seeds, criteria, test images

    const auto times = pstar::read_csv(folder / "out/prediction_times.csv");
    for (const double seconds : times.numbers("seconds")) CHECK((seconds > 0 && seconds < 3600));

    const auto snr = pstar::read_csv(folder / "out/snr.csv");
    const auto low = snr.numbers("snr_q10"), median = snr.numbers("snr_q50"), high = snr.numbers("snr_q90");
    for (std::size_t i = 0; i < median.size(); ++i) CHECK((low[i] < median[i] && median[i] < high[i]));
    CHECK(pstar::read_csv(folder / "out/linearisation.csv").numbers("test_strength").size() == median.size());
    CHECK(pstar::read_json(folder / "out/config.json").at("settings").at("draws") == 10);
    CHECK_THAT(contents(folder / "out/report.html"), Catch::Contains("Which images fail"));
}

TEST_CASE("margin_prediction takes its numbers from the journal and does not depend on the number of threads") {
    const Folder folder;
    REQUIRE(predict(small_study + "--threads 1 --out " + folder / "one").code == 0);
    const auto tables = {"predictions.csv", "differences.csv", "accuracy.csv", "linearisation.csv", "snr.csv"};
    REQUIRE(predict(small_study + "--threads 2 --out " + folder / "two").code == 0);
    for (const std::string table : tables)
        CHECK(contents(folder / "one/" + table) == contents(folder / "two/" + table));

    for (const std::string table : tables) fs::remove(folder / "two/" + table);
    const auto again = predict(small_study + "--out " + folder / "two");
    CHECK(again.code == 0);
    CHECK_THAT(again.output, Catch::Contains("4 of 4 runs are in"));
    for (const std::string table : tables)
        CHECK(contents(folder / "one/" + table) == contents(folder / "two/" + table));
    CHECK(predict(small_study + "--draws 11 --out " + folder / "two").code == 2);  // another study
}

TEST_CASE("margin_prediction where nothing is corrupted knows who fails") {
    const Folder folder;
    const auto ended = predict("--train 500 --test 100 --width 8 --epochs 1 --strength 0 --repeats 1 --draws 2 --out " +
                               folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto accuracy = pstar::read_csv(folder / "out/accuracy.csv");
    CHECK(accuracy.numbers("measured") == accuracy.numbers("clean"));
    CHECK(accuracy.numbers("all_runner_ups") == accuracy.numbers("clean"));
    CHECK(pstar::read_csv(folder / "out/predictions.csv").numbers("auc")[0] == 1);
    CHECK_THAT(ended.output, Catch::Contains("At p = 0 every image fails in all draws or in none"));
}

TEST_CASE("margin_prediction says of CNNs what the smoothed Jacobian says, not what needs an MLP") {
    const Folder folder;
    const auto ended =
        predict("--train 200 --test 60 --arch cnn --width 2 --epochs 1 --strength 0.3 --repeats 2 --draws 4 --out " +
                folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto predictions = pstar::read_csv(folder / "out/predictions.csv");
    for (std::size_t c = 0; c < 7; ++c) {
        const bool of_mlps = pstar::criteria[c] == pstar::Criterion::diagonal_moments ||
                             pstar::criteria[c] == pstar::Criterion::full_moments;
        CHECK(std::isfinite(predictions.numbers("brier")[c]) != of_mlps);
    }
    const auto accuracy = pstar::read_csv(folder / "out/accuracy.csv");
    CHECK(std::isfinite(accuracy.numbers("linear_at_mean")[0]));
    CHECK(std::isnan(accuracy.numbers("full_moments")[0]));
}

TEST_CASE("margin_prediction refuses what it cannot do in one line") {
    const Folder folder;
    const std::vector<std::pair<std::string, std::string>> mistakes{{"--draws 1", "at least 2"},
                                                                    {"--repeats 2:4", "takes one number"},
                                                                    {"--until-stderr 0.1", "there is no flag"},
                                                                    {"--evaluation clean", "there is no flag"},
                                                                    {"--model-type ntk", "one of mlp,cnn"},
                                                                    {"--ridge 1e-3", "there is no flag"},
                                                                    {"--family gumbel", "there is no flag"}};
    for (const auto& [flags, word] : mistakes) {
        const auto ended = predict(flags + " --out " + folder / "out");
        INFO(flags << "\n" << ended.output);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.output, Catch::Contains(word));
    }
    CHECK(!fs::exists(folder / "out"));
}

TEST_CASE("margin_prediction tells several networks apart, in parts or at once, and grows") {
    const Folder folder;
    const std::string one = "--train 600 --test 120 --epochs 1 --repeats 2 --draws 10 --strength 0.3,0.6 ";
    const auto tables = {"predictions.csv", "differences.csv",        "accuracy.csv",     "calibration.csv",
                         "snr.csv",         "accuracy_elsewhere.csv", "linearisation.csv"};
    const auto whole = predict(one + "--width 8,12 --out " + folder / "whole");
    INFO(whole.output);
    REQUIRE(whole.code == 0);
    CHECK_THAT(whole.output, Catch::Contains("relu, width 8: ") && Catch::Contains("relu, width 12: "));
    const auto predictions = pstar::read_csv(folder / "whole/predictions.csv");
    CHECK(predictions.numbers("mlp_width")[13] == 8);
    CHECK(predictions.numbers("mlp_width")[14] == 12);

    for (const std::string part : {"1/2", "2/2"})
        REQUIRE(predict(one + "--width 8,12 --shard " + part + " --out " + folder / "parts").code == 0);
    REQUIRE(predict(one + "--width 8,12 --merge --out " + folder / "parts").code == 0);
    REQUIRE(predict("--train 600 --test 120 --epochs 1 --repeats 1 --draws 10 --strength 0.3 --width 8 --out " +
                    folder / "grown")
                .code == 0);
    REQUIRE(predict("--test 120 --epochs 1 --draws 10 --repeats 2 --out " + folder / "grown").code == 0);
    REQUIRE(predict("--test 120 --epochs 1 --draws 10 --strength 0.6 --width 12 --out " + folder / "grown").code == 0);
    for (const std::string table : tables) {
        INFO(table);
        CHECK(contents(folder / "whole/" + table) == contents(folder / "parts/" + table));
        CHECK(contents(folder / "whole/" + table) == contents(folder / "grown/" + table));
    }
    const auto dry = predict(one + "--width 8,12,16 --dry-run --out " + folder / "whole");
    INFO(dry.output);
    CHECK(dry.code == 0);
    CHECK_THAT(dry.output, Catch::Contains("12 in all, 8 of them done already"));
}

}  // namespace margin_prediction_test
