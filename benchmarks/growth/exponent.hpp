#pragma once

#include <span>

namespace bench {

/// y ~ x^value, by least squares of log y on log x; `error` is the standard error from the scatter about the line, 0
/// for two points.
struct Exponent {
    double value, error;
};

/// Throws `std::invalid_argument` unless there are as many y as x, two or more, all positive, x not all the same.
Exponent fit_exponent(std::span<const double> x, std::span<const double> y);

}  // namespace bench
