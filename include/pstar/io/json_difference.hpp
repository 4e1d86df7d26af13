#pragma once

#include <string>
#include <type_traits>

#include <nlohmann/json.hpp>

namespace pstar {

/// Where two configurations differ, e.g. `epochs 20 there, 10 here; seed 1 there, unset here`; empty: nowhere. `Json`
/// sorts the members of an object.
template <class Json = nlohmann::json>
std::string json_difference(const std::type_identity_t<Json>& there, const std::type_identity_t<Json>& here) {
    if (!there.is_object() || !here.is_object()) return there == here ? "" : there.dump() + " there, " + here.dump();
    const auto shown = [](const Json& object, const std::string& key) {
        return object.contains(key) ? object.at(key).dump() : std::string("unset");
    };
    auto both = there;
    both.update(here);
    std::string text;
    for (const auto& [key, value] : both.items())
        if (shown(there, key) != shown(here, key))
            text +=
                (text.empty() ? "" : "; ") + key + " " + shown(there, key) + " there, " + shown(here, key) + " here";
    return text;
}

}  // namespace pstar
