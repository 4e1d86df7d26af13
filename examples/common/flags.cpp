#include "flags.hpp"

#include <array>
#include <charconv>

#include "words.hpp"

namespace study {
namespace {

template <class Values, class Word>
std::vector<std::string> words(const Values& values, const Word& word) {
    std::vector<std::string> result;
    for (const auto& value : values) result.push_back(word(value));
    return result;
}

std::vector<std::string> counts(const std::vector<std::size_t>& values) {
    return words(values, [](std::size_t n) { return std::to_string(n); });
}

}  // namespace

std::vector<Setting> settings_of(const Flags& flags) {
    std::vector<Setting> settings{{"data", {flags.data}}};
    if (!flags.train.empty()) settings.push_back({"train", counts(flags.train), true});
    if (flags.test) settings.push_back({"test", counts({*flags.test})});
    settings.insert(settings.end(), {{"channel", {flags.channel}},
                                     {"strength", words(flags.strength, decimal), true},
                                     {"noise", {flags.noise}},
                                     {"evaluate", {flags.evaluate}},
                                     flags.channels.empty() ? Setting{"arch", {flags.arch}}
                                                            : Setting{"channels", counts(flags.channels), true},
                                     {"width", counts(flags.width), true},
                                     {"depth", counts(flags.depth), true},
                                     {"activation", flags.activation, true},
                                     {"epochs", counts({flags.epochs})},
                                     {"batch-size", counts(flags.batch_size), true},
                                     {"optimizer", {flags.optimizer}},
                                     {"learning-rate", {decimal(flags.learning_rate)}}});
    if (flags.optimizer == "sgd") settings.push_back({"momentum", {decimal(flags.momentum)}});
    settings.insert(settings.end(), {{"weight-decay", {decimal(flags.weight_decay)}},
                                     {"loss", {flags.loss}},
                                     {"repeats", {to_string(flags.repeats)}}});
    if (flags.draws) settings.push_back({"draws", counts({*flags.draws})});
    if (flags.repeats.is_adaptive()) settings.push_back({"until-stderr", {decimal(flags.repeats.until_error)}});
    settings.push_back({"seed", {std::to_string(flags.seed)}});
    return settings;
}

std::string joined(const std::vector<std::string>& values) {
    std::string line;
    for (const auto& value : values) line += (line.empty() ? "" : ",") + value;
    return line;
}

std::string command_of(const std::string& program, const Flags& flags) {
    std::string line = quoted(program);
    for (const auto& setting : settings_of(flags)) line += " --" + setting.flag + " " + quoted(joined(setting.values));
    return line + " --out " + quoted(flags.out);
}

std::string decimal(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

}  // namespace study
