#pragma once

#include <optional>
#include <span>
#include <vector>

#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/monitor.hpp>
#include <pstar/rbm/train_rbm.hpp>

#include "common/report/curve_report.hpp"
#include "common/report/report.hpp"
#include "common/run/output_folder.hpp"

/// What machines learn, how well they know the images, and what they dream of.
namespace study {

/// The first seed's machine of the first `--components`, trained again at a strength.
struct ShownMachine {
    double strength;
    pstar::RbmFit<float> fit;

    /// How likely it finds images through the channel at that strength, grey pixels drawn.
    struct Likelihood {
        pstar::AisEstimate log_z;
        pstar::DataLogProbability test;
        double free_energy_gap;  ///< by how many nats training images are likelier than test images
    };
    std::optional<Likelihood> likelihood;  ///< unless `--ais-temperatures 0`, or it diverged
};

/// Machines at some of the strengths: first, last, and between.
std::vector<ShownMachine> show_machines(const CurveStory& story);

/// `machines.csv`: a row a machine.
void write_machines_csv(const std::filesystem::path& path, const CurveStory& story,
                        std::span<const ShownMachine> machines);

/// Draws the weights of some hidden units (`filters`) and what Gibbs chains come to (`fantasies`).
void draw_machines(const CurveStory& story, std::span<const ShownMachine> machines, const OutputFolder& out);

void add_machines(Report& report, const CurveStory& story, std::span<const ShownMachine> machines,
                  const OutputFolder& out);

}  // namespace study
