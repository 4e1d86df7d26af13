#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace study {

/// How far a sweep has come, on stderr: on a terminal a bar that is redrawn, with rate and time left; elsewhere a line
/// every 10 percent. Time left goes by the cost of the runs, not by their number. Calls must not overlap.
class Progress {
public:
    /// `costs` of all runs, in any unit.
    explicit Progress(std::vector<double> costs);
    ~Progress();

    /// Run `index` has ended; `what` says which it was.
    void done(std::size_t index, const std::string& what);
    /// Ends the bar's line. Nothing is drawn afterwards.
    void finish();

private:
    void draw(const std::string& what);

    std::vector<double> costs_;
    double total_ = 0, spent_ = 0;
    std::size_t done_ = 0, tenths_ = 0;
    bool terminal_, finished_ = false;
    std::chrono::steady_clock::time_point start_, drawn_;
};

}  // namespace study
