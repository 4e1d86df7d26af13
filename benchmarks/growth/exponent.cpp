#include "growth/exponent.hpp"

#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace bench {

Exponent fit_exponent(std::span<const double> x, std::span<const double> y) {
    const auto n = static_cast<double>(x.size());
    double sum_u = 0, sum_v = 0;
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
        if (!(x[i] > 0 && y[i] > 0)) throw std::invalid_argument("fit_exponent: x and y must be positive");
        sum_u += std::log(x[i]);
        sum_v += std::log(y[i]);
    }
    double uu = 0, uv = 0, vv = 0;
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
        const double u = std::log(x[i]) - sum_u / n, v = std::log(y[i]) - sum_v / n;
        uu += u * u, uv += u * v, vv += v * v;
    }
    if (x.size() != y.size() || x.size() < 2 || !(uu > 0))
        throw std::invalid_argument("fit_exponent: needs as many y as x, at least two, and x that differ");
    const double slope = uv / uu, rest = vv - slope * uv;
    return {slope, x.size() > 2 && rest > 0 ? std::sqrt(rest / (n - 2) / uu) : 0};
}

}  // namespace bench
