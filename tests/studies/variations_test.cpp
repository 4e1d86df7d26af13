// What varies beside networks and strengths: training sets, clean images, labels, other tests; and what a study keeps.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace variations_test {

using namespace study_test;

namespace {

const std::string small = " --test 100 --width 4 --strength 0,0.5,1 --epochs 1 --threads 2 ";

void check_code(const Ended& ended, int code = 0) {
    INFO(ended.output);
    REQUIRE(ended.code == code);
}
/// The rows of runs.csv in which the column has that value, without seconds.
std::vector<std::vector<std::string>> rows_where(const std::string& folder, const std::string& column, double value) {
    auto table = pstar::read_csv(folder + "/runs.csv");
    const auto numbers = table.numbers(column);
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        if (numbers[i] != value) continue;
        table.rows[i].pop_back();
        rows.push_back(table.rows[i]);
    }
    return rows;
}

}  // namespace

TEST_CASE("fresh training sets: one each, or shared by seeds, and the variance is split") {
    const Folder folder;
    const auto out = folder / "fresh";
    const auto flags = small + "--train 60 --subset fresh --seeds-per-subset 2 --n-pool 500 --repeats 6 --out " + out;
    check_code(plain_study(flags));
    const auto runs = pstar::read_csv(out + "/runs.csv");
    const auto sets = runs.numbers("training_subset"), repeats = runs.numbers("repeat");
    for (std::size_t i = 0; i < sets.size(); ++i) CHECK(sets[i] == std::floor(repeats[i] / 2));
    const auto variances = pstar::read_csv(out + "/variance_components.csv");
    CHECK(variances.rows.size() == 6);  // three strengths, clean and corrupted
    CHECK(variances.numbers("training_sets") == std::vector<double>(6, 3));
    for (const auto* name : {"seed", "training_set", "test_images"})
        for (const double value : variances.numbers(name)) CHECK(value >= 0);
    CHECK(contents(out + "/report.html").find("Where the scatter of accuracies comes from") != std::string::npos);
    // Four seeds are the first of six: more are added to the folder.
    const auto grown = folder / "grown";
    check_code(
        plain_study(small + "--train 60 --subset fresh --seeds-per-subset 2 --n-pool 500 --repeats 4 --out " + grown));
    check_code(plain_study("--repeats 6 " + small +
                           "--train 60 --subset fresh --seeds-per-subset 2 --n-pool 500 --out " + grown));
    check_same(out, grown);
    // Another pool is another study.
    check_code(plain_study(small + "--train 60 --subset fresh --seeds-per-subset 2 --n-pool 600 --out " + out), 2);
    const auto all = plain_study(small + "--train 500 --subset fresh --n-pool 500 --out " + (folder / "all"));
    check_code(all, 2);
    CHECK(all.output.find("--subset fresh") != std::string::npos);
}

TEST_CASE("clean images and label noise are axes that a folder grows by; what was there stays as it was") {
    const Folder folder;
    const auto out = folder / "grown", plain = folder / "plain";
    const auto base = small + "--train 100 --repeats 2 --out ";
    check_code(plain_study(base + out));
    check_code(plain_study(base + plain));
    check_code(plain_study("--clean-fraction 0.1 --clean-only --label-noise 0.5" + base + out));
    const auto table = pstar::read_csv(out + "/runs.csv");
    CHECK(table.rows.size() == 6 * 3 * 2);  // none clean, 0.1 of them, those alone; with and without label noise
    CHECK(rows_where(plain, "label_noise", 0) == [&] {
        auto rows = rows_where(out, "label_noise", 0);
        const auto column =
            std::find(table.header.begin(), table.header.end(), "clean_fraction") - table.header.begin();
        std::erase_if(rows, [&](const auto& row) { return row[static_cast<std::size_t>(column)] != "0"; });
        return rows;
    }());
    const auto alone = table.numbers("clean_only"), fraction = table.numbers("clean_fraction");
    for (std::size_t i = 0; i < alone.size(); ++i) CHECK((alone[i] == 0 || fraction[i] == 0.1));
    CHECK(std::count(alone.begin(), alone.end(), 1) == 12);
    const auto settings = pstar::read_json(out + "/config.json")["settings"];
    CHECK(settings["clean_fraction"] == nlohmann::json{0, 0.1});
    CHECK(settings["clean_only"] == "true");
    // The journal of the plain study is as before there were such axes.
    for (const auto& line : lines(plain + "/journal.jsonl")) CHECK(line.find("clean") == std::string::npos);
    // The same command again adds nothing.
    check_code(plain_study(base + out));
    CHECK(pstar::read_csv(out + "/runs.csv").rows.size() == 36);
}

TEST_CASE("images of each class, and the axis along which trends are sought") {
    const Folder folder;
    const auto out = folder / "classes";
    check_code(plain_study(
        small + "--samples-per-class 5,10 --label-noise 0,0.2 --size samples_per_class --repeats 3 --out " + out));
    const auto table = pstar::read_csv(out + "/runs.csv");
    const auto of_class = table.numbers("samples_per_class"), all = table.numbers("n_train_samples");
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == 10 * of_class[i]);
    const auto report = contents(out + "/report.html");
    CHECK(report.find("How midpoint and slope move with the number of training images per class") != std::string::npos);
    CHECK(report.find("label noise 0.2") != std::string::npos);
    CHECK(!pstar::read_json(out + "/config.json")["settings"].contains("n_train_samples"));
    // A folder of other sizes takes them, too.
    const auto both = folder / "both";
    check_code(plain_study(small + "--train 100 --repeats 3 --out " + both));
    check_code(plain_study(small + "--samples-per-class 5,10 --repeats 3 --out " + both));
    CHECK(pstar::read_csv(both + "/runs.csv").rows.size() == 27);
}

TEST_CASE("a transfer matrix from one training per run, resumed from the journal") {
    const Folder folder;
    const auto out = folder / "transfer", again = folder / "again";
    const auto flags = small + "--train 100 --repeats 2 --test-channel additive,replacement --test-strength 0,0.5,3 ";
    check_code(plain_study(flags + "--out " + out));
    const auto table = pstar::read_csv(out + "/transfer.csv");
    CHECK(table.rows.size() == 6 * 5);  // p has no 3
    const auto runs = pstar::read_csv(out + "/runs.csv");
    const auto channel = table.column("test_channel");
    const auto at = table.numbers("test_strength"), trained = table.numbers("strength"),
               repeat = table.numbers("repeat");
    const auto accuracy = table.numbers("test_accuracy");
    for (std::size_t i = 0; i < at.size(); ++i)  // at 0 every corruption is clean
        for (std::size_t r = 0; at[i] == 0 && r < runs.rows.size(); ++r)
            if (runs.numbers("strength")[r] == trained[i] && runs.numbers("repeat")[r] == repeat[i])
                CHECK(accuracy[i] == runs.numbers("test_accuracy")[r]);
    CHECK(std::count(channel.begin(), channel.end(), "additive") == 18);
    CHECK(pstar::read_csv(out + "/transfer_summary.csv").rows.size() == 15);
    // Half of it, then the rest; and from the journal alone.
    check_code(plain_study(flags + "--shard 1/2 --out " + again));
    check_code(plain_study(flags + "--out " + again));
    CHECK(contents(again + "/transfer.csv") == contents(out + "/transfer.csv"));
    fs::remove(again + "/transfer.csv");
    check_code(plain_study("--merge --out " + again + flags));
    CHECK(contents(again + "/transfer.csv") == contents(out + "/transfer.csv"));
    // Trained networks are gone: other tests are another study.
    check_code(plain_study(small + "--train 100 --repeats 2 --test-channel additive --test-strength 1 --out " + out),
               2);
    check_code(plain_study(small + "--train 100 --test-channel replacement --test-strength 2 --out " + (folder / "p")),
               2);
}

TEST_CASE("what fails: confusion, classes, images") {
    const Folder folder;
    const auto out = folder / "fails";
    check_code(plain_study(small + "--train 200 --repeats 3 --decisions-at 0.5 --out " + out));
    const auto confusion = pstar::read_csv(out + "/confusion.csv");
    CHECK(confusion.rows.size() == 200);  // clean and corrupted
    const auto images = confusion.numbers("images");
    double all = 0;
    for (const double n : images) all += n;
    CHECK(all == 2 * 3 * 100);
    // The diagonal is the accuracy.
    const auto runs = pstar::read_csv(out + "/runs.csv");
    double right = 0, accuracy = 0;
    for (std::size_t i = 0; i < images.size(); ++i)
        if (confusion.numbers("class")[i] == confusion.numbers("decision")[i]) right += images[i];
    for (std::size_t r = 0; r < runs.rows.size(); ++r)
        if (runs.numbers("strength")[r] == 0.5)
            accuracy += runs.numbers("test_accuracy")[r] + runs.numbers("test_accuracy_corrupted")[r];
    CHECK(right == Approx(100 * accuracy));
    CHECK(pstar::read_csv(out + "/class_accuracy.csv").rows.size() == 20);
    CHECK(!pstar::read_csv(out + "/hardest_images.csv").rows.empty());
    CHECK(contents(out + "/report.html").find("What fails:") != std::string::npos);
    // Decisions change no number.
    const auto without = folder / "without";
    check_code(plain_study(small + "--train 200 --repeats 3 --out " + without));
    CHECK(timeless_runs(out + "/runs.csv") == timeless_runs(without + "/runs.csv"));
    check_code(plain_study(small + "--decisions-at 0.7 --out " + (folder / "none")), 2);
}

TEST_CASE("flags that say nothing together are refused") {
    const Folder folder;
    for (const std::string flags :
         {"--clean-only", "--seeds-per-subset 2", "--n-pool 100", "--clean-fraction 1.5", "--label-noise -0.1",
          "--label-noise 0.1,0.1", "--subset other", "--size length", "--model-type ntk --decisions-at 0"}) {
        INFO(flags);
        CHECK(plain_study(small + "--train 100 " + flags + " --out " + (folder / "refused")).code == 2);
    }
    // Rounds to no image.
    const auto none = plain_study(small + "--train 100 --clean-fraction 0.001 --clean-only --out " + (folder / "few"));
    CHECK(none.code != 0);
    CHECK(none.output.find("clean_fraction") != std::string::npos);
}

}  // namespace variations_test
