// One vocabulary: a word is the same as a flag, in config.json, in the journal and as a column.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace vocabulary_test {

using namespace study_test;

namespace {

using Words = std::set<std::string>;

/// The long flags of `--help` as words: `--n-train-samples` is n_train_samples.
Words flags_of(const std::string& of_program) {
    const auto help = shell(of_program + " --help");
    REQUIRE(help.code == 0);
    Words words;
    for (auto at = help.output.find("--"); at != std::string::npos; at = help.output.find("--", at)) {
        const auto end = help.output.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
        auto word = help.output.substr(at + 2, end - at - 2);
        std::ranges::replace(word, '-', '_');
        words.insert(word);
        at = end;
    }
    return words;
}

template <class Json>
Words keys_of(const Json& object) {
    Words words;
    for (const auto& item : object.items()) words.insert(item.key());
    return words;
}

Words missing(const Words& words, const Words& from) {
    Words result;
    std::ranges::set_difference(words, from, std::inserter(result, result.end()));
    return result;
}

}  // namespace

TEST_CASE("flags, config.json, journals and columns have one vocabulary") {
    const Folder folder;
    // All that may vary beside networks and strengths.
    const std::string varied =
        "--subset fresh --samples-per-class 5 --clean-fraction 0,0.2 --clean-per-class 1 --clean-only --label-noise "
        "0,0.3 "
        "--test-channel additive --test-strength 1 --decisions-at 0 --size n_train_samples ";
    const struct {
        std::string program, flags;
    } studies[] = {{STUDY_PROGRAM, ""},
                   {STUDY_PROGRAM, varied},
                   {STUDY_NTK_PROGRAM, "--subset 8 "},
                   {STUDY_NETWORKS_PROGRAM, "--cnn-channels 2 "},
                   {STUDY_BASELINE_PROGRAM, "--rbm-components 4 --rbm-n-iter 1 --ais-temperatures 0 "}};
    for (const auto& study : studies) {
        const auto out =
            folder / (fs::path(study.program).filename().string() + (study.flags == varied ? "_varied" : ""));
        INFO(study.program);
        const auto ended = shell(study.program + " --train 120 --test 60 --width 4 --strength 0,1 --epochs 1 " +
                                 "--repeats 2 --optimizer sgd " + study.flags + "--out " + out);
        INFO(ended.output);
        REQUIRE(ended.code == 0);
        const auto flags = flags_of(study.program);
        const auto settings = keys_of(pstar::read_json(fs::path(out) / "config.json")["settings"]);
        CHECK(missing(settings, flags) == Words{});
        // What is not in config.json decides no number here, or nothing was asked for.
        const Words other{"out",     "executor",  "threads",       "shard",          "merge",      "retry_failed",
                          "no_lock", "dry_run",   "help",          "train",          "test",       "channel",
                          "arch",    "width",     "channels",      "components",     "evaluate",   "until_stderr",
                          "ridge",   "data_name", "transpose",     "first_label",    "model_type", "version",
                          "quiet",   "json",      "save_networks", "until_interval", "deform",     "deform_images"};
        // Those of the training set and of other tests stand in config.json where they are used.
        const Words of_variations{"subset",
                                  "training_subset",
                                  "seeds_per_subset",
                                  "n_pool",
                                  "pool",
                                  "clean_per_class",
                                  "samples_per_class",
                                  "clean_only",
                                  "clean_fraction",
                                  "label_noise",
                                  "test_channel",
                                  "test_strength",
                                  "decisions_at",
                                  "size"};
        CHECK(missing(missing(missing(flags, settings), other), of_variations) == Words{});
        if (study.flags == varied) {
            auto unused = of_variations;
            for (const char* alias : {"subset", "pool"}) unused.erase(alias);
            CHECK(missing(unused, settings) == Words{});
        }

        std::ifstream journal(out + "/journal.jsonl");
        std::string header;
        std::getline(journal, header);
        Words axes;  // of any run: some stand only in the keys of those that have them
        for (std::string record; std::getline(journal, record);)
            axes.merge(keys_of(nlohmann::json::parse(record)["run"]));
        const auto configured = keys_of(nlohmann::json::parse(header)["configuration"]);
        const auto table = pstar::read_csv(fs::path(out) / "runs.csv");
        const Words columns(table.header.begin(), table.header.end());
        CHECK(missing(axes, columns) == Words{});
        // Every setting is an axis of the journal's keys, or in its configuration, or says what the data are or how
        // curves are fitted, which no run depends on.
        const Words of_data{"data",    "transpose",        "first_label", "n_test_samples",
                            "repeats", "ais_temperatures", "n_pool",      "rbm_plain"};
        const Words of_sizes{"mlp_width", "cnn_channels", "rbm_components"};  // of the axis `width`, and columns
        const Words of_curves{"family", "stuck", "size", "decisions_at"};
        CHECK(missing(missing(missing(missing(missing(settings, axes), configured), of_data), of_sizes), of_curves) ==
              Words{});
        CHECK(missing(of_sizes, columns) == Words{});
    }
}

}  // namespace vocabulary_test
