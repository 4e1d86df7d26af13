#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/experiment/analysis/margin_prediction.hpp>
#include <pstar/io/json_line.hpp>

/// How a `MarginPrediction` is written to a journal and read back, bit for bit.
namespace pstar {

namespace detail {

using OrderedJson = nlohmann::ordered_json;

template <class Numbers>
OrderedJson json_of_numbers(const Numbers& numbers) {
    auto array = OrderedJson::array();
    for (const double number : numbers) array.push_back(json_number(number));
    return array;
}
template <class Numbers>
void read_numbers(const OrderedJson& json, Numbers& numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_of_json(json.at(i));
}

/// An estimate of any type as [value, low, high].
template <class AnyEstimate>
OrderedJson json_of_estimate(const AnyEstimate& x) {
    return json_of_numbers(std::array{x.value, x.low, x.high});
}
template <class AnyEstimate>
void read_estimate(const OrderedJson& json, AnyEstimate& x) {
    x = {number_of_json(json.at(0)), number_of_json(json.at(1)), number_of_json(json.at(2))};
}

/// Estimates by name; `numbers` lists name and member of each.
template <class Holder, class Numbers>
OrderedJson json_of_members(const Holder& holder, const Numbers& numbers) {
    OrderedJson json;
    for (const auto& [name, member] : numbers) json[name] = json_of_estimate(holder.*member);
    return json;
}
template <class Holder, class Numbers>
void read_members(const OrderedJson& json, Holder& holder, const Numbers& numbers) {
    for (const auto& [name, member] : numbers) read_estimate(json.at(name), holder.*member);
}

inline OrderedJson json_of_bin(const CalibrationBin& bin) {
    return {{"low", bin.low},
            {"high", bin.high},
            {"images", bin.images},
            {"predicted", bin.predicted},
            {"measured", json_of_estimate(bin.measured)}};
}
inline CalibrationBin bin_of_json(const OrderedJson& json) {
    CalibrationBin bin{};
    json.at("low").get_to(bin.low);
    json.at("high").get_to(bin.high);
    json.at("images").get_to(bin.images);
    json.at("predicted").get_to(bin.predicted);
    read_estimate(json.at("measured"), bin.measured);
    return bin;
}

}  // namespace detail

inline void to_json(nlohmann::ordered_json& json, const StrengthPrediction& x) {
    json = {{"strength", x.strength},
            {"accuracy", detail::json_of_estimate(x.accuracy)},
            {"predicted", detail::json_of_numbers(x.predicted)},
            {"linearisation", detail::json_of_members(x.linearisation, linearisation_numbers)},
            {"snr", detail::json_of_numbers(x.snr)}};
}
inline void from_json(const nlohmann::ordered_json& json, StrengthPrediction& x) {
    json.at("strength").get_to(x.strength);
    detail::read_estimate(json.at("accuracy"), x.accuracy);
    detail::read_numbers(json.at("predicted"), x.predicted);
    detail::read_members(json.at("linearisation"), x.linearisation, linearisation_numbers);
    x.linearisation.strength = x.strength;
    detail::read_numbers(json.at("snr"), x.snr);
}

inline void to_json(nlohmann::ordered_json& json, const MarginPrediction& x) {
    json = {{"diverged", x.diverged}};
    if (x.diverged) return;
    json["clean_accuracy"] = x.clean_accuracy;
    json["own"] = x.own;
    for (const auto& scores : x.scores) json["scores"].push_back(detail::json_of_members(scores, score_numbers));
    for (const auto& scores : x.differences)
        json["differences"].push_back(detail::json_of_members(scores, score_numbers));
    for (const auto& bins : x.calibration) {
        auto array = nlohmann::ordered_json::array();
        for (const auto& bin : bins) array.push_back(detail::json_of_bin(bin));
        json["calibration"].push_back(array);
    }
    json["images"] = x.images;
    json["seconds"] = detail::json_of_numbers(x.seconds);
    json["draw_seconds"] = json_number(x.draw_seconds);
    json["elsewhere"] = x.elsewhere;
    for (const auto& images : x.examples) {
        auto array = nlohmann::ordered_json::array();
        for (const auto& [image, predicted, measured] : images)
            array.push_back(nlohmann::ordered_json::array({image, predicted, measured}));
        json["examples"].push_back(array);
    }
}
/// Throws nlohmann's exceptions for an object that `to_json` did not make.
inline void from_json(const nlohmann::ordered_json& json, MarginPrediction& x) {
    json.at("diverged").get_to(x.diverged);
    if (x.diverged) return;
    json.at("clean_accuracy").get_to(x.clean_accuracy);
    json.at("own").get_to(x.own);
    for (std::size_t c = 0; c < x.scores.size(); ++c)
        detail::read_members(json.at("scores").at(c), x.scores[c], score_numbers);
    for (std::size_t k = 0; k < x.differences.size(); ++k)
        detail::read_members(json.at("differences").at(k), x.differences[k], score_numbers);
    for (std::size_t c = 0; c < x.calibration.size(); ++c)
        for (const auto& bin : json.at("calibration").at(c)) x.calibration[c].push_back(detail::bin_of_json(bin));
    json.at("images").get_to(x.images);
    detail::read_numbers(json.at("seconds"), x.seconds);
    x.draw_seconds = number_of_json(json.at("draw_seconds"));
    json.at("elsewhere").get_to(x.elsewhere);
    for (std::size_t kind = 0; kind < x.examples.size(); ++kind)
        for (const auto& image : json.at("examples").at(kind))
            x.examples[kind].push_back(
                {image.at(0).get<std::size_t>(), image.at(1).get<double>(), image.at(2).get<double>()});
}

}  // namespace pstar
