// The study ntk_spectrum from outside: its tables, what it prints, that it runs in parts; how a trend is judged; and
// the infinite network as one more kind of model in the first study.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace ntk_spectrum_test {

using namespace study_test;

namespace {

/// 6 runs of a few milliseconds, kernels of 12 images.
const std::string small_study =
    " --train 200 --test 100 --width 8 --subset 12 --strength 0,0.5,1 --epochs 1 --repeats 2 ";

Ended spectra(const std::string& flags) {
    return shell("PATH=/nowhere " STUDY_NTK_PROGRAM " " + flags);
}

/// The sum of eigenvalues by (p, seed, inputs).
using Place = std::tuple<double, std::string, std::string>;
std::map<Place, std::vector<double>> eigenvalues_of(const std::string& path) {
    const auto table = pstar::read_csv(path);
    const auto p = table.numbers("p"), value = table.numbers("eigenvalue"), index = table.numbers("index");
    const auto seed = table.column("seed"), inputs = table.column("inputs");
    std::map<Place, std::vector<double>> result;
    for (std::size_t i = 0; i < p.size(); ++i) {
        auto& some = result[{p[i], seed[i], inputs[i]}];
        some.push_back(value[i]);
        REQUIRE(index[i] == static_cast<double>(some.size()));
    }
    return result;
}

}  // namespace

TEST_CASE("Every run's kernel is in the tables: eigenvalues, their sum, their effective rank") {
    const Folder folder;
    const auto ended = spectra(small_study + "--out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto eigenvalues = eigenvalues_of(folder / "out/eigenvalues.csv");
    CHECK(eigenvalues.size() == 3 * 2 * 2);  // strengths, seeds, inputs
    const auto runs = pstar::read_csv(folder / "out/runs.csv");
    const auto p = runs.numbers("p");
    const auto seed = runs.column("seed");
    REQUIRE(p.size() == 6);
    for (const std::string inputs : {"clean", "corrupted"}) {
        const std::string suffix = inputs == "clean" ? "" : "_corrupted";
        const auto rank = runs.numbers("ntk_rank" + suffix), entropy = runs.numbers("ntk_entropy" + suffix),
                   trace = runs.numbers("ntk_trace" + suffix);
        for (std::size_t i = 0; i < p.size(); ++i) {
            const auto& values = eigenvalues.at({p[i], seed[i], inputs});
            CHECK(values.size() == 12);
            CHECK(std::is_sorted(values.rbegin(), values.rend()));
            CHECK(trace[i] == Approx(std::accumulate(values.begin(), values.end(), 0.0)).epsilon(1e-12));
            CHECK(rank[i] >= 1);
            CHECK(rank[i] <= 12);
            CHECK(rank[i] == Approx(std::exp(entropy[i])).epsilon(1e-12));
            if (p[i] == 0) CHECK(rank[i] == runs.numbers("ntk_rank")[i]);  // nothing is corrupted
        }
    }
    const auto summary = pstar::read_csv(folder / "out/spectra.csv");
    CHECK(summary.column("inputs") ==
          std::vector<std::string>{"clean", "clean", "clean", "corrupted", "corrupted", "corrupted"});
    CHECK(summary.numbers("seeds") == std::vector<double>(6, 2));
    const auto rank = runs.numbers("ntk_rank");
    CHECK(summary.numbers("mean_ntk_rank")[0] == Approx((rank[0] + rank[1]) / 2));
    CHECK(summary.numbers("stderr_ntk_rank")[0] == Approx(std::abs(rank[0] - rank[1]) / 2));
    for (const double share : summary.numbers("mean_ntk_top_share")) CHECK((share > 1.0 / 12 && share < 1));
    for (const char* name : {"out/report.html", "out/config.json", "out/trends.csv", "out/fits.csv"})
        CHECK(fs::exists(folder / name));
    const auto report = contents(folder / "out/report.html");
    CHECK(report.find("Does the spectrum flatten or concentrate as p grows?") != std::string::npos);
    CHECK(ended.output.find("undecided: 2 seeds with a kernel at every strength, at least 3 are needed") !=
          std::string::npos);
}

TEST_CASE("Outputs and inputs of kernels, and rows that tell networks apart") {
    const Folder folder;
    const auto ended = spectra(
        " --train 100 --test 50 --width 4,8 --subset 5 --output full --inputs corrupted "
        "--strength 0,1 --epochs 1 --repeats 1 --evaluate clean --out " +
        folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto table = pstar::read_csv(folder / "out/eigenvalues.csv");
    CHECK(table.rows.size() == 2 * 2 * 50);
    CHECK(table.numbers("mlp_width").front() == 4);
    CHECK(table.numbers("mlp_width").back() == 8);
    for (const auto& inputs : table.column("inputs")) REQUIRE(inputs == "corrupted");
    for (const double rank : pstar::read_csv(folder / "out/runs.csv").numbers("ntk_rank")) CHECK(std::isnan(rank));
    CHECK(pstar::read_csv(folder / "out/trends.csv").column("verdict") == std::vector<std::string>(2, "undecided"));
    CHECK(contents(folder / "out/config.json").find("--output full --inputs corrupted") != std::string::npos);
}

TEST_CASE("Spectra in parts are those in one piece, and resume where they stopped") {
    const Folder folder;
    REQUIRE(spectra(small_study + "--out " + folder / "whole").code == 0);
    for (const char* part : {"0/2", "1/2"})
        REQUIRE(spectra(small_study + "--shard " + part + " --out " + folder / "parts").code == 0);
    REQUIRE(spectra(small_study + "--merge --out " + folder / "parts").code == 0);
    check_same(folder / "whole", folder / "parts");

    // All but the header and two runs, one of them torn, are lost: as after a kill.
    fs::copy(folder / "whole", folder / "killed");
    const auto journal = lines(folder / "whole/journal.jsonl");
    {
        std::ofstream file(folder / "killed/journal.jsonl", std::ios::trunc);
        file << journal[0] << '\n' << journal[1] << '\n' << journal[2].substr(0, journal[2].size() / 2);
    }
    const auto ended = spectra(small_study + "--out " + folder / "killed");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK(ended.output.find("1 of 6 runs are in") != std::string::npos);
    check_same(folder / "whole", folder / "killed");
    for (const char* name : {"/eigenvalues.csv", "/spectra.csv", "/trends.csv"}) {
        CHECK(contents(folder / "whole" + name) == contents(folder / "parts" + name));
        CHECK(contents(folder / "whole" + name) == contents(folder / "killed" + name));
    }
}

TEST_CASE("The flags of kernels are checked before anything runs, and in a dry run") {
    const auto refused = [](const std::string& flags, const std::string& why) {
        const auto ended = spectra(flags + " --out /nowhere/there");
        INFO(flags << ": " << ended.output);
        CHECK(ended.code == 2);
        CHECK(ended.output.find(why) != std::string::npos);
    };
    refused("--subset 0", "at least 1");
    refused("--output all", "--output");
    refused("--inputs noisy", "--inputs");
    refused("--model-type ntk", "--model-type");
    refused("--width 0", "at least 1");
    refused("--train 100 --test 50 --subset 51", "--subset 51: there are only 50 test images");
    const auto ahead = spectra(small_study + "--dry-run --out /nowhere/there");
    INFO(ahead.output);
    CHECK(ahead.code == 0);
    CHECK(ahead.output.find("runs      6 in all") != std::string::npos);
    CHECK(study("--subset 8").code == 2);  // accuracy_vs_corruption has none
}

TEST_CASE("The infinite network is one more kind of model of the first study") {
    const Folder folder;
    const std::string few = " --train 200 --test 100 --strength 0,0.5,1 --repeats 2 ";
    const auto ended = plain_study("--arch ntk --width 0,64" + few + "--ridge 0.01 --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    CHECK(summary.column("model_type") == std::vector<std::string>(6, "ntk"));
    CHECK(summary.numbers("width") == std::vector<double>{0, 0, 0, 64, 64, 64});
    CHECK(summary.numbers("mean_test_accuracy")[0] > 0.5);
    CHECK(contents(folder / "out/report.html").find("infinite width") != std::string::npos);
    CHECK(contents(folder / "out/config.json").find("--model-type ntk --ridge 0.01") != std::string::npos);

    const auto other =
        plain_study("--arch nngp --activation tanh,gelu" + few + "--ridge 0.01 --out " + folder / "other");
    INFO(other.output);
    REQUIRE(other.code == 0);
    const auto nngp = pstar::read_csv(folder / "other/summary.csv");
    CHECK(nngp.column("model_type") == std::vector<std::string>(6, "nngp"));
    CHECK(nngp.column("activation") == std::vector<std::string>{"tanh", "tanh", "tanh", "gelu", "gelu", "gelu"});
    CHECK(nngp.numbers("mean_test_accuracy")[0] > 0.3);  // guessing 100 images has 0.1 +- 0.03
    CHECK(contents(folder / "other/report.html").find("NNGP kernel of tanh or gelu networks") != std::string::npos);

    const auto refused = [](const std::string& flags, const std::string& why) {
        const auto answer = plain_study(flags + " --out /nowhere/there");
        INFO(flags << ": " << answer.output);
        CHECK(answer.code == 2);
        CHECK(answer.output.find(why) != std::string::npos);
    };
    refused("--ridge 0.1", "--ridge: is for --model-type ntk or nngp");
    refused("--arch ntk --ridge 0", "be positive");
    refused("--arch ntk --batch-size 8,16", "name one");
    const auto ahead = plain_study("--arch ntk --depth 3" + few + "--dry-run --out /nowhere/there");
    CHECK(ahead.output.find("relu, ntk, infinite width, 3 hidden layers, 200 training images") != std::string::npos);
}

}  // namespace ntk_spectrum_test
