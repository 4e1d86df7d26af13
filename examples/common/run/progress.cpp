#include "common/run/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cli/text.hpp"

namespace study {
namespace {

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

std::size_t tenths(const Progress::State& state) {
    return state.total > 0 ? 10 * state.done / state.total : 10;
}

}  // namespace

Progress::Progress(const State& start, std::function<std::string()> findings)
    : start_(start),
      now_(start),
      findings_(std::move(findings)),
      tenths_(tenths(start)),
      terminal_(isatty(STDERR_FILENO) == 1 && !quiet()),
      began_(Clock::now()),
      drawn_(began_),
      asked_(began_) {
    if (terminal_ && start_.done < start_.total) draw("");
}

Progress::~Progress() {
    finish();
}

void Progress::ended(double cost, const State& now, const std::function<std::string()>& what) {
    spent_ += cost;
    if (now_.done == now_.total && now.total > now_.total) tenths_ = tenths(now);  // a round has begun
    now_ = now;
    const auto time = Clock::now();
    const bool last = now_.done == now_.total;
    if (terminal_) {
        constexpr auto pause = std::chrono::milliseconds(50), longer_pause = std::chrono::milliseconds(2000);
        if (!last && time - drawn_ < pause) return;
        drawn_ = time;
        if (last || time - asked_ >= longer_pause) {
            found_ = findings_();
            asked_ = Clock::now();
        }
        draw(what());
    } else if (const auto now_tenths = tenths(now_); now_tenths > tenths_) {
        tenths_ = now_tenths;
        found_ = findings_();
        draw({});
    }
}

std::string Progress::counts(double seconds) const {
    const double rate = seconds > 0 ? static_cast<double>(now_.done - start_.done) / seconds : 0;
    const auto speed =
        rate == 0 || rate >= 1 ? fmt::format("{:.1f} runs/s", rate) : fmt::format("{:.1f} s/run", 1 / rate);
    const auto left = now_.done == now_.total ? "took " + minutes(seconds)
                      : spent_ > 0            ? fmt::format("{}{} left", now_.may_grow ? "at least " : "",
                                                            minutes(seconds * now_.cost_left / spent_))
                                              : std::string("starting");
    return fmt::format("{:>{}}/{} runs  {}  {}{}{}", now_.done, std::to_string(now_.total).size(), now_.total, speed,
                       left, found_.empty() ? "" : "  ", found_);
}

void Progress::draw(const std::string& what) {
    if (quiet()) return;
    auto text = counts(std::chrono::duration<double>(Clock::now() - began_).count());
    if (!terminal_) {
        std::fprintf(stderr, "%3zu%%  %s\n", 10 * tenths_, text.c_str());
        return;
    }
    const double share = now_.total > 0 ? static_cast<double>(now_.done) / static_cast<double>(now_.total) : 1;
    const auto columns = terminal_width();
    if (columns > 3) text = text.substr(0, columns - 3);
    const auto room = columns > text.size() + 16 ? columns - text.size() - 6 : 0;
    const auto width = std::min<std::size_t>(30, room);
    auto line = bar(share, width) + "  " + text;
    if (const auto free = columns - std::min(columns, width + text.size() + 5); what.size() < free) line += "  " + what;
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
}

void Progress::finish() {
    if (std::exchange(finished_, true) || !terminal_) return;
    std::fputc('\n', stderr);
}

}  // namespace study
