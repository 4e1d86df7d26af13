#include <pstar/io/json_file.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/mlp.hpp>

#include <unistd.h>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"

namespace pytorch_test {

using namespace pstar;

namespace {

const std::string fixtures = PSTAR_SOURCE_DIR "/tests/fixtures/";

struct Case {
    nlohmann::json json = read_json(fixtures + "mlp.json");
    std::vector<double> inputs;
    std::vector<Label> labels = json["labels"];
    Case() {
        for (const auto& row : json["inputs"])
            for (const double x : row) inputs.push_back(x);
    }
};

void flatten(const nlohmann::json& array, std::vector<double>& out) {
    if (array.is_array())
        for (const auto& item : array) flatten(item, out);
    else
        out.push_back(array.get<double>());
}
std::vector<double> flat(const nlohmann::json& array) {
    std::vector<double> out;
    flatten(array, out);
    return out;
}

/// Loads PyTorch's parameters, then compares logits, losses and every gradient with PyTorch's.
template <class Scalar>
void compare(const std::string& file, double tolerance) {
    const Case fixture;
    auto net = mlp<Scalar>({12, 7, 5, 4}, Activation::relu, Seed{1});
    load_safetensors(fixtures + file, net.parameters().named());
    const std::vector<Scalar> inputs(fixture.inputs.begin(), fixture.inputs.end());
    const auto close = [&](std::span<const Scalar> ours, const std::vector<double>& theirs) {
        REQUIRE(ours.size() == theirs.size());
        double scale = 0;
        for (const double v : theirs) scale = std::max(scale, std::abs(v));
        for (std::size_t i = 0; i < theirs.size(); ++i)
            CHECK(std::abs(static_cast<double>(ours[i]) - theirs[i]) <= tolerance * scale);
    };
    for (const auto which : {Loss::cross_entropy, Loss::softmax_mse}) {
        const auto& expected = fixture.json[std::string(loss_names[static_cast<std::size_t>(which)])];
        Tape<Scalar> tape;
        const auto leaves = net.parameters().record(tape);
        const auto logits = net(tape.constant({inputs.data(), {6, 12}}), leaves);
        close(logits.value().elements(), flat(fixture.json["logits"]));
        const auto value = loss(which, logits, fixture.labels);
        CHECK(std::abs(static_cast<double>(value.item()) - expected["loss"].get<double>()) <= tolerance);
        backward(value);
        const auto names = net.parameters().named();
        for (std::size_t i = 0; i < names.size(); ++i)
            close(gradient(leaves[i]).elements(), flat(expected["gradients"][names[i].name]));
    }
}

}  // namespace

TEST_CASE("logits, losses and gradients equal PyTorch's") {
    compare<double>("mlp_f64.safetensors", 1e-13);
    compare<float>("mlp_f32.safetensors", 1e-5);
}

TEST_CASE("a checkpoint reads back bit for bit, and into the right network only") {
    const auto path =
        std::filesystem::temp_directory_path() / ("pstar_mlp_" + std::to_string(::getpid()) + ".safetensors");
    const auto net = mlp<float>({12, 7, 5, 4}, Activation::relu, Seed{1});
    save_safetensors(path, net.parameters().named());
    auto twin = mlp<float>({12, 7, 5, 4}, Activation::relu, Seed{2});
    load_safetensors(path, twin.parameters().named());
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));

    auto other = mlp<float>({12, 8, 5, 4}, Activation::relu, Seed{2});
    const auto before = other;
    CHECK_THROWS_AS(load_safetensors(path, other.parameters().named()), DataError);
    CHECK(std::ranges::equal(other.parameters().values(), before.parameters().values()));
    auto precise = mlp<double>({12, 7, 5, 4}, Activation::relu, Seed{2});
    CHECK_THROWS_AS(load_safetensors(path, precise.parameters().named()), DataError);
    std::filesystem::remove(path);
}

}  // namespace pytorch_test
