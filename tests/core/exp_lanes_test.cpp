#include <pstar/core/exp_lanes.hpp>
#include <pstar/core/math.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

namespace exp_lanes_test {

using namespace pstar;

namespace {

/// The largest relative error of `found` against `truth`, in units of the last place of Scalar.
template <class Scalar, class Found, class Truth>
double worst_error(double low, double high, const Found& found, const Truth& truth) {
    std::vector<Scalar> x(100'003), y(x.size());  // not a multiple of any number of lanes
    for (std::size_t i = 0; i < x.size(); ++i)
        y[i] = x[i] = static_cast<Scalar>(std::lerp(low, high, static_cast<double>(i) / 100'002));
    found(y.data(), y.size());
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double expected = truth(static_cast<long double>(x[i]));
        worst = std::max(worst, static_cast<double>(std::abs((y[i] - expected) / expected)));
    }
    return worst / static_cast<double>(std::numeric_limits<Scalar>::epsilon());
}

template <class Scalar>
void check(double low, double high) {
    CHECK(worst_error<Scalar>(low, high, simd::exp_in_place<Scalar>, [](long double x) { return std::exp(x); }) < 1);
    CHECK(worst_error<Scalar>(low, high, simd::logistic_in_place<Scalar>,
                              [](long double x) { return 1 / (1 + std::exp(-x)); }) < 2);

    constexpr auto infinity = std::numeric_limits<Scalar>::infinity();
    std::vector<Scalar> odd{-infinity, Scalar(-1e30), 0, std::numeric_limits<Scalar>::quiet_NaN(), infinity};
    auto e = odd;
    simd::exp_in_place(e.data(), e.size());
    CHECK((e[0] > 0 && e[0] < 2 * std::numeric_limits<Scalar>::min() && e[0] == e[1]));
    CHECK(e[2] == 1);
    CHECK(std::isnan(e[3]));
    CHECK(e[4] > std::numeric_limits<Scalar>::max() / 4);
    simd::logistic_in_place(odd.data(), odd.size());
    CHECK((odd[0] < 2 * std::numeric_limits<Scalar>::min() && odd[2] == Scalar(0.5) && odd[4] == 1));
    CHECK(std::isnan(odd[3]));

    for (const std::size_t size : {0, 1, 7, 16, 100, 511, 512, 513, 2000}) {
        std::vector<Scalar> x(size);
        double expected = 0, magnitude = 0;
        for (std::size_t i = 0; i < size; ++i) {
            x[i] = static_cast<Scalar>(30 * std::sin(static_cast<double>(i * i)));
            expected += softplus(static_cast<double>(x[i]));
            magnitude += std::abs(static_cast<double>(x[i])) + 1;
        }
        const double found = simd::softplus_sum(x.data(), size);
        const auto unit = static_cast<double>(std::numeric_limits<Scalar>::epsilon());
        CHECK(std::abs(found - expected) <= 8 * unit * magnitude);  // sums in different orders
    }
}

}  // namespace

TEST_CASE("exponentials, logistics and softplus sums on lanes are those of the standard library") {
    check<float>(-87, 88);
    check<double>(-708, 708.9);
}

TEST_CASE("softplus sums do not overflow") {
    const std::vector<float> large(3000, 1e30F), small(3000, -1e30F), zero(3000, 0.0F);
    CHECK(simd::softplus_sum(large.data(), large.size()) == Approx(3e33));
    CHECK(simd::softplus_sum(small.data(), small.size()) < 1e-30);
    CHECK(simd::softplus_sum(zero.data(), zero.size()) == Approx(3000 * std::log(2.0)).epsilon(1e-12));
    const std::vector<float> nan(20, std::nanf(""));
    CHECK(std::isnan(simd::softplus_sum(nan.data(), nan.size())));
}

}  // namespace exp_lanes_test
