#include "mlp_training/task.hpp"

#include <array>
#include <utility>
#include <vector>

#include "harness/training.hpp"
#include "mlp_training/pstar.hpp"

namespace bench {

namespace {

/// Hidden width, and how many times as fast as PyTorch training must be there.
constexpr std::array<std::pair<std::size_t, double>, 4> widths{{{16, 10}, {64, 5}, {256, 2.6}, {1024, 1.3}}};

}  // namespace

Result mlp_training_task(const Setting& setting) {
    std::vector<TrainingCase> cases;
    for (const auto& [width, target] : widths)
        cases.push_back({.name = "width " + std::to_string(width),
                         .ours = pstar_mlp_training(width),
                         .sizes = {{"image", {784}}, {"width", width}, {"classes", 10}},
                         .target = target});
    return training_task(setting, "mlp_training/pytorch.py", cases);
}

}  // namespace bench
