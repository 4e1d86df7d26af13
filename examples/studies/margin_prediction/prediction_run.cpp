#include "prediction_run.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include <pstar/data/subset.hpp>
#include <pstar/experiment/built_in.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/flip_scores.hpp>
#include <pstar/margin/linearisation.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/sweep/repeats.hpp>

namespace study {
namespace {

using Json = nlohmann::ordered_json;

template <class Numbers>
Json numbers_to_json(const Numbers& numbers) {
    auto array = Json::array();
    for (const double number : numbers) array.push_back(pstar::json_number(number));
    return array;
}
template <class Numbers>
void numbers_from_json(const Json& json, Numbers& numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = pstar::number_of_json(json.at(i));
}

}  // namespace
}  // namespace study

/// Estimates and scores as they are written in a journal: [value, low, high].
template <>
struct nlohmann::adl_serializer<pstar::Estimate> {
    static void to_json(study::Json& json, const pstar::Estimate& x) {
        json = study::numbers_to_json(std::array{x.value, x.low, x.high});
    }
    static void from_json(const study::Json& json, pstar::Estimate& x) {
        std::array<double, 3> numbers{};
        study::numbers_from_json(json, numbers);
        x = {numbers[0], numbers[1], numbers[2]};
    }
};
template <>
struct nlohmann::adl_serializer<pstar::PredictionScore> {
    static void to_json(study::Json& json, const pstar::PredictionScore& x) {
        json = {{"auc", x.auc}, {"brier", x.brier}, {"log_score", x.log_score}};
    }
    static void from_json(const study::Json& json, pstar::PredictionScore& x) {
        json.at("auc").get_to(x.auc);
        json.at("brier").get_to(x.brier);
        json.at("log_score").get_to(x.log_score);
    }
};

namespace study {
namespace {

using Predictions = ByCriterion<std::vector<double>>;

/// How many images there are of each predicted and each observed failure frequency.
std::vector<double> map_of_images(std::span<const double> predicted, std::span<const double> observed) {
    constexpr auto side = PredictionResult::map_side;
    const auto cell = [](double share) {
        return std::min(static_cast<std::size_t>(share * static_cast<double>(side)), side - 1);
    };
    std::vector<double> counts(side * side, 0.0);
    for (std::size_t i = 0; i < predicted.size(); ++i) ++counts[cell(predicted[i]) * side + cell(observed[i])];
    return counts;
}

AtStrength compare(const pstar::RunnerUpReport& report, const pstar::FlipFrequencies& flips) {
    AtStrength result{.strength = report.nearest.strength,
                      .measured = flips.accuracy(),
                      .predicted = {},
                      .linearisation = {},
                      .snr = {}};
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c)
        result.predicted[c] = pstar::predicted_accuracy(report, pstar::criteria[c]);
    const auto error = pstar::linearisation_error(report.nearest, flips);
    result.linearisation = {error.predicted_mean, error.measured_mean, error.relative_bias,
                            error.relative_error, error.error_over_sd, error.sd_ratio};
    std::ranges::copy(pstar::snr_quantiles(report.nearest).quantiles, result.snr.begin());
    return result;
}

/// Scores, calibration and images of each criterion.
void judge(const pstar::RunnerUpReport& report, const pstar::FlipFrequencies& flips, PredictionResult& result) {
    const auto observed = flips.frequencies();
    Predictions predicted;
    for (std::size_t c = 0; c < pstar::criteria.size(); ++c) {
        predicted[c] = pstar::failure_probabilities(report, pstar::criteria[c]);
        result.scores[c] = pstar::score_prediction(predicted[c], flips);
        result.images[c] = map_of_images(predicted[c], observed);
        for (const auto& bin : pstar::calibration_curve(predicted[c], flips))
            result.calibration[c].push_back(
                {10 * bin.low, static_cast<double>(bin.images), bin.predicted, bin.measured});
    }
    for (std::size_t k = 0; k < criterion_pairs.size(); ++k)
        result.differences[k] =
            pstar::score_difference(predicted[criterion_pairs[k].first], predicted[criterion_pairs[k].second], flips);
}

/// What a trained network does, at its own strength and elsewhere.
template <pstar::Network Net>
pstar::RunnerUpReport report_of(const Net& net, const pstar::Dataset& images, const pstar::AnyCorruption& corruption) {
    const auto moments = corruption.pixel_moments();
    pstar::require(moments.has_value(), "margin_prediction", "the corruption", "spatial",
                   "be a channel of independent pixels: margins need its moments");
    return std::move(pstar::runner_up_reports(net, images, std::span(&*moments, 1)).front());
}

template <pstar::Network Net>
void measure(const Net& net, const pstar::AnyCorruption& channel, const pstar::RunKey& run, const pstar::Dataset& test,
             const pstar::FlipOptions& options, std::span<const double> elsewhere, PredictionResult& result) {
    const auto report = report_of(net, test, channel);
    const auto flips = pstar::flip_frequencies(net, test, channel, options);
    result.clean_accuracy = report.nearest.clean_accuracy();
    result.trained_at = compare(report, flips);
    judge(report, flips, result);

    const auto part = pstar::take(test, std::min(test.size(), PredictionResult::elsewhere_images));
    auto fewer = options;
    fewer.draws = PredictionResult::elsewhere_draws;
    const auto corruptions = pstar::built_in_corruptions();
    for (const double strength : elsewhere) {
        const auto other = corruptions.at(run.corruption)(strength);
        result.elsewhere.push_back(
            compare(report_of(net, part, other), pstar::flip_frequencies(net, part, other, fewer)));
    }
}

}  // namespace

// The parts of a result as JSON: found by nlohmann's library, so not in the unnamed namespace.

static void to_json(Json& json, const Bin& x) {
    json = {{"place", x.place}, {"images", x.images}, {"predicted", x.predicted}, {"measured", x.measured}};
}
static void from_json(const Json& json, Bin& x) {
    json.at("place").get_to(x.place);
    json.at("images").get_to(x.images);
    json.at("predicted").get_to(x.predicted);
    json.at("measured").get_to(x.measured);
}
static void to_json(Json& json, const AtStrength& x) {
    json = {{"strength", x.strength},
            {"measured", x.measured},
            {"predicted", x.predicted},
            {"linearisation", x.linearisation},
            {"snr", numbers_to_json(x.snr)}};
}
static void from_json(const Json& json, AtStrength& x) {
    json.at("strength").get_to(x.strength);
    json.at("measured").get_to(x.measured);
    json.at("predicted").get_to(x.predicted);
    json.at("linearisation").get_to(x.linearisation);
    numbers_from_json(json.at("snr"), x.snr);
}

void to_json(Json& json, const PredictionResult& x) {
    json = {{"diverged", x.diverged}};
    if (x.diverged) return;
    json.update({{"clean_accuracy", x.clean_accuracy},
                 {"trained_at", x.trained_at},
                 {"scores", x.scores},
                 {"differences", x.differences},
                 {"calibration", x.calibration},
                 {"images", x.images},
                 {"elsewhere", x.elsewhere}});
}
void from_json(const Json& json, PredictionResult& x) {
    json.at("diverged").get_to(x.diverged);
    if (x.diverged) return;
    json.at("clean_accuracy").get_to(x.clean_accuracy);
    json.at("trained_at").get_to(x.trained_at);
    json.at("scores").get_to(x.scores);
    json.at("differences").get_to(x.differences);
    json.at("calibration").get_to(x.calibration);
    json.at("images").get_to(x.images);
    json.at("elsewhere").get_to(x.elsewhere);
}

PredictionResult run_prediction(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                                const pstar::TrainTest& data, std::size_t draws, std::span<const double> elsewhere) {
    const auto seed = pstar::repeat_seed(settings.seed, run.repeat);
    const pstar::TrainOptions training{.epochs = settings.epochs,
                                       .batch_size = run.batch_size,
                                       .optimizer = settings.optimizer,
                                       .loss = settings.loss,
                                       .seed = seed.value,
                                       .noise = settings.noise};
    const pstar::FlipOptions drawing{.draws = draws, .seed = seed.value, .noise = settings.noise};
    PredictionResult result;
    const auto channel = pstar::built_in_corruptions().at(run.corruption)(run.strength);
    pstar::with_network(run.spec(), data.train, seed, [&](auto& net) {
        result.diverged = train(net, data.train, channel, training).status == pstar::TrainStatus::diverged;
        if (!result.diverged) measure(net, channel, run, data.test, drawing, elsewhere, result);
    });
    return result;
}

}  // namespace study
