#include "mlp_training/task.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <pstar/nn/train.hpp>

#include "harness/python.hpp"
#include "mlp_training/training.hpp"

namespace bench {

namespace {

/// Hidden width, and how many times as fast as PyTorch training must be there.
constexpr std::array<std::pair<std::size_t, double>, 4> widths{{{16, 10}, {64, 5}, {256, 2.6}, {1024, 1.3}}};
constexpr std::size_t check_steps = 20;
// Sums in another order differ by 1e-7. But where a ReLU's input is zero within rounding, the two may come to lie on
// different sides of it: one such sample in 2560 moves the parameters by 3e-4 of their norm at width 16, the loss by
// 2e-5.
constexpr double loss_bound = 1e-4, parameters_bound = 1e-3;

std::vector<float> read_floats(const std::filesystem::path& path, std::size_t count) {
    std::vector<float> values(count);
    std::ifstream file(path, std::ios::binary);
    const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
    if (!file.read(reinterpret_cast<char*>(values.data()), bytes) || file.peek() != std::ifstream::traits_type::eof())
        throw std::runtime_error("pytorch.py wrote another number of parameters than pstar's network has");
    return values;
}

/// How PyTorch and we differ after the same steps, relative: the largest difference of a loss; the parameters' norm.
struct Differences {
    double loss = 0, parameters = 0;
};

Differences compare(PythonContender& torch, const Setting& setting, const pstar::Dataset& data, const Recipe& recipe) {
    const auto ours = pstar_training(data, recipe);
    const auto checkpoint = setting.scratch / "initial.safetensors", trained = setting.scratch / "trained.f32";
    std::vector<std::uint32_t> order(data.size());
    pstar::epoch_order(pstar::Seed{2}, 0, order);
    order.resize(check_steps * recipe.batch);
    ours->save(checkpoint);

    const auto losses = ours->run_clean(order);
    const std::vector<double> theirs = torch.call(
        "run_clean", {{"checkpoint", checkpoint.string()}, {"order", order}, {"parameters", trained.string()}});
    const auto mine = ours->parameters();
    const auto other = read_floats(trained, mine.size());
    Differences found;
    for (std::size_t s = 0; s < check_steps; ++s) {
        const double loss = std::abs(theirs.at(s) - losses[s]) / losses[s];
        if (!std::isnan(found.loss) && !(loss <= found.loss)) found.loss = loss;  // once not a number, always
    }
    const pstar::ConstVectorMap<float> w(mine.data(), std::ssize(mine)), v(other.data(), std::ssize(other));
    found.parameters = static_cast<double>((w - v).norm() / w.norm());
    return found;
}

/// The same weights, the same clean batches in the same order: 20 steps give the same losses and parameters, or this
/// throws. `worst` keeps the largest differences so far.
void check(PythonContender& torch, const Setting& setting, const pstar::Dataset& data, const Recipe& recipe,
           Differences& worst) {
    const auto found = compare(torch, setting, data, recipe);
    const auto at = " at width " + std::to_string(recipe.width);
    require_agreement("PyTorch's loss, relative difference" + at, found.loss, 0, loss_bound);
    require_agreement("PyTorch's parameters, relative difference" + at, found.parameters, 0, parameters_bound);
    worst = {std::max(worst.loss, found.loss), std::max(worst.parameters, found.parameters)};
}

std::string remark(const Differences& worst) {
    std::ostringstream text;
    text << std::setprecision(1) << std::scientific << "Before the measurement, " << check_steps
         << " steps on clean batches differed from PyTorch's by at most " << worst.loss << " in the loss and "
         << worst.parameters << " in the parameters (relative)";
    return text.str();
}

}  // namespace

Result mlp_training_task(const Setting& setting) {
    const auto [data, source] = load_images(setting);
    PythonContender torch(setting, "mlp_training/pytorch.py");
    const bool has_torch = torch.missing().empty();
    auto shared = share_images(setting, data);
    Result result{{"unit", "samples/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array({torch.description("PyTorch")});

    Differences worst;
    for (const auto& [width, target] : widths) {
        const Recipe recipe{.width = width};
        const auto ours = pstar_training(data, recipe);
        const auto seconds = [&](std::size_t steps) { return time_of([&] { ours->run(steps); }); };
        Case task{"width " + std::to_string(width), static_cast<double>(recipe.batch), {}};
        task.contenders.push_back({"pstar", Role::ours, seconds});
        if (has_torch) {
            shared.update({{"batch", recipe.batch},
                           {"width", width},
                           {"classes", data.classes},
                           {"learning_rate", recipe.learning_rate},
                           {"momentum", recipe.momentum},
                           {"p", recipe.p}});
            torch.call("prepare", shared);
            check(torch, setting, data, recipe, worst);
            task.contenders.push_back(torch.timed("PyTorch", "run", target));
        }
        add_case(result, setting, task, 0.2);
    }
    if (has_torch) result["remarks"].push_back(remark(worst));
    return result;
}

}  // namespace bench
