/// A network into a file and back: safetensors, with the names and shapes that PyTorch's load_state_dict expects of
/// nn.Sequential(Linear(784, 32), ReLU(), Linear(32, 10)).
#include <cstddef>
#include <cstdio>
#include <filesystem>

#include <pstar/data/synthetic.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

int main() {
    const auto digits = pstar::synthetic_digits({.train = 4'000, .test = 2'000});
    auto net = pstar::mlp<float>({784, 32, 10}, pstar::Activation::relu, pstar::Seed{7});
    pstar::train(net, digits.train, pstar::Identity{}, {.epochs = 3, .batch_size = 32});

    const auto path = std::filesystem::temp_directory_path() / "pstar_save_and_load.safetensors";
    pstar::save_safetensors(path, net.parameters().named());
    for (const auto& tensor : net.parameters().named()) {
        std::printf("%-10s", tensor.name.c_str());
        for (const auto extent : tensor.shape) std::printf(" %zu", extent);
        std::printf("\n");
    }

    // Another network of the same shape takes the values; a file that does not fit is refused with the reason.
    auto copy = pstar::mlp<float>({784, 32, 10}, pstar::Activation::relu, pstar::Seed{8});
    const double before = pstar::accuracy(copy, digits.test);
    pstar::load_safetensors(path, copy.parameters().named());
    std::filesystem::remove(path);

    const double saved = pstar::accuracy(net, digits.test), loaded = pstar::accuracy(copy, digits.test);
    std::printf("accuracy: trained %.4f, untrained copy %.4f, copy with loaded parameters %.4f\n", saved, before,
                loaded);
    return saved == loaded ? 0 : 1;
}
