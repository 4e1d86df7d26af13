#include "harness/options.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace bench {

const std::string_view usage = R"(Usage: pstar_benchmarks [options]

Compares pstar with other ways to do the same, pinned to one core (`taskset -c N pstar_benchmarks` chooses which) and
once more on all cores, then measures how costs grow and what a program takes to compile; prints the tables.

  --task NAME       one task alone: corruption, mlp_training, cnn_training, mlp_step, margin_gradients, ntk,
                    rbm_training, softmax_regression, sweep, growth or compile_time
  --coretype NAME   the training tasks with OpenBLAS's kernels for NAME alone, e.g. Haswell
                    (otherwise with those it chooses here and, on x86, with those for Haswell)
  --quick           fewer and shorter rounds, smaller problems: a first impression within three minutes
  --check           compares the contenders' results and times nothing
  --readme FILE     puts the tables into FILE as well, and figures beside it
  --data DIR        MNIST's four files (otherwise $PSTAR_MNIST_DIR, otherwise synthetic digits)
  --python PROGRAM  the Python with PyTorch and scikit-learn (/usr/bin/python3)
)";

Options parse_options(int count, char** words) {
    Options options;
    if (const char* directory = std::getenv("PSTAR_MNIST_DIR")) options.data = directory;
    const std::array<std::pair<std::string_view, std::string*>, 5> values{{{"--task", &options.task},
                                                                           {"--coretype", &options.core},
                                                                           {"--data", &options.data},
                                                                           {"--readme", &options.readme},
                                                                           {"--python", &options.python}}};
    const std::array<std::pair<std::string_view, bool*>, 3> switches{
        {{"--quick", &options.quick}, {"--check", &options.check}, {"--worker", &options.worker}}};
    const auto parse = [&](int& i) {
        const std::string_view word = words[i];
        for (const auto& [name, value] : values) {
            if (word != name) continue;
            if (++i == count) throw std::invalid_argument(std::string(word) + " needs a value");
            *value = words[i];
            return true;
        }
        for (const auto& [name, on] : switches)
            if (word == name) return *on = true;
        return false;
    };
    for (int i = 1; i < count; ++i)
        if (!parse(i)) throw std::invalid_argument("unknown option '" + std::string(words[i]) + "'; see --help");
    return options;
}

}  // namespace bench
