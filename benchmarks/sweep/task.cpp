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
    std::vector<pstar::AccuracyRun> runs;

    explicit SmallSweep(const pstar::Dataset& images)
        : data{.train = pstar::take(images, 2000), .test = pstar::take(images, 1000)} {
        pstar::AccuracyGrid grid{.train_samples = {2000}, .depth = 2, .repeats = 4};
        for (int k = 0; k <= 10; ++k) grid.strengths.push_back(0.1 * k);
        grid.strengths.erase(grid.strengths.begin());  // the default's single strength
        runs = grid.runs();
    }
    auto run(std::size_t threads) const { return pstar::sweep_accuracy(runs, settings, data, {.threads = threads}); }
};

/// The same numbers, bit for bit, whatever the number of threads; a few runs tell.
void check_threads(SmallSweep sweep) {
    sweep.runs.resize(6);
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
    check_threads(sweep);
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
             {std::to_string(sweep.runs.size()) + " runs, width 64",
              static_cast<double>(sweep.runs.size()),
              {{"pstar, 2 threads", Role::ours, on(2)}, {"pstar, 1 thread", Role::peer, on(1), required_speedup}}},
             0.1);
    return result;
}

}  // namespace bench
