// A rank leaves with an exception before, between or instead of its rounds; the others must come to an end all the
// same:
//     leaving SCENARIO
// prints what the root has done, and why a rank has left. What is expected of each scenario is in CMakeLists.txt.
#include <pstar/sweep/mpi.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

/// Forty runs; says how many ended.
std::string round(pstar::Mpi& mpi, std::size_t threads) {
    std::size_t begun = 0, ended = 0;
    const auto next = [&] {
        return begun < 40 ? pstar::Turn{pstar::Turn::run, begun++} : pstar::Turn{pstar::Turn::end};
    };
    const auto run = [](std::size_t index) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return std::to_string(index);
    };
    mpi.execute({.next = next, .run = run, .ended = [&](std::size_t, const std::string&) { ++ended; }}, threads);
    return std::to_string(ended) + " of 40 runs, ";
}

void leave_if(bool it_is_time, const char* what) {
    if (it_is_time) throw std::runtime_error(what);
}

void play(const std::string& scenario, pstar::Mpi& mpi, std::string& story) {
    const bool last = mpi.rank() == mpi.size() - 1 && !mpi.is_root();
    leave_if(scenario == "last-before" && last, "no data: left");
    leave_if(scenario == "others-before" && !mpi.is_root(), "no data: left");
    leave_if(scenario == "root-before" && mpi.is_root(), "journal of another: left");
    if (scenario == "root-late") std::this_thread::sleep_for(std::chrono::milliseconds(mpi.is_root() ? 300 : 0));
    if (scenario == "others-late") std::this_thread::sleep_for(std::chrono::milliseconds(mpi.is_root() ? 0 : 300));
    story += round(mpi, 2);
    leave_if(scenario == "last-between" && last, "no data: left");
    leave_if(scenario == "root-between" && mpi.is_root(), "disk full: left");
    story += round(mpi, 1);
}

}  // namespace

int main(int count, char** words) {
    pstar::Mpi mpi(count, words);
    std::string story;
    try {
        play(words[1], mpi, story);
        story += "done";
    } catch (const std::exception& error) {
        story += error.what();
    }
    if (mpi.is_root() || story.find("left") != std::string::npos)
        std::printf("%s: %s\n", mpi.is_root() ? "root" : "other", story.c_str());
    std::fflush(stdout);
}
