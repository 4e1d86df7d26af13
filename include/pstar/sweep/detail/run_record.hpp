#pragma once

#include <concepts>
#include <exception>
#include <ranges>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <pstar/io/json_line.hpp>
#include <pstar/sweep/outcome.hpp>

/// What became of a run as JSON: how it travels between processes and stands in a journal. The numbers of a result come
/// back bit for bit.
namespace pstar::detail {

using RecordJson = nlohmann::ordered_json;

template <class Result>
concept NumberRange =
    std::ranges::range<const Result&> && std::floating_point<std::ranges::range_value_t<const Result&>>;

/// Numbers and ranges of numbers, NaN and infinity included; anything else by its own `to_json`.
template <class Json, class Result>
Json result_to_json(const Result& result) {
    if constexpr (std::floating_point<Result>) {
        return json_number<Json>(static_cast<double>(result));
    } else if constexpr (NumberRange<Result>) {
        auto array = Json::array();
        for (const auto number : result) array.push_back(json_number<Json>(static_cast<double>(number)));
        return array;
    } else {
        return Json(result);
    }
}
template <class Result, class Json>
Result result_from_json(const Json& json) {
    if constexpr (std::floating_point<Result>) {
        return static_cast<Result>(number_of_json(json));
    } else if constexpr (NumberRange<Result>) {
        auto copy = json;
        for (auto& number : copy)
            if (number.is_null() || number.is_string()) number = number_of_json(number);
        return copy.template get<Result>();
    } else {
        return json.template get<Result>();
    }
}

/// {"status": "finished" or "diverged", "result": ...} or {"status": "failed", "error": ...}.
template <class Json = RecordJson, class Result>
Json outcome_to_json(const Outcome<Result>& outcome) {
    if (!outcome.value) return {{"status", "failed"}, {"error", outcome.error}};
    return {{"status", has_diverged(*outcome.value) ? "diverged" : "finished"},
            {"result", result_to_json<Json>(*outcome.value)}};
}
/// Throws nlohmann's exceptions for what is none.
template <class Result, class Json>
Outcome<Result> outcome_from_json(const Json& json) {
    Outcome<Result> outcome;
    if (json.at("status") == "failed")
        outcome.error = json.at("error").template get<std::string>();
    else
        outcome.value = result_from_json<Result>(json.at("result"));
    return outcome;
}

/// Calls the body of a run and catches what it throws.
template <class Result, class Call>
Outcome<Result> attempt(const Call& call) {
    Outcome<Result> outcome;
    try {
        outcome.value = call();
    } catch (const std::exception& error) {
        outcome.error = error.what();
        if (outcome.error.empty()) outcome.error = "an exception without a message";
    } catch (...) {
        outcome.error = "an exception of unknown type";
    }
    return outcome;
}

}  // namespace pstar::detail
