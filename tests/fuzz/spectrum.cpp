// Spectra: what has no unit is the same for K and 2^k K, from 1e-300 to 1e300, and is there where the status is ok.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include <pstar/spectrum/alignment.hpp>
#include <pstar/spectrum/spectrum.hpp>

#include "fuzz/fuzz.hpp"

namespace {

void check_spectrum(const pstar::Spectrum& s, std::size_t n) {
    if (s.status == pstar::SpectrumStatus::not_converged) return;
    fuzz::must(s.eigenvalues.size() == n && s.rank <= n, "n eigenvalues, and a rank of at most n");
    if (s.status != pstar::SpectrumStatus::ok) return;
    constexpr double rounding = 1e-9;
    fuzz::must(s.rank >= 1 && s.entropy >= -rounding, "a spectrum that is ok has an entropy");
    fuzz::must(s.effective_rank >= 1 - rounding && s.effective_rank <= static_cast<double>(s.rank) * (1 + rounding),
               "1 <= effective rank <= rank");
    fuzz::must(s.participation_ratio >= 1 - rounding && s.participation_ratio <= s.effective_rank * (1 + rounding),
               "1 <= participation ratio <= effective rank");
    fuzz::must(s.condition >= 1, "a condition is at least 1");
}
bool near(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-9 * std::abs(a);
}

}  // namespace

FUZZ_TARGET(spectrum) {
    fuzz::Cursor cursor(bytes);
    const auto n = 1 + cursor.below(6), features = 1 + cursor.below(8);
    const bool any = cursor.below(4) == 0;  // any symmetric matrix; else X X'
    pstar::Tensor<double, 2> x = pstar::Tensor<double, 2>::from_shape({n, features});
    auto k = pstar::Tensor<double, 2>::from_shape({n, n});
    const int centre = static_cast<int>(cursor.below(200)) * 9 - 900;
    for (auto& value : x) value = static_cast<std::int8_t>(cursor.byte());
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t f = 0; f < features; ++f) sum += x(i, f) * x(j, f);
            k(i, j) = k(j, i) = any ? cursor.number() : std::ldexp(sum, centre);
        }
    try {
        const auto s = pstar::spectrum(k);
        check_spectrum(s, n);
        const double alignment = pstar::alignment(k, k);
        fuzz::must(std::isnan(alignment) || std::abs(alignment - 1) < 1e-9, "a kernel is aligned with itself");
        if (any) return;
        for (auto& value : k) value = std::ldexp(value, -centre);
        const auto scaled = pstar::spectrum(k);
        check_spectrum(scaled, n);
        fuzz::must(scaled.status == s.status && scaled.rank == s.rank, "status and rank do not depend on the unit");
        fuzz::must(near(s.entropy, scaled.entropy) && near(s.effective_rank, scaled.effective_rank) &&
                       near(s.participation_ratio, scaled.participation_ratio) && near(s.condition, scaled.condition),
                   "numbers without a unit do not depend on the unit");
    } catch (const std::invalid_argument&) {
    }
}
