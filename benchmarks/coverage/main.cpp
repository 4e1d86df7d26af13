/// The tables of coverage in docs/scaling.md: simulates experiments on planted curves, and prints a row as soon as it
/// is measured.
///
///     pstar_coverage [TABLE [ROW [EXPERIMENTS]]]    tables: open-family, next-runs, collapses, corrections,
///     several-sizes
///
/// measures all tables, one, or one row of one (counted from 1), with another number of experiments. Without arguments
/// that takes hours of one core.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

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
    for (std::size_t k = 0; k < hits.size(); ++k) std::printf(" %.3f |", hits[k] / counted[k]);
    std::printf(" %zu |\n", experiments);
    std::fflush(stdout);
}

int run(int argc, char** argv) {
    const std::string wanted = argc > 1 ? argv[1] : "";
    const auto number = [&](int k) { return argc > k ? std::strtoul(argv[k], nullptr, 10) : 0; };
    bool any = false;
    for (const auto& table : {open_family(), next_runs(), collapses(), corrections(), several_sizes()}) {
        if (!wanted.empty() && wanted != table.name) continue;
        any = true;
        std::printf("%s\n|", std::string(table.name).c_str());
        for (const auto& column : table.columns) std::printf(" %s |", column.c_str());
        std::printf(" experiments |\n");
        for (std::size_t k = 0; k < table.rows.size(); ++k)
            if (number(2) == 0 || number(2) == k + 1)
                print(table.rows[k], number(3) > 0 ? number(3) : table.rows[k].experiments);
    }
    if (!any) std::fprintf(stderr, "pstar_coverage: there is no table '%s'\n", wanted.c_str());
    return any ? 0 : 2;
}

}  // namespace
}  // namespace coverage

int main(int argc, char** argv) {
    return coverage::run(argc, argv);
}
