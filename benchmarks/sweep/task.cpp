#include "sweep/task.hpp"

#include <stdexcept>
#include <vector>

#include <pstar/data/subset.hpp>
#include <pstar/sweep/accuracy_sweep.hpp>

namespace bench {

namespace {

constexpr double required_speedup = 1.9;

/// 44 runs of a few tens of milliseconds: 11 strengths, 4 repeats, 2,000 training and 1,000 test images.
struct SmallSweep {
    pstar::TrainTest data;
    pstar::AccuracySettings settings{.epochs = 3, .optimizer = pstar::Sgd{.lr = 0.01, .momentum = 0.9}};
    pstar::Grid<pstar::AccuracyRun> grid;

    explicit SmallSweep(const pstar::Dataset& images, std::size_t repeats = 4)
        : data{.train = pstar::take(images, 2000), .test = pstar::take(images, 1000)} {
        pstar::AccuracyGrid axes{.train_samples = {2000}, .strengths = {}, .repeats = repeats};
        for (int k = 0; k <= 10; ++k) axes.strengths.push_back(0.1 * k);
        grid = axes.grid();
    }
    auto run(std::size_t threads) const { return pstar::sweep_accuracy(grid, settings, data, {.threads = threads}); }
};

/// The same numbers, bit for bit, whatever the number of threads; a few runs tell.
void check_threads(const SmallSweep& sweep) {
    const auto alone = sweep.run(1), together = sweep.run(2);
    for (std::size_t i = 0; i < alone.size(); ++i) {
        const auto &a = alone[i].value.value(), &b = together[i].value.value();
        require_agreement("the train loss of run " + std::to_string(i), b.train_loss, a.train_loss, 0);
        require_agreement("the test accuracy of run " + std::to_string(i), b.test_accuracy, a.test_accuracy, 0);
    }
}

}  // namespace

Result sweep_task(const Setting& setting) {
    const auto [images, source] = load_images(setting);
    const SmallSweep sweep(images);
    check_threads(SmallSweep(images, 1));
    Result result{{"unit", "runs/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array();
    const auto on = [&](std::size_t threads) {
        return [&sweep, threads](std::size_t repeats) {
            return time_of([&] {
                for (std::size_t r = 0; r < repeats; ++r) sweep.run(threads);
            });
        };
    };
    add_case(result, setting,
             {std::to_string(sweep.grid.size()) + " runs, width 64",
              static_cast<double>(sweep.grid.size()),
              {{"pstar, 2 threads", Role::ours, on(2)}, {"pstar, 1 thread", Role::peer, on(1), required_speedup}}},
             0.1);
    return result;
}

}  // namespace bench
