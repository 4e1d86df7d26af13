#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/correction.hpp>
#include <pstar/scaling/collapse/exponents.hpp>

namespace pstar {

/// What is known of a collapse, and how its intervals are made.
struct CollapseOptions {
    std::optional<double> p_c = std::nullopt;  ///< known critical strength; empty: fitted
    std::optional<double> nu = std::nullopt;   ///< known exponent, not 0; empty: fitted
    std::optional<double> zeta = 0.0;          ///< known exponent; 0: accuracies keep their height; empty: fitted
    std::vector<std::optional<double>> more_nu = {};  ///< the same as `nu` for `SizeCurve::more_sizes`; may be shorter
    double p_c_beyond = 0;     ///< p_c may lie so far beyond the strengths, in shares of their range
    bool negative_nu = false;  ///< curves may also flatten with size: nu < 0
    CorrectionChoice correction = CorrectionChoice::none;  ///< heights times 1 + b L^-omega
    std::optional<double> omega = std::nullopt;            ///< known exponent of the correction, > 0; empty: fitted
    double confidence = 0.95;                              ///< of the intervals, in (0, 1)
    std::size_t bootstrap = 400;                           ///< redraws behind intervals and p-value, at least 100
    std::uint64_t seed = 0;                                ///< of the bootstrap
    double misfit_threshold = 0.01;                        ///< p-values below it are reported as misfit

    /// What of the exponents is known.
    KnownExponents known() const {
        return {p_c, nu, zeta, p_c_beyond, negative_nu, more_nu, correction == CorrectionChoice::fitted, omega};
    }
    void validate() const {
        constexpr auto where = "CollapseOptions";
        if (p_c) require(std::isfinite(*p_c), where, "p_c", *p_c, "be finite");
        for (std::size_t k = 0; k <= more_nu.size(); ++k)
            if (const auto one = known().nu_of(k))
                require(*one != 0 && !std::isnan(*one), where, "nu", *one, "not be 0 or NaN");
        if (omega) require(*omega > 0 && *omega <= 4, where, "omega", *omega, "be positive and at most 4");
        if (zeta) require(std::isfinite(*zeta), where, "zeta", *zeta, "be finite");
        require(p_c_beyond >= 0 && std::isfinite(p_c_beyond), where, "p_c_beyond", p_c_beyond,
                "be finite and at least 0");
        require(confidence > 0 && confidence < 1, where, "confidence", confidence, "lie in (0, 1)");
        require(bootstrap >= 100, where, "bootstrap", bootstrap, "be at least 100");
        require(misfit_threshold >= 0 && misfit_threshold < 1, where, "misfit_threshold", misfit_threshold,
                "lie in [0, 1)");
    }
};

}  // namespace pstar
