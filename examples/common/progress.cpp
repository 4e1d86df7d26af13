#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace study {
namespace {

using Clock = std::chrono::steady_clock;

std::string minutes(double seconds) {
    const auto s = static_cast<long>(seconds + 0.5);
    if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::size_t terminal_width() {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

std::string bar(double share, std::size_t width) {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string result;
    for (std::size_t i = 0; i < width; ++i) result += i < full ? "█" : "░";
    return result;
}

}  // namespace

Progress::Progress(std::vector<double> costs)
    : costs_(std::move(costs)),
      total_(std::accumulate(costs_.begin(), costs_.end(), 0.0)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      drawn_(start_) {
    if (terminal_) draw("");
}

Progress::~Progress() {
    finish();
}

void Progress::done(std::size_t index, const std::string& what) {
    ++done_;
    spent_ += costs_[index];
    if (terminal_) {
        constexpr auto pause = std::chrono::milliseconds(50);
        if (done_ < costs_.size() && Clock::now() - drawn_ < pause) return;
        drawn_ = Clock::now();
        draw(what);
    } else if (const auto tenths = 10 * done_ / costs_.size(); tenths > tenths_) {
        tenths_ = tenths;
        draw(what);
    }
}

void Progress::draw(const std::string& what) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double share = total_ > 0 ? std::min(1.0, spent_ / total_) : 1;
    const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
    const auto left = done_ == costs_.size() ? "took " + minutes(seconds)
                      : spent_ > 0           ? minutes(seconds * (1 - share) / share) + " left"
                                             : std::string("starting");
    const auto counts = fmt::format("{:>{}}/{} runs  {:.1f} runs/s  {}", done_, std::to_string(costs_.size()).size(),
                                    costs_.size(), rate, left);
    if (!terminal_) {
        std::fprintf(stderr, "%3zu%%  %s\n", 10 * tenths_, counts.c_str());
        return;
    }
    const auto columns = terminal_width();
    const auto room = columns > counts.size() + 16 ? columns - counts.size() - 6 : 0;
    const auto width = std::min<std::size_t>(30, room);
    auto line = bar(share, width) + "  " + counts;
    if (const auto free = columns - std::min(columns, width + counts.size() + 5); what.size() < free)
        line += "  " + what;
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
}

void Progress::finish() {
    if (std::exchange(finished_, true) || !terminal_) return;
    std::fputc('\n', stderr);
}

}  // namespace study
