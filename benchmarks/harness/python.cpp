#include "harness/python.hpp"

#include <system_error>

namespace bench {

PythonContender::PythonContender(const Setting& setting, const std::string& script) {
    try {
        process_ = std::make_unique<Process>(
            std::vector<std::string>{setting.python, (setting.benchmarks / script).string(),
                                     (setting.benchmarks / "harness").string(), setting.scripts.string()});
    } catch (const std::system_error& problem) {
        missing_ = problem.what();
        return;
    }
    const auto greeting = process_->receive();
    if (greeting.contains("missing"))
        missing_ = greeting["missing"];
    else
        description_ = greeting.at("ready");
}

Contender PythonContender::timed(std::string name, const std::string& method, std::optional<double> target) {
    if (!missing_.empty()) return {std::move(name), Role::peer, {}, target, missing_};
    const auto seconds = [this, method](std::size_t repeats) {
        return process_->ask({{"time", method}, {"repeats", repeats}}).at("seconds").get<double>();
    };
    return {std::move(name), Role::peer, seconds, target};
}

}  // namespace bench
