#pragma once

#include <span>

#include <pstar/core/error.hpp>

namespace pstar::detail {

/// Throws std::invalid_argument unless there are as many predicted probabilities as measured frequencies, at least one,
/// and all lie in [0, 1].
inline void check_prediction(const char* where, std::span<const double> predicted, std::span<const double> failed) {
    require(!failed.empty(), where, "the number of images", failed.size(), "be at least 1");
    require(predicted.size() == failed.size(), where, "predicted.size()", predicted.size(),
            "equal the number of images measured");
    for (const double q : predicted) require(q >= 0 && q <= 1, where, "a predicted probability", q, "lie in [0, 1]");
    for (const double f : failed) require(f >= 0 && f <= 1, where, "a measured frequency", f, "lie in [0, 1]");
}

}  // namespace pstar::detail
