#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/error.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/training_keeper.hpp>
#include <pstar/version.hpp>

namespace pstar {

/// How often a training is kept, and what must be the same to go on from it.
struct CheckpointOptions {
    double seconds = 60;        ///< between two saves; at least 0
    std::string settings = {};  ///< all that the numbers depend on and `train` does not know: data, network, loss
    /// Told in a sentence why a file that is there is not used, or why none can be written; empty: standard error.
    std::function<void(const std::string&)> on_note = {};
};

namespace detail {

// Numbers in metadata are texts; doubles as their bits, so that none changes.
inline nlohmann::json to_bits(double value) {
    return std::bit_cast<std::uint64_t>(value);
}
inline double from_bits(const nlohmann::json& json) {
    return std::bit_cast<double>(json.get<std::uint64_t>());
}

inline nlohmann::json progress_json(const TrainingProgress& progress) {
    nlohmann::json json{{"epoch", progress.epoch},
                        {"step", progress.step},
                        {"loss_sum", to_bits(progress.loss_sum)},
                        {"lr_factor", to_bits(progress.lr_factor)},
                        {"steps", progress.history.steps},
                        {"has_best", progress.has_best},
                        {"loss", nlohmann::json::array()},
                        {"validation", nlohmann::json::array()}};
    for (const double loss : progress.history.loss) json["loss"].push_back(to_bits(loss));
    for (const auto& found : progress.history.validation)
        json["validation"].push_back({to_bits(found.accuracy), to_bits(found.loss), found.correct, found.total});
    if (progress.history.best_epoch) json["best_epoch"] = *progress.history.best_epoch;
    if (progress.grown_epoch) json["grown"] = {*progress.grown_epoch, to_bits(progress.grown_accuracy)};
    return json;
}
inline TrainingProgress progress_from(const nlohmann::json& json) {
    TrainingProgress progress{.epoch = json.at("epoch"),
                              .step = json.at("step"),
                              .loss_sum = from_bits(json.at("loss_sum")),
                              .lr_factor = from_bits(json.at("lr_factor"))};
    progress.history.steps = json.at("steps");
    progress.has_best = json.at("has_best");
    for (const auto& loss : json.at("loss")) progress.history.loss.push_back(from_bits(loss));
    for (const auto& found : json.at("validation"))
        progress.history.validation.push_back(
            {from_bits(found.at(0)), from_bits(found.at(1)), found.at(2), found.at(3)});
    if (json.contains("best_epoch")) progress.history.best_epoch = json.at("best_epoch").get<std::size_t>();
    if (json.contains("grown")) {
        progress.grown_epoch = json.at("grown").at(0).get<std::size_t>();
        progress.grown_accuracy = from_bits(json.at("grown").at(1));
    }
    return progress;
}

/// Of a text and the bytes of tensors, by name.
inline std::string checksum_of(const std::string& text, const std::map<std::string, std::string_view>& tensors) {
    std::string all = text;
    for (const auto& [name, bytes] : tensors) all += "\n" + name + " " + std::to_string(crc32_of(bytes));
    return std::to_string(crc32_of(all));
}

}  // namespace detail

/// A training in a file: a safetensors file with the weights, the optimiser's state and where the training stands,
/// written whole or not at all (`AtomicFile`), at most every `seconds`. A process that is killed loses no more than
/// that: another one that is given the same file and does the same training goes on from there, to the same bits.
///
///     pstar::TrainingCheckpoint checkpoint("digits.checkpoint", {.settings = "synthetic digits, mlp 784-256-10"});
///     pstar::train(net, digits.train, corruption, {.epochs = 100, .keeper = &checkpoint});
///     checkpoint.remove();
///
/// A file of another training, of another version of pstar or damaged is not used: `on_note` says so, and it is
/// replaced at the next save. Where a file cannot be written the training goes on without.
class TrainingCheckpoint : public TrainingKeeper {
public:
    /// Keeps a training in that file, whose folder is there.
    explicit TrainingCheckpoint(std::filesystem::path path, CheckpointOptions options = {})
        : path_(std::move(path)), options_(std::move(options)), last_(Clock::now()) {
        require(options_.seconds >= 0, "TrainingCheckpoint", "seconds", options_.seconds, "be at least 0");
    }

    const std::filesystem::path& path() const { return path_; }
    /// Removes the file, and what a killed process may have left beside it of one that it was writing.
    void remove() const { remove_checkpoint(path_); }
    /// Removes such a file and its drafts, if there are any.
    static void remove_checkpoint(const std::filesystem::path& path) {
        std::error_code error;
        std::filesystem::remove(path, error);
        const auto begun = path.filename().string() + ".tmp.";
        const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
        std::error_code no_entry;
        for (std::filesystem::directory_iterator at(folder, no_entry), end; !no_entry && at != end;
             at.increment(no_entry))
            if (at->path().filename().string().starts_with(begun)) std::filesystem::remove(at->path(), error);
    }

    std::optional<TrainingProgress> find(const std::string& settings) override {
        settings_ = options_.settings + "\n" + settings;
        std::error_code unreadable;
        if (!std::filesystem::exists(path_, unreadable)) return std::nullopt;
        try {
            found_ = read_safetensors(path_);
            const auto& text = found_.metadata.at("pstar_training");
            std::map<std::string, std::string_view> tensors;
            for (const auto& tensor : found_.tensors)
                tensors[tensor.name] = {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
            if (found_.metadata.at("pstar_crc32") != detail::checksum_of(text, tensors)) return ignore("is damaged");
            const auto json = nlohmann::json::parse(text);
            if (json.at("pstar") != PSTAR_VERSION)
                return ignore("was written by pstar " + json.at("pstar").get<std::string>());
            if (json.at("settings") != settings_) return ignore("is of another training");
            return detail::progress_from(json.at("progress"));
        } catch (const std::exception&) {
            return ignore("is damaged");
        }
    }
    bool restore(std::span<const NamedTensor<float>> tensors) override { return copy_to(tensors); }
    /// Copies the tensors that `find` has read; false where they do not fit.
    bool restore(std::span<const NamedTensor<double>> tensors) override { return copy_to(tensors); }

    /// Whether the time between two saves is over.
    bool is_due() override {
        return can_write_ && std::chrono::duration<double>(Clock::now() - last_).count() >= options_.seconds;
    }
    /// Writes the file, whole or not at all.
    void save(const TrainingProgress& progress, std::span<const NamedTensor<float>> tensors) override {
        write(progress, tensors);
    }
    /// Writes the file, whole or not at all.
    void save(const TrainingProgress& progress, std::span<const NamedTensor<double>> tensors) override {
        write(progress, tensors);
    }

private:
    using Clock = std::chrono::steady_clock;

    void note(const std::string& text) const {
        if (options_.on_note)
            options_.on_note(text);
        else
            std::fprintf(stderr, "%s\n", text.c_str());
    }
    std::nullopt_t ignore(const std::string& reason) const {
        note("The checkpoint '" + path_.string() + "' " + reason + " and is not used; the training starts again");
        return std::nullopt;
    }
    template <class Scalar>
    bool copy_to(std::span<const NamedTensor<Scalar>> tensors) {
        try {
            const auto views = detail::tensor_bytes("TrainingCheckpoint", tensors);
            const auto stored = detail::match(path_, found_, views);
            for (std::size_t i = 0; i < tensors.size(); ++i)
                std::ranges::copy(stored[i]->bytes, std::as_writable_bytes(tensors[i].values).begin());
            found_ = {};
            return true;
        } catch (const DataError&) {
            found_ = {};
            ignore("is of another network");
            return false;
        }
    }
    template <class Scalar>
    void write(const TrainingProgress& progress, std::span<const NamedTensor<Scalar>> tensors) {
        const auto text =
            nlohmann::json{
                {"pstar", PSTAR_VERSION}, {"settings", settings_}, {"progress", detail::progress_json(progress)}}
                .dump();
        std::map<std::string, std::string_view> bytes;
        for (const auto& tensor : tensors)
            bytes[tensor.name] = {reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes()};
        try {
            if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path());
            save_safetensors(path_, tensors,
                             {{"pstar_training", text}, {"pstar_crc32", detail::checksum_of(text, bytes)}});
        } catch (const std::system_error& error) {
            can_write_ = false;
            note(std::string(error.what()) + ": the training goes on without a checkpoint");
        }
        last_ = Clock::now();
    }

    std::filesystem::path path_;
    CheckpointOptions options_;
    Clock::time_point last_;
    std::string settings_;
    Safetensors found_;
    bool can_write_ = true;
};

}  // namespace pstar
