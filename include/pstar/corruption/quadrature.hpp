#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace pstar {

/// The integral of f over [low, high] by 8-point Gauss-Legendre on each piece between `kinks`: exact for a function
/// that is a polynomial of degree <= 15 between them. The conditional moments of channels are of this kind, and each
/// composition raises their degree by one at most.
template <class Function>
double integrate(const Function& f, double low, double high, std::span<const double> kinks) {
    static constexpr std::array<double, 4> node{0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                                0.9602898564975363};
    static constexpr std::array<double, 4> weight{0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                                  0.1012285362903763};
    std::vector<double> ends{low, high};
    for (const double kink : kinks)
        if (kink > low && kink < high) ends.push_back(kink);
    std::sort(ends.begin(), ends.end());
    double sum = 0;
    for (std::size_t piece = 0; piece + 1 < ends.size(); ++piece) {
        const double middle = (ends[piece] + ends[piece + 1]) / 2, half = (ends[piece + 1] - ends[piece]) / 2;
        for (std::size_t i = 0; i < node.size(); ++i)
            sum += half * weight[i] * (f(middle - half * node[i]) + f(middle + half * node[i]));
    }
    return sum;
}

}  // namespace pstar
