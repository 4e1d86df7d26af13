#include "harness/training.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>

#include <cblas.h>

#include <pstar/nn/train.hpp>

#include "harness/python.hpp"

namespace bench {

namespace {

constexpr std::size_t check_steps = 20;
// Sums in another order differ by 1e-7. But where a ReLU's input is zero within rounding, or two elements of a pooling
// window are equal within rounding, the two may come to lie on different sides of it: one such sample in 2560 moves the
// parameters by 3e-4 of their norm at width 16, the loss by 2e-5.
constexpr double loss_bound = 1e-4, parameters_bound = 1e-3;

std::vector<float> read_floats(const std::filesystem::path& path, std::size_t count) {
    std::vector<float> values(count);
    std::ifstream file(path, std::ios::binary);
    const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
    if (!file.read(reinterpret_cast<char*>(values.data()), bytes) || file.peek() != std::ifstream::traits_type::eof())
        throw std::runtime_error("PyTorch wrote another number of parameters than pstar's network has");
    return values;
}

/// How PyTorch and we differ after the same steps, relative: the largest difference of a loss; the parameters' norm.
struct Differences {
    double loss = 0, parameters = 0;
};

Differences compare(PythonContender& torch, const Setting& setting, const pstar::Dataset& data, const Recipe& recipe,
                    Training& ours) {
    const auto checkpoint = setting.scratch / "initial.safetensors", trained = setting.scratch / "trained.f32";
    std::vector<std::uint32_t> order(data.size());
    pstar::epoch_order(pstar::Seed{2}, 0, order);
    order.resize(check_steps * recipe.batch);
    ours.save(checkpoint);

    const auto losses = ours.run_clean(order);
    const std::vector<double> theirs = torch.call(
        "run_clean", {{"checkpoint", checkpoint.string()}, {"order", order}, {"parameters", trained.string()}});
    const auto mine = ours.parameters();
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
void check(const TrainingCase& network, const Differences& found, Differences& worst) {
    const auto at = " at " + network.name;
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

/// Square matrix products by the BLAS, as many as have `operations` multiplications and additions each repeat.
Contender products(double operations) {
    constexpr int size = 384;
    constexpr double each = 2.0 * size * size * size;
    const auto seconds = [operations, a = std::vector<float>(size * size, 0.5F),
                          c = std::vector<float>(size * size)](std::size_t repeats) mutable {
        const auto calls = static_cast<std::size_t>(std::round(operations * static_cast<double>(repeats) / each));
        return time_of([&] {
            for (std::size_t i = 0; i < std::max<std::size_t>(calls, 1); ++i)
                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a.data(), size, a.data(),
                            size, 0, c.data(), size);
        });
    };
    return {"matrix products of as many operations", Role::limit, seconds, {}};
}

/// What a rate means in operations: of ours and of the matrix products, the last row.
std::string rate_remark(const TrainingCase& network, const nlohmann::json& measured) {
    const auto& rows = measured["rows"];
    const auto rate = [&](const nlohmann::json& row) {
        return row["rate"][0].get<double>() * network.operations * 1e-9;
    };
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << "At " << network.name << " a sample takes "
         << network.operations * 1e-6 << " MFLOP by the definitions; at that count pstar does " << std::setprecision(0)
         << rate(rows.front()) << " GFLOP/s, where matrix products do " << rate(rows.back());
    return text.str();
}

}  // namespace

Result training_task(const Setting& setting, const std::string& script, std::span<const TrainingCase> cases) {
    const auto [data, source] = load_images(setting);
    const Recipe recipe;
    PythonContender torch(setting, script);
    const bool has_torch = torch.missing().empty();
    auto shared = share_images(setting, data);
    shared.update({{"batch", recipe.batch},
                   {"learning_rate", recipe.learning_rate},
                   {"momentum", recipe.momentum},
                   {"p", recipe.p}});
    Result result{{"unit", "samples/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array({torch.description("PyTorch")});

    Differences worst;
    for (const auto& network : cases) {
        const auto ours = network.ours(data, recipe);
        const auto seconds = [&](std::size_t steps) { return time_of([&] { ours->run(steps); }); };
        Case task{network.name, static_cast<double>(recipe.batch), {}};
        task.contenders.push_back({"pstar", Role::ours, seconds});
        if (has_torch) {
            shared["sizes"] = network.sizes;
            torch.call("prepare", shared);
            check(network, compare(torch, setting, data, recipe, *network.ours(data, recipe)), worst);
        }
        task.contenders.push_back(torch.timed("PyTorch", "run", network.target));
        if (network.operations > 0)
            task.contenders.push_back(products(network.operations * static_cast<double>(recipe.batch)));
        add_case(result, setting, task, 0.2);
        if (network.operations > 0 && !setting.only_check)
            result["remarks"].push_back(rate_remark(network, result["cases"].back()));
    }
    if (has_torch) result["remarks"].push_back(remark(worst));
    return result;
}

}  // namespace bench
