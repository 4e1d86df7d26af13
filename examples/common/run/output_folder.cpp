#include "common/run/output_folder.hpp"

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

pstar::RunFolderOptions folder_options(const std::string& program, const Flags& flags) {
    auto options = folder_options(program, settings_of(flags), command_of(program, flags), flags.out);
    options.details["threads"] = flags.threads;
    return options;
}

}  // namespace study
