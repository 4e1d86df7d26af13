// Runs that are killed and go on where they were.
#include <filesystem>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/sweep/journal.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace experiment_checkpoint_test {

using namespace pstar;
namespace fs = std::filesystem;

namespace {

Experiment experiment_in(const fs::path& folder) {
    return {.data = synthetic_digits({.train = 1000, .test = 100}),
            .settings = {.epochs = 6},
            .checkpoints = folder,
            .checkpoint_seconds = 0};
}
ExperimentGrid grid() {
    return {.strengths = {0, 0.5}, .widths = {32}, .depths = {1}, .batch_sizes = {50}};
}
std::vector<double> numbers_of(const Results& results) {
    std::vector<double> numbers;
    for (const auto& outcome : results.outcomes) {
        REQUIRE(outcome.value);
        numbers.insert(numbers.end(), {outcome.value->train_loss, outcome.value->test_loss,
                                       outcome.value->test_accuracy, outcome.value->test_accuracy_corrupted});
    }
    return numbers;
}

}  // namespace

TEST_CASE("checkpoints change no number and are gone when the outcomes are known") {
    const Scratch folder;
    const auto expected = numbers_of(run(experiment_in({}), grid(), {.threads = 1}));
    const auto with = experiment_in(folder / "checkpoints");
    CHECK(numbers_of(run(with, grid(), {.threads = 2})) == expected);
    CHECK(!fs::exists(folder / "checkpoints"));
    CHECK(configuration(with) == configuration(experiment_in({})));

    // one that is left when the journal has the outcome, and one of a run of another study
    Journal journal(folder / "journal.jsonl", configuration(with));
    run(with, grid(), {.threads = 1, .journal = &journal});
    fs::create_directory(folder / "checkpoints");
    const auto left = with.checkpoints / network_file_name(grid().grid(1000)[1]);
    write_bytes(left, "left"), write_bytes(left.string() + ".tmp.7", "begun"),
        write_bytes(folder / "checkpoints/x", "");
    run(with, grid(), {.threads = 1, .journal = &journal});
    CHECK(!fs::exists(left));
    CHECK(!fs::exists(left.string() + ".tmp.7"));
    CHECK(fs::exists(folder / "checkpoints/x"));
}

TEST_CASE("runs that are killed again and again before they end, end with the same bits", "[long]") {
    const Scratch folder;
    const auto expected = numbers_of(run(experiment_in({}), grid(), {.threads = 1}));
    const auto with = experiment_in(folder / "checkpoints");
    const auto settings = configuration(with);
    int killed = 0, used = 0;
    for (bool is_done = false; !is_done;) {
        const bool was_there = fs::exists(folder / "checkpoints");
        const auto child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            Journal journal(folder / "journal.jsonl", settings);
            run(with, grid(), {.executor = run_serially, .journal = &journal});
            ::_exit(0);
        }
        if (killed < 40) ::usleep(static_cast<useconds_t>(10'000 + 1'000 * killed)), ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        used += was_there;
        killed += WIFSIGNALED(status);
        is_done = WIFEXITED(status);
    }
    CHECK(killed >= 2);
    CHECK(used >= 1);
    CHECK(!fs::exists(folder / "checkpoints"));
    Journal journal(folder / "journal.jsonl", settings);
    CHECK(journal.notes().size() <= 1);  // of a last line that was cut off
    std::size_t missing = 0;
    ExperimentOptions options{.executor = count_missing(missing), .journal = &journal};
    CHECK(numbers_of(run(with, grid(), options)) == expected);
    CHECK(missing == 0);
}

}  // namespace experiment_checkpoint_test
