#include <pstar/nn/training_checkpoint.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace training_checkpoint_test {

using namespace pstar;

namespace {

const TrainTest& digits() {
    static const TrainTest data = synthetic_digits({.train = 300, .test = 100, .seed = 3});
    return data;
}

/// Everything that a training results in.
struct Ended {
    std::vector<double> values = {}, losses = {}, accuracies = {};
    std::size_t steps = 0;
    std::optional<std::size_t> best = {};
    TrainStatus status = TrainStatus::finished;
    friend bool operator==(const Ended&, const Ended&) = default;
};

/// Stops the training as a killed process does: whatever was being done is lost.
struct Killed {};

/// Saves before every step, and throws after so many.
template <class Keeper>
class KillAfter : public Keeper {
public:
    template <class... Arguments>
    explicit KillAfter(std::size_t steps, Arguments&&... arguments)
        : Keeper(std::forward<Arguments>(arguments)...), steps_(steps) {}
    bool is_due() override {
        if (steps_-- == 0) throw Killed{};
        return true;
    }

private:
    std::size_t steps_;
};

template <class Net, class Options>
Ended ended(Net net, Options options, TrainingKeeper* keeper) {
    options.keeper = keeper;
    const auto history = train(net, digits().train, Replacement{0.3}, options);
    Ended result{.losses = history.loss, .steps = history.steps, .best = history.best_epoch, .status = history.status};
    for (const auto& tensor : net.parameters().named())
        result.values.insert(result.values.end(), tensor.values.begin(), tensor.values.end());
    for (const auto& found : history.validation) result.accuracies.push_back(found.accuracy);
    return result;
}

/// A training that is killed again and again, every time a few steps further, ends as the one that is not.
template <class Net, class Options>
void check_resumes(const Net& net, const Options& options) {
    const Scratch folder;
    const auto path = folder / "sub/training";
    const auto expected = ended(net, options, nullptr);
    std::size_t times = 0;
    for (bool is_done = false; !is_done; ++times) {
        KillAfter<TrainingCheckpoint> keeper(
            5, path, CheckpointOptions{.seconds = 0, .on_note = [](const auto& note) { FAIL(note); }});
        auto other = options;
        other.prefetch = times % 2 * 3;
        try {
            const auto found = ended(net, other, &keeper);
            CHECK((found == expected));
            is_done = true;
        } catch (const Killed&) {
        }
    }
    CHECK(times >= 4);
}

auto small_net() {
    return mlp<float>({784, 12, 10}, Activation::relu, Seed{1});
}
const TrainOptions usual{.epochs = 3, .batch_size = 32, .seed = 5};

/// The notes about the file, and whether the training ended as it does without one.
std::vector<std::string> notes_of(const std::filesystem::path& path, const std::string& settings = "digits",
                                  TrainOptions options = usual) {
    std::vector<std::string> notes;
    TrainingCheckpoint keeper(
        path, {.seconds = 1e9, .settings = settings, .on_note = [&](const auto& note) { notes.push_back(note); }});
    CHECK((ended(small_net(), options, &keeper) == ended(small_net(), options, nullptr)));
    return notes;
}
/// A file of a training that was killed after 7 steps.
void leave_part(const std::filesystem::path& path) {
    KillAfter<TrainingCheckpoint> keeper(7, path, CheckpointOptions{.settings = "digits"});
    CHECK_THROWS_AS(ended(small_net(), usual, &keeper), Killed);
    REQUIRE(std::filesystem::exists(path));
}

}  // namespace

TEST_CASE("a training that is killed and resumed ends as one that is not: weights, optimiser, history") {
    check_resumes(small_net(), usual);
    auto sgd = usual;
    sgd.optimizer = Sgd{.lr = 0.05, .momentum = 0.9};
    check_resumes(small_net(), sgd);
    check_resumes(mlp<double>({784, 6, 10}, Activation::tanh, Seed{1}), usual);
}

TEST_CASE("validation, the best epoch and patience are resumed, too") {
    auto stopping = usual;
    stopping.epochs = 12;
    stopping.optimizer = Adam{.lr = 0.02};
    stopping.validation = &digits().test;
    stopping.early_stopping = EarlyStopping{.patience = 2, .min_increase = 0.01};
    stopping.learning_rate = LearningRate{.decay = CosineDecay{}};
    check_resumes(small_net(), stopping);
}

TEST_CASE("networks with a training mode are resumed with their running statistics") {
    const Sequential<float> net(
        {784},
        {layer::Dense{8}, layer::BatchNorm{}, layer::Activate{Activation::relu}, layer::Dropout{0.2}, layer::Dense{10}},
        Seed{2});
    check_resumes(net, usual);
}

TEST_CASE("a checkpoint is used, and saves the steps that it holds") {
    const Scratch folder;
    leave_part(folder / "training");
    struct Counting : TrainingCheckpoint {
        using TrainingCheckpoint::TrainingCheckpoint;
        bool is_due() override { return ++steps, false; }
        std::size_t steps = 0;
    } keeper(folder / "training", {.settings = "digits"});
    CHECK((ended(small_net(), usual, &keeper) == ended(small_net(), usual, nullptr)));
    CHECK(keeper.steps == 3 * 10 - 7);
    write_bytes(folder / "training.tmp.123", "begun");
    write_bytes(folder / "training2", "of another");
    keeper.remove();
    CHECK(!std::filesystem::exists(folder / "training"));
    CHECK(!std::filesystem::exists(folder / "training.tmp.123"));
    CHECK(std::filesystem::exists(folder / "training2"));
    CHECK(notes_of(folder / "training").empty());  // none is no reason for a note
}

TEST_CASE("a checkpoint of other settings, of another version or damaged is not used, and a note says so") {
    const Scratch folder;
    const auto path = folder / "training";
    leave_part(path);
    const auto check = [&](const std::vector<std::string>& notes, const std::string& reason) {
        REQUIRE(notes.size() == 1);
        CHECK(notes[0] ==
              "The checkpoint '" + path.string() + "' " + reason + " and is not used; the training starts again");
    };
    CHECK(notes_of(path).empty());
    check(notes_of(path, "letters"), "is of another training");
    auto other = usual;
    other.seed = 6;
    check(notes_of(path, "digits", other), "is of another training");
    other = usual, other.optimizer = Sgd{.lr = 1e-3};  // Adam's learning rate
    check(notes_of(path, "digits", other), "is of another network");

    const auto good = read_bytes(path);
    for (const std::size_t at : {0UL, 9UL, good.size() / 2, good.size() - 1}) {  // length, header, tensors
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 4);
        write_bytes(path, bad);
        check(notes_of(path), "is damaged");
    }
    write_bytes(path, good.substr(0, good.size() - 10));
    check(notes_of(path), "is damaged");
    write_bytes(path, "");
    check(notes_of(path), "is damaged");
    auto older = read_safetensors(write_bytes(path, good));
    auto& text = older.metadata.at("pstar_training");
    const std::string version = PSTAR_VERSION;
    text.replace(text.find(version), version.size(), "0.0.1");
    std::map<std::string, std::string_view> tensors;
    std::vector<NamedTensor<const float>> views;
    for (const auto& tensor : older.tensors) {
        const std::span values(reinterpret_cast<const float*>(tensor.bytes.data()), tensor.bytes.size() / 4);
        tensors[tensor.name] = {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
        views.push_back({tensor.name, tensor.shape, values});
    }
    older.metadata.at("pstar_crc32") = detail::checksum_of(text, tensors);
    save_safetensors(path, views, older.metadata);
    check(notes_of(path), "was written by pstar 0.0.1");
}

TEST_CASE("where no file can be written the training goes on, and says so once") {
    const Scratch folder;
    const auto blocked = write_bytes(folder / "file", "no folder");
    std::vector<std::string> notes;
    TrainingCheckpoint keeper(blocked / "training",
                              {.seconds = 0, .on_note = [&](const auto& note) { notes.push_back(note); }});
    CHECK((ended(small_net(), usual, &keeper) == ended(small_net(), usual, nullptr)));
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].ends_with("the training goes on without a checkpoint"));
    CHECK_THROWS_AS(TrainingCheckpoint("x", {.seconds = -1}), std::invalid_argument);
}

TEST_CASE("processes killed at random moments leave what the next one goes on with, bit for bit", "[long]") {
    const Scratch folder;
    const auto path = folder / "training", result = folder / "result.safetensors";
    auto options = usual;
    options.epochs = 40;
    const auto do_it = [&](TrainingKeeper* keeper, const std::filesystem::path& to) {
        auto net = small_net();
        options.keeper = keeper;
        const auto history = train(net, digits().train, Replacement{0.3}, options);
        const auto tensors = net.parameters().named();
        auto losses = history.loss;
        std::string text;
        for (const double loss : losses) text += std::to_string(std::bit_cast<std::uint64_t>(loss)) + " ";
        save_safetensors(to, tensors, {{"losses", text}});
    };
    do_it(nullptr, folder / "expected.safetensors");
    RandomSequence next({Seed{static_cast<std::uint64_t>(::getpid())}});
    std::size_t killed = 0;
    while (!std::filesystem::exists(result)) {
        const auto child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            TrainingCheckpoint keeper(path, {.seconds = 0, .on_note = [](const auto&) { ::_exit(9); }});
            do_it(&keeper, result);
            ::_exit(0);
        }
        if (killed < 25) ::usleep(next.below(60'000)), ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));  // a note would mean a file that is not whole
        killed += WIFSIGNALED(status);
    }
    CHECK(killed >= 1);
    CHECK(read_bytes(result) == read_bytes(folder / "expected.safetensors"));
}

}  // namespace training_checkpoint_test
