// Spectra of tangent kernels collected from results, and their tables.
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/experiment/analysis/spectra_tables.hpp>
#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "experiment/analysis/planted_results.hpp"

namespace spectra_test {

using namespace planted;
using Values = std::vector<double>;

namespace {

pstar::ProbedKernel kernel(const Values& eigenvalues) {
    return {pstar::spectrum_of_eigenvalues(eigenvalues), 0.25};
}

/// A network at strengths 1 and 0, two repeats, on clean inputs: kernels of rank 2 at 0, one of all zeros at 1, and a
/// run that failed.
pstar::Results planted() {
    auto results = no_results();
    results.settings.kernel_probe = {.corrupted = false};
    results.settings.seed = pstar::Seed{3};
    add_runs(results, {.width = 4}, {1, 0}, 2, [](double strength, std::size_t) { return 0.9 - strength / 2; });
    results.outcomes[0].value->kernel = kernel({0, 0, 0});
    results.outcomes[1] = failed();
    results.outcomes[2].value->kernel = kernel({3, 1, 0});
    results.outcomes[3].value->kernel = kernel({1, 1, 0});
    return results;
}

class Table {
public:
    Table() : path_(std::filesystem::temp_directory_path() / ("pstar_spectra_" + std::to_string(::getpid()))) {}
    Table(const Table&) = delete;
    ~Table() { std::filesystem::remove(path_); }
    const std::filesystem::path& path() const { return path_; }
    pstar::CsvTable read() const { return pstar::read_csv(path_); }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("spectra are collected by strength and repeat, and those that are missing are counted") {
    const auto results = planted();
    const auto curves = pstar::kernel_spectra(results);
    REQUIRE(curves.size() == 1);
    REQUIRE(curves[0].points.size() == 2);
    const auto &none = curves[0].points[1], &both = curves[0].points[0];
    CHECK(both.strength == 0);
    REQUIRE(both.kernels.size() == 2);
    CHECK(both.kernels[1].repeat == 1);
    CHECK(both.kernels[1].kernel == &*results.outcomes[3].value->kernel);
    CHECK(pstar::accuracies_of(both) == Values{0.9, 0.9});
    CHECK(none.kernels.empty());
    CHECK((none.zero_trace == 1 && none.no_network == 1 && none.indefinite == 0));
    CHECK(curves[0].trend.seeds == 0);
}

TEST_CASE("numbers of kernels, their eigenvalues above zero and the shares of those") {
    const auto results = planted();
    const auto point = pstar::kernel_spectra(results)[0].points[0];
    using enum pstar::SpectrumNumber;
    CHECK(pstar::values_of(point, trace) == Values{4, 2});
    CHECK(pstar::values_of(point, top_share) == Values{0.75, 0.5});
    CHECK(pstar::values_of(point, nonzero) == Values{2, 2});
    CHECK(pstar::values_of(point, alignment) == Values{0.25, 0.25});
    CHECK(pstar::values_of(point, rank)[1] == Approx(2));
    CHECK(pstar::values_of(point, entropy)[1] == Approx(std::log(2.0)));
    CHECK(pstar::values_of(point, participation)[0] == Approx(16.0 / 10));
    CHECK(pstar::positive_eigenvalues(point) == Values{3, 1, 1, 1});
    CHECK(pstar::mean_eigenvalue_shares(point) == Values{0.625, 0.375});
    CHECK(pstar::mean_eigenvalue_shares({}).empty());
}

TEST_CASE("kernels that were not asked for are not looked for") {
    auto results = planted();
    results.settings.kernel_probe->corrupted = true;
    const auto curves = pstar::kernel_spectra(results);
    REQUIRE(curves.size() == 2);
    CHECK(curves[1].inputs == pstar::TestImages::corrupted);
    CHECK(curves[1].points[0].kernels.empty());
    results.settings.kernel_probe.reset();
    CHECK_THROWS_AS(pstar::kernel_spectra(results), std::invalid_argument);
}

TEST_CASE("the tables of spectra have one row per eigenvalue, point and curve") {
    const auto results = planted();
    const auto curves = pstar::kernel_spectra(results);
    const Table table;
    pstar::write_eigenvalues_csv(table.path(), results.settings.seed, curves);
    auto csv = table.read();
    CHECK(csv.numbers("eigenvalue") == Values{3, 1, 0, 1, 1, 0});
    CHECK(csv.numbers("index") == Values{1, 2, 3, 1, 2, 3});
    CHECK(csv.numbers("seed")[3] == static_cast<double>(pstar::repeat_seed(pstar::Seed{3}, 1).value));
    CHECK(csv.column("inputs")[0] == "clean");
    pstar::write_spectra_csv(table.path(), curves);
    csv = table.read();
    CHECK(csv.numbers("p") == Values{0, 1});
    CHECK(csv.numbers("seeds") == Values{2, 0});
    CHECK(csv.numbers("mean_ntk_trace")[0] == 3);
    CHECK(csv.numbers("stderr_ntk_trace")[0] == Approx(1));  // 4 and 2: deviation sqrt(2), over sqrt(2)
    CHECK(std::isnan(csv.numbers("mean_ntk_rank")[1]));
    CHECK(csv.numbers("zero_trace") == Values{0, 1});
    CHECK(csv.numbers("no_network") == Values{0, 1});
    pstar::write_spectra_trends_csv(table.path(), curves);
    csv = table.read();
    CHECK(csv.column("verdict") == std::vector<std::string>{"undecided"});
    CHECK(std::isnan(csv.numbers("slope")[0]));
    CHECK(std::isnan(csv.numbers("largest_at")[0]));
}

}  // namespace spectra_test
