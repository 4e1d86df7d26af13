#include <pstar/sweep/mpi.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"
#include "sweep/mpi/ranks.hpp"

// Every rank runs every case. What the sweep saw is on the root: the other ranks check that they saw nothing.
namespace {

using pstar::Turn, pstar::Work;

void nap(std::size_t milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

/// `count` runs in order, and the texts they gave.
struct Sweep {
    std::size_t count;
    std::size_t begun = 0;
    std::size_t in_flight = 0;
    std::multimap<std::size_t, std::string> texts = {};

    Turn next() {
        if (begun == count) return {Turn::end};
        ++in_flight;
        return {Turn::run, begun++};
    }
    void ended(std::size_t index, const std::string& text) {
        --in_flight;
        texts.emplace(index, text);
    }
    Work work(const std::function<std::string(std::size_t)>& run) {
        return {.next = [this] { return next(); },
                .run = run,
                .ended = [this](std::size_t index, const std::string& text) { ended(index, text); }};
    }
};

/// Long and short runs, texts from nothing to 1 MB with every byte in them.
std::string mixed(std::size_t index) {
    if (index % 50 == 7) nap(20);
    std::string text(index % 100 == 3 ? 1'000'000 + index : index % 7, '\0');
    std::uint64_t state = index + 1;
    for (auto& byte : text)
        byte = static_cast<char>((state = state * 6364136223846793005U + 1442695040888963407U) >> 56);
    return text;
}

std::string quick(std::size_t index) {
    return std::to_string(index);
}

/// What never comes is waited for so long: far longer than anything here takes, shorter than the limit of the test.
constexpr auto backoff = std::chrono::seconds(20);

/// A flag that processes of one host see: an empty file that is there or not, in a folder of the root's choice.
class SharedFlag {
public:
    SharedFlag() {
        long number = getpid();
        MPI_Bcast(&number, 1, MPI_LONG, 0, MPI_COMM_WORLD);
        file_ = std::filesystem::temp_directory_path() / ("pstar_mpi_flag_" + std::to_string(number));
    }
    SharedFlag(const SharedFlag&) = delete;
    SharedFlag& operator=(const SharedFlag&) = delete;
    ~SharedFlag() {
        MPI_Barrier(MPI_COMM_WORLD);
        std::filesystem::remove(file_);
    }
    void raise() const { std::ofstream flag(file_); }
    bool wait() const {
        const auto deadline = std::chrono::steady_clock::now() + backoff;
        while (!std::filesystem::exists(file_) && std::chrono::steady_clock::now() < deadline) nap(1);
        return std::filesystem::exists(file_);
    }

private:
    std::filesystem::path file_;
};

}  // namespace

TEST_CASE("every run is done once and gives the text that it gives serially") {
    Sweep expected{300};
    pstar::run_serially(expected.work(mixed));
    for (const std::size_t threads : {1U, 2U}) {
        Sweep sweep{300};
        ranks().execute(sweep.work(mixed), threads);
        if (ranks().is_root())
            CHECK(sweep.texts == expected.texts);
        else
            CHECK((sweep.begun == 0 && sweep.texts.empty()));
    }
}

TEST_CASE("no runs, and fewer than there are slots") {
    for (const std::size_t count : {0U, 1U, 2U}) {
        Sweep sweep{count};
        ranks().execute(sweep.work(quick), 2);
        CHECK(sweep.texts.size() == (ranks().is_root() ? count : 0));
    }
}

TEST_CASE("whoever is free takes the next run: a long one holds up nobody") {
    // The first run ends only when the root has the other 100. By turns, the rank that has it would keep its share.
    const SharedFlag others_done;
    Sweep sweep{101};
    auto work = sweep.work([&](std::size_t index) {
        return index == 0 && !others_done.wait() ? std::string("too late") : std::to_string(index);
    });
    work.ended = [&](std::size_t index, const std::string& text) {
        sweep.ended(index, text);
        if (sweep.texts.size() == 100) others_done.raise();
    };
    ranks().execute(work, ranks().size() == 1 ? 2 : 1);
    if (ranks().is_root()) CHECK(sweep.texts.find(0)->second == "0");
}

TEST_CASE("every rank works, on as many threads as it is told") {
    // Runs are handed out until every rank has reported two at once; more would be wrong.
    static std::atomic<int> running;
    std::map<std::string, int> most_at_once;
    std::size_t begun = 0;
    const auto deadline = std::chrono::steady_clock::now() + backoff;
    const auto all_in_pairs = [&] {
        std::size_t pairs = 0;
        for (const auto& [rank, count] : most_at_once) pairs += count == 2 ? 1 : 0;
        return pairs == static_cast<std::size_t>(ranks().size());
    };
    const Work work = {.next = [&]() -> Turn {
                           const bool over = all_in_pairs() || std::chrono::steady_clock::now() > deadline;
                           return over ? Turn{Turn::end} : Turn{Turn::run, begun++};
                       },
                       .run =
                           [](std::size_t) {
                               const int now = ++running;
                               nap(2);
                               --running;
                               return std::to_string(now) + " on rank " + std::to_string(ranks().rank());
                           },
                       .ended =
                           [&](std::size_t, const std::string& text) {
                               auto& most = most_at_once[text.substr(1)];
                               most = std::max(most, text[0] - '0');
                           }};
    ranks().execute(work, 2);
    if (!ranks().is_root()) return;
    CHECK(all_in_pairs());
    for (const auto& [rank, count] : most_at_once) CHECK(count == 2);
}

TEST_CASE("a slot that is told to wait is asked again once a run has ended, and not before") {
    // Three generations of 10 runs; each is known only when the one before has ended. Run 0 ends only when somebody
    // waits.
    for (const std::size_t threads : {1U, 3U}) {
        const SharedFlag somebody_waits;
        const bool several_seats = threads > 1 || ranks().size() > 1;
        std::size_t known = 10, begun = 0, ended = 0, ended_at_wait = 1000;
        const auto next = [&]() -> Turn {
            if (begun < known) return {Turn::run, begun++};
            if (known == 30) return {Turn::end};
            CHECK(ended != ended_at_wait);  // or it was asked again, but nothing has ended since
            ended_at_wait = ended;
            somebody_waits.raise();
            return {Turn::wait};
        };
        const auto run = [&](std::size_t index) {
            nap(index % 10 == 4 ? 30 : 1);
            return index == 0 && several_seats && !somebody_waits.wait() ? "nobody waits" : std::to_string(index);
        };
        const auto note = [&](std::size_t index, const std::string& text) {
            CHECK(text == std::to_string(index));
            if (++ended == known && known < 30) known += 10;
        };
        ranks().execute({.next = next, .run = run, .ended = note}, threads);
        CHECK((begun == ended && ended == (ranks().is_root() ? 30 : 0)));
    }
}

TEST_CASE("a wait with no run to wait for is the end") {
    Sweep sweep{5};
    auto work = sweep.work(quick);
    work.next = [&] { return sweep.begun < 5 ? sweep.next() : Turn{Turn::wait}; };
    ranks().execute(work, 2);
    CHECK(sweep.texts.size() == (ranks().is_root() ? 5 : 0));
}

TEST_CASE("after an end, no more is asked") {
    Sweep sweep{20};
    auto work = sweep.work(quick);
    bool over = false;
    work.next = [&] {
        CHECK(!over);
        const auto turn = sweep.next();
        over = turn.kind == Turn::end;
        return turn;
    };
    ranks().execute(work, 2);
    CHECK(over == ranks().is_root());
}

TEST_CASE("what next and ended throw comes out on the root, after the runs in flight, and everywhere else nothing") {
    for (const std::size_t threads : {1U, 2U})
        for (const bool in_next : {true, false}) {
            static std::atomic<int> running;
            running = 0;
            Sweep sweep{1000};
            auto work = sweep.work([](std::size_t) {
                ++running;
                nap(3);
                --running;
                return std::string();
            });
            bool thrown = false;
            const auto fail = [&] {
                thrown = true;
                throw std::runtime_error("the disk is full");
            };
            work.next = [&, in_next] {
                CHECK(!thrown);
                if (in_next && sweep.begun == 20) fail();
                return sweep.next();
            };
            work.ended = [&, in_next](std::size_t index, const std::string& text) {
                CHECK(!thrown);
                if (!in_next && sweep.texts.size() == 20) fail();
                sweep.ended(index, text);
            };
            if (ranks().is_root())
                CHECK_THROWS_WITH(ranks().execute(work, threads), "the disk is full");
            else
                CHECK_NOTHROW(ranks().execute(work, threads));
            CHECK(running == 0);
            CHECK(thrown == ranks().is_root());
        }
}

TEST_CASE("rounds follow one another without waiting for the slowest") {
    // A rank is late for every third round; the messages of a rank that is early must not fall into another round.
    for (std::size_t round = 0; round < 50; ++round) {
        if (round % 3 == 0 && ranks().rank() == static_cast<int>(round / 3) % ranks().size()) nap(10);
        Sweep sweep{8};
        ranks().execute(sweep.work([round](std::size_t index) { return std::to_string(round * 100 + index); }));
        if (!ranks().is_root()) continue;
        REQUIRE(sweep.texts.size() == 8);
        for (const auto& [index, text] : sweep.texts) REQUIRE(text == std::to_string(round * 100 + index));
    }
}

TEST_CASE("the executor is one like the others, and no slots are refused") {
    Sweep sweep{10};
    const pstar::Executor executor = ranks().executor(2);
    executor(sweep.work(quick));
    CHECK(sweep.texts.size() == (ranks().is_root() ? 10 : 0));
    CHECK_THROWS_AS(ranks().execute(sweep.work(quick), 0), std::invalid_argument);
}
