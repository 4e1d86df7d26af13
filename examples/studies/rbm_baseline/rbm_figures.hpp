#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/experiment/analysis/model_ranking.hpp>
#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/monitor.hpp>
#include <pstar/rbm/train_rbm.hpp>

#include "common/report/curve_report.hpp"
#include "common/report/pictures.hpp"
#include "common/run/output_folder.hpp"

/// What RBMs learn, how well they know the images, and what samples they draw.
namespace study {

/// The first seed's RBM of the first `--rbm-components`, trained again at a strength.
struct TrainedRbm {
    double strength;
    pstar::RbmFit<float> fit;

    /// How likely it finds images through the channel at that strength, grey pixels drawn.
    struct Likelihood {
        pstar::AisEstimate log_z;
        pstar::DataLogProbability test;
        double free_energy_gap;  ///< by how many nats training images are likelier than test images
    };
    std::optional<Likelihood> likelihood;  ///< unless `--ais-temperatures 0`, or it diverged

    /// Which directions it learnt when, and whether its chains look like data.
    struct Diagnostics {
        /// Overlaps of all pairs of rows, see `pstar::chain_overlaps`.
        struct Overlaps {
            double mean, stddev;
        };
        std::vector<std::vector<double>> spectra;  ///< of each model of `fit.trajectory`, largest value first
        Overlaps of_images, of_chains;
    };
    std::optional<Diagnostics> diagnostics;  ///< unless it diverged
};

/// RBMs at some of the strengths: first, last, and between.
std::vector<TrainedRbm> train_rbms(const CurveStory& story);

/// `rbms.csv`: one row per RBM.
void write_rbms_csv(const std::filesystem::path& path, const CurveStory& story, std::span<const TrainedRbm> rbms);

/// Of an RBM trained on images like `rows`, zeros and ones, at least two. Chains begin at the first of them.
TrainedRbm::Diagnostics diagnose(const pstar::RbmFit<float>& fit, const pstar::Matrix<float>& rows, pstar::Seed seed);

/// `spectra.csv`: one row per singular value of each RBM at some steps of its training.
void write_spectra_csv(const std::filesystem::path& path, const CurveStory& story, std::span<const TrainedRbm> rbms);

void add_diagnostics(Report& report, const CurveStory& story, std::span<const TrainedRbm> rbms);

/// Draws the weights of some hidden units (`filters`) and what Gibbs chains come to (`fantasies`).
void draw_rbms(const CurveStory& story, std::span<const TrainedRbm> rbms, const OutputFolder& out);

void add_rbms(Report& report, const CurveStory& story, std::span<const TrainedRbm> rbms, const OutputFolder& out);

/// Writes `report.html` of `rbm_baseline`. Returns which model is the most accurate where, one line for each kind of
/// test images and number of training images.
std::vector<std::string> write_baseline_report(const CurveStory& story, std::span<const pstar::ModelRanking> rankings,
                                               std::span<const TrainedRbm> rbms, const OutputFolder& out);

}  // namespace study
