/// The tables of coverage in docs/scaling.md: simulates experiments on planted curves, and prints a row as soon as it
/// is measured. `--help` lists the tables.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "table.hpp"

namespace coverage {
namespace {

void print(const Row& row, std::size_t experiments) {
    std::vector<double> hits, counted, averages;
    for (std::size_t e = 0; e < experiments; ++e) {
        const auto outcome = row.run(static_cast<std::uint32_t>(e));
        hits.resize(outcome.hits.size()), counted.resize(outcome.hits.size()), averages.resize(outcome.averages.size());
        for (std::size_t k = 0; k < hits.size(); ++k)
            if (!std::isnan(outcome.hits[k])) hits[k] += outcome.hits[k], ++counted[k];
        for (std::size_t k = 0; k < averages.size(); ++k) averages[k] += outcome.averages[k];
    }
    std::printf("| %s |", row.text.c_str());
    for (const double sum : averages) std::printf(" %.3g |", sum / static_cast<double>(experiments));
    for (std::size_t k = 0; k < hits.size(); ++k)
        counted[k] > 0 ? std::printf(" %.3f |", hits[k] / counted[k]) : std::printf(" |");
    std::printf(" %zu |\n", experiments);
    std::fflush(stdout);
}

int run(int argc, char** argv) {
    CLI::App app("Simulates experiments on planted curves, and prints how often intervals hold the truth.");
    std::string wanted;
    std::size_t row = 0, experiments = 0;
    const std::vector tables{open_family(), next_runs(), joint_goals(), collapses(), corrections(), several_sizes()};
    std::vector<std::string> names;
    for (const auto& table : tables) names.emplace_back(table.name);
    app.add_option("TABLE", wanted, "a table of docs/scaling.md; minutes to an hour of a core")
        ->required()
        ->check(CLI::IsMember(names));
    app.add_option("ROW", row, "one row of it, counted from 1 [all]")->check(CLI::PositiveNumber);
    app.add_option("EXPERIMENTS", experiments, "of a row [those of the page]")->check(CLI::PositiveNumber);
    app.footer("Example:\n  pstar_coverage collapses 2 100");
    CLI11_PARSE(app, argc, argv);
    const auto& table = *std::ranges::find(tables, wanted, &Table::name);
    if (row > table.rows.size()) {
        std::fprintf(stderr, "pstar_coverage: %s has %zu rows\n", wanted.c_str(), table.rows.size());
        return 2;
    }
    std::printf("|");
    for (const auto& column : table.columns) std::printf(" %s |", column.c_str());
    std::printf(" experiments |\n");
    for (std::size_t k = 0; k < table.rows.size(); ++k)
        if (row == 0 || row == k + 1) print(table.rows[k], experiments > 0 ? experiments : table.rows[k].experiments);
    return 0;
}

}  // namespace
}  // namespace coverage

int main(int argc, char** argv) {
    return coverage::run(argc, argv);
}
