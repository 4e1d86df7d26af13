#include <cmath>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/statistics/calibration.hpp>
#include <pstar/statistics/prediction_score.hpp>

#include "catch.hpp"

namespace prediction_score_test {

using namespace pstar;

namespace {

/// AUC by its definition, over all pairs of (image, draw), `draws` of each image.
double auc_of_pairs(const std::vector<double>& q, const std::vector<double>& f, int draws) {
    double won = 0, pairs = 0;
    for (std::size_t a = 0; a < q.size(); ++a)
        for (std::size_t b = 0; b < q.size(); ++b) {
            const double failures = std::round(f[a] * draws), successes = draws - std::round(f[b] * draws);
            pairs += failures * successes;
            won += failures * successes * (q[a] > q[b] ? 1 : q[a] == q[b] ? 0.5 : 0);
        }
    return won / pairs;
}

struct Sample {
    std::vector<double> q, f;
};

/// Images with true failure probabilities uniform on [0, 1], each drawn `draws` times; q is the truth.
Sample honest(std::size_t images, std::uint32_t draws, std::uint64_t seed) {
    RandomSequence random({Seed{seed}});
    Sample sample;
    for (std::size_t i = 0; i < images; ++i) {
        sample.q.push_back(random.uniform());
        std::uint32_t failures = 0;
        for (std::uint32_t d = 0; d < draws; ++d) failures += random.uniform() < sample.q.back();
        sample.f.push_back(failures / static_cast<double>(draws));
    }
    return sample;
}

}  // namespace

TEST_CASE("scores of small predictions by hand") {
    SECTION("one draw") {
        const std::vector<double> q{0.1, 0.4, 0.35, 0.8}, f{0, 0, 1, 1};  // scikit-learn's example: AUC 0.75
        const auto score = score_prediction(q, f);
        CHECK(score.auc.value == 0.75);
        CHECK(score.brier.value == Approx((0.01 + 0.16 + 0.4225 + 0.04) / 4));
        CHECK(score.rms_error.value == Approx(std::sqrt(score.brier.value)));  // of one draw
        CHECK(score.log_score.value == Approx(-(std::log(0.9) + std::log(0.6) + std::log(0.35) + std::log(0.8)) / 4));
    }
    SECTION("shares of draws, and ties") {
        const std::vector<double> q{0.5, 0.5, 0.2}, f{1, 0.25, 0.25};
        // Failures 4, 1, 1 and successes 0, 3, 3 of 4 draws each: pairs 6 x 6; won 4 (3/2 + 3) + 1 (3/2 + 3) + 3/2.
        const auto score = score_prediction(q, f);
        CHECK(score.auc.value == Approx((4 * 4.5 + 4.5 + 1.5) / 36));
        CHECK(score.brier.value == Approx((0.25 + 0.25 + 0.25 * 0.64 + 0.75 * 0.04) / 3));
        CHECK(score.rms_error.value == Approx(std::sqrt((0.25 + 0.0625 + 0.0025) / 3)));
    }
    SECTION("sure errors cost what the clip says, sure truths next to nothing") {
        const std::vector<double> q{0, 1}, f{1, 1};
        CHECK(score_prediction(q, f, {.clip = 1e-3}).log_score.value ==
              Approx(-(std::log(1e-3) + std::log(1 - 1e-3)) / 2));
    }
    SECTION("where all images succeed there is nothing to rank") {
        const std::vector<double> q{0.1, 0.2}, f{0, 0};
        const auto score = score_prediction(q, f);
        CHECK(std::isnan(score.auc.value));
        CHECK(std::isnan(score.auc.low));
        CHECK(score.brier.value == Approx(0.025));
    }
}

TEST_CASE("AUC is that of all pairs, ties and all") {
    RandomSequence random({Seed{4}});
    for (int trial = 0; trial < 10; ++trial) {
        auto [q, f] = honest(1 + random.below(40), 6, 100 + static_cast<std::uint64_t>(trial));
        for (double& value : q) value = std::round(value * 5) / 5;  // many ties
        const double expected = auc_of_pairs(q, f, 6), got = score_prediction(q, f).auc.value;
        CHECK((std::isnan(expected) ? std::isnan(got) : got == Approx(expected).epsilon(1e-12)));
    }
}

TEST_CASE("intervals cover the truth as often as they say") {
    // For q = P(failure) uniform: Brier = E[q (1 - q)] = 1/6, AUC = 5/6 (P(q_fail > q_success), densities 2q, 2(1 -
    // q)).
    int brier = 0, auc = 0, difference = 0;
    constexpr int trials = 200;
    for (int trial = 0; trial < trials; ++trial) {
        const auto [q, f] = honest(150, 1, 1000 + static_cast<std::uint64_t>(trial));
        const ScoreOptions options{.intervals = {.confidence = 0.9, .resamples = 200, .seed = 5}};
        const auto score = score_prediction(q, f, options);
        brier += score.brier.low <= 1.0 / 6 && score.brier.high >= 1.0 / 6;
        auc += score.auc.low <= 5.0 / 6 && score.auc.high >= 5.0 / 6;
        std::vector<double> halved;  // Brier of q/2: E[q (1 - q/2)^2 + (1 - q) q^2/4] = 1/6 + E[q^2]/4 = 1/4
        for (const double value : q) halved.push_back(value / 2);
        const auto worse = score_difference(halved, q, f, options);
        difference += worse.brier.low <= 1.0 / 12 && worse.brier.high >= 1.0 / 12;
        CHECK(worse.auc.value == 0);  // the same ranking
        CHECK((worse.auc.low == 0 && worse.auc.high == 0));
    }
    // Nominal 180 of 200, sd 4.2; percentile intervals of 150 images fall a few percent short.
    for (const int covered : {brier, auc, difference}) {
        CHECK(covered >= 163);
        CHECK(covered <= 195);
    }
}

TEST_CASE("of true probabilities the error per image is that of the draws") {
    const auto [q, f] = honest(4000, 10, 77);
    const auto score = score_prediction(q, f);
    const double draws = std::sqrt(1.0 / 6 / 10);  // E[q (1 - q)] = 1/6
    CHECK(score.rms_error.value == Approx(draws).epsilon(0.03));
    CHECK((score.rms_error.low < draws && draws < score.rms_error.high));
    CHECK(score.rms_error.high - score.rms_error.low < 0.1 * draws);
}

TEST_CASE("a paired difference is sharper than two intervals") {
    const auto [q, f] = honest(400, 5, 8);
    std::vector<double> blurred;
    for (const double value : q) blurred.push_back(0.5 + 0.8 * (value - 0.5));
    const auto difference = score_difference(blurred, q, f);
    const auto one = score_prediction(q, f), other = score_prediction(blurred, f);
    CHECK(difference.brier.value == Approx(other.brier.value - one.brier.value));
    CHECK(difference.brier.low > 0);
    CHECK(other.brier.low < one.brier.high);
}

TEST_CASE("calibration: bins, means and error bars by hand, and honest predictions on the diagonal") {
    const std::vector<double> q{0.05, 0.15, 0.17, 1.0}, f{0, 1, 0, 1};
    const auto curve = calibration_curve(q, f, 1);
    REQUIRE(curve.size() == 3);
    CHECK((curve[1].low == Approx(0.1) && curve[1].high == Approx(0.2)));
    CHECK(curve[1].images == 2);
    CHECK(curve[1].predicted == Approx(0.16));
    CHECK(curve[1].measured.value == 0.5);
    CHECK(curve[1].measured.low == Approx(wilson(0.5, 2).low));
    CHECK((curve[2].low == Approx(0.9) && curve[2].images == 1));

    const auto sample = honest(5000, 10, 3);
    int inside = 0;
    for (const auto& bin : calibration_curve(sample.q, sample.f, 10, {.bins = 20}))
        inside += bin.measured.low <= bin.predicted && bin.predicted <= bin.measured.high;
    CHECK(inside >= 16);  // 19 expected at 95%; 4 or more misses of 20 have probability 0.016, the seed is fixed
}

TEST_CASE("predictions that are none are refused") {
    const std::vector<double> f{0, 1};
    CHECK_THROWS_WITH(score_prediction(std::vector{0.5}, f), Catch::Contains("predicted.size() (= 1)"));
    CHECK_THROWS_WITH(score_prediction(std::vector{0.5, std::nan("")}, f), Catch::Contains("nan) must lie in [0, 1]"));
    CHECK_THROWS_WITH(score_prediction(std::vector{0.5, 1.5}, f), Catch::Contains("(= 1.5)"));
    CHECK_THROWS_WITH(score_prediction(std::vector{0.5, 0.5}, f, {.clip = 0}), Catch::Contains("clip (= 0)"));
    CHECK_THROWS_WITH(score_prediction(std::vector{0.5, 0.5}, f, {.intervals = {.resamples = 10}}),
                      Catch::Contains("resamples (= 10)"));
}

}  // namespace prediction_score_test
