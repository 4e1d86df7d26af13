#include <pstar/experiment/analysis/margin_prediction.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/margin_prediction_json.hpp>
#include <pstar/experiment/analysis/prediction_tables.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/nn/mlp.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace margin_prediction_test {

using namespace pstar;

namespace {

using Numbers = std::vector<double>;

const TrainTest& digits() {
    static const auto data = synthetic_digits({.train = 300, .test = 120});
    return data;
}

AnyCorruption replacement(double p) {
    return Replacement{p};
}

const TrainOptions training{.epochs = 2, .batch_size = 50, .seed = 4};
const MarginPredictionOptions options{
    .draws = 8, .elsewhere = {0.1, 0.7}, .elsewhere_images = 50, .elsewhere_draws = 5, .seed = 4};

/// A prediction of a network trained at p = 0.4, computed once.
const MarginPrediction& predicted() {
    static const auto result = [] {
        auto net = mlp<float>({784, 12, 10}, Activation::relu, Seed{3});
        return train_and_predict(net, digits(), replacement, 0.4, training, options);
    }();
    return result;
}

double sum(const Numbers& numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}

/// A result made by hand: accuracy 0.8 +- 0.1 where 0.7 is predicted.
MarginPrediction by_hand(double shift) {
    MarginPrediction result;
    result.clean_accuracy = 0.9;
    result.own.strength = 0.5;
    result.own.accuracy = {0.8 + shift, 0.7 + shift, 0.9 + shift};
    result.own.predicted.fill(0.7);
    result.own.linearisation.sd_ratio = {1 + shift, 0.5, 1.5};
    for (auto& scores : result.scores)
        scores = {{0.9 + shift, 0.8, 0.95}, {0.1, 0.05, 0.2}, {0.3, 0.2, 0.4}, {0.2, 0.1, 0.3}};
    for (auto& images : result.images) images = Numbers(MarginPrediction::map_side * MarginPrediction::map_side, 2.0);
    for (auto& bins : result.calibration)
        bins = {{.low = 0.2, .high = 0.3, .images = 10, .predicted = 0.25, .measured = {0.2 + shift, 0.1, 0.3}}};
    return result;
}

}  // namespace

TEST_CASE("a prediction is made of the parts that the library offers") {
    auto net = mlp<float>({784, 12, 10}, Activation::relu, Seed{3});
    const Replacement channel{0.4};
    train(net, digits().train, channel, training);
    const auto report = runner_up_report(net, digits().test, channel);
    const auto flips = flip_frequencies(net, digits().test, channel, {.draws = 8, .seed = 4});
    const auto& found = predicted();
    CHECK_FALSE(has_diverged(found));
    CHECK(found.clean_accuracy == report.nearest.clean_accuracy());
    CHECK(found.own.strength == 0.4);
    CHECK(found.own.accuracy.value == flips.accuracy().value);
    CHECK(found.own.accuracy.high == flips.accuracy().high);
    CHECK(found.own.predicted[2] == report.predicted_accuracy());
    CHECK(found.own.linearisation.error_over_sd.low == linearisation_error(report.nearest, flips).error_over_sd.low);
    CHECK(found.own.snr[2] == snr_quantiles(report.nearest).quantiles[2]);
    const auto q = failure_probabilities(report, Criterion::all_runner_ups);
    CHECK(found.scores[2].auc.value == score_prediction(q, flips.frequencies()).auc.value);
    CHECK(found.differences[1].brier.value ==
          Approx(found.scores[0].brier.value - found.scores[2].brier.value).margin(1e-12));
    for (std::size_t c = 0; c < criteria.size(); ++c) {
        std::size_t images = 0;
        for (const auto& bin : found.calibration[c]) images += bin.images;
        CHECK(images == 120);
        CHECK(sum(found.images[c]) == 120);
    }
    for (std::size_t c = clean_image_criteria; c < criteria.size(); ++c) {
        const auto by = predict_by(criteria[c], net, digits().test, PixelMoments(channel));
        CHECK(found.own.predicted[c] == by.predicted_accuracy());
        CHECK(found.scores[c].brier.value == score_prediction(by.probability, flips.frequencies()).brier.value);
    }
    CHECK(std::isnan(found.elsewhere[0].predicted[6]));  // full moments take too long there
    // Image 0 is in the cell of its own prediction and frequency.
    const auto part = [](double share) { return std::min<std::size_t>(19, static_cast<std::size_t>(20 * share)); };
    CHECK(found.images[2][20 * part(q[0]) + part(flips.frequencies()[0])] >= 1);

    const auto& [foreseen, missed, spared] = found.examples;
    REQUIRE_FALSE(foreseen.empty());
    CHECK(foreseen[0].predicted == q[foreseen[0].image]);
    CHECK(foreseen[0].measured == flips.frequencies()[foreseen[0].image]);
    for (std::size_t i = 0; i < q.size(); ++i)
        CHECK(std::min(q[i], flips.frequencies()[i]) <= std::min(foreseen[0].predicted, foreseen[0].measured));
    for (const auto& image : missed) CHECK(image.measured - image.predicted > 0.25);
    for (const auto& image : spared) CHECK(image.predicted - image.measured > 0.25);

    REQUIRE(found.elsewhere.size() == 2);
    const auto few = take(digits().test, 50);
    const auto there = flip_frequencies(net, few, Replacement{0.7}, {.draws = 5, .seed = 4});
    CHECK(found.elsewhere[1].accuracy.value == there.accuracy().value);
    CHECK(found.elsewhere[1].predicted[1] ==
          Approx(margin_report(net, few, Replacement{0.7}).predicted_accuracy()).epsilon(1e-5));
}

TEST_CASE("the clearest examples come first, and of equal ones the first image") {
    const Numbers predicted{0.9, 0.1, 1, 0.9, 0, 0.5}, measured{1, 0.8, 0.2, 1, 0.2, 0.5};
    using Examples = std::vector<ImageFailure>;
    CHECK(detail::clearest_examples(FailureKind::foreseen, predicted, measured) ==
          Examples{{0, 0.9, 1}, {3, 0.9, 1}, {5, 0.5, 0.5}});
    CHECK(detail::clearest_examples(FailureKind::missed, predicted, measured) == Examples{{1, 0.1, 0.8}});
    CHECK(detail::clearest_examples(FailureKind::spared, predicted, measured) == Examples{{2, 1, 0.2}});
    const Numbers many(40, 1.0);
    CHECK(detail::clearest_examples(FailureKind::foreseen, many, many).size() == MarginPrediction::most_examples);
}

TEST_CASE("a corruption without moments is refused before the network is trained") {
    auto net = mlp<float>({784, 12, 10}, Activation::relu, Seed{3});
    const auto before = net.parameters().values()[0];
    const auto blur = [](double radius) { return AnyCorruption(Blur{radius}); };
    CHECK_THROWS_AS(predict_failures(net, digits().test, blur, 1.0, options), std::invalid_argument);
    CHECK_THROWS_WITH(train_and_predict(net, digits(), blur, 1.0, training, options), Catch::Contains("Channel"));
    CHECK(net.parameters().values()[0] == before);
    CHECK_THROWS_WITH(predict_failures(net, digits().test, replacement, 0.4, {.draws = 1}),
                      Catch::Contains("draws (= 1)"));
    CHECK_THROWS_WITH(predict_failures(net, digits().test, replacement, 0.4, {.elsewhere_images = 0}),
                      Catch::Contains("elsewhere_images (= 0)"));
}

TEST_CASE("a network that diverges predicts nothing") {
    auto net = mlp<float>({784, 12, 10}, Activation::relu, Seed{3});
    auto steep = training;
    steep.optimizer = Sgd{.lr = 1e30};
    CHECK(train_and_predict(net, digits(), replacement, 0.4, steep, options).diverged);
}

TEST_CASE("a prediction survives a journal bit for bit") {
    auto result = predicted();
    result.own.snr[0] = std::numeric_limits<double>::infinity();  // strength 0
    result.scores[0].auc = {std::nan(""), std::nan(""), std::nan("")};
    const auto line = sealed_line(nlohmann::ordered_json(result));
    const auto read = unsealed(line).value().get<MarginPrediction>();
    CHECK(sealed_line(nlohmann::ordered_json(read)) == line);
    CHECK(std::isnan(read.scores[0].auc.value));
    CHECK(read.own.snr == result.own.snr);
    CHECK(read.own.linearisation.strength == 0.4);
    CHECK(read.elsewhere[1].linearisation.sd_ratio.high == result.elsewhere[1].linearisation.sd_ratio.high);
    CHECK(read.calibration[1].back().images == result.calibration[1].back().images);
    CHECK(read.images == result.images);
    CHECK(read.examples == result.examples);
    CHECK(nlohmann::ordered_json(MarginPrediction{.diverged = true}).get<MarginPrediction>().diverged);
}

TEST_CASE("summaries pool the usable runs of each strength") {
    using Run = Outcome<MarginPrediction>;
    auto other = by_hand(0);
    other.own.strength = 0.7;
    const std::vector<Run> outcomes{{by_hand(0), ""},
                                    {by_hand(0.02), ""},
                                    {std::nullopt, "failed"},
                                    {other, ""},
                                    {MarginPrediction{.diverged = true}, ""},
                                    {std::nullopt, "failed"},
                                    {std::nullopt, "failed"},
                                    {std::nullopt, "failed"},
                                    {std::nullopt, "failed"}};
    std::vector<RunKey> runs;
    for (const double strength : {0.5, 0.7, 0.9})
        for (std::size_t repeat = 0; repeat < 3; ++repeat) runs.push_back({.strength = strength, .repeat = repeat});
    const auto summaries = summarise_predictions(runs, outcomes);
    REQUIRE(summaries.size() == 2);  // nothing is left of the third strength
    const auto& two = summaries[0];
    CHECK((two.run.strength == 0.5 && two.seeds == 2));
    CHECK((summaries[1].run.strength == 0.7 && summaries[1].seeds == 1));
    CHECK(two.own.accuracy.value == Approx(0.81));
    CHECK(two.own.accuracy.high == Approx(0.81 + std::hypot(0.1, 12.7062 * 0.01)).epsilon(1e-4));  // t(0.975, 1)
    CHECK(two.excess[0].value == Approx(-0.11));
    CHECK(summaries[1].excess[0].low == Approx(-0.2));  // 0.7 - 0.9
    CHECK(summaries[1].excess[0].high == Approx(0.0).margin(1e-12));
    CHECK(two.scores[1].auc.value == Approx(0.91));
    CHECK(two.scores[1].auc.high == 1);  // hypot(0.045, 0.127) reaches beyond
    CHECK(two.own.linearisation.sd_ratio.value == Approx(1.01));
    CHECK(two.clean_accuracy.value == Approx(0.9));
    CHECK(two.images[0][7] == 4);
    REQUIRE(two.calibration[2].size() == 1);
    CHECK(two.calibration[2][0].images == 20);
    CHECK(two.calibration[2][0].predicted == Approx(0.25));
    CHECK(two.calibration[2][0].measured.value == Approx(0.21));
    CHECK_THROWS_WITH(summarise_predictions(std::span(runs).first(8), outcomes), Catch::Contains("outcomes (= 9)"));
    runs[1].width = 32;  // another network
    CHECK(summarise_predictions(runs, outcomes).size() == 3);

    SECTION("a bin holds the seeds that have images in it") {
        auto first = by_hand(0), second = by_hand(0);
        second.calibration[0][0].low = 0.5, second.calibration[0][0].high = 0.6;
        second.calibration[0].insert(second.calibration[0].begin(), first.calibration[0][0]);
        second.calibration[0][0].images = 30, second.calibration[0][0].predicted = 0.29;
        const std::vector<Run> pair{{first, ""}, {second, ""}};
        const auto bins = summarise_predictions(std::vector<RunKey>(2), pair)[0].calibration[0];
        REQUIRE(bins.size() == 2);
        CHECK((bins[0].images == 40 && bins[1].images == 10));
        CHECK(bins[0].predicted == Approx((10 * 0.25 + 30 * 0.29) / 40));
        CHECK(bins[1].measured.low == Approx(0.1));  // one seed: its own interval
    }
}

TEST_CASE("the tables hold the summaries") {
    const std::vector<Outcome<MarginPrediction>> outcomes{{predicted(), ""}};
    const auto summaries = summarise_predictions(std::vector{RunKey{.strength = 0.4}}, outcomes);
    const Scratch folder;
    write_prediction_tables(folder / ".", summaries);
    const auto table = [&](const std::string& name) { return read_csv(folder / (name + ".csv")); };
    const auto& found = predicted();
    CHECK(table("predictions").column("criterion") ==
          std::vector<std::string>(criterion_names.begin(), criterion_names.end()));
    CHECK(table("predictions").numbers("auc")[2] == Approx(found.scores[2].auc.value));
    CHECK(table("predictions").numbers("log_score_low")[1] == Approx(found.scores[1].log_score.low));
    CHECK(table("differences").column("second")[0] == "shifted");
    CHECK(table("differences").numbers("brier_high")[2] == Approx(found.differences[2].brier.high));
    const auto accuracy = table("accuracy");
    CHECK(accuracy.numbers("measured")[0] == found.own.accuracy.value);
    CHECK(accuracy.numbers("shifted_minus_measured")[0] ==
          Approx(found.own.predicted[1] - found.own.accuracy.value).margin(1e-12));
    CHECK(accuracy.numbers("clean")[0] == found.clean_accuracy);
    CHECK(sum(table("calibration").numbers("images")) == 7 * 120);
    CHECK(table("calibration").numbers("to")[0] == found.calibration[0][0].high);
    CHECK(table("accuracy_elsewhere").numbers("p") == Numbers{0.4, 0.4});
    CHECK(table("accuracy_elsewhere").numbers("test_strength")[1] == found.elsewhere[1].strength);
    CHECK(table("accuracy_elsewhere").numbers("all_runner_ups")[1] == found.elsewhere[1].predicted[2]);
    CHECK(table("linearisation").numbers("sd_ratio_high")[0] == Approx(found.elsewhere[0].linearisation.sd_ratio.high));
    CHECK(table("snr").numbers("snr_q25")[1] == found.elsewhere[1].snr[1]);
    std::size_t examples = 0;
    for (const auto& images : found.examples) examples += images.size();
    CHECK(table("examples").column("kind").size() == examples);
    CHECK(table("examples").numbers("test_image")[0] == static_cast<double>(found.examples[0][0].image));
}

}  // namespace margin_prediction_test
