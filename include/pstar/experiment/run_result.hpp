#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/decisions.hpp>
#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/nn/train.hpp>

namespace pstar {

/// How a model does on test images.
struct TestScore {
    double loss, accuracy;
};

/// What comes of a run.
struct RunResult {
    TrainStatus status = TrainStatus::finished;  ///< diverged: a loss was not finite, nothing was measured
    double train_loss = not_measured;            ///< mean over the last epoch, on corrupted images while learning
    double test_loss = not_measured, test_accuracy = not_measured;                      ///< on clean test images
    double test_loss_corrupted = not_measured, test_accuracy_corrupted = not_measured;  ///< on corrupted ones
    std::optional<ProbedKernel> kernel = {}, kernel_corrupted = {};                     ///< see `KernelProbe`
    std::vector<TestScore> transfer = {};  ///< on the test images of `ExperimentSettings::transfer`, in that order
    /// The class that a network decides for, image by image of the test images; see `ExperimentSettings::decisions_at`.
    std::optional<Decisions> decisions = {}, decisions_corrupted = {};

    static constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();
};

/// Whether nothing was measured because the training diverged.
inline bool has_diverged(const RunResult& result) {
    return result.status == TrainStatus::diverged;
}

/// Which test images an accuracy was measured on.
enum class TestImages { clean, corrupted };

inline std::string to_string(TestImages images) {
    return images == TestImages::clean ? "clean" : "corrupted";
}

/// The accuracy on clean or on corrupted test images; NaN where it was not measured.
inline double test_accuracy(const RunResult& result, TestImages images) {
    return images == TestImages::clean ? result.test_accuracy : result.test_accuracy_corrupted;
}

namespace detail {
struct NamedNumber {
    const char* name;
    double RunResult::*member;
};
inline constexpr std::array<NamedNumber, 5> result_numbers{
    {{"train_loss", &RunResult::train_loss},
     {"test_loss", &RunResult::test_loss},
     {"test_accuracy", &RunResult::test_accuracy},
     {"test_loss_corrupted", &RunResult::test_loss_corrupted},
     {"test_accuracy_corrupted", &RunResult::test_accuracy_corrupted}}};

struct NamedKernel {
    const char* name;
    std::optional<ProbedKernel> RunResult::*member;
};
inline constexpr std::array<NamedKernel, 2> result_kernels{
    {{"kernel", &RunResult::kernel}, {"kernel_corrupted", &RunResult::kernel_corrupted}}};

struct NamedDecisions {
    const char* name;
    std::optional<Decisions> RunResult::*member;
};
inline constexpr std::array<NamedDecisions, 2> result_decisions{
    {{"decisions", &RunResult::decisions}, {"decisions_corrupted", &RunResult::decisions_corrupted}}};
}  // namespace detail

/// The form of a result in a journal; kernels, transfer ([loss, accuracy] for each test point) and decisions only where
/// there are some.
template <class Json>
void to_json(Json& json, const RunResult& result) {
    json = Json{{"diverged", has_diverged(result)}};
    for (const auto& [name, member] : detail::result_numbers) json[name] = json_number<Json>(result.*member);
    for (const auto& [name, member] : detail::result_kernels)
        if (result.*member) json[name] = *(result.*member);
    for (const auto& [loss, accuracy] : result.transfer)
        json["transfer"].push_back({json_number<Json>(loss), json_number<Json>(accuracy)});
    for (const auto& [name, member] : detail::result_decisions)
        if (result.*member) json[name] = Json::array({decisions_text(*(result.*member))});  // no column of tables
}
template <class Json>
void from_json(const Json& json, RunResult& result) {
    result.status = json.at("diverged").template get<bool>() ? TrainStatus::diverged : TrainStatus::finished;
    for (const auto& [name, member] : detail::result_numbers) result.*member = number_of_json(json.at(name));
    for (const double accuracy : {result.test_accuracy, result.test_accuracy_corrupted})
        require(!(accuracy < 0 || accuracy > 1), "RunResult", "test accuracy", accuracy, "lie in [0, 1]");
    for (const auto& [name, member] : detail::result_kernels)
        if (json.contains(name)) result.*member = json.at(name).template get<ProbedKernel>();
    result.transfer.clear();
    if (json.contains("transfer"))
        for (const auto& score : json.at("transfer"))
            result.transfer.push_back({number_of_json(score.at(0)), number_of_json(score.at(1))});
    for (const auto& [name, member] : detail::result_decisions)
        if (json.contains(name)) result.*member = decisions_of_text(json.at(name).at(0).template get<std::string>());
}

}  // namespace pstar
