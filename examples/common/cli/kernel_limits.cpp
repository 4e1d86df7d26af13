#include "common/cli/kernel_limits.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include <pstar/experiment/ntk_model.hpp>

#include "common/cli/text.hpp"
#include "common/cli/usage_error.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {
namespace {

void check_fits(double kernel, std::size_t at_once, const std::string& flag, std::size_t images) {
    const double memory = pstar::machine_memory(), needed = kernel * static_cast<double>(at_once);
    if (needed <= memory) return;
    throw UsageError(
        fmt::format("--{} {}: the kernel between all of them takes {}{}, this machine has {}; ask for fewer{}", flag,
                    images, bytes(kernel), at_once > 1 ? fmt::format(", {} at once {}", at_once, bytes(needed)) : "",
                    bytes(memory), at_once > 1 ? ", or --threads 1" : ""));
}

}  // namespace

void check_kernels(const Flags& flags, const pstar::TrainTest& data, std::size_t at_once) {
    if (flags.arch == "ntk") {
        const auto images = std::ranges::max(flags.train);
        check_fits(pstar::ntk_bytes(images, data.train.pixels()), at_once, "n-train-samples", images);
    }
    if (const auto probe = settings_of_runs(flags).kernel_probe) {
        if (probe->subset > data.test.size())
            throw UsageError(fmt::format("--subset {}: there are only {} test images; ask for fewer", probe->subset,
                                         data.test.size()));
        const auto rows = static_cast<double>(probe->rows(data.train.classes));
        check_fits(4 * sizeof(double) * rows * rows, at_once, "subset", probe->subset);
    }
}

}  // namespace study
