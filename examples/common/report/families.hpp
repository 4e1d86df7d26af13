#pragma once

#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>

#include "common/cli/flags.hpp"

/// Which curves belong in one figure, and what they are called there.
namespace study {

/// A size that tells the curves of a figure apart.
struct SizeAxis {
    std::string name;           ///< `width`
    std::string phrase;         ///< `{}` of it: `width {}`
    std::string phrase_of_cnn;  ///< `{} channels`
    pstar::RunSize size;

    double value(const pstar::RunKey& run) const { return pstar::size_of(run, size); }
    /// `width 256`, `1000 training images`.
    std::string of(const pstar::RunKey& run) const;
};

/// The axis that tells the curves of a figure apart: that of `--size`; else width, or another one if that alone is
/// varied; the kind of model with its width if there are several (`Flags::networks`).
const SizeAxis& colour_axis(const Flags& flags);

/// The curves that differ along the colour axis, and in the images they are tested on, alone.
struct Family {
    std::string name;   ///< for files: `relu`, `relu_depth2`
    std::string title;  ///< `relu`, `relu, depth 2`
    std::vector<const pstar::FittedCurve*> curves = {};

    /// Those tested on such images that have points.
    std::vector<const pstar::FittedCurve*> tested_on(pstar::TestImages images) const;
    /// Whether points have different numbers of seeds.
    bool seeds_vary() const;
};
std::vector<Family> families(const Flags& flags, std::span<const pstar::FittedCurve> curves);

/// The title of the family that a run belongs to.
std::string family_title(const Flags& flags, const pstar::RunKey& run);

/// What tells a curve from all others of the study but for the test images: `relu, depth 2, width 256`.
std::string network_name(const Flags& flags, const pstar::RunKey& run);

}  // namespace study
