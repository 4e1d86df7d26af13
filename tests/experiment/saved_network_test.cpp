// What a sweep has trained is read back without being told what it is, and does the same to the last bit.
#include <filesystem>
#include <string>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/nn/evaluate.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace saved_network_test {

using pstar::Activation, pstar::RunKey;

TEST_CASE("networks that a sweep has trained are read back as they were") {
    const Scratch folder;
    pstar::Experiment experiment{.data = pstar::synthetic_digits({.train = 200, .test = 100}),
                                 .settings = {.epochs = 1, .seed = pstar::Seed{1}}};
    const pstar::ExperimentGrid grid{.models = {"mlp", "cnn", "softmax"},
                                     .strengths = {0.5},
                                     .widths = {4},
                                     .depths = {2},
                                     .activations = {Activation::gelu},
                                     .repeats = 2};
    const auto without = pstar::run(experiment, grid);
    CHECK(folder.is_empty());
    experiment.save_networks = folder / ".";
    const auto results = pstar::run(experiment, grid);
    std::size_t networks = 0;
    for (std::size_t i = 0; i < results.runs.size(); ++i) {
        const auto& run = results.runs[i];
        CHECK(results.outcomes[i].value->test_accuracy == without.outcomes[i].value->test_accuracy);
        const auto path = folder / network_file_name(run);
        CHECK(std::filesystem::exists(path) == (run.model != "softmax"));
        if (run.model == "softmax") continue;
        ++networks;
        const auto found = pstar::describe_network(path);
        CHECK(found.spec == run.spec());
        CHECK((found.height == 28 && found.width == 28 && found.channels == 1 && found.classes == 10));
        CHECK(found.metadata.at("pstar_strength") == "0.5");
        const auto net = pstar::load_network(path);
        CHECK(pstar::accuracy(net, experiment.data.test) == results.outcomes[i].value->test_accuracy);
    }
    CHECK(networks == 4);
    CHECK(pstar::network_file_name({.width = 8, .depth = 1, .train_samples = 200, .strength = 0.1, .repeat = 3}) ==
          "mlp_relu_w8_d1_n200_b128_replacement_0.1_r3.safetensors");
}

TEST_CASE("a file that does not say what network it holds, or lies, is refused") {
    const Scratch folder;
    const auto digits = pstar::synthetic_digits({.train = 10, .test = 10}).train;
    const auto net = pstar::mlp<float>({784, 6, 10}, Activation::relu, pstar::Seed{1});
    const auto path = folder / "net.safetensors";
    const auto refused = [&](const std::string& why) {
        CHECK_THROWS_WITH(pstar::load_network(path), Catch::Contains("net.safetensors") && Catch::Contains(why));
        CHECK_THROWS_AS(pstar::load_network(path), pstar::DataError);
    };
    pstar::save_safetensors(path, net.parameters().named());
    refused("does not say what network");
    const pstar::ModelSpec spec{.width = 6, .depth = 1};
    pstar::save_network(path, net, spec, digits);
    CHECK(pstar::load_network(path).parameters().size() == net.parameters().size());
    for (const auto& [wrong, why] :
         {std::pair{pstar::ModelSpec{.width = 4'000'000'000, .depth = 1}, "too small"},
          {pstar::ModelSpec{.width = 6, .depth = 4'000'000'000}, "too small"},
          {pstar::ModelSpec{.width = 5, .depth = 1}, "does not fit"},
          {pstar::ModelSpec{.model = "mine", .width = 6, .depth = 1}, "make it and call load_safetensors"}}) {
        pstar::save_network(path, net, wrong, digits);
        refused(why);
    }
    pstar::SafetensorsMetadata metadata{{"pstar_model", "mlp"}, {"pstar_width", "-6"}};
    pstar::save_safetensors(path, net.parameters().named(), metadata);
    refused("whole number");
}

}  // namespace saved_network_test
