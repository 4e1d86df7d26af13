#include "rbm_figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <variant>

#include <fmt/format.h>

#include <pstar/corruption/identity.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/built_in.hpp>
#include <pstar/experiment/rbm_model.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/sweep/repeats.hpp>

#include <pstar/report/image_grid.hpp>
#include "common/cli/text.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {
namespace {

constexpr std::size_t models_kept = 6, strengths_shown = 4, filters_shown = 16, chains_shown = 10, sweeps = 1000;
constexpr std::size_t rows_weighed = 10'000;
constexpr Eigen::Index chains_begun = 500;

pstar::RunKey run_of(const CurveStory& story) {
    return {
        .model = "rbm", .width = story.flags.rbm->components[0], .train_samples = std::ranges::max(story.flags.train)};
}

/// Images as the RBM may have seen them, grey pixels drawn.
template <class C>
pstar::Matrix<float> rows_of(const pstar::Dataset& data, const C& channel, const pstar::RbmOptions& options,
                             pstar::Stream stream) {
    const auto seed = pstar::noise_seed(pstar::Seed{options.seed}, channel, options.noise);
    const auto some = pstar::take(data, std::min(rows_weighed, data.size()));
    return pstar::visible_rows<float>(pstar::ImageSource<C>(some, channel, seed, stream), pstar::GreyLevels::sampled,
                                      pstar::Seed{options.seed});
}

template <class C>
TrainedRbm::Likelihood likelihood_of(const CurveStory& story, const pstar::Rbm<float>& rbm, const C& channel,
                                     const pstar::RbmOptions& options, const pstar::Matrix<float>& held_out) {
    const auto seen = rows_of(story.data.train, channel, options, pstar::Stream::train_noise);
    const pstar::Matrix<float> start = seen.topRows(std::min<Eigen::Index>(chains_begun, seen.rows()));
    const auto log_z = pstar::tuned_log_partition(
        rbm, start, {.temperatures = story.flags.rbm->ais_temperatures, .seed = options.seed});
    return {log_z, pstar::mean_log_probability(rbm, held_out, log_z), pstar::free_energy_gap(rbm, seen, held_out)};
}

TrainedRbm rbm_at(const CurveStory& story, double strength) {
    const auto settings = settings_of_runs(story.flags);
    auto options = pstar::classifier_options(run_of(story).spec(), settings, pstar::repeat_seed(settings.seed, 0)).rbm;
    options.models_kept = models_kept;
    const auto channel = pstar::built_in_corruptions().at(story.flags.channel)(strength);
    TrainedRbm trained{strength, pstar::fit_rbm(story.data.train, channel, options), {}, {}};
    if (trained.fit.status == pstar::RbmStatus::diverged) return trained;
    const auto held_out = rows_of(story.data.test, channel, options, pstar::Stream::test_noise);
    trained.diagnostics = diagnose(trained.fit, held_out, pstar::Seed{options.seed});
    if (story.flags.rbm->ais_temperatures > 0)
        trained.likelihood = likelihood_of(story, trained.fit.rbm, channel, options, held_out);
    return trained;
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

std::string last_error(const TrainedRbm& trained) {
    const auto& errors = trained.fit.reconstruction_error;
    return errors.empty() ? "-" : fmt::format("{:.4f}", errors.back());
}

void add_likelihoods(Report& report, const CurveStory& story, std::span<const TrainedRbm> rbms) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& trained : rbms) {
        auto& row = rows.emplace_back(1, decimal(trained.strength));
        row.push_back(last_error(trained));
        if (!trained.likelihood) {
            const bool diverged = trained.fit.status == pstar::RbmStatus::diverged;
            row.insert(row.end(), {diverged ? "diverged" : "-", "-", "-", "-"});
            continue;
        }
        const auto& [log_z, test, gap] = *trained.likelihood;
        if (log_z.status == pstar::AisStatus::not_finite) {
            row.insert(row.end(), {"not finite", "-", "-", "-"});
            continue;
        }
        const bool few = log_z.status != pstar::AisStatus::estimated;
        row.push_back(fmt::format("{}{:.2f} \u00b1 {:.2f}", few ? "at most " : "", test.mean, test.data_error));
        row.push_back(few ? fmt::format("at least {:.2f}", log_z.log_z)
                          : fmt::format("{:.2f} \u00b1 {:.2f}", log_z.log_z, log_z.standard_error));
        row.push_back(fmt::format("{:.0f} of 100", log_z.effective_chains));
        row.push_back(fmt::format("{:.2f}", gap));
    }
    report.table({strength_symbol(story.flags), "reconstruction error", "log p of test images", "log Z",
                  "effective chains", "free-energy gap"},
                 rows);
    report.paragraph(fmt::format(
        "Of the first {} components and the first seed, in nats per image, all images seen through the channel, grey "
        "pixels drawn. log p is the mean over up to {} test images with the standard error of that mean; log Z is by "
        "annealed importance sampling with 100 chains through {} temperatures from independent units as probable as in "
        "the RBM's own chains, its standard error that of the chains: it shifts all log p of an RBM equally. Where "
        "fewer "
        "than {:.0f} chains are effective, or annealing from uniform units found more, modes may have been missed: log "
        "Z is at least, log p at most what is said; more temperatures help (--ais-temperatures). The "
        "free-energy gap says by how many nats training images are more likely than test images: it grows as an RBM "
        "overfits.",
        story.flags.rbm->components[0], rows_weighed, story.flags.rbm->ais_temperatures,
        pstar::AisEstimate::fewest_chains));
    report.paragraph(
        "For scale: for RBMs of 500 hidden units on binarised MNIST, Salakhutdinov & Murray (ICML 2008, table 1) "
        "give -125.5 nats after CD-1, -105.5 after CD-3 and -86.3 after CD-25, with more and longer training than is "
        "usual here.");
}

}  // namespace

std::vector<TrainedRbm> train_rbms(const CurveStory& story) {
    std::vector<TrainedRbm> rbms;
    const auto strengths = pstar::some_of(story.flags.strength, strengths_shown);
    for (const double strength : strengths) {
        note("Training an RBM of the first seed at {} = {:g}, {} of {}.\n", strength_symbol(story.flags), strength,
             rbms.size() + 1, strengths.size());
        rbms.push_back(rbm_at(story, strength));
    }
    return rbms;
}

void write_rbms_csv(const std::filesystem::path& path, const CurveStory& story, std::span<const TrainedRbm> rbms) {
    pstar::CsvWriter csv(path,
                         {"corruption_mode", "strength", "n_components", "status", "reconstruction_error", "log_p_test",
                          "log_p_test_stderr", "log_z", "log_z_stderr", "effective_chains", "free_energy_gap"});
    const double nothing = std::nan("");
    for (const auto& trained : rbms) {
        const auto& errors = trained.fit.reconstruction_error;
        const auto [log_z, test, gap] = trained.likelihood.value_or(
            TrainedRbm::Likelihood{.log_z = {.log_z = nothing, .standard_error = nothing, .effective_chains = nothing},
                                   .test = {.mean = nothing, .data_error = nothing},
                                   .free_energy_gap = nothing});
        csv.row(story.flags.channel, trained.strength, story.flags.rbm->components[0],
                trained.fit.status == pstar::RbmStatus::diverged ? "diverged" : "finished",
                errors.empty() ? nothing : errors.back(), test.mean, test.data_error, log_z.log_z, log_z.standard_error,
                log_z.effective_chains, gap);
    }
    csv.commit();
}

void draw_rbms(const CurveStory& story, std::span<const TrainedRbm> rbms, const OutputFolder& out) {
    std::vector<pstar::ImageRow> filters, fantasies;
    for (const auto& trained : rbms) {
        if (trained.fit.status == pstar::RbmStatus::diverged) continue;
        const auto label = fmt::format("{} = {:g}", figure_symbol(story), trained.strength);
        filters.push_back({label, filters_of(trained.fit.rbm)});
        fantasies.push_back({label, fantasies_of(story, trained.fit.rbm)});
    }
    if (filters.empty()) return;
    const auto& data = story.data.train;
    draw(pstar::image_grid(filters, data.height(), data.width()), out, "filters");
    draw(pstar::image_grid(fantasies, data.height(), data.width()), out, "fantasies");
}

void add_rbms(Report& report, const CurveStory& story, std::span<const TrainedRbm> rbms, const OutputFolder& out) {
    if (story.has_figures) {
        const auto components = story.flags.rbm->components[0];
        report.heading("What the RBMs learn");
        report.figure(
            out / "filters.svg",
            fmt::format("Weights of the first {} of {} hidden units, first seed, after learning at that strength: "
                        "grey is 0, white positive, black negative; each row has a scale of its own.",
                        std::min(filters_shown, components), components));
        report.figure(out / "fantasies.svg",
                      fmt::format("Samples of the same RBMs: the mean of the pixels after {} Gibbs sweeps from "
                                  "clean test images.",
                                  sweeps));
    }
    add_diagnostics(report, story, rbms);
    if (story.flags.rbm->ais_temperatures == 0) return;
    report.heading("How well the RBMs know the images");
    add_likelihoods(report, story, rbms);
}

}  // namespace study
