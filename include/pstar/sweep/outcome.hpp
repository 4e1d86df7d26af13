#pragma once

#include <optional>
#include <string>

namespace pstar {

/// What became of a job: its value, or the message of the exception it threw, or neither when it was never started.
template <class Result>
struct Outcome {
    std::optional<Result> value;
    std::string error;

    bool skipped() const { return !value && error.empty(); }
};

}  // namespace pstar
