#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace study {

/// How far a sweep has come, on stderr: on a terminal a bar that is redrawn, with rate, time left and what the runs say
/// so far; elsewhere a line every 10 percent, and again when more runs follow. Rate and time left go by what was done
/// since the start, so that runs taken over from a journal spoil neither; time left goes by the cost of the runs, not
/// by their number. Calls must not overlap.
class Progress {
public:
    struct State {
        std::size_t done = 0, total = 0;  ///< runs, those taken over included
        double cost_left = 0;             ///< of the runs to be done, in any unit
        bool may_grow = false;            ///< runs may be added
    };

    /// `findings` gives what the runs say so far; it is asked every few seconds at most.
    Progress(const State& start, std::function<std::string()> findings);
    ~Progress();

    /// A run of that cost has ended; `what` says which it was.
    void ended(double cost, const State& now, const std::function<std::string()>& what);
    /// Ends the bar's line. Nothing is drawn afterwards.
    void finish();

private:
    using Clock = std::chrono::steady_clock;
    std::string counts(double seconds) const;
    void draw(const std::string& what);

    State start_, now_;
    std::function<std::string()> findings_;
    std::string found_;
    double spent_ = 0;
    std::size_t tenths_;
    bool terminal_, finished_ = false;
    Clock::time_point began_, drawn_, asked_;
};

}  // namespace study
