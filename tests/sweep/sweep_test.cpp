#include <pstar/sweep/sweep.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace sweep_test {

namespace {

namespace fs = std::filesystem;

struct Run {
    double strength = 0;
    std::size_t width = 1, repeat = 0;
};

pstar::Grid<Run> grid(std::size_t repeats = 3) {
    return pstar::Grid<Run>()
        .axis("strength", &Run::strength, {0, 0.5, 1})
        .axis("width", &Run::width, {2, 8})
        .repeats("repeat", &Run::repeat, repeats);
}

/// A pure function of the run, with digits in every place; its scatter over repeats grows with strength.
double body(const Run& run) {
    const auto word = pstar::derive(pstar::Seed{run.repeat}, run.width).value;
    return run.strength * static_cast<double>(word) / 1.8e19 + 1 / static_cast<double>(run.width + run.repeat);
}

/// A path for a journal, removed afterwards.
struct Scratch {
    fs::path path = fs::temp_directory_path() / ("pstar_sweep_" + std::to_string(::getpid()) + ".jsonl");
    Scratch() { fs::remove(path); }
    ~Scratch() { fs::remove(path); }
    std::vector<std::string> sorted_lines() const {
        std::ifstream file(path);
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        std::sort(lines.begin(), lines.end());
        return lines;
    }
};
const nlohmann::ordered_json configuration{{"seed", 1}};

std::vector<double> values(const std::vector<pstar::Outcome<double>>& outcomes) {
    std::vector<double> result;
    for (const auto& outcome : outcomes) result.push_back(outcome.value.value());
    return result;
}

}  // namespace

TEST_CASE("every executor gives the same numbers, bit for bit, in the grid's order") {
    const auto runs = grid().runs();
    for (const std::size_t threads : {1U, 2U, 4U}) {
        const auto found = values(pstar::sweep(grid(), body, {.threads = threads}));
        REQUIRE(found.size() == runs.size());
        for (std::size_t i = 0; i < runs.size(); ++i) CHECK(found[i] == body(runs[i]));
    }
    CHECK(values(pstar::sweep(grid(), body, {.executor = pstar::run_serially})) ==
          values(pstar::sweep(grid(), body, {.threads = 3})));
}

TEST_CASE("an interrupted sweep continues where it stopped; its journal equals the uninterrupted one") {
    const Scratch scratch;
    std::vector<double> numbers;
    {
        pstar::Journal journal(scratch.path, configuration);
        numbers = values(pstar::sweep(grid(), body, {.threads = 2, .journal = &journal}));
    }
    const auto expected = scratch.sorted_lines();
    CHECK(expected.size() == grid().size() + 1);
    fs::remove(scratch.path);

    std::atomic<std::size_t> called = 0;
    const auto counting = [&](const Run& run) { return ++called, body(run); };
    std::size_t rounds = 0;
    for (bool complete = false; !complete; ++rounds) {
        pstar::Journal journal(scratch.path, configuration);
        std::size_t there = 0, ended = 0;
        const auto outcomes = pstar::sweep(grid(), counting,
                                           {.threads = 2,
                                            .journal = &journal,
                                            .stop = [&] { return ended >= 4; },
                                            .on_start =
                                                [&](std::span<const pstar::Outcome<double>> found) {
                                                    for (const auto& outcome : found)
                                                        there += outcome.skipped() ? 0 : 1;
                                                },
                                            .on_run =
                                                [&](const pstar::RunEnded<double>& run) {
                                                    CHECK(run.done == there + ++ended);
                                                    CHECK(run.total == grid().size());
                                                }});
        complete = std::none_of(outcomes.begin(), outcomes.end(), [](const auto& o) { return o.skipped(); });
        if (complete) CHECK(values(outcomes) == numbers);
    }
    CHECK(rounds >= 3);
    CHECK(called == grid().size());
    CHECK(scratch.sorted_lines() == expected);
}

TEST_CASE("rounds follow from the outcomes of the rounds before, whatever the threads and interruptions") {
    // 3 runs to begin with, then the two behind the best of the round before, four times
    const auto round_after = [](const std::vector<std::size_t>& before, auto outcomes) {
        const auto best = std::ranges::max(before, {}, [&](std::size_t i) { return *outcomes[i].value; });
        return std::vector<std::size_t>{(best + 1) % outcomes.size(), (best + 2) % outcomes.size()};
    };
    const auto chooser = [&](std::vector<std::vector<std::size_t>>& rounds) {
        return [&](std::size_t round, std::span<const pstar::Outcome<double>> outcomes) {
            if (round == 0) rounds.clear();
            REQUIRE(rounds.size() == round);
            for (const auto& earlier : rounds)
                for (const auto i : earlier) REQUIRE(outcomes[i].value.has_value());
            if (round == 5) return std::vector<std::size_t>{};
            rounds.push_back(round == 0 ? std::vector<std::size_t>{0, 3, 5} : round_after(rounds.back(), outcomes));
            return rounds.back();
        };
    };
    std::vector<std::vector<std::size_t>> expected;
    std::vector<std::size_t> done;
    const auto indices_of = [](const auto& outcomes) {
        std::vector<std::size_t> indices;
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (!outcomes[i].skipped()) indices.push_back(i);
        return indices;
    };
    done = indices_of(pstar::sweep(grid(), body, {.threads = 1, .next_round = chooser(expected)}));
    CHECK(expected.size() == 5);
    CHECK(done.size() < grid().size());
    for (const std::size_t threads : {2U, 4U}) {
        std::vector<std::vector<std::size_t>> rounds;
        CHECK(indices_of(pstar::sweep(grid(), body, {.threads = threads, .next_round = chooser(rounds)})) == done);
        CHECK(rounds == expected);
    }
    const Scratch scratch;
    std::size_t starts = 0, calls = 0;
    const auto counting = [&](const Run& run) { return ++calls, body(run); };
    for (std::size_t had = 0; had < done.size(); ++starts) {
        pstar::Journal journal(scratch.path, configuration);
        std::vector<std::vector<std::size_t>> rounds;
        std::size_t ended = 0;
        had = indices_of(pstar::sweep(grid(), counting,
                                      {.threads = 1,
                                       .journal = &journal,
                                       .next_round = chooser(rounds),
                                       .stop = [&] { return ended >= 2; },
                                       .on_run = [&](const auto&) { ++ended; }}))
                  .size();
        REQUIRE(starts < 50);
    }
    CHECK(starts >= 2);
    CHECK(calls == done.size());

    std::vector<std::vector<std::size_t>> rounds;
    CHECK_THROWS_AS(pstar::sweep(grid(), body, {.shard = {0, 2}, .next_round = chooser(rounds)}),
                    std::invalid_argument);
    CHECK_THROWS_AS(pstar::sweep(grid(), body,
                                 {.threads = 1,
                                  .next_round = [](std::size_t, auto) { return std::vector<std::size_t>{1'000'000}; }}),
                    std::invalid_argument);
    CHECK_THROWS_AS(
        pstar::sweep(grid(), body, {.repeat_rule = {.minimum = 2, .until_error = 0.1}, .next_round = chooser(rounds)}),
        std::invalid_argument);
}

TEST_CASE("a run that throws is recorded with its message, others continue, and it is retried only if asked") {
    const Scratch scratch;
    std::size_t calls = 0;
    bool mended = false;
    const auto fragile = [&](const Run& run) {
        ++calls;
        if (run.width == 8 && run.strength == 0.5 && !mended)
            throw std::runtime_error("no memory for " + std::to_string(run.repeat));
        return body(run);
    };
    const auto run = [&](bool retry) {
        pstar::Journal journal(scratch.path, configuration);
        calls = 0;
        return pstar::sweep(grid(), fragile, {.threads = 1, .journal = &journal, .retry_failed = retry});
    };
    const auto check = [](const std::vector<pstar::Outcome<double>>& outcomes) {
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const bool fails = i / 3 == 3;
            CHECK(outcomes[i].value.has_value() == !fails);
            CHECK(outcomes[i].error == (fails ? "no memory for " + std::to_string(i % 3) : ""));
            CHECK(!outcomes[i].skipped());
        }
    };
    check(run(false));
    CHECK(calls == 18);
    check(run(false));
    CHECK(calls == 0);
    mended = true;
    const auto healed = run(true);
    CHECK(calls == 3);
    for (std::size_t i = 0; i < 18; ++i) CHECK(healed[i].value == body(grid()[i]));
    CHECK(values(run(false)) == values(healed));
    CHECK(values(run(true)) == values(healed));
    CHECK(calls == 0);
}

TEST_CASE("a result that is not a number is recorded as diverged, comes back as it was, and is not usable") {
    const Scratch scratch;
    const auto wild = [](const Run& run) {
        if (run.repeat == 0) return std::vector<double>{1, std::nan("")};
        if (run.repeat == 1) return std::vector<double>{-std::numeric_limits<double>::infinity(), 2};
        return std::vector<double>{0.1, 0.2};
    };
    for (int round = 0; round < 2; ++round) {  // computed, then read
        pstar::Journal journal(scratch.path, configuration);
        const auto outcomes = pstar::sweep(grid(), wild, {.journal = &journal});
        CHECK(std::isnan(outcomes[0].value->at(1)));
        CHECK(std::isinf(outcomes[1].value->at(0)));
        CHECK(pstar::usable(outcomes[0]) == nullptr);
        CHECK(pstar::usable(outcomes[1]) == nullptr);
        REQUIRE(pstar::usable(outcomes[2]) != nullptr);
        CHECK(*pstar::usable(outcomes[2]) == std::vector<double>{0.1, 0.2});
        CHECK(std::isnan(outcomes[2].seconds) == (round == 1));
    }
    std::map<std::string, int> statuses;
    for (const auto& line : scratch.sorted_lines()) ++statuses[nlohmann::json::parse(line).value("status", "none")];
    CHECK(statuses == std::map<std::string, int>{{"diverged", 12}, {"finished", 6}, {"none", 1}});
}

TEST_CASE("torn, damaged, doubled and nonsensical records are reported and their runs done again") {
    const Scratch scratch;
    {
        pstar::Journal journal(scratch.path, configuration);
        pstar::sweep(grid(), body, {.threads = 1, .journal = &journal});
    }
    const auto expected = scratch.sorted_lines();
    std::vector<std::string> lines;
    {
        std::ifstream file(scratch.path);
        for (std::string line; std::getline(file, line);) lines.push_back(line);
    }
    lines[4][10] ^= 1;    // damaged
    lines[6] = lines[7];  // doubled, and one missing
    auto nonsense = pstar::unsealed(lines[9]).value();
    nonsense["result"] = "many";
    lines[9] = pstar::sealed_line(nonsense);
    lines.back().resize(lines.back().size() / 2);  // torn
    {
        std::ofstream file(scratch.path);
        for (const auto& line : lines) file << line << (&line == &lines.back() ? "" : "\n");
    }
    std::vector<std::string> notes;
    std::size_t calls = 0;
    pstar::Journal journal(scratch.path, configuration);
    const auto outcomes = pstar::sweep(
        grid(), [&](const Run& run) { return ++calls, body(run); },
        {.threads = 1, .journal = &journal, .on_note = [&](const std::string& note) { notes.push_back(note); }});
    CHECK(calls == 4);
    REQUIRE(notes.size() == 4);
    CHECK_THAT(notes[0], Catch::Contains("line 5 of") && Catch::Contains("damaged"));
    CHECK_THAT(notes[1], Catch::Contains("line 19 of") && Catch::Contains("torn"));
    CHECK_THAT(notes[2], Catch::Contains("line 8 of") && Catch::Contains("repeats an earlier one"));
    CHECK_THAT(notes[3], Catch::Contains("line 10 of") && Catch::Contains("does not hold a result"));
    for (std::size_t i = 0; i < 18; ++i) CHECK(outcomes[i].value == body(grid()[i]));
    // Every line of the whole journal is there again.
    const auto repaired = scratch.sorted_lines();
    CHECK(std::includes(repaired.begin(), repaired.end(), expected.begin(), expected.end()));
}

TEST_CASE("a journal serves a grid that has grown") {
    const Scratch scratch;
    std::size_t calls = 0;
    const auto counting = [&](const Run& run) { return ++calls, body(run); };
    pstar::Journal journal(scratch.path, configuration);
    pstar::sweep(grid(2), counting, {.threads = 1, .journal = &journal});
    CHECK(calls == 12);
    CHECK(values(pstar::sweep(grid(3), counting, {.threads = 1, .journal = &journal})) ==
          values(pstar::sweep(grid(3), body)));
    CHECK(calls == 18);
}

TEST_CASE("shards run every run once, with the numbers of the whole") {
    std::vector<double> together(18, -1);
    for (std::size_t shard = 1; shard <= 4; ++shard) {
        const auto outcomes = pstar::sweep(grid(), body, {.shard = {shard, 4}});
        for (std::size_t i = 0; i < 18; ++i)
            if (!outcomes[i].skipped()) {
                CHECK(together[i] == -1);
                together[i] = *outcomes[i].value;
            }
    }
    CHECK(together == values(pstar::sweep(grid(), body)));
}

TEST_CASE("adaptive repeats end where the error bar is small enough, and do not depend on threads or interruptions") {
    const auto found = [&](std::size_t threads, pstar::Journal* journal, const std::function<bool()>& stop) {
        return pstar::sweep(
            grid(40), body,
            {.threads = threads, .journal = journal, .repeat_rule = {.minimum = 5, .until_error = 0.02}, .stop = stop});
    };
    const auto outcomes = found(1, nullptr, {});
    std::set<std::size_t> counts;
    for (std::size_t point = 0; point < 6; ++point) {
        std::vector<double> numbers;
        for (std::size_t repeat = 0; repeat < 40; ++repeat)
            if (const auto& outcome = outcomes[point * 40 + repeat]; !outcome.skipped()) {
                CHECK(numbers.size() == repeat);  // no gaps
                numbers.push_back(*outcome.value);
            }
        counts.insert(numbers.size());
        CHECK(numbers.size() >= 5);
        CHECK((pstar::moments(numbers).sem <= 0.02 || numbers.size() == 40));
    }
    CHECK(counts.size() >= 3);  // the rule decided differently
    const auto same = [&](const std::vector<pstar::Outcome<double>>& others) {
        for (std::size_t i = 0; i < outcomes.size(); ++i) CHECK(others[i].value == outcomes[i].value);
    };
    same(found(3, nullptr, {}));
    const Scratch scratch;
    for (int round = 0; round < 30; ++round) {
        pstar::Journal journal(scratch.path, configuration);
        int turns = 0;
        const auto now = found(2, &journal, [&] { return ++turns > 12; });
        if (turns <= 12) {
            same(now);
            return;
        }
    }
    FAIL("the interrupted sweep did not come to an end");
}

TEST_CASE("types of your own travel by their to_json and from_json") {
    const auto counts = pstar::sweep(grid(), [](const Run& run) {
        return std::map<std::string, std::size_t>{{"repeat", run.repeat}, {"width", run.width}};
    });
    CHECK(counts[5].value == std::map<std::string, std::size_t>{{"repeat", 2}, {"width", 8}});
    const auto words = pstar::sweep(grid(), [](const Run& run) { return std::string(run.width, 'w'); });
    CHECK(words[0].value == "ww");
}

TEST_CASE("options that do not fit are refused") {
    CHECK_THROWS_AS(pstar::sweep(grid(), body, {.shard = {5, 4}}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::sweep(grid(), body, {.repeat_rule = {.minimum = 1}}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::sweep(grid(), body, {.costs = {1, 2}}), std::invalid_argument);
}

}  // namespace sweep_test
