#include "common/run/output_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <pstar/io/json_file.hpp>

#include "common/cli/describe.hpp"
#include "common/cli/lists.hpp"

namespace study {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const std::string& word) {
    const auto number = Json::parse(word, nullptr, false);
    return number.is_number() ? number : Json(word);
}

Json settings_json(const std::vector<Setting>& all) {
    Json settings = Json::object();
    for (const auto& setting : all) {
        Json values = Json::array();
        for (const auto& word : setting.values) values.push_back(value_of(word));
        settings[setting.word] = setting.is_list ? values : values[0];
    }
    return settings;
}

}  // namespace

pstar::RunFolderOptions folder_options(const std::string& program, const std::vector<Setting>& settings,
                                       const std::string& command, const std::string& out) {
    return {.path = out, .name = program, .settings = settings_json(settings), .details = {{"command", command}}};
}

namespace {

/// Adds to the lists that `describe` visits what a folder has.
class Grower {
public:
    Grower(const Json& there, const std::vector<std::string>& given) : there_(there), given_(given) {}

    void group(const char*) const {}
    template <class Value>
    void operator()(const FlagText&, Value&) const {}
    void operator()(const FlagText& flag, std::string& value) const {  // chooses runs, as `repeats` does
        const bool chooses = flag.word == "until_interval" || flag.word == "size";
        if (chooses && !is_given(flag)) value = there_.value(flag.word, std::string());
    }
    void operator()(const FlagText& flag, double& value) const {  // chooses runs, too
        const bool chooses = flag.word == "resolution" || flag.word == "accuracy_step";
        if (chooses && !is_given(flag)) value = there_.value(flag.word, value);
    }
    void operator()(const FlagText& flag, bool& value) const {  // adds runs
        if (flag.word == "clean_only") value = value || there_.value(flag.word, std::string()) == "true";
    }
    template <class Value>
    void operator()(const FlagText& flag, std::vector<Value>& values) const {
        const bool is_there = there_.contains(flag.word);
        if (is_given(flag) && (!flag.may_grow || (!is_there && flag.before.empty()))) return;
        if (!is_there && !is_given(flag)) return;
        auto all = is_there ? there_.at(flag.word).template get<std::vector<Value>>()
                            : std::vector<Value>{Json::parse(flag.before).template get<Value>()};
        if (is_given(flag)) {
            const bool sorted = std::ranges::is_sorted(all) && std::ranges::is_sorted(values);
            for (const auto& value : values)
                if (std::ranges::find(all, value) == all.end()) all.push_back(value);
            if (sorted) std::ranges::sort(all);
        }
        values = all;
    }
    void strengths(const FlagText& flag, std::vector<double>& values) const { (*this)(flag, values); }
    void repeats(const FlagText& flag, RepeatRange& range) const {
        const auto word = there_.at(flag.word);
        auto had = parse_repeats(word.is_string() ? word.get<std::string>() : word.dump());
        had.until_error = there_.value("until_stderr", 0.0);
        if (is_given(flag) && range.is_adaptive() == had.is_adaptive())
            range = {std::max(range.least, had.least), std::max(range.most, had.most),
                     std::min(range.until_error, had.until_error)};
        else if (!is_given(flag))
            range = had;
    }

private:
    bool is_given(const FlagText& flag) const { return std::ranges::count(given_, flag.word) > 0; }

    const Json& there_;
    const std::vector<std::string>& given_;
};

}  // namespace

Flags grown(const std::string& program, Flags flags) {
    const auto path = std::filesystem::path(flags.out) / "config.json";
    std::error_code unreadable;
    if (!std::filesystem::exists(path, unreadable)) return flags;
    Json there;
    auto more = flags;
    try {
        there = pstar::read_json<Json>(path);
        if (there.at("program") != program) return flags;
        const auto data =
            flags.data == "synthetic"
                ? flags.data
                : std::filesystem::absolute(flags.data).lexically_normal().string();  // as `load_data` does
        if (there.at("settings").value("data", data) != data) return flags;           // other images have other sizes
        describe(more, Grower(there.at("settings"), flags.given));
    } catch (const std::exception&) {
        return flags;  // `RunFolder` says what is wrong
    }
    return more;
}

pstar::RunFolderOptions folder_options(const std::string& program, const Flags& flags) {
    auto options = folder_options(program, settings_of(flags), command_of(program, flags), flags.out);
    options.details["threads"] = flags.threads;
    options.axes = {
        "repeats", "until_stderr", "until_interval", "resolution", "accuracy_step",
        "family",  "stuck",        "size",           "clean_only"};  // those in the middle say how curves are read
    if (flags.variations && !flags.variations->is_fresh()) options.axes.push_back("n_pool");  // the first ones stay
    for (const auto& setting : settings_of(flags))
        if (setting.is_list && setting.may_grow) options.axes.push_back(setting.word);
    return options;
}

}  // namespace study
