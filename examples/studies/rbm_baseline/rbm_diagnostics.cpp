#include "rbm_figures.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include <pstar/io/csv_writer.hpp>
#include <pstar/rbm/diagnostics.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/statistics/moments.hpp>

#include "common/cli/text.hpp"

namespace study {
namespace {

constexpr Eigen::Index chains_compared = 100;
constexpr std::size_t sweeps = 500, values_shown = 5;

TrainedRbm::Diagnostics::Overlaps overlaps_of(const pstar::Matrix<float>& rows) {
    const auto overlaps = pstar::chain_overlaps(rows);
    const auto found = pstar::moments(overlaps);
    return {found.mean, found.stddev};
}

std::string in_words(const TrainedRbm::Diagnostics::Overlaps& overlaps) {
    return fmt::format("{:.3f}, standard deviation {:.3f}", overlaps.mean, overlaps.stddev);
}

}  // namespace

TrainedRbm::Diagnostics diagnose(const pstar::RbmFit<float>& fit, const pstar::Matrix<float>& rows, pstar::Seed seed) {
    TrainedRbm::Diagnostics found;
    for (const auto& rbm : fit.trajectory) found.spectra.push_back(pstar::weight_spectrum(rbm));
    const pstar::Matrix<float> some = rows.topRows(std::min(chains_compared, rows.rows()));
    found.of_images = overlaps_of(some);
    found.of_chains = overlaps_of(pstar::gibbs_chains(fit.rbm, some, sweeps, seed).visible);
    return found;
}

void write_spectra_csv(const std::filesystem::path& path, const CurveStory& story, std::span<const TrainedRbm> rbms) {
    pstar::CsvWriter csv(path, {"corruption_mode", "strength", "rbm_components", "step", "rank", "singular_value"});
    for (const auto& trained : rbms) {
        if (!trained.diagnostics) continue;
        const auto& spectra = trained.diagnostics->spectra;
        for (std::size_t m = 0; m < spectra.size(); ++m)
            for (std::size_t i = 0; i < spectra[m].size(); ++i)
                csv.row(story.flags.channel, trained.strength, story.flags.rbm->components[0],
                        trained.fit.trajectory_steps[m], i + 1, spectra[m][i]);
    }
    csv.commit();
}

void add_diagnostics(Report& report, const CurveStory& story, std::span<const TrainedRbm> rbms) {
    std::vector<std::vector<std::string>> spectra, overlaps;
    for (const auto& trained : rbms) {
        if (!trained.diagnostics) continue;
        const auto strength = decimal(trained.strength);
        const auto& found = *trained.diagnostics;
        for (std::size_t m = 1; m < found.spectra.size(); ++m) {  // the first has no weights
            auto& row = spectra.emplace_back(1, strength);
            row.push_back(fmt::format("{}", trained.fit.trajectory_steps[m]));
            for (std::size_t i = 0; i < std::min(values_shown, found.spectra[m].size()); ++i)
                row.push_back(fmt::format("{:.2f}", found.spectra[m][i]));
            row.resize(2 + values_shown, "-");
        }
        overlaps.push_back({strength, in_words(found.of_images), in_words(found.of_chains)});
    }
    if (overlaps.empty()) return;
    report.heading("How the RBMs learn and whether their chains mix");
    std::vector<std::string> header{strength_symbol(story.flags), "steps"};
    for (std::size_t i = 1; i <= values_shown; ++i) header.push_back(fmt::format("singular value {}", i));
    report.table(header, spectra);
    report.paragraph(
        "The largest singular values of the weights along the training: each that grows is a direction that has been "
        "learnt. All are in spectra.csv.");
    report.table({strength_symbol(story.flags), "overlaps of images", "overlaps of chains"}, overlaps);
    report.paragraph(fmt::format(
        "The overlap of two images is the mean over pixels of 1 where they agree and -1 where they differ. Pairs of {} "
        "test images through the channel, grey pixels drawn, beside pairs of Gibbs chains that began at them, after {} "
        "sweeps. Chains of an RBM that knows the images have their overlaps; a mean near 1 means that all chains came "
        "to "
        "one image, a mean nearer 0 that they lost the images' structure.",
        chains_compared, sweeps));
}

}  // namespace study
