#include "mlp_step/task.hpp"

#include <array>
#include <utility>

#include "mlp_step/step.hpp"

namespace bench {

namespace {

constexpr std::size_t batch_size = 128;
/// Hidden width, and how many times as long as its matrix products a step may take.
constexpr std::array<std::pair<std::size_t, double>, 4> widths{{{16, 1.25}, {64, 1.25}, {256, 1.25}, {1024, 1.35}}};

}  // namespace

Result mlp_step_task(const Setting& setting) {
    const auto [data, source] = load_images(setting);
    Result result{{"unit", "steps/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array();
    for (const auto& [width, target] : widths) {
        const std::array<std::size_t, 4> shape{data.pixels(), width, width, data.classes};
        const auto step = pstar_step(data, width, batch_size), products = gemm_calls(shape, batch_size);
        const auto timed = [](const Repeat& work) {
            return [&work](std::size_t repeats) { return time_of([&] { work(repeats); }); };
        };
        add_case(result, setting,
                 {"width " + std::to_string(width),
                  1,
                  {{"pstar", Role::ours, timed(step)},
                   {"its matrix products by the BLAS", Role::limit, timed(products), target}}},
                 0.1);
    }
    return result;
}

}  // namespace bench
