/// A sweep of your own: any function of a run, over axes of your own, with a journal. Start it again, or kill it in
/// between, and it continues where it stopped.
#include <cstdio>
#include <filesystem>
#include <vector>

#include <pstar/pstar.hpp>

namespace {

/// What varies: a member an axis.
struct Run {
    double brightness = 1;
    std::size_t width = 16, repeat = 0;
};

}  // namespace

int main() {
    const auto digits = pstar::synthetic_digits({.train = 500, .test = 200});
    const auto grid = pstar::Grid<Run>()
                          .axis("brightness", &Run::brightness, {1, 0.5, 0.1})
                          .axis("width", &Run::width, {8, 32})
                          .repeats("repeat", &Run::repeat, 12);

    // The body: here the effective rank of the tangent kernel of a network that has not learned yet. Everything random
    // in it follows from the repeat.
    const auto effective_rank = [&](const Run& run) {
        const auto seed = pstar::repeat_seed(pstar::Seed{1}, run.repeat);
        const auto net = pstar::mlp<float>({784, run.width, 10}, pstar::Activation::relu, seed);
        const auto seen = pstar::scale_brightness(pstar::random_subset(digits.test, 32, seed), run.brightness);
        return pstar::spectrum(pstar::empirical_ntk(net, seen, pstar::NtkOutput::trace)).effective_rank;
    };

    // Four repeats of every point, then more where the standard error is above 0.2, up to the grid's twelve.
    const auto path = std::filesystem::temp_directory_path() / "pstar_sweep_anything.jsonl";
    pstar::Journal journal(path, {{"body", "effective rank"}, {"seed", 1}});
    const auto outcomes =
        pstar::sweep(grid, effective_rank, {.journal = &journal, .repeat_rule = {.minimum = 4, .until_error = 0.2}});

    for (std::size_t point = 0; point < grid.points(); ++point) {
        std::vector<double> ranks;
        for (std::size_t repeat = 0; repeat < grid.repeats(); ++repeat)
            if (const auto* rank = pstar::usable(outcomes[point * grid.repeats() + repeat])) ranks.push_back(*rank);
        const auto run = grid[point * grid.repeats()];
        const auto over_seeds = pstar::moments(ranks);
        std::printf("brightness %.1f, width %2zu: effective rank %.2f +- %.2f (standard error over %zu seeds)\n",
                    run.brightness, run.width, over_seeds.mean, over_seeds.sem, over_seeds.n);
    }
    std::filesystem::remove(path);
}
