// Whether spectra flatten or concentrate, from effective ranks seed by seed.
#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/spectra_trend.hpp>

#include "catch.hpp"

namespace spectra_trend_test {

using pstar::SpectraPoint, pstar::SpectrumTurn, pstar::SpectrumVerdict;

namespace {

/// Points at strengths 0, 1, 2, ... whose effective ranks are one row per seed; NaN: a kernel that is not there.
class Ranks {
public:
    explicit Ranks(const std::vector<std::vector<double>>& rows) : points_(rows[0].size()) {
        for (std::size_t i = 0; i < points_.size(); ++i) {
            points_[i].strength = static_cast<double>(i);
            for (std::size_t seed = 0; seed < rows.size(); ++seed) {
                if (std::isnan(rows[seed][i])) continue;
                auto& kernel = kernels_.emplace_back(pstar::ProbedKernel{{}, 0});
                kernel.spectrum.effective_rank = rows[seed][i];
                points_[i].kernels.push_back({seed, &kernel, 0.5});
            }
        }
    }
    pstar::SpectraTrend trend() const { return pstar::spectra_trend(points_); }
    const SpectraPoint& point(std::size_t i) const { return points_[i]; }

private:
    std::deque<pstar::ProbedKernel> kernels_;
    std::vector<SpectraPoint> points_;
};

}  // namespace

TEST_CASE("ranks that rise seed by seed are a spectrum that flattens; those that fall, one that concentrates") {
    // Seeds differ by more than the trend: only pairing tells it. Slopes 1, 1.1, 0.9 per seed.
    const auto rising = Ranks({{5, 6, 7}, {20, 21.1, 22.2}, {40, 40.9, 41.8}}).trend();
    CHECK(rising.verdict == SpectrumVerdict::flattens);
    CHECK(rising.seeds == 3);
    CHECK(rising.slope.value == Approx(1));
    // Student's t with 2 degrees of freedom is 4.3027; the slopes' standard error 0.1/sqrt(3).
    CHECK(rising.slope.low == Approx(1 - 4.3027 * 0.1 / std::sqrt(3)).epsilon(1e-4));
    CHECK(rising.correlation == Approx(1));
    CHECK(rising.change[2].value == Approx(2));
    CHECK(rising.change[0].value == 0);
    CHECK(rising.turn == SpectrumTurn::none);
    CHECK(rising.largest_at == 2);
    const auto falling = Ranks({{7, 6, 5}, {22, 21, 20.1}, {42, 41, 39.9}}).trend();
    CHECK(falling.verdict == SpectrumVerdict::concentrates);
    CHECK(falling.correlation == Approx(-1));
}

TEST_CASE("what seeds do not agree on is undecided, and so is what two of them say") {
    const auto apart = Ranks({{5, 6, 7}, {5, 5, 5.1}, {5, 4, 3.5}}).trend();
    CHECK(apart.verdict == SpectrumVerdict::undecided);
    CHECK(apart.slope.low < 0);
    const auto two = Ranks({{5, 6, 7}, {5, 6, 7.1}}).trend();
    CHECK(two.verdict == SpectrumVerdict::undecided);
    CHECK(two.slope.value == Approx(1.025));
    const auto single = Ranks({{5, 6}}).trend();
    CHECK(std::isinf(single.slope.high));
    CHECK(Ranks({{5}, {6}, {7}}).trend().verdict == SpectrumVerdict::undecided);
}

TEST_CASE("a maximum between the ends is called where every seed has it") {
    const auto hill = Ranks({{5, 9, 9.8, 4}, {6, 10, 11, 5}, {7, 11.1, 12, 5.9}, {6, 10, 11, 5.1}}).trend();
    CHECK(hill.turn == SpectrumTurn::maximum);
    CHECK(hill.verdict == SpectrumVerdict::not_monotone);
    CHECK(hill.turn_at == 2);
    const auto valley = Ranks({{9, 5, 8}, {9.1, 5, 8}, {9, 5.1, 8}}).trend();
    CHECK(valley.turn == SpectrumTurn::minimum);
    CHECK(valley.verdict == SpectrumVerdict::not_monotone);
    CHECK(valley.turn_at == 1);
    const auto doubtful = Ranks({{5, 9, 7}, {6, 7, 7.1}, {7, 7.2, 7}}).trend();
    CHECK(doubtful.turn == SpectrumTurn::none);
    CHECK(doubtful.largest_at == 1);
    CHECK(doubtful.smallest_at == 0);
    CHECK(Ranks({{5, 9, 4}, {5, 9, 4.1}}).trend().turn == SpectrumTurn::none);  // two seeds
}

TEST_CASE("a seed that lacks a kernel takes no part in the trend, but in the means") {
    const double none = std::nan("");
    const Ranks ranks({{5, 6, 7}, {5, none, -100}, {5, 6.1, 7}, {5, 6, 7.1}});
    CHECK(ranks.trend().seeds == 3);
    CHECK(ranks.trend().verdict == SpectrumVerdict::flattens);
    CHECK(pstar::values_of(ranks.point(1), pstar::SpectrumNumber::rank).size() == 3);
    CHECK(pstar::values_of(ranks.point(2), pstar::SpectrumNumber::rank).size() == 4);
    const auto empty = Ranks({{none, 1}}).trend();
    CHECK(empty.seeds == 0);
    CHECK(std::isnan(empty.slope.value));
}

TEST_CASE("names of verdicts and turns") {
    CHECK(pstar::to_string(SpectrumVerdict::concentrates) == "concentrates");
    CHECK(pstar::to_string(SpectrumTurn::minimum) == "minimum");
}

}  // namespace spectra_trend_test
