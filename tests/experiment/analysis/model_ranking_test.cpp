#include <pstar/experiment/analysis/model_ranking.hpp>

#include <cmath>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/experiment/analysis/equal_parameters.hpp>
#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "experiment/analysis/planted_results.hpp"

namespace model_ranking_test {

using namespace planted;
namespace {

/// Three models of `accuracies.size()` repeats: `first` as given, the MLP below it by 0.01, 0.02, 0.03, 0.01, ..., and
/// softmax regression half as good.
pstar::Results three_models(const std::vector<double>& accuracies) {
    auto results = no_results();
    const auto n = accuracies.size();
    add_runs(results, {.model = "rbm", .width = 5}, {0.5}, n, [&](double, std::size_t r) { return accuracies[r]; });
    add_runs(results, {.model = "softmax", .width = 0}, {0.5}, n,
             [&](double, std::size_t r) { return accuracies[r] / 2; });
    add_runs(results, {.model = "mlp", .width = 8}, {0.5}, n,
             [&](double, std::size_t r) { return accuracies[r] - 0.01 * static_cast<double>(1 + r % 3); });
    return results;
}

}  // namespace

TEST_CASE("models are ranked repeat by repeat") {
    // The scatter between repeats is ten times the difference: only pairing tells it.
    const auto rankings = pstar::rank_models(three_models({0.5, 0.7, 0.9}));
    REQUIRE(rankings.size() == 1);
    const auto& [images, models, differences, best] = rankings[0];
    REQUIRE(models.size() == 3);
    CHECK(models[0].run.model == "rbm");
    CHECK(models[0].accuracy.value == Approx(0.7));
    // Standard deviation 0.2, t for 2 degrees of freedom 4.3027.
    CHECK(models[0].accuracy.high - 0.7 == Approx(4.30265 * 0.2 / std::sqrt(3)).epsilon(1e-5));
    REQUIRE(differences.size() == 3);
    CHECK((differences[1].first == 0 && differences[1].second == 2));
    CHECK(differences[1].difference.value == Approx(0.02));
    CHECK(differences[1].seeds == 3);
    CHECK(differences[1].difference.low == Approx(0.02 - 4.30265 * 0.01 / std::sqrt(3)).epsilon(1e-4));
    CHECK(differences[1].verdict == pstar::Comparison::undecided);
    CHECK(differences[0].verdict == pstar::Comparison::larger);
    CHECK(differences[2].verdict == pstar::Comparison::smaller);  // softmax regression against the MLP
    CHECK_FALSE(best);

    const auto more = pstar::rank_models(three_models({0.5, 0.7, 0.9, 0.6, 0.8, 0.55}));
    CHECK(more[0].differences[1].verdict == pstar::Comparison::larger);
    CHECK(more[0].best == std::size_t{0});
}

TEST_CASE("few repeats decide nothing, and those that only one model has do not count") {
    CHECK_FALSE(pstar::rank_models(three_models({0.9, 0.9}))[0].best);
    auto results = three_models({0.9, 0.8, 0.7, 0.6});
    results.outcomes[0] = diverged();
    results.outcomes[11] = failed();  // the MLP's last
    const auto ranking = pstar::rank_models(results)[0];
    CHECK(ranking.models[0].seeds == 3);
    CHECK(ranking.differences[1].seeds == 2);
    CHECK(ranking.differences[1].verdict == pstar::Comparison::undecided);
    const auto one = pstar::rank_models(three_models({0.9}))[0];
    CHECK(std::isinf(one.models[0].accuracy.high));
    CHECK(one.models[0].accuracy.value == 0.9);
}

TEST_CASE("a difference that is always the same scatters by one test image at least") {
    auto results = no_results();
    for (const std::string model : {"mlp", "cnn"})
        add_runs(results, {.model = model}, {0}, 3, [&](double, std::size_t) { return model == "mlp" ? 0.902 : 0.9; });
    const auto difference = pstar::rank_models(results)[0].differences[0];
    CHECK(difference.difference.high - difference.difference.value ==
          Approx(4.30265 * 0.001 / std::sqrt(3)).epsilon(1e-5));
    CHECK(difference.verdict == pstar::Comparison::undecided);  // two images of 1000 three times
    results.test_images = 0;
    CHECK_THROWS_AS(pstar::rank_models(results), std::invalid_argument);
}

TEST_CASE("rankings go by test images, training images and strength, and have one row per difference") {
    auto results = no_results();
    results.settings.test_corrupted = true;
    for (const std::size_t train : {200U, 100U})
        for (const std::string model : {"mlp", "cnn"})
            add_runs(results, {.model = model, .train_samples = train}, {0.5, 0}, 2,
                     [](double strength, std::size_t) { return 0.9 - strength; });
    const auto rankings = pstar::rank_models(results);
    REQUIRE(rankings.size() == 8);
    CHECK(rankings[0].images == pstar::TestImages::clean);
    CHECK(rankings[4].images == pstar::TestImages::corrupted);
    CHECK(rankings[0].models[0].run.train_samples == 100);
    CHECK(rankings[0].models[0].run.strength == 0);
    CHECK(rankings[1].models[0].accuracy.value == Approx(0.4));
    const auto path = std::filesystem::temp_directory_path() / ("pstar_ranking_" + std::to_string(::getpid()) + ".csv");
    pstar::write_model_ranking_csv(path, rankings);
    const auto table = pstar::read_csv(path);
    std::filesystem::remove(path);
    CHECK(table.rows.size() == 8);
    CHECK(table.column("first_model")[0] == "mlp");
    CHECK(table.column("second_model")[0] == "cnn");
    CHECK(table.numbers("n_train_samples")[2] == 200);
    CHECK(table.numbers("strength")[1] == 0.5);
    CHECK(table.numbers("difference")[0] == 0);
    CHECK(table.column("verdict")[0] == "undecided");
}

TEST_CASE("the width of the nearest count is found, and of two equally near ones the larger") {
    const auto square = [](std::size_t width) { return width * width; };
    for (const auto& [wanted, width] : std::map<std::size_t, std::size_t>{
             {0, 1}, {1, 1}, {2, 1}, {3, 2}, {4, 2}, {99, 10}, {1000000, 1000}, {6, 2}, {7, 3}})
        CHECK(pstar::width_of_nearest_count(wanted, square) == width);
    CHECK(pstar::width_of_nearest_count(5, [](std::size_t width) { return 2 * width; }) == 3);  // 4 and 6
    CHECK(pstar::width_of_nearest_count(5, [](std::size_t width) { return 100 * width; }) == 1);
}

TEST_CASE("an MLP as large as a CNN") {
    pstar::Dataset images;
    images.images = pstar::Tensor<std::uint8_t, 4>::from_shape({0, 1, 28, 28});
    // 1 and 2 channels of 3 x 3: 10 + 20 parameters; 2 x 7 x 7 inputs to 128 units, 128 to 10: 12672 + 1290, in all
    // 13992. An MLP of width w has 785 w + 10 (w + 1) = 795 w + 10: 13525 at 17, 14320 at 18, which is nearer.
    const pstar::ModelSpec cnn{.model = "cnn", .width = 1, .depth = 2, .activation = pstar::Activation::tanh};
    const auto models = pstar::built_in_models<float>();
    const auto mlp = pstar::mlp_with_as_many_parameters(cnn, 1, images, models);
    CHECK(mlp == pstar::ModelSpec{"mlp", 18, 1, pstar::Activation::tanh});
    CHECK(pstar::mlp_with_as_many_parameters({"mlp", 30, 2}, 2, images, models).width == 30);
    CHECK_THROWS_AS(pstar::mlp_with_as_many_parameters(cnn, 0, images, models), std::invalid_argument);
}

}  // namespace model_ranking_test
