#include "machine_pictures.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <pstar/corruption/identity.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/sweep/run_classical.hpp>

#include "../common/image_grid.hpp"
#include "../common/sweep_runs.hpp"

namespace study {
namespace {

constexpr std::size_t strengths_shown = 4, filters_shown = 16, chains_shown = 10, sweeps = 1000;

pstar::AccuracyRun run_of(const CurveStory& story) {
    return {.architecture = pstar::Architecture::rbm,
            .width = story.flags.rbm->components[0],
            .train_samples = std::ranges::max(story.flags.train)};
}

pstar::RbmFit<float> machine_at(const CurveStory& story, double strength) {
    const auto options = pstar::classifier_options(run_of(story), settings_of_runs(story.flags)).rbm;
    return std::visit([&](const auto& channel) { return pstar::fit_rbm(story.data.train, channel, options); },
                      pstar::channel_of(corruption_of(story.flags), strength));
}

/// Weights of the first hidden units, black to white as they go from the most negative to the most positive size.
std::vector<std::vector<float>> filters_of(const pstar::Rbm<float>& rbm) {
    const auto count = std::min<Eigen::Index>(filters_shown, rbm.weights.cols());
    const float largest = std::max(rbm.weights.leftCols(count).cwiseAbs().maxCoeff(), 1e-12F);
    std::vector<std::vector<float>> images;
    for (Eigen::Index j = 0; j < count; ++j) {
        auto& image = images.emplace_back();
        for (Eigen::Index i = 0; i < rbm.weights.rows(); ++i)
            image.push_back(0.5F + 0.5F * rbm.weights(i, j) / largest);
    }
    return images;
}

std::vector<std::vector<float>> fantasies_of(const CurveStory& story, const pstar::Rbm<float>& rbm) {
    const auto start = pstar::take(story.data.test, std::min(chains_shown, story.data.test.size()));
    const auto rows = pstar::visible_rows<float>(pstar::ImageSource(start, pstar::Identity{}, pstar::Seed{0}));
    const auto chains = pstar::gibbs_chains(rbm, rows, sweeps, pstar::Seed{story.flags.seed});
    std::vector<std::vector<float>> images;
    for (Eigen::Index n = 0; n < chains.mean.rows(); ++n)
        images.emplace_back(chains.mean.row(n).begin(), chains.mean.row(n).end());
    return images;
}

}  // namespace

void draw_machines(const CurveStory& story, const OutputFolder& out) {
    const auto symbol = story.flags.channel == "additive" ? std::string("\u03c3") : std::string("p");
    std::vector<ImageRow> filters, fantasies;
    for (const double strength : some_of(story.flags.strength, strengths_shown)) {
        const auto machine = machine_at(story, strength);
        if (machine.status == pstar::RbmStatus::diverged) continue;
        const auto label = fmt::format("{} = {:g}", symbol, strength);
        filters.push_back({label, filters_of(machine.rbm)});
        fantasies.push_back({label, fantasies_of(story, machine.rbm)});
    }
    if (filters.empty()) return;
    const auto& data = story.data.train;
    image_grid(filters, data.height(), data.width()).write(out.path(), "filters");
    image_grid(fantasies, data.height(), data.width()).write(out.path(), "fantasies");
}

void add_machines(Report& report, const CurveStory& story, const OutputFolder& out) {
    if (!story.has_figures) return;
    const auto components = story.flags.rbm->components[0];
    report.heading("What the machines learn");
    report.figure(
        out / "filters.svg",
        fmt::format("Weights of the first {} of {} hidden units, first seed, after learning at that strength: "
                    "grey is 0, white positive, black negative; each row has a scale of its own.",
                    std::min(filters_shown, components), components));
    report.figure(out / "fantasies.svg",
                  fmt::format("Fantasies of the same machines: the mean of the pixels after {} Gibbs sweeps from clean "
                              "test images.",
                              sweeps));
}

}  // namespace study
