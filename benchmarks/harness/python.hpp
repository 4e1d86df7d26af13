#pragma once

#include <memory>
#include <string>

#include "harness/measure.hpp"
#include "harness/process.hpp"
#include "harness/task.hpp"

namespace bench {

/// A contender written in Python: a script of this folder that calls `serve` of harness/contender.py. It times its own
/// blocks, so neither its start nor the pipe counts.
class PythonContender {
public:
    /// Starts `script` (relative to this folder). No such interpreter or package is not an error, see `missing`.
    PythonContender(const Setting& setting, const std::string& script);

    /// Why it cannot run, e.g. a package is not installed; empty when it can.
    const std::string& missing() const { return missing_; }
    /// Versions, threads, BLAS, for the report; or what is missing.
    std::string description(const std::string& name) const {
        return missing_.empty() ? description_ : std::string(name).append(" is missing (").append(missing_).append(")");
    }

    /// Calls a method of the contender with named arguments; returns what it returns.
    nlohmann::json call(const std::string& method, const nlohmann::json& arguments) {
        return process_->ask({{"call", method}, {"with", arguments}});
    }
    /// A contender that calls `method(repeats)`, or says that it is missing. Refers to this object.
    Contender timed(std::string name, const std::string& method, std::optional<double> target = {});

private:
    std::unique_ptr<Process> process_;
    std::string missing_, description_;
};

}  // namespace bench
