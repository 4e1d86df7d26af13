#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

namespace pstar {

/// What is maximised.
enum class FitMethod {
    automatic,  ///< of counts the likelihood, beta-binomial if runs surely (5%) vary more than binomial; else squares
    least_squares,  ///< weighted, of mean accuracies
    binomial,       ///< likelihood of counts whose runs differ by chance of the test images alone
    beta_binomial,  ///< likelihood of counts whose runs differ by more; by the dispersion found between runs
};

inline std::string to_string(FitMethod method) {
    switch (method) {
        case FitMethod::automatic:
            return "automatic";
        case FitMethod::least_squares:
            return "least_squares";
        case FitMethod::binomial:
            return "binomial";
        case FitMethod::beta_binomial:
            return "beta_binomial";
    }
    return "unknown";
}

/// How `fit_curve` fits.
struct CurveFitOptions {
    std::optional<SigmoidFamily> family = std::nullopt;  ///< empty: the one of least AIC
    int plateau = 2;  ///< what of a plateau may be fitted where AIC asks for it: 0 nothing, 1 its fall, 2 its bend too
    FitMethod method = FitMethod::automatic;     ///< counts or means, see `FitMethod`
    std::optional<double> lower = std::nullopt;  ///< known lower level, e.g. 1/K for K classes; empty: fitted
    std::optional<double> upper = std::nullopt;  ///< known upper level (1 less a known lapse rate); empty: fitted
    std::optional<double> level =
        std::nullopt;                ///< accuracy whose strength is asked for too (`crossing`); empty: half height
    double confidence = 0.95;        ///< of the intervals, in (0, 1)
    std::size_t bootstrap = 1000;    ///< refits behind the intervals, at least 100
    std::uint64_t seed = 0;          ///< of the bootstrap
    std::size_t test_images = 0;     ///< images behind each accuracy; makes counts of runs; 0: unknown
    bool inflate = true;             ///< widen intervals by sqrt(deviance / dof) where that is above 1 (not over seeds)
    double misfit_threshold = 0.01;  ///< p-values below it are reported as misfit

    void validate() const {
        const auto check = [](const char* name, const std::optional<double>& known) {
            if (known) require(*known >= 0 && *known <= 1, "CurveFitOptions", name, *known, "lie in [0, 1]");
        };
        check("lower", lower), check("upper", upper), check("level", level);
        if (lower && upper) require(*lower < *upper, "CurveFitOptions", "lower", *lower, "be less than upper");
        require(plateau >= 0 && plateau <= 2, "CurveFitOptions", "plateau", plateau, "be 0, 1 or 2");
        require(confidence > 0 && confidence < 1, "CurveFitOptions", "confidence", confidence, "lie in (0, 1)");
        require(bootstrap >= 100, "CurveFitOptions", "bootstrap", bootstrap, "be at least 100");
        require(misfit_threshold >= 0 && misfit_threshold < 1, "CurveFitOptions", "misfit_threshold", misfit_threshold,
                "lie in [0, 1)");
    }
};

}  // namespace pstar
