#include "common/cli/flags.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "common/cli/text.hpp"

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

/// The kinds of networks, unless the study has its own.
std::vector<Setting> settings_of_kinds(const Flags& flags) {
    if (!flags.channels.empty()) return {{"channels", counts(flags.channels), true}};
    if (!flags.rbm && flags.arch == "ntk") return {{"arch", {flags.arch}}, {"ridge", {decimal(flags.ridge)}}};
    if (!flags.rbm) return {{"arch", {flags.arch}}};
    return {{"components", counts(flags.rbm->components), true},
            {"rbm-n-iter", counts({flags.rbm->n_iter})},
            {"rbm-learning-rate", {decimal(flags.rbm->learning_rate)}},
            {"rbm-batch-size", counts({flags.rbm->batch_size})},
            {"cd-k", counts({flags.rbm->cd_k})},
            {"persistent", {flags.rbm->persistent ? "true" : "false"}, false, true},
            {"classifier-max-iter", counts({flags.rbm->classifier_max_iter})},
            {"ais-temperatures", counts({flags.rbm->ais_temperatures})}};
}

}  // namespace

std::string Setting::typed() const {
    return "--" + flag + (is_flag ? "=" : " ") + quoted(joined(values));
}

std::vector<Setting> settings_of(const Flags& flags) {
    std::vector<Setting> settings{{"data", {flags.data}}};
    if (!flags.train.empty()) settings.push_back({"train", counts(flags.train), true});
    if (flags.test) settings.push_back({"test", counts({*flags.test})});
    settings.insert(settings.end(), {{"channel", {flags.channel}},
                                     {"strength", words(flags.strength, decimal), true},
                                     {"noise", {flags.noise}},
                                     {"evaluate", {flags.evaluate}}});
    for (auto& setting : settings_of_kinds(flags)) settings.push_back(std::move(setting));
    settings.insert(settings.end(), {{"width", counts(flags.width), true},
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
    if (const auto& kernel = flags.kernel)
        settings.insert(
            settings.end(),
            {{"subset", counts({kernel->subset})}, {"output", {kernel->output}}, {"inputs", {kernel->inputs}}});
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
    for (const auto& setting : settings_of(flags)) line += " " + setting.typed();
    return line + " --out " + quoted(flags.out);
}

std::string decimal(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

}  // namespace study
