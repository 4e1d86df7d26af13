// Runs that are killed and go on where they were.
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/knee_anatomy.hpp>
#include <pstar/experiment/analysis/knee_anatomy_json.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/run_checkpoints.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/sweep/journal.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"
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

/// A checkpoint whose process is killed right after the so-manieth save.
class KilledAfter final : public TrainingKeeper {
public:
    struct Kill {};
    KilledAfter(TrainingCheckpoint& kept, int saves) : kept_(kept), left_(saves) {}

    bool was_found() const { return was_found_; }
    std::optional<TrainingProgress> find(const std::string& settings) override {
        auto found = kept_.find(settings);
        was_found_ = found.has_value();
        return found;
    }
    bool restore(std::span<const NamedTensor<float>> tensors) override { return kept_.restore(tensors); }
    bool restore(std::span<const NamedTensor<double>> tensors) override { return kept_.restore(tensors); }
    bool is_due() override { return kept_.is_due(); }
    void save(const TrainingProgress& progress, std::span<const NamedTensor<float>> tensors) override {
        kept_.save(progress, tensors);
        if (--left_ == 0) throw Kill{};
    }
    void save(const TrainingProgress& progress, std::span<const NamedTensor<double>> tensors) override {
        kept_.save(progress, tensors);
    }

private:
    TrainingCheckpoint& kept_;
    int left_;
    bool was_found_ = false;
};

}  // namespace

TEST_CASE("a run of two trainings goes on with the one that it was at") {
    const Scratch folder;
    const auto data = synthetic_digits({.train = 200, .test = 40});
    const auto corruption = [](double p) { return AnyCorruption(Replacement{p}); };
    const TrainOptions training{.epochs = 2, .batch_size = 20, .seed = 7};
    const KneeAnatomyOptions options{.width = 8, .cnn_channels = 2, .infinite_images = 50, .limit_images = 20};
    const auto text = [](const KneeAnatomy& found) { return nlohmann::ordered_json(found).dump(); };
    const auto expected = text(knee_anatomy(data, corruption, 0.5, training, options));

    const auto experiment = experiment_in(folder / "checkpoints");
    const RunKey run{.strength = 0.5};
    CHECK(checkpoint_path(experiment, run, "mlp") != checkpoint_path(experiment, run, "cnn"));
    const auto measure = [&](int saves) {
        const auto mlp = run_checkpoint(experiment, run, {}, "mlp"), cnn = run_checkpoint(experiment, run, {}, "cnn");
        KilledAfter first(*mlp, 1000), second(*cnn, saves);
        auto kept = options;
        kept.keeper = [&](Contender who) { return who == Contender::mlp ? &first : &second; };
        const auto found = text(knee_anatomy(data, corruption, 0.5, training, kept));
        CHECK(first.was_found());
        CHECK(second.was_found());
        return found;
    };
    CHECK_THROWS_AS(measure(7), KilledAfter::Kill);
    CHECK(measure(1000) == expected);
    CHECK(!run_checkpoint(experiment_in({}), run, {}));
}

TEST_CASE("a sweep with a body of one's own removes the checkpoints of its runs") {
    const Scratch folder;
    const auto experiment = experiment_in(folder / "checkpoints");
    const auto runs = grid().grid(1000);
    const std::vector<std::string> parts{"a", "b"};
    const auto body = [&](const RunKey& run) {
        fs::create_directories(experiment.checkpoints);
        for (const auto& part : parts) write_bytes(checkpoint_path(experiment, run, part), "x");
        return run.strength;
    };
    const auto outcomes = sweep_with_checkpoints(experiment, runs, body, {.threads = 1}, parts);
    CHECK(outcomes.size() == 2);
    CHECK(outcomes[1].value == 0.5);
    CHECK(!fs::exists(experiment.checkpoints));
}

TEST_CASE("checkpoints change no number and are gone when the outcomes are known") {
    const Scratch folder;
    const auto expected = shorthand::numbers_of(run(experiment_in({}), grid(), {.threads = 1}));
    const auto with = experiment_in(folder / "checkpoints");
    CHECK(shorthand::numbers_of(run(with, grid(), {.threads = 2})) == expected);
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
    const auto expected = shorthand::numbers_of(run(experiment_in({}), grid(), {.threads = 1}));
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
    CHECK(shorthand::numbers_of(run(with, grid(), options)) == expected);
    CHECK(missing == 0);
}

}  // namespace experiment_checkpoint_test
