#include "sweep/task.hpp"

#include <string>

#include "harness/machine.hpp"
#include "sweep/small_sweep.hpp"

namespace bench {

namespace {

constexpr std::size_t repeats_of_runs = 4;
constexpr double required_efficiency = 0.95;

/// The same numbers, bit for bit, whatever the number of threads; a few runs tell.
void check_threads(const RunSweep& sweep, std::size_t cores) {
    const auto alone = sweep(1), together = sweep(cores);
    for (std::size_t i = 0; i < alone.size(); ++i)
        require_agreement(
            std::string(i % 2 == 0 ? "the train loss" : "the test accuracy") + " of run " + std::to_string(i / 2),
            together.at(i), alone[i], 0);
}

}  // namespace

Result sweep_task(const Setting& setting) {
    const auto [images, source] = load_images(setting);
    const auto cores = available_cores();
    check_threads(small_sweep(images, 1), cores);
    Result result{{"unit", "runs/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array();
    const auto on = [sweep = small_sweep(images, repeats_of_runs)](std::size_t threads) {
        return [sweep, threads](std::size_t repeats) {
            return time_of([&] {
                for (std::size_t r = 0; r < repeats; ++r) sweep(threads);
            });
        };
    };
    constexpr std::size_t runs = sweep_strengths * repeats_of_runs;
    add_case(result, setting,
             {std::to_string(runs) + " runs, width 64",
              static_cast<double>(runs),
              {{"pstar, " + std::to_string(cores) + " threads", Role::ours, on(cores)},
               {"pstar, 1 thread", Role::peer, on(1), required_efficiency * static_cast<double>(cores)}}},
             0.1);
    return result;
}

}  // namespace bench
