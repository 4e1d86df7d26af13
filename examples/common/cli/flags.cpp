#include "common/cli/flags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/cli/describe.hpp"
#include "common/cli/text.hpp"

namespace study {
namespace {

std::string in_text(const std::string& value) {
    return value;
}
std::string in_text(double value) {
    return decimal(value);
}
std::string in_text(std::integral auto value) {
    return std::to_string(value);
}

/// Collects what `describe` visits.
class Lister {
public:
    explicit Lister(std::vector<Setting>& settings) : settings_(settings) {}

    void group(const char*) const {}
    template <class Value>
    void operator()(const FlagText& flag, const Value& value) const {
        if (flag.is_listed) settings_.push_back({flag.word, {in_text(value)}});
    }
    void operator()(const FlagText& flag, bool value) const {
        if (flag.is_listed) settings_.push_back({flag.word, {value ? "true" : "false"}, false, true});
    }
    void operator()(const FlagText& flag, const std::optional<std::size_t>& value) const {
        if (flag.is_listed) (*this)(flag, *value);
    }
    template <class Value>
    void operator()(const FlagText& flag, const std::vector<Value>& values) const {
        if (!flag.is_listed) return;
        Setting setting{flag.word, {}, true};
        for (const auto& value : values) setting.values.push_back(in_text(value));
        settings_.push_back(std::move(setting));
    }
    void strengths(const FlagText& flag, const std::vector<double>& values) const { (*this)(flag, values); }
    void repeats(const FlagText& flag, const RepeatRange& value) const {
        settings_.push_back({flag.word, {to_string(value)}});
    }

private:
    std::vector<Setting>& settings_;
};

}  // namespace

std::string flag_of(std::string word) {
    std::ranges::replace(word, '_', '-');
    return "--" + word;
}

std::string Setting::typed() const {
    return flag_of(word) + (is_flag ? "=" : " ") + quoted(joined(values));
}

std::vector<Setting> settings_of(const Flags& flags) {
    std::vector<Setting> settings;
    auto copy = flags;  // the description is of flags that can be written, too
    describe(copy, Lister(settings));
    return settings;
}

std::string joined(const std::vector<std::string>& values) {
    std::string line;
    for (const auto& value : values) line += (line.empty() ? "" : ",") + value;
    return line;
}

std::string command_of(const std::string& program, const Flags& flags) {
    std::string line = quoted(program);
    for (const auto& setting : settings_of(flags)) line += " " + setting.typed();
    return line + " --out " + quoted(flags.out);
}

std::string decimal(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

}  // namespace study
