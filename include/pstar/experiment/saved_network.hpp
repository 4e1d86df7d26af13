#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include <pstar/core/error.hpp>
#include <pstar/core/parse_number.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/any_network.hpp>

/// Trained networks in files that say what they are: safetensors, with architecture and activation in the metadata.
namespace pstar {

/// What a file of `save_network` says of its network.
struct NetworkDescription {
    ModelSpec spec;
    std::size_t channels = 1, height = 0, width = 0, classes = 0;  ///< of the images
    SafetensorsMetadata metadata;                                  ///< all of it, for what else was written
};

/// The name of a run's file, the same for the same key: `mlp_relu_w64_d1_n20000_b64_replacement_0.5_r0.safetensors`.
inline std::string network_file_name(const RunKey& run) {
    const auto shortest = [](double value) {
        std::array<char, 32> digits{};
        return std::string(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    };
    const auto number = [](const char* letter, std::size_t value) { return letter + std::to_string(value); };
    std::string set = number("_n", run.train_samples);
    if (run.samples_per_class > 0) set += number("_perclass", run.samples_per_class);
    if (run.clean_fraction > 0) set += "_clean" + shortest(run.clean_fraction);
    if (run.clean_per_class > 0) set += number("_cleanperclass", run.clean_per_class);
    if (run.clean_only) set += "_alone";
    if (run.label_noise > 0) set += "_labels" + shortest(run.label_noise);
    return run.model + "_" + to_string(run.activation) + number("_w", run.width) + number("_d", run.depth) + set +
           number("_b", run.batch_size) + "_" + run.corruption + "_" + shortest(run.strength) +
           number("_r", run.repeat) + ".safetensors";
}

/// Writes a network for images like `images`, whole or not at all; `more` is added to the metadata. Throws as
/// `save_safetensors`.
template <class Net>
void save_network(const std::filesystem::path& path, const Net& net, const ModelSpec& spec, const Dataset& images,
                  const SafetensorsMetadata& more = {}) {
    auto metadata = more;
    metadata["pstar_model"] = spec.model;
    metadata["pstar_activation"] = to_string(spec.activation);
    for (const auto& [name, value] : {std::pair{"width", spec.width},
                                      {"depth", spec.depth},
                                      {"image_channels", images.channels()},
                                      {"image_height", images.height()},
                                      {"image_width", images.width()},
                                      {"classes", images.classes}})
        metadata[std::string("pstar_") + name] = std::to_string(value);
    save_safetensors(path, net.parameters().named(), metadata);
}

namespace detail {

/// Throws `DataError` unless so large a network can be in the file: what it says may be a lie.
inline void check_size(const std::filesystem::path& path, const Safetensors& file, const NetworkDescription& network) {
    double elements = 0;
    for (const auto& tensor : file.tensors) elements += static_cast<double>(tensor.bytes.size()) / 4;
    const auto& spec = network.spec;
    const auto width = static_cast<double>(spec.width), depth = static_cast<double>(spec.depth);
    const double pixels = static_cast<double>(network.height) * static_cast<double>(network.width) *
                          static_cast<double>(network.channels);
    const double least = spec.model == "mlp" ? width * (pixels + (depth - 1) * width) : std::max(width, pixels);
    if (elements < least || static_cast<double>(file.tensors.size()) < 2 * depth)
        throw DataError("describe_network: '" + path.string() + "' is too small for the " + spec.model +
                        " that its metadata describes");
}

}  // namespace detail

/// Reads what a file says of its network. Throws `DataError` where it says nothing, or nonsense.
inline NetworkDescription describe_network(const std::filesystem::path& path) {
    NetworkDescription result;
    const auto file = read_safetensors(path);
    result.metadata = file.metadata;
    const auto word = [&](const std::string& name) {
        const auto found = result.metadata.find("pstar_" + name);
        if (found == result.metadata.end())
            throw DataError("describe_network: '" + path.string() + "' does not say what network it holds (no pstar_" +
                            name + " in its metadata): make the network and call load_safetensors");
        return found->second;
    };
    const auto count = [&](const std::string& name) {
        const auto value = parse_whole_number(word(name));
        if (!value || *value == 0 || *value >= std::uint64_t{1} << 32)
            throw DataError("describe_network: '" + path.string() + "' has pstar_" + name + " = '" + word(name) +
                            "', which must be a whole number from 1 to 4294967295");
        return static_cast<std::size_t>(*value);
    };
    result.spec = {word("model"), count("width"), count("depth"), Activation::relu};
    try {
        result.spec.activation = activation_named(word("activation"));
    } catch (const std::invalid_argument& error) {
        throw DataError("describe_network: '" + path.string() + "': " + error.what());
    }
    result.channels = count("image_channels");
    result.height = count("image_height");
    result.width = count("image_width");
    result.classes = count("classes");
    detail::check_size(path, file, result);
    return result;
}

/// The network of a file of `save_network`, an `mlp` or a `cnn`, as it was saved, bit for bit. Throws `DataError` for
/// other files and models; those of your own: `describe_network` says what to make, `load_safetensors` fills it.
template <class Scalar = float>
AnyNetwork<Scalar> load_network(const std::filesystem::path& path) {
    const auto found = describe_network(path);
    if (found.spec.model != "mlp" && found.spec.model != "cnn")
        throw DataError("load_network: '" + path.string() + "' holds a network of the model '" + found.spec.model +
                        "', not mlp or cnn: make it and call load_safetensors");
    Dataset images;  // of that shape, none of them
    images.images.resize({0, found.channels, found.height, found.width});
    images.classes = found.classes;
    return with_network<Scalar>(found.spec, images, Seed{0}, [&](auto& net) {
        load_safetensors(path, net.parameters().named());
        return AnyNetwork<Scalar>(std::move(net));
    });
}

}  // namespace pstar
