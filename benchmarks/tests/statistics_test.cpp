#include "catch.hpp"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "growth/exponent.hpp"
#include "harness/measure.hpp"
#include "harness/profile.hpp"
#include "harness/report.hpp"

TEST_CASE("a summary is the median and the quartiles, between values by straight lines") {
    const auto odd = bench::summarise({5, 1, 4, 2, 3});
    CHECK(odd.median == 3);
    CHECK(odd.low == 2);
    CHECK(odd.high == 4);
    const auto even = bench::summarise({1, 2, 3, 4});
    CHECK(even.median == Approx(2.5));
    CHECK(even.low == Approx(1.75));
    CHECK(bench::summarise({7}).high == 7);
}

TEST_CASE("rounds fit the budget: one at least, at most as many as asked for") {
    const bench::Effort effort{31, 0.1, 10};
    CHECK(bench::rounds_within(effort, 0.2) == 31);
    CHECK(bench::rounds_within(effort, 1) == 10);
    CHECK(bench::rounds_within(effort, 60) == 1);
}

TEST_CASE("contenders do the same work in turns; a missing one keeps its row") {
    // Blocks "last" as long as they say: the peer takes three times as long as ours, the limit half as long.
    const auto lasting = [](double each) {
        return [each](std::size_t repeats) { return each * static_cast<double>(repeats); };
    };
    const bench::Case task{"case",
                           10,
                           {{"ours", bench::Role::ours, lasting(0.01), 500},
                            {"peer", bench::Role::peer, lasting(0.03), 4},
                            {"gone", bench::Role::peer, {}, 2, "install it"},
                            {"limit", bench::Role::limit, lasting(0.005), 2.5}}};
    const auto measured = bench::measure(task, {5, 0.1, 10});
    CHECK(measured["rounds"] == 5);
    const auto& rows = measured["rows"];
    REQUIRE(rows.size() == 4);
    CHECK(rows[0]["rate"][0].get<double>() == Approx(1000));
    CHECK(rows[0]["met"] == true);
    CHECK(rows[1]["ratio"][0].get<double>() == Approx(3));
    CHECK(rows[1]["met"] == false);
    CHECK(rows[2]["missing"] == "install it");
    CHECK(rows[3]["ratio"][0].get<double>() == Approx(2));
    CHECK(rows[3]["met"] == true);

    const nlohmann::json result{{"unit", "runs/s"}, {"scale", 1}, {"cases", {measured}}};
    CHECK(bench::markdown(result).find("|  | gone | missing: install it |") != std::string::npos);
}

TEST_CASE("a task's headline is the case that gains least on its fastest peer, its limit and what is missed") {
    const auto row = [](const std::string& name, bench::Role role, double rate, double ratio) {
        nlohmann::json result{{"contender", name}, {"role", role}, {"rate", {rate, rate, rate}}};
        if (role != bench::Role::ours) result["ratio"] = {ratio, ratio, ratio};
        return result;
    };
    using enum bench::Role;
    nlohmann::json result{{"unit", "Mpixel/s"}, {"scale", 1e6}};
    result["cases"] = {
        {{"name", "easy"},
         {"rows", {row("pstar", ours, 9e6, 0), row("naive", peer, 1e6, 9), row("BLAS", limit, 2e7, 2.5)}}},
        {{"name", "hard"},
         {"rows",
          {row("pstar", ours, 8e6, 0),
           row("pstar in float", peer, 9e6, 0.9),
           {{"contender", "gone"}, {"role", peer}, {"missing", "no"}},
           row("PyTorch", peer, 2e6, 4),
           row("naive", peer, 1e6, 8)}}}};
    CHECK(bench::headline("T", result) ==
          "| T | hard | 8.00 Mpixel/s | PyTorch, 2.00 | 4.00 | 2.50, BLAS (easy) | - |\n");
    result["cases"][0]["rows"][2]["target"] = 2;
    result["cases"][0]["rows"][2]["met"] = false;
    result["cases"][1]["rows"][3]["target"] = 2;
    result["cases"][1]["rows"][3]["met"] = true;
    result["cases"][1]["rows"].push_back(row("its own limit", limit, 1e7, 1.25));
    CHECK(bench::headline("T", result) ==
          "| T | hard | 8.00 Mpixel/s | PyTorch, 2.00 | 4.00 | 1.25, its own limit | **1 of 2** |\n");
    nlohmann::json alone = result;
    alone["cases"] = {result["cases"][0]};
    alone["cases"][0]["rows"].erase(1);
    CHECK(bench::headline("T", alone) == "| T | easy | 9.00 Mpixel/s | - | - | 2.50, BLAS | **1 of 1** |\n");
    alone["cases"][0]["rows"].erase(1);
    CHECK(bench::headline("T", alone) == "| T | easy | 9.00 Mpixel/s | - | - | - | - |\n");
    CHECK(bench::folded("A task", "\n| |\n") == "\n<details><summary>A task</summary>\n\n| |\n\n</details>\n");
}

TEST_CASE("blocks longer than the budget are tried and not repeated") {
    int calls = 0;
    const auto slow = [&calls](std::size_t repeats) { return ++calls, 60.0 * static_cast<double>(repeats); };
    const auto measured = bench::measure({"slow", 1, {{"ours", bench::Role::ours, slow}}}, {31, 0.1, 10});
    CHECK(measured["rounds"] == 1);
    CHECK(calls == 1);
}

TEST_CASE("a line of perf's report becomes a share and a short name") {
    const auto line = bench::parse_profile_line(
        "    61.20%  pstar_benchmarks     [.] void pstar::detail::panel<float, pstar::A<3> >(int, float const*)   -    "
        "  -      \n");
    CHECK(line.percent == Approx(61.2));
    CHECK(line.function == "panel");
    CHECK(bench::parse_profile_line(" 3.00%  libopenblas.so.0  [.] sgemm_kernel_HASWELL").function ==
          "sgemm_kernel_HASWELL");
    CHECK(
        bench::parse_profile_line(" 3.00%  program  [.] bench::(anonymous namespace)::Ours<int>::run(int)").function ==
        "Ours::run");
    CHECK(bench::parse_profile_line(" 3.00%  liblapack.so.3  [.] 0x0000000001").function == "liblapack.so.3");
    CHECK(bench::parse_profile_line("# Samples: 12").percent == 0);
    CHECK(bench::parse_profile_line("\n").percent == 0);
}

TEST_CASE("three digits, never an exponent") {
    CHECK(bench::three_digits(0.07123) == "0.0712");
    CHECK(bench::three_digits(9.996) == "10.0");
    CHECK(bench::three_digits(41273) == "41300");
    CHECK(bench::three_digits(0) == "0.00");
}

TEST_CASE("an exponent is the slope on logarithmic axes, with its standard error") {
    const std::vector<double> x{1, 2, 4, 8};
    std::vector<double> y;
    for (const double at : x) y.push_back(3 * at * at);
    const auto exact = bench::fit_exponent(x, y);
    CHECK(exact.value == Approx(2));
    CHECK(exact.error == Approx(0).margin(1e-7));
    // Residuals of log y: +d, -d, -d, +d, orthogonal to a line in equidistant log x; so the slope stays, and its error
    // is sqrt(4 d^2 / 2 / sum u^2) with u = (-1.5, -0.5, 0.5, 1.5) log 2.
    const double d = 0.1;
    const std::vector<double> sign{1, -1, -1, 1};
    for (std::size_t i = 0; i < y.size(); ++i) y[i] *= std::exp(sign[i] * d);
    const auto bent = bench::fit_exponent(x, y);
    CHECK(bent.value == Approx(2));
    CHECK(bent.error == Approx(std::sqrt(2 * d * d / (5 * std::log(2.0) * std::log(2.0)))));
    CHECK_THROWS_AS(bench::fit_exponent(x, std::vector<double>{1, 2}), std::invalid_argument);
    CHECK_THROWS_AS(bench::fit_exponent(std::vector<double>{1, 2}, std::vector<double>{1, 0}), std::invalid_argument);
}
