#include "mlp_step/task.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <utility>

#include "mlp_step/step.hpp"

namespace bench {

namespace {

constexpr std::size_t compared = 20;
/// Hidden width, and how many times as long as its matrix products a step may take.
constexpr std::array<std::pair<std::size_t, double>, 4> widths{{{16, 1.25}, {64, 1.25}, {256, 1.25}, {1024, 1.35}}};
/// Sums in another order differ by 1e-7, and by a little more after every step.
constexpr double bound = 1e-4;

double check(const Start& start) {
    const auto ours = pstar_steps(start), eigen = eigen_steps(start);
    double worst = 0;
    for (std::size_t i = 0; i < compared; ++i) {
        const double expected = ours(1), difference = std::abs(eigen(1) - expected) / expected;
        require_agreement("Eigen's loss, relative difference after " + std::to_string(i) + " steps", difference, 0,
                          bound);
        worst = std::max(worst, difference);
    }
    return worst;
}

}  // namespace

Result mlp_step_task(const Setting& setting) {
    const auto [data, source] = load_images(setting);
    Result result{{"unit", "steps/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    double worst = 0;
    for (const auto& [width, target] : widths) {
        const Start start(data, width);
        worst = std::max(worst, check(start));
        const std::array<std::size_t, 4> shape{data.pixels(), width, width, data.classes};
        const auto ours = pstar_steps(start), eigen = eigen_steps(start);
        const auto products = gemm_calls(shape, start.recipe.batch);
        const auto timed = [](const auto& work) {
            return [&work](std::size_t repeats) { return time_of([&] { work(repeats); }); };
        };
        add_case(result, setting,
                 {"width " + std::to_string(width),
                  1,
                  {{"pstar", Role::ours, timed(ours)},
                   {"Eigen alone", Role::peer, timed(eigen)},
                   {"its matrix products by the BLAS", Role::limit, timed(products), target}}},
                 0.1);
    }
    std::ostringstream text;
    text << std::setprecision(1) << std::scientific << "Before the measurement, the losses of " << compared
         << " steps differed from Eigen's by at most " << worst << " (relative)";
    result["remarks"] = nlohmann::json::array({text.str()});
    return result;
}

}  // namespace bench
