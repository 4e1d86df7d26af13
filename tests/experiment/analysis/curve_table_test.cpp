#include <pstar/experiment/analysis/curve_table.hpp>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/scaling_tables.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace curve_table_test {

using namespace pstar;

namespace {

using Files = std::vector<std::filesystem::path>;
using Numbers = std::vector<double>;

const CurveColumns columns{.size = "L", .strength = "p", .accuracy = "A"};

}  // namespace

TEST_CASE("runs are read from several files with columns in any order") {
    const Scratch folder;
    const Files files{
        write_bytes(folder / "one.csv", "seed,L,p,A,model\n1,8,0.5,0.4,mlp\n0,8,0.5,0.6,mlp\n0,8,0,,mlp\n"),
        write_bytes(folder / "two.csv", "A,model,p,L,seed\n0.9,mlp,0.00,8,0\n0.8,mlp,0,8.0,1\n1,cnn,0,8,0\n")};
    auto asked = columns;
    asked.where = {{"model", "mlp"}, {"L", "8"}};  // 8.0 is 8 as well
    const auto table = read_curves(files, asked);
    CHECK(table.rows == 4);
    CHECK(table.left_out == 1);
    REQUIRE(table.groups.size() == 1);
    CHECK(table.groups[0].name.empty());
    const auto& size = table.groups[0].sizes.at(0);
    CHECK(size.strength == Numbers{0, 0.5});
    CHECK(size.runs == std::vector<Numbers>{{0.9, 0.8}, {0.6, 0.4}});
    CHECK(size.same_seeds);  // by the column `seed`, which is usual

    SECTION("groups in the order in which they occur") {
        asked = columns;
        asked.group = "model";
        const auto groups = read_curves(files, asked).groups;
        REQUIRE(groups.size() == 2);
        CHECK((groups[0].name == "mlp" && groups[1].name == "cnn"));
        CHECK(groups[1].sizes[0].runs == std::vector<Numbers>{{1}});
    }
    SECTION("another column tells the seeds") {
        asked.seed = "model";  // of two runs at one strength
        CHECK_THROWS_WITH(read_curves(files, asked), Catch::Contains("one.csv', line 3: size 8, strength 0.5") &&
                                                         Catch::Contains("occurred before") &&
                                                         Catch::Contains("one.csv', line 2"));
    }
}

TEST_CASE("what is assumed of a file is said") {
    const Scratch folder;
    const Files files{write_bytes(folder / "one.csv", "L,p,A\n8,0.5,0.4\n"),
                      write_bytes(folder / "two.csv", "L;p;A\n8;0;0,9\n")};
    const auto table = read_curves(files, columns);
    CHECK(table.groups[0].sizes[0].runs == std::vector<Numbers>{{0.9}, {0.4}});
    CHECK(table.notes == std::vector<std::string>{"'" + files[1].string() + "': cells end at semicolons",
                                                  "'" + files[1].string() + "': numbers have decimal commas"});
}

TEST_CASE("means are read with errors, repeats and proxies") {
    const Scratch folder;
    const Files file{
        write_bytes(folder / "means.csv", "L,p,A,se,n,ratio\n8,1,0.2,nan,1,\n8,0,0.9,0.01,5,7\n2,0,1,0,3,8\n")};
    auto asked = columns;
    asked.error = "se", asked.repeats = "n", asked.proxies = {"ratio"};
    const auto sizes = read_curves(file, asked).groups[0].sizes;
    REQUIRE(sizes.size() == 2);
    CHECK(sizes[0].size == 2);
    CHECK(sizes[1].error == Numbers{0.01, 0});  // of a single run the error is not defined
    CHECK(sizes[1].repeats == std::vector<std::size_t>{5, 1});
    CHECK(sizes[1].proxies[0][0] == 7);
    CHECK(std::isnan(sizes[1].proxies[0][1]));
    CHECK_FALSE(sizes[1].same_seeds);
}

TEST_CASE("several columns of sizes make one curve of each set") {
    const Scratch folder;
    const Files file{write_bytes(folder / "t.csv", "L,n,p,A\n8,10,0,0.9\n8,20,0,0.8\n8,10,1,0.5\n2,10,0,0.7\n")};
    auto asked = columns;
    asked.more_sizes = {"n"};
    const auto sizes = read_curves(file, asked).groups[0].sizes;
    REQUIRE(sizes.size() == 3);
    CHECK((sizes[0].size == 2 && sizes[0].more_sizes == Numbers{10}));
    CHECK((sizes[1].more_sizes == Numbers{10} && sizes[1].strength == Numbers{0, 1}));
    CHECK(sizes[2].more_sizes == Numbers{20});
    const Files bad{write_bytes(folder / "bad.csv", "L,n,p,A\n8,-10,0,0.9\n")};
    CHECK_THROWS_WITH(read_curves(bad, asked), Catch::Contains("column 'n': -10 must be positive"));
}

TEST_CASE("a bad table is refused by file, line and column") {
    const Scratch folder;
    const auto refuses = [&](const std::string& text, const CurveColumns& asked, const auto& message) {
        const Files file{write_bytes(folder / "t.csv", text)};
        CHECK_THROWS_AS(read_curves(file, asked), DataError);
        CHECK_THROWS_WITH(read_curves(file, asked), message);
    };
    using Catch::Contains;
    refuses("L,p,A\n1,0,0.5\n1,x,0.5\n", columns,
            Contains("t.csv', line 3, column 'p'") && Contains("expected a number"));
    refuses("L,p,A\n1,0,97.3\n", columns, Contains("t.csv', line 2, column 'A': 97.3 must lie in [0, 1]"));
    refuses("L,p,A\n0,0,0.5\n", columns, Contains("line 2, column 'L': 0 must be positive"));
    refuses("L,p,A\n1,nan,0.5\n", columns, Contains("line 2, column 'p': nan must be a finite number"));
    refuses("L,q,A\n1,0,0.5\n", columns, Contains("no column 'p'; it has 'L' 'q' 'A'"));
    refuses("L,p,A\n1,0,nan\n", columns, Contains("no row with an accuracy is left in"));
    auto asked = columns;
    asked.where = {{"p", "7"}};
    refuses("L,p,A\n1,0,0.5\n", asked, Contains("check the conditions on the rows"));
    asked = columns, asked.error = "e";
    refuses("L,p,A,e\n1,0,0.5,0.1\n1,0,0.5,0.1\n", asked, Contains("line 3: size 1 and strength 0 occurred before"));
    refuses("L,p,A,e\n1,0,0.5,-1\n", asked, Contains("column 'e': -1 must be a standard error"));
    asked = columns, asked.repeats = "n";
    refuses("L,p,A,n\n1,0,0.5,2.5\n", asked, Contains("column 'n': 2.5 must be a whole number"));
    CHECK_THROWS_WITH(read_curves({}, columns), Contains("number of files (= 0)"));
}

TEST_CASE("tables hold what the analysis found, an estimate in three cells") {
    SizeAnalysis size{.measured = {.size = 8, .strength = {0, 1}, .runs = {{0.9, 0.8}, {0.1}}}};
    size.fit.p_star = {0.5, 0.4, 0.6};
    size.fit.crossing = {0.3, -std::numeric_limits<double>::infinity(), 0.35};
    size.fit.status = CurveStatus::misfit;
    size.fit.aic = 12;
    size.families = {size.fit};
    size.families[0].aic = 11;
    size.families[0].curve.family = SigmoidFamily::gumbel;
    size.spread.height = {0.07, 0.06, 0.08};
    GroupAnalysis group{"relu", {}};
    group.found.sizes = {size};
    group.found.collapse.nu = {2, 1, 4};
    group.found.collapse.line.overlapping = 5;
    group.found.shuffled.p_value = 0.25;
    group.found.approach.limit = {0.7, 0.6, 0.8};
    group.found.ranking.proxies.resize(2);
    group.found.ranking.proxies[0].log_evidence = 3;
    group.found.ranking.proxies[1].name = "p";
    group.found.ranking.proxies[1].s = {9, 8, 10};
    const std::vector groups{group, group};

    const Scratch folder;
    write_size_fits_csv(folder / "fits.csv", groups);
    const auto fits = read_csv(folder / "fits.csv");
    CHECK(fits.column("group") == std::vector<std::string>{"relu", "relu"});
    CHECK(fits.numbers("p_star_high")[0] == 0.6);
    CHECK(fits.column("crossing_low")[0] == "-inf");
    CHECK(fits.column("best_family")[0] == "gumbel");
    CHECK((fits.numbers("aic")[0] == 12 && fits.numbers("best_aic")[0] == 11));
    CHECK((fits.numbers("least_runs")[1] == 1 && fits.numbers("most_runs")[1] == 2));
    CHECK(fits.numbers("spread_height_low")[0] == 0.06);
    CHECK(fits.column("status")[0] == "misfit");

    write_collapse_csv(folder / "collapse.csv", groups);
    const auto collapse = read_csv(folder / "collapse.csv");
    CHECK((collapse.numbers("nu")[0] == 2 && collapse.numbers("nu_high")[0] == 4));
    CHECK(collapse.numbers("overlapping_line")[0] == 5);
    CHECK(collapse.numbers("shuffle_p_value")[0] == 0.25);
    CHECK(collapse.numbers("p_star_limit_low")[0] == 0.6);
    CHECK(collapse.column("approach_status")[0] == "too_few_sizes");

    write_proxies_csv(folder / "proxies.csv", groups);
    const auto proxies = read_csv(folder / "proxies.csv");
    CHECK(proxies.numbers("rank") == Numbers{1, 2, 1, 2});
    CHECK(proxies.column("proxy")[1] == "p");
    CHECK((proxies.numbers("log_evidence")[0] == 3 && proxies.numbers("s_high")[1] == 10));
}

}  // namespace curve_table_test
