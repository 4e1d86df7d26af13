#include <pstar/sweep/run_store.hpp>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"

namespace run_store_test {

namespace own {

/// A run and a result that the library does not know.
struct Run {
    std::string method = "plain";
    double strength = 0;
    std::size_t repeat = 0;
};
struct Result {
    double score = 0;
    std::vector<int> counts;
    friend bool operator==(const Result&, const Result&) = default;
};
void to_json(nlohmann::ordered_json& json, const Result& result) {
    json = {{"score", result.score}, {"counts", result.counts}};
}
void from_json(const nlohmann::ordered_json& json, Result& result) {
    json.at("score").get_to(result.score);
    json.at("counts").get_to(result.counts);
}

}  // namespace own

namespace {

namespace fs = std::filesystem;
using own::Result;
using own::Run;

/// A folder that is removed afterwards.
struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "pstar_store_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
};

pstar::Grid<Run> grid(std::vector<double> strengths = {0, 0.5}, std::size_t repeats = 3) {
    return pstar::Grid<Run>()
        .axis("method", &Run::method, {"plain", "two, \"quoted\""})
        .axis("strength", &Run::strength, std::move(strengths))
        .repeats("repeat", &Run::repeat, repeats);
}
Result body(const Run& run) {
    const auto n = static_cast<double>(run.repeat + 1);
    return {run.strength / 3 + 1 / n + static_cast<double>(run.method.size()), {1, static_cast<int>(run.repeat)}};
}
pstar::RunStoreOptions in(const fs::path& path) {
    return {.folder = {.path = path, .name = "own_sweep", .settings = {{"epochs", 5}, {"rate", 0.1}}}};
}
std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void put(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}
std::string state_of(const fs::path& folder) {
    return pstar::read_json(folder / "config.json").at("state");
}

using Outcomes = std::vector<pstar::Outcome<Result>>;

/// A whole start: claims the folder, does what is missing, ends. `calls` counts the runs that were done.
Outcomes start(const fs::path& path, std::size_t& calls, pstar::Grid<Run> runs = grid()) {
    calls = 0;
    pstar::RunStore store(std::move(runs), in(path));
    auto outcomes = store.run([&](const Run& run) { return ++calls, body(run); }, {.threads = 1});
    store.finish();
    return outcomes;
}
void check_all(const Outcomes& outcomes, const pstar::Grid<Run>& runs = grid()) {
    REQUIRE(outcomes.size() == runs.size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) CHECK(outcomes[i].value == body(runs[i]));
}

/// The exit status of a process of its own that does `work`: what that returns, 7 for `DataError`.
template <class Work>
int in_another_process(const Work& work) {
    const auto child = ::fork();
    if (child == 0) {
        try {
            ::_exit(work());
        } catch (const pstar::DataError&) {
            ::_exit(7);
        } catch (...) {
            ::_exit(8);
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a store keeps runs and results of your own, and says what its folder holds") {
    const Folder folder;
    const auto out = folder.path / "a" / "out";
    std::size_t calls = 0;
    auto options = in(out);
    options.folder.details = {{"command", "own_sweep --epochs 5"}};
    {
        pstar::RunStore store(grid(), options);
        CHECK(state_of(out) == "running");
        CHECK(store.folder().path() == out);
        CHECK(store.folder() / "runs.csv" == out / "runs.csv");
        check_all(store.run(body, {.threads = 2}));
        CHECK(state_of(out) == "running");  // the tables are not written yet
        store.finish();
    }
    const auto config = pstar::read_json(out / "config.json");
    CHECK(config.at("program") == "own_sweep");
    CHECK(config.at("state") == "complete");
    CHECK(config.at("settings") == nlohmann::json{{"epochs", 5}, {"rate", 0.1}});
    CHECK(config.at("command") == "own_sweep --epochs 5");
    CHECK(config.at("host").at("processor").get<std::string>().find(" cores") != std::string::npos);

    const auto journal = contents(out / "journal.jsonl"), text = contents(out / "config.json");
    check_all(start(out, calls));
    CHECK(calls == 0);
    CHECK(contents(out / "journal.jsonl") == journal);
    CHECK(contents(out / "config.json") == text);
}

TEST_CASE("the seconds of earlier starts are found again, in columns named as the axes") {
    const Folder folder;
    std::size_t calls = 0;
    const auto first = start(folder.path, calls);
    const auto timings = pstar::read_csv(folder.path / "timings.csv");
    CHECK(timings.header == std::vector<std::string>{"method", "strength", "repeat", "seconds"});
    CHECK(timings.rows.size() == 12);
    CHECK(timings.column("method").back() == "two, \"quoted\"");
    const auto again = start(folder.path, calls);
    const auto seconds = timings.numbers("seconds");  // in the order of one thread: repeat 0 of all points first
    for (std::size_t i = 0; i < first.size(); ++i) {
        CHECK(first[i].seconds >= 0);
        CHECK(again[i].seconds == first[i].seconds);
        CHECK(seconds[i % 3 * 4 + i / 3] == first[i].seconds);
    }
}

TEST_CASE("timings that cannot be read are left out, and nothing is added to a file with other columns") {
    const Folder folder;
    std::size_t calls = 0;
    start(folder.path, calls);
    const auto text = contents(folder.path / "timings.csv");
    put(folder.path / "timings.csv", text.substr(0, text.size() - 2));  // the last line is incomplete
    auto outcomes = start(folder.path, calls);
    std::size_t unknown = 0;
    for (const auto& outcome : outcomes) unknown += std::isnan(outcome.seconds);
    CHECK(unknown == 1);

    const std::string other = "width,seconds\n64,nan\n64,-1\n64\n\xff,";
    put(folder.path / "timings.csv", other);
    start(folder.path, calls, grid({0, 0.5, 1}));  // six more runs
    CHECK(calls == 6);
    CHECK(contents(folder.path / "timings.csv") == other);
    for (const auto& outcome : start(folder.path, calls)) CHECK(std::isnan(outcome.seconds));
}

TEST_CASE("cut off at any byte of the journal, a sweep ends with the same results") {
    const Folder folder;
    std::size_t calls = 0;
    start(folder.path, calls);
    REQUIRE(calls == 12);
    const auto text = contents(folder.path / "journal.jsonl");
    for (std::size_t size = 0; size <= text.size(); size += 13) {
        std::size_t whole = 0;  // records that are complete, with or without their line break
        for (auto end = text.find('\n', text.find('\n') + 1); end != text.npos; end = text.find('\n', end + 1))
            whole += size >= end;
        put(folder.path / "journal.jsonl", text.substr(0, size));
        INFO(size);
        check_all(start(folder.path, calls));
        CHECK(calls == 12 - whole);
        CHECK(state_of(folder.path) == "complete");
    }
}

TEST_CASE("a folder of another sweep is refused and left as it was") {
    const Folder folder;
    std::size_t calls = 0;
    const auto out = folder.path / "out";
    start(out, calls);
    const auto config = contents(out / "config.json"), journal = contents(out / "journal.jsonl");
    const auto refused = [&](const pstar::RunStoreOptions& options, const std::string& reason) {
        INFO(reason);
        try {
            pstar::RunStore store(grid(), options);
            FAIL("not refused");
        } catch (const pstar::RunFolderError& error) {
            CHECK(error.path() == fs::absolute(options.folder.path).lexically_normal());
            CHECK_THAT(error.reason(), Catch::Contains(reason));
            CHECK_THAT(error.what(), Catch::Contains(out.string()) || Catch::Contains(folder.path.string()));
        }
    };
    auto other = in(out);
    other.folder.name = "another_sweep";
    refused(other, "holds results of \"own_sweep\"");
    other = in(out);
    other.folder.settings["epochs"] = 6;
    refused(other, "holds another configuration (epochs 5 there, 6 here)");

    auto newer = pstar::read_json<nlohmann::ordered_json>(out / "config.json");
    newer["pstar"] = "9.9.9";
    pstar::write_json(out / "config.json", newer);
    refused(in(out), "holds results of pstar \"9.9.9\"");
    for (const std::string text : {"", "{}", "[1]", "mine"}) {
        put(out / "config.json", text);
        refused(in(out), "holds a config.json that no sweep of pstar wrote");
        CHECK(contents(out / "config.json") == text);
    }
    put(out / "config.json", config);
    CHECK(contents(out / "journal.jsonl") == journal);

    fs::create_directory(folder.path / "tables");
    put(folder.path / "tables" / "runs.csv", "mine\n");
    refused(in(folder.path / "tables"), "holds a runs.csv without its config.json");
    CHECK(contents(folder.path / "tables" / "runs.csv") == "mine\n");
    CHECK(!fs::exists(folder.path / "tables" / "config.json"));

    put(folder.path / "file", "not a folder");
    refused(in(folder.path / "file"), "cannot be made");
    refused(in(folder.path / "file" / "below"), "cannot be made");
}

TEST_CASE("a journal of another configuration is refused before anything is written") {
    const Folder folder;
    { const pstar::Journal journal(folder.path / "journal.jsonl", {{"epochs", 6}}); }
    const auto journal = contents(folder.path / "journal.jsonl");
    auto options = in(folder.path);
    options.configuration = {{"epochs", 5}};
    CHECK_THROWS_WITH(pstar::RunStore(grid(), options), Catch::Contains("epochs 6 there, 5 here"));
    CHECK(contents(folder.path / "journal.jsonl") == journal);
    CHECK(!fs::exists(folder.path / "config.json"));
}

TEST_CASE("shards run side by side in one folder, and a store without a shard takes them over") {
    const Folder folder;
    std::size_t calls = 0;
    const auto out = folder.path / "out";
    for (const std::size_t index : {1, 2, 3}) {
        auto options = in(out);
        options.shard = pstar::Shard{index, 3};
        CHECK(in_another_process([&] {
                  pstar::RunStore store(grid(), options);
                  const auto outcomes = store.run(body, {.threads = 1});
                  store.finish();
                  return static_cast<int>(
                      std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome.skipped(); }));
              }) == 4);
        CHECK(state_of(out) == "partial");
    }
    CHECK(pstar::shard_journals(out) == std::vector<fs::path>{out / "journal.0-of-3.jsonl",
                                                              out / "journal.1-of-3.jsonl",
                                                              out / "journal.2-of-3.jsonl"});
    CHECK(pstar::recorded_runs(grid(), pstar::find_journals(out), in(out).folder.settings) ==
          std::vector<bool>(12, true));
    fs::copy(out, folder.path / "copy");
    {
        const pstar::RunStore store(grid(), in(out));
        CHECK(store.merged().journals == 3);
        CHECK(store.merged().added == 12);
    }
    const auto outcomes = start(out, calls);
    check_all(outcomes);
    CHECK(calls == 0);
    for (const auto& outcome : outcomes) CHECK(outcome.seconds >= 0);

    // Journals from elsewhere, by file and folder; their times come with them.
    auto elsewhere = in(folder.path / "elsewhere");
    elsewhere.merge = {folder.path / "copy" / "journal.0-of-3.jsonl", folder.path / "copy"};
    {
        pstar::RunStore store(grid(), elsewhere);
        CHECK(store.merged().added == 12);
        const auto collected = store.collect<Result>();
        check_all(collected.outcomes);
        CHECK(collected.missing == 0);
        for (const auto& outcome : collected.outcomes) CHECK(outcome.seconds >= 0);
    }
    elsewhere.merge = {folder.path / "nowhere"};
    elsewhere.folder.path = folder.path / "new";
    CHECK_THROWS_AS(pstar::RunStore(grid(), elsewhere), pstar::DataError);
    CHECK(!fs::exists(folder.path / "new"));
    elsewhere.merge = {out};
    elsewhere.folder.settings["epochs"] = 6;
    CHECK_THROWS_WITH(pstar::RunStore(grid(), elsewhere), Catch::Contains("epochs 5 there, 6 here"));
    elsewhere.shard = pstar::Shard{0, 2};
    CHECK_THROWS_AS(pstar::RunStore(grid(), elsewhere), std::invalid_argument);
}

TEST_CASE("two results of one run are reported, and the first one stays") {
    const Folder folder;
    std::size_t calls = 0;
    start(folder.path / "out", calls);
    {
        pstar::RunStore store(grid(), in(folder.path / "other"));
        store.run([](const Run&) { return Result{}; }, {.threads = 1});
    }
    auto options = in(folder.path / "out");
    options.merge = {folder.path / "other"};
    std::vector<std::string> notes;
    options.on_note = [&](const std::string& note) { notes.push_back(note); };
    const pstar::RunStore store(grid(), options);
    REQUIRE(notes.size() == 12);
    CHECK_THAT(notes[0], Catch::Contains("line 2 of") && Catch::Contains("another result"));
    check_all(pstar::RunStore(grid(), in(folder.path / "third")).run(body));
}

TEST_CASE("a second process is refused until the first has ended") {
    const Folder folder;
    const auto open = [&] {
        const pstar::RunStore store(grid(), in(folder.path));
        return 0;
    };
    {
        const pstar::RunStore first(grid(), in(folder.path));
        const auto config = contents(folder.path / "config.json");
        CHECK(in_another_process(open) == 7);
        CHECK(contents(folder.path / "config.json") == config);
        auto options = in(folder.path);
        options.shard = pstar::Shard{0, 2};
        CHECK(in_another_process([&] {
                  const pstar::RunStore store(grid(), options);
                  return 0;
              }) == 0);  // has a journal of its own
    }
    CHECK(in_another_process(open) == 0);
}

TEST_CASE("a sweep that was stopped or has failed runs is partial until all are done") {
    const Folder folder;
    int turns = 0;
    {
        pstar::RunStore store(grid(), in(folder.path));
        store.run(body, {.threads = 1, .stop = [&] { return ++turns > 5; }});
        CHECK(store.collect<Result>().missing == 7);
        store.finish();
    }
    CHECK(state_of(folder.path) == "partial");
    const auto failing = [](const Run& run) -> Result {
        if (run.repeat == 2) throw std::runtime_error("no memory");
        return body(run);
    };
    {
        pstar::RunStore store(grid(), in(folder.path));
        store.run(failing, {.threads = 1});
        store.finish();
    }
    CHECK(state_of(folder.path) == "partial");
    pstar::RunStore store(grid(), in(folder.path));
    check_all(store.run(body, {.threads = 1, .retry_failed = true}));
    store.finish();
    CHECK(state_of(folder.path) == "complete");
}

TEST_CASE("a sweep that is stopped after its last run is complete") {
    const Folder folder;
    std::size_t calls = 0;
    pstar::RunStore store(grid(), in(folder.path));
    check_all(store.run([&](const Run& run) { return ++calls, body(run); },
                        {.threads = 1, .stop = [&] { return calls == 12; }}));
    store.finish();
    CHECK(state_of(folder.path) == "complete");
}

TEST_CASE("a complete folder stays so until a run is added") {
    const Folder folder;
    std::size_t calls = 0;
    start(folder.path, calls);
    {
        const pstar::RunStore store(grid(), in(folder.path));
        CHECK(store.folder().was_complete());
        CHECK(state_of(folder.path) == "complete");
        store.finish();  // without a run
    }
    CHECK(state_of(folder.path) == "complete");
    {
        pstar::RunStore store(grid({0, 0.5, 1}), in(folder.path));  // has grown
        int turns = 0;
        store.run(body, {.threads = 1, .stop = [&] { return ++turns > 1; }});
        CHECK(!store.folder().was_complete());
        CHECK(state_of(folder.path) == "running");
        store.finish();
    }
    CHECK(state_of(folder.path) == "partial");
    check_all(start(folder.path, calls, grid({0, 0.5, 1})), grid({0, 0.5, 1}));
    CHECK(calls == 5);
    CHECK(state_of(folder.path) == "complete");
}

TEST_CASE("options of a store that do not fit are refused") {
    const Folder folder;
    const auto refused = [&](auto change) {
        auto options = in(folder.path / "out");
        change(options);
        CHECK_THROWS_AS(pstar::RunStore(grid(), options), std::invalid_argument);
        CHECK(!fs::exists(folder.path / "out"));
    };
    refused([](auto& options) { options.folder.path.clear(); });
    refused([](auto& options) { options.folder.name.clear(); });
    refused([](auto& options) { options.folder.settings = {1, 2}; });
    refused([](auto& options) { options.folder.details = {{"state", "mine"}}; });
    refused([](auto& options) { options.shard = pstar::Shard{3, 2}; });
}

}  // namespace run_store_test
