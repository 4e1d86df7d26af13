#pragma once

#include <concepts>
#include <exception>
#include <new>
#include <ranges>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <pstar/io/json_line.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/process.hpp>

/// The outcome of a run as JSON, as it is sent between processes and written to a journal. Numbers are read back with
/// the same bits.
namespace pstar::detail {

using RecordJson = nlohmann::ordered_json;

template <class Result>
concept NumberRange =
    std::ranges::range<const Result&> && std::floating_point<std::ranges::range_value_t<const Result&>>;

/// Numbers and ranges of numbers, also NaN and infinity (`json_number`); other types by their own `to_json`.
template <class Result>
RecordJson result_to_json(const Result& result) {
    if constexpr (std::floating_point<Result>) {
        return json_number<RecordJson>(static_cast<double>(result));
    } else if constexpr (NumberRange<Result>) {
        auto array = RecordJson::array();
        for (const auto number : result) array.push_back(json_number<RecordJson>(static_cast<double>(number)));
        return array;
    } else {
        return RecordJson(result);
    }
}
template <class Result>
Result result_from_json(const RecordJson& json) {
    if constexpr (std::floating_point<Result>) {
        return static_cast<Result>(number_of_json(json));
    } else if constexpr (NumberRange<Result>) {
        auto copy = json;
        for (auto& number : copy)
            if (number.is_null() || number.is_string()) number = number_of_json(number);
        return copy.get<Result>();
    } else {
        return json.get<Result>();
    }
}

/// {"status": "finished" or "diverged", "result": ...} or {"status": "failed", "error": ...}.
template <class Result>
RecordJson outcome_to_json(const Outcome<Result>& outcome) {
    if (!outcome.value) return {{"status", "failed"}, {"error", outcome.error}};
    return {{"status", has_diverged(*outcome.value) ? "diverged" : "finished"},
            {"result", result_to_json(*outcome.value)}};
}
/// The outcome that this JSON describes. Throws nlohmann's exceptions if it describes none.
template <class Result>
Outcome<Result> outcome_from_json(const RecordJson& json) {
    Outcome<Result> outcome;
    if (json.at("status") == "failed")
        outcome.error = json.at("error").get<std::string>();
    else
        outcome.value = result_from_json<Result>(json.at("result"));
    return outcome;
}

/// The result of `call`, or the message of the exception that it throws.
template <class Result, class Call>
Outcome<Result> attempt(const Call& call) {
    Outcome<Result> outcome;
    try {
        outcome.value = call();
    } catch (const std::bad_alloc&) {
        outcome.error = out_of_memory();
    } catch (const std::exception& error) {
        outcome.error = error.what();
        if (outcome.error.empty()) outcome.error = "an exception without a message";
    } catch (...) {
        outcome.error = "an exception of unknown type";
    }
    return outcome;
}

}  // namespace pstar::detail
