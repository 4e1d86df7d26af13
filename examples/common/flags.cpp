#include "flags.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "strength_list.hpp"
#include "usage_error.hpp"

namespace study {
namespace {

const std::vector<std::string> activations{"relu", "tanh", "sigmoid", "leaky_relu", "gelu", "linear", "square"};

std::vector<double> usual_strengths(const std::string& channel) {
    if (channel == "additive") return {0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12};
    return {0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1};
}

/// A check whose complaint reads after the flag and the value: `--width: 0 must be at least 1`.
template <class Test>
CLI::Validator must(const std::string& requirement, const Test& holds) {
    return {[requirement, holds](const std::string& word) {
                return holds(word) ? std::string() : fmt::format("'{}' must {}", word, requirement);
            },
            ""};
}

double number(const std::string& word) {
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole ? value : std::numeric_limits<double>::quiet_NaN();
}

bool is_whole(const std::string& word) {
    return !word.empty() && word.find_first_not_of("0123456789") == word.npos;
}

CLI::Validator whole() {
    return must("be a whole number of at least 0", is_whole);
}
CLI::Validator count() {
    return must("be a whole number of at least 1",
                [](const std::string& word) { return is_whole(word) && number(word) >= 1; });
}
CLI::Validator within(double low, double high, bool open, const std::string& requirement) {
    return must(requirement, [=](const std::string& word) {
        const double value = number(word);
        return (open ? value > low : value >= low) && value < high;
    });
}
CLI::Validator one_of(const std::vector<std::string>& words) {
    return must("be one of " + joined(words),
                [words](const std::string& word) { return std::ranges::count(words, word) > 0; });
}

void add_flags(CLI::App& app, Flags& flags, std::string& strength) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    app.add_option("--data", flags.data, "synthetic, or a folder with the four IDX files of MNIST")
        ->capture_default_str()
        ->type_name("synthetic|DIR")
        ->group("Data");
    app.add_option("--train", flags.train, "training images [20000 synthetic, or all of the folder's]")
        ->check(count())
        ->type_name("N")
        ->group("Data");
    app.add_option("--test", flags.test, "test images [5000 synthetic, or all of the folder's]")
        ->check(count())
        ->type_name("N")
        ->group("Data");

    app.add_option("--channel", flags.channel, "replacement, additive or binary (binarises the images first)")
        ->capture_default_str()
        ->check(one_of({"replacement", "additive", "binary"}))
        ->type_name("WORD")
        ->group("Corruption");
    app.add_option("--strength", strength, "p, or sigma if additive: 0:1:0.1 or 0,0.5,0.9,1 [denser near the knee]")
        ->type_name("LIST")
        ->group("Corruption");
    app.add_option("--noise", flags.noise, "common: strengths share their uniforms; or independent")
        ->capture_default_str()
        ->check(one_of({"common", "independent"}))
        ->type_name("WORD")
        ->group("Corruption");
    app.add_option("--evaluate", flags.evaluate, "test images clean, corrupted or both")
        ->capture_default_str()
        ->check(one_of({"clean", "corrupted", "both"}))
        ->type_name("WORD")
        ->group("Corruption");

    app.add_option("--arch", flags.arch, "mlp")
        ->capture_default_str()
        ->check(one_of({"mlp"}))
        ->type_name("WORD")
        ->group("Network");
    app.add_option("--width", flags.width, "units of a hidden layer, a comma list")
        ->capture_default_str()
        ->delimiter(',')
        ->check(count())
        ->type_name("LIST")
        ->group("Network");
    app.add_option("--depth", flags.depth, "hidden layers")
        ->capture_default_str()
        ->check(count())
        ->type_name("N")
        ->group("Network");
    app.add_option("--activation", flags.activation, "comma list of " + joined(activations))
        ->capture_default_str()
        ->delimiter(',')
        ->check(one_of(activations))
        ->type_name("LIST")
        ->group("Network");

    app.add_option("--epochs", flags.epochs, "passes over the training images")
        ->capture_default_str()
        ->check(count())
        ->type_name("N")
        ->group("Training");
    app.add_option("--batch-size", flags.batch_size, "images a step")
        ->capture_default_str()
        ->check(count())
        ->type_name("N")
        ->group("Training");
    app.add_option("--optimizer", flags.optimizer, "adam or sgd")
        ->capture_default_str()
        ->check(one_of({"adam", "sgd"}))
        ->type_name("WORD")
        ->group("Training");
    app.add_option("--learning-rate", flags.learning_rate, "step size [0.001 for adam, 0.05 for sgd]")
        ->check(within(0, infinity, true, "be positive"))
        ->type_name("X")
        ->group("Training");
    app.add_option("--momentum", flags.momentum, "of sgd, in [0, 1)")
        ->capture_default_str()
        ->check(within(0, 1, false, "lie in [0, 1)"))
        ->type_name("X")
        ->group("Training");
    app.add_option("--weight-decay", flags.weight_decay, "L2 penalty")
        ->capture_default_str()
        ->check(within(0, infinity, false, "be at least 0"))
        ->type_name("X")
        ->group("Training");
    app.add_option("--loss", flags.loss, "cross_entropy or quadratic")
        ->capture_default_str()
        ->check(one_of({"cross_entropy", "quadratic"}))
        ->type_name("WORD")
        ->group("Training");

    app.add_option("--repeats", flags.repeats, "runs of every point, each with a seed of its own")
        ->capture_default_str()
        ->check(count())
        ->type_name("N")
        ->group("Study");
    app.add_option("--seed", flags.seed, "the master seed: everything random follows from it")
        ->capture_default_str()
        ->check(whole())
        ->type_name("N")
        ->group("Study");
    app.add_option("--threads", flags.threads, "runs at once [one a core]; changes nothing but the time")
        ->check(count())
        ->type_name("N")
        ->group("Study");
    app.add_option("--out", flags.out, "folder for the results; made if missing")
        ->capture_default_str()
        ->type_name("DIR")
        ->group("Study");
}

/// What the flags' own checks cannot see.
void check_together(const Flags& flags) {
    if (flags.channel != "additive")
        for (const double p : flags.strength)
            if (p > 1)
                throw UsageError("--strength: p (= " + decimal(p) + ") must lie in [0, 1] for --channel " +
                                 flags.channel);
    if (flags.out.empty()) throw UsageError("--out: name a folder for the results");
    const auto twice = [](auto values) {
        std::ranges::sort(values);
        return std::ranges::adjacent_find(values) != values.end();
    };
    if (twice(flags.width)) throw UsageError("--width: a width occurs twice; name each once");
    if (twice(flags.activation)) throw UsageError("--activation: an activation occurs twice; name each once");
}

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char letter) {
        return std::isalnum(letter) ||
               std::string_view("_-./,:+=@%").find(static_cast<char>(letter)) != std::string_view::npos;
    });
    if (plain) return word;
    std::string result = "'";
    for (const char letter : word) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    return result + "'";
}

template <class Values, class Word>
std::vector<std::string> words(const Values& values, const Word& word) {
    std::vector<std::string> result;
    for (const auto& value : values) result.push_back(word(value));
    return result;
}

}  // namespace

Parsed parse_flags(int argc, char** argv, const Flags& defaults, const std::string& description,
                   const std::string& example) {
    Parsed parsed{defaults, std::nullopt};
    const auto program = std::filesystem::path(argv[0]).filename().string();
    CLI::App app(description, program);
    app.footer("Example:\n  " + example);
    app.get_formatter()->column_width(34);
    std::string strength;
    add_flags(app, parsed.flags, strength);
    const auto mistake = [&](const std::string& what) {
        std::fprintf(stderr, "%s: %s (see --help)\n", program.c_str(), what.c_str());
        parsed.exit_code = 2;
        return parsed;
    };
    try {
        app.parse(argc, argv);
        auto& flags = parsed.flags;
        if (!strength.empty()) flags.strength = parse_strengths(strength);
        if (flags.strength.empty()) flags.strength = usual_strengths(flags.channel);
        if (flags.learning_rate == 0) flags.learning_rate = flags.optimizer == "sgd" ? 0.05 : 1e-3;
        check_together(flags);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return mistake(error.what());
        parsed.exit_code = app.exit(error);
    } catch (const UsageError& error) {
        return mistake(error.what());
    }
    return parsed;
}

std::string decimal(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

std::string joined(const std::vector<std::string>& values) {
    std::string line;
    for (const auto& value : values) line += (line.empty() ? "" : ",") + value;
    return line;
}

std::vector<Setting> settings_of(const Flags& flags) {
    const auto count = [](std::size_t n) { return std::vector{std::to_string(n)}; };
    std::vector<Setting> settings{{"data", {flags.data}}};
    if (flags.train) settings.push_back({"train", count(*flags.train)});
    if (flags.test) settings.push_back({"test", count(*flags.test)});
    settings.insert(settings.end(),
                    {{"channel", {flags.channel}},
                     {"strength", words(flags.strength, decimal), true},
                     {"noise", {flags.noise}},
                     {"evaluate", {flags.evaluate}},
                     {"arch", {flags.arch}},
                     {"width", words(flags.width, [](std::size_t n) { return std::to_string(n); }), true},
                     {"depth", count(flags.depth)},
                     {"activation", flags.activation, true},
                     {"epochs", count(flags.epochs)},
                     {"batch-size", count(flags.batch_size)},
                     {"optimizer", {flags.optimizer}},
                     {"learning-rate", {decimal(flags.learning_rate)}}});
    if (flags.optimizer == "sgd") settings.push_back({"momentum", {decimal(flags.momentum)}});
    settings.insert(settings.end(), {{"weight-decay", {decimal(flags.weight_decay)}},
                                     {"loss", {flags.loss}},
                                     {"repeats", count(flags.repeats)},
                                     {"seed", {std::to_string(flags.seed)}}});
    return settings;
}

std::string command_of(const std::string& program, const Flags& flags) {
    std::string line = quoted(program);
    for (const auto& setting : settings_of(flags)) line += " --" + setting.flag + " " + quoted(joined(setting.values));
    return line + " --out " + quoted(flags.out);
}

}  // namespace study
