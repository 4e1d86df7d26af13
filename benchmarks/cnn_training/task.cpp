#include "cnn_training/task.hpp"

#include <string>
#include <vector>

#include "cnn_training/pstar.hpp"
#include "harness/training.hpp"

namespace bench {

namespace {

/// Multiplications and additions of a step, a sample, as the definitions say: two for each weight at each pixel it is
/// used at, for the output, the weight's gradient and, but for the first layer, the input's gradient.
double operations(std::size_t channels) {
    const auto c = static_cast<double>(channels);
    const double first = 28 * 28 * 9 * c, second = 14 * 14 * 9 * c * 2 * c, dense = 7 * 7 * 2 * c * 128 + 128 * 10;
    return 2 * (2 * first + 3 * second + 3 * dense);
}

}  // namespace

Result cnn_training_task(const Setting& setting) {
    std::vector<TrainingCase> cases;
    for (const std::size_t channels : {8, 32})
        cases.push_back({.name = "c = " + std::to_string(channels),
                         .ours = pstar_cnn_training(channels),
                         .sizes = {{"image", {1, 28, 28}}, {"channels", channels}, {"hidden", 128}, {"classes", 10}},
                         .target = 2,
                         .operations = operations(channels)});
    return training_task(setting, "cnn_training/pytorch.py", cases);
}

}  // namespace bench
