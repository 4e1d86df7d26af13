#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include <pstar/experiment/analysis/anatomy_summary.hpp>
#include <pstar/experiment/analysis/knee_anatomy.hpp>
#include <pstar/experiment/analysis/margin_prediction_json.hpp>
#include <pstar/io/json_line.hpp>

/// How a `KneeAnatomy` is written to a journal and read back, bit for bit.
namespace pstar {

inline void to_json(nlohmann::ordered_json& json, const KneeAnatomy& x) {
    json = {{"diverged", x.diverged}};
    if (x.diverged) return;
    for (std::size_t c = 0; c < contenders.size(); ++c) {
        json["accuracy"][std::string(contender_names[c])] = detail::json_of_estimate(x.accuracy[c]);
        json["confusion"].push_back(detail::json_of_numbers(x.confusion[c]));
    }
    json["predicted"] = detail::json_of_numbers(x.predicted);
    json["nearest_class_mean_theory"] = json_number(x.nearest_class_mean_theory);
    json["limit"] = detail::json_of_estimate(x.limit);
    json["information"] = detail::json_of_estimate(x.information);
    for (const auto& agreement : x.agreement) {
        auto own = detail::json_of_members(agreement, agreement_numbers);
        own["images"] = agreement.images;
        own["wrong"] = agreement.wrong;
        json["agreement"].push_back(own);
    }
}
/// Throws nlohmann's exceptions for an object that `to_json` did not make.
inline void from_json(const nlohmann::ordered_json& json, KneeAnatomy& x) {
    json.at("diverged").get_to(x.diverged);
    if (x.diverged) return;
    for (std::size_t c = 0; c < contenders.size(); ++c) {
        detail::read_estimate(json.at("accuracy").at(std::string(contender_names[c])), x.accuracy[c]);
        const auto& counts = json.at("confusion").at(c);
        x.confusion[c].resize(counts.size());
        detail::read_numbers(counts, x.confusion[c]);
    }
    detail::read_numbers(json.at("predicted"), x.predicted);
    x.nearest_class_mean_theory = number_of_json(json.at("nearest_class_mean_theory"));
    detail::read_estimate(json.at("limit"), x.limit);
    detail::read_estimate(json.at("information"), x.information);
    for (std::size_t n = 0; n < anatomy_networks; ++n) {
        const auto& own = json.at("agreement").at(n);
        detail::read_members(own, x.agreement[n], agreement_numbers);
        own.at("images").get_to(x.agreement[n].images);
        own.at("wrong").get_to(x.agreement[n].wrong);
    }
}

}  // namespace pstar
