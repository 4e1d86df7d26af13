#include "model_contest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/moments.hpp>

namespace study {
namespace {

using pstar::RunKey, pstar::Comparison, pstar::Estimate;

/// Accuracies of one model by repeat.
struct Entry {
    RunKey run;
    std::map<std::size_t, double> by_seed = {};
};

Estimate mean_of(const std::vector<double>& values, double least_deviation) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto found = pstar::moments(values);
    if (found.n < 2) return {found.mean, -infinity, infinity};
    const auto n = static_cast<double>(found.n);
    const double half = pstar::student_t_quantile(0.95, n - 1) * std::max(found.stddev, least_deviation) / std::sqrt(n);
    return {found.mean, found.mean - half, found.mean + half};
}

Comparison verdict_on(const Estimate& difference, std::size_t seeds) {
    if (seeds < least_seeds) return Comparison::undecided;
    if (difference.low > 0) return Comparison::larger;
    return difference.high < 0 ? Comparison::smaller : Comparison::undecided;
}

AccuracyDifference difference_of(const std::vector<Entry>& entries, std::size_t first, std::size_t second,
                                 double one_image) {
    std::vector<double> differences;
    for (const auto& [repeat, accuracy] : entries[first].by_seed)
        if (const auto other = entries[second].by_seed.find(repeat); other != entries[second].by_seed.end())
            differences.push_back(accuracy - other->second);
    const auto difference = mean_of(differences, one_image);
    return {first, second, difference, differences.size(), verdict_on(difference, differences.size())};
}

/// The model that every one of its differences puts first.
std::optional<std::size_t> best_of(const ModelRanking& ranking) {
    for (std::size_t i = 0; i < ranking.models.size(); ++i) {
        const bool above_all = std::ranges::all_of(ranking.differences, [&](const auto& d) {
            return (d.first != i || d.verdict == Comparison::larger) &&
                   (d.second != i || d.verdict == Comparison::smaller);
        });
        if (above_all && ranking.models.size() > 1) return i;
    }
    return std::nullopt;
}

ModelRanking ranking_of(pstar::TestImages images, const std::vector<Entry>& entries, double one_image) {
    ModelRanking ranking{.images = images, .models = {}, .differences = {}, .best = {}};
    for (const auto& entry : entries) {
        std::vector<double> values;
        for (const auto& [repeat, accuracy] : entry.by_seed) values.push_back(accuracy);
        ranking.models.push_back({entry.run, mean_of(values, 0), values.size()});
    }
    for (std::size_t i = 0; i < entries.size(); ++i)
        for (std::size_t j = i + 1; j < entries.size(); ++j)
            ranking.differences.push_back(difference_of(entries, i, j, one_image));
    ranking.best = best_of(ranking);
    return ranking;
}

}  // namespace

std::vector<pstar::ModelSpec> models_to_compare(const Flags& flags) {
    std::vector<pstar::ModelSpec> models;
    for (const auto components : flags.rbm->components) models.push_back({"rbm", components, 1});
    models.push_back({"softmax", 0, 0});
    for (const auto width : flags.width) models.push_back({"mlp", width, flags.depth.at(0)});
    return models;
}

std::vector<ModelRanking> rank_models(const CurveStory& story, const Grid& grid, const Outcomes& outcomes) {
    const double one_image = 1 / static_cast<double>(story.data.test.size());
    std::vector<ModelRanking> rankings;
    for (const auto images : test_images_of(story.flags)) {
        std::map<std::pair<std::size_t, double>, std::vector<Entry>> by_place;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const auto run = grid[i];
            auto& entries = by_place[{run.train_samples, run.strength}];
            const auto same = [&](const Entry& entry) {
                return std::tuple(entry.run.model, entry.run.width) == std::tuple(run.model, run.width);
            };
            auto entry = std::ranges::find_if(entries, same);
            if (entry == entries.end()) entry = entries.insert(entry, Entry{run});
            if (const auto* found = pstar::usable(outcomes[i]))
                entry->by_seed[run.repeat] = pstar::test_accuracy(*found, images);
        }
        for (const auto& [place, entries] : by_place) rankings.push_back(ranking_of(images, entries, one_image));
    }
    return rankings;
}

void write_rankings_csv(const std::filesystem::path& path, std::span<const ModelRanking> rankings) {
    pstar::CsvWriter csv(path, {"evaluation", "n_train_samples", "strength", "first_model", "first_width",
                                "second_model", "second_width", "first_accuracy", "second_accuracy", "difference",
                                "difference_low", "difference_high", "seeds", "verdict"});
    for (const auto& ranking : rankings)
        for (const auto& pair : ranking.differences) {
            const auto &first = ranking.models[pair.first], &second = ranking.models[pair.second];
            csv.row(pstar::to_string(ranking.images), first.run.train_samples, first.run.strength, first.run.model,
                    first.run.width, second.run.model, second.run.width, first.accuracy.value, second.accuracy.value,
                    pair.difference.value, pair.difference.low, pair.difference.high, pair.seeds,
                    pstar::to_string(pair.verdict));
        }
    csv.commit();
}

}  // namespace study
