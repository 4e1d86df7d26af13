#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/curve_table.hpp>
#include <pstar/scaling/collapse/analysis.hpp>

#include "common/cli/flags.hpp"

namespace study {

/// The command line of curve_collapse.
struct CollapseFlags {
    std::vector<std::filesystem::path> inputs;
    pstar::CurveColumns columns;
    std::size_t test_images = 0;  ///< behind each accuracy; 0: unknown
    std::optional<double> lower, upper, level;
    std::optional<pstar::SigmoidFamily> family;  ///< unset: of each group the best by AIC
    std::optional<double> p_c, nu, zeta = 0.0;   ///< known exponents; empty: fitted
    std::vector<std::optional<double>> more_nu;  ///< of further sizes; may be fewer
    std::optional<double> omega;                 ///< of a correction
    double p_c_beyond = 0;                       ///< the strengths, in shares of their range
    bool negative_nu = false;                    ///< searched too
    pstar::CorrectionChoice correction = pstar::CorrectionChoice::none;
    std::size_t bootstrap = 400;
    std::uint64_t seed = 0;
    std::string out = "pstar-out/curve_collapse";
    bool quiet = false, json = false;  ///< as `Flags`

    pstar::ScalingOptions scaling_options() const;
    std::vector<Setting> settings() const;
    std::string command(const std::string& program) const;
};

struct ParsedCollapse {
    CollapseFlags flags;
    std::optional<int> exit_code;
};

/// Reads the command line; mistakes are answered on stderr in one line, with code 2.
ParsedCollapse parse_collapse_flags(int argc, char** argv, const std::string& program);

}  // namespace study
