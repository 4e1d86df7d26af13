#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/cli/flags.hpp"
#include "common/report/curve_fits.hpp"

/// Which curves belong in one figure.
namespace study {

/// A size of a network or of its training that a study can vary.
struct SizeAxis {
    std::string name;           ///< `width`
    std::string phrase;         ///< `{}` of it: `width {}`
    std::string phrase_of_cnn;  ///< `{} channels`
    std::size_t pstar::RunKey::*member;

    /// `width 256`, `1000 training images`.
    std::string of(const pstar::RunKey& run) const;
};

/// The axis that tells the curves of a figure apart: width, or another one if that alone is varied; the kind of network
/// with its width if there are several (`Flags::networks`).
const SizeAxis& colour_axis(const Flags& flags);

/// The curves that differ along the colour axis, and in the images they are tested on, alone.
struct Family {
    std::string name;   ///< for files: `relu`, `relu_depth2`
    std::string title;  ///< `relu`, `relu, depth 2`
    std::vector<const FittedCurve*> curves = {};
};
std::vector<Family> families(const Flags& flags, std::span<const FittedCurve> curves);

/// Whether points of the family have different numbers of seeds.
bool seeds_vary(const Family& family);

/// What tells a curve from all others of the study but for the test images: `relu, depth 2, width 256`.
std::string network_name(const Flags& flags, const pstar::RunKey& run);

/// How midpoint and slope of the curves of one family move along the colour axis. Only curves whose status lets their
/// numbers be compared take part: ok, misfit, step.
struct SizeTrend {
    std::string family;  ///< its title
    pstar::TestImages images = pstar::TestImages::clean;
    std::string quantity;  ///< `p*` or `slope`
    pstar::Trend trend = {};
    std::vector<std::size_t> sizes = {};              ///< of the curves that took part
    std::size_t least_repeats = 0, most_repeats = 0;  ///< seeds behind a point of them
};
std::vector<SizeTrend> size_trends(const Flags& flags, std::span<const FittedCurve> curves);

}  // namespace study
