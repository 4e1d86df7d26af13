#include "cnn_training/task.hpp"

#include <string>
#include <vector>

#include "cnn_training/pstar.hpp"
#include "harness/training.hpp"

namespace bench {

Result cnn_training_task(const Setting& setting) {
    std::vector<TrainingCase> cases;
    for (const std::size_t channels : {8, 32})
        cases.push_back({.name = "c = " + std::to_string(channels),
                         .ours = pstar_cnn_training(channels),
                         .sizes = {{"image", {1, 28, 28}}, {"channels", channels}, {"hidden", 128}, {"classes", 10}},
                         .target = 2,
                         .operations = cnn_operations(channels, 28 * 28)});
    return training_task(setting, "cnn_training/pytorch.py", cases);
}

}  // namespace bench
