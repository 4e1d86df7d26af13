#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace pstar {

/// The same value with the members of each object in the order of their names: two that are equal look the same.
inline nlohmann::ordered_json sorted_json(const nlohmann::ordered_json& value) {
    if (value.is_object()) {
        std::map<std::string, const nlohmann::ordered_json*> members;
        for (const auto& [key, member] : value.items()) members.emplace(key, &member);
        auto sorted = nlohmann::ordered_json::object();
        for (const auto& [key, member] : members) sorted[key] = sorted_json(*member);
        return sorted;
    }
    if (!value.is_array()) return value;
    auto sorted = nlohmann::ordered_json::array();
    for (const auto& element : value) sorted.push_back(sorted_json(element));
    return sorted;
}

/// Where two configurations differ, e.g. `epochs 20 there, 10 here; seed 1 there, unset here`; empty: nowhere. The
/// order of an object's members is no difference.
inline std::string json_difference(const nlohmann::ordered_json& there, const nlohmann::ordered_json& here) {
    const auto text_of = [](const nlohmann::ordered_json& value) { return sorted_json(value).dump(); };
    if (!there.is_object() || !here.is_object())
        return text_of(there) == text_of(here) ? "" : text_of(there) + " there, " + text_of(here) + " here";
    const auto shown = [&](const nlohmann::ordered_json& object, const std::string& key) {
        return object.contains(key) ? text_of(object.at(key)) : std::string("unset");
    };
    auto both = there;
    both.update(here);
    both = sorted_json(both);
    std::string text;
    for (const auto& member : both.items()) {
        const auto& key = member.key();
        const auto before = shown(there, key), now = shown(here, key);
        if (before != now) text += (text.empty() ? "" : "; ") + key + " " + before + " there, " + now + " here";
    }
    return text;
}

}  // namespace pstar
