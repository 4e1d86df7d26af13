#include <pstar/autodiff/activation.hpp>
#include <pstar/ntk/dual_activation.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "reference/dual_quadrature.hpp"

namespace dual_activation_test {

using namespace pstar;

namespace {

const std::vector<Activation> all_activations{
    Activation::relu, Activation::tanh,   Activation::sigmoid, Activation::leaky_relu, Activation::leaky_relu(0.3),
    Activation::gelu, Activation::linear, Activation::square};
const std::vector<double> correlations{-1, -0.7, 0, 0.3, 0.99, 1};

/// The dual at standard deviations s and t and correlation rho.
DualActivation dual_at(Activation phi, double s, double t, double rho) {
    return dual_activation(phi, s * s, t * t, rho * s * t);
}

}  // namespace

TEST_CASE("duals are the integrals they stand for") {
    for (const auto phi : all_activations)
        for (const double s : {0.1, 1., 10.})
            for (const double t : {0.3, 3.})
                for (const double rho : correlations) {
                    INFO(to_string(phi) << ", s " << s << ", t " << t << ", rho " << rho);
                    const auto dual = dual_at(phi, s, t, rho);
                    const auto value = [&](double x) { return reference::activation(phi, x); };
                    const auto slope = [&](double x) { return reference::activation_slope(phi, x); };
                    // By Cauchy and Schwarz these are the most that the duals can be.
                    const double most = std::sqrt(dual_at(phi, s, s, 1).value * dual_at(phi, t, t, 1).value);
                    const double steepest =
                        std::sqrt(dual_at(phi, s, s, 1).derivative * dual_at(phi, t, t, 1).derivative);
                    CHECK(std::abs(dual.value - reference::normal_mean(value, s, t, rho)) <= 1e-11 * most);
                    // The angle of relu at rho = +-1 - 1e-16 is known to 1e-8, in the dual and in the integral.
                    const bool kinked = phi == Activation::relu || phi.kind() == ActivationKind::leaky_relu;
                    CHECK(std::abs(dual.derivative - reference::normal_mean(slope, s, t, rho)) <=
                          (kinked ? 1e-8 : 1e-11) * steepest);
                }
}

TEST_CASE("the derivative of a dual is that of its value in the covariance") {
    for (const auto phi : all_activations)
        for (const double s : {0.2, 1.5})
            for (const double rho : {-0.8, 0., 0.6}) {
                INFO(to_string(phi) << ", s " << s << ", rho " << rho);
                constexpr double step = 1e-4;  // of rho: central differences are good to 1e-8 of the third derivative
                const double up = dual_at(phi, s, 1, rho + step).value, down = dual_at(phi, s, 1, rho - step).value;
                CHECK(dual_at(phi, s, 1, rho).derivative ==
                      Approx((up - down) / (2 * step * s)).epsilon(1e-6).margin(1e-9));
            }
}

TEST_CASE("the dual of erf is the integral it stands for, and refuses what no covariance is") {
    const auto erf = [](double x) { return std::erf(x); };
    const auto slope = [](double x) { return 2 * std::numbers::inv_sqrtpi * std::exp(-x * x); };
    for (const double s : {0.1, 1., 3.})
        for (const double t : {0.3, 2.})
            for (const double rho : correlations) {
                INFO("s " << s << ", t " << t << ", rho " << rho);
                const auto dual = erf_dual(s * s, t * t, rho * s * t);
                CHECK(dual.value == Approx(reference::normal_mean(erf, s, t, rho)).epsilon(1e-9).margin(1e-11));
                CHECK(dual.derivative == Approx(reference::normal_mean(slope, s, t, rho)).epsilon(1e-9));
            }
    CHECK(erf_dual(1, 1, 1).value == Approx(2 / std::numbers::pi * std::asin(2. / 3)).epsilon(1e-14));
    CHECK(erf_dual(0, 1, 0).value == 0);
    CHECK_THROWS_WITH(erf_dual(1, 1, 2), Catch::Contains("erf_dual: covariance (= 2)"));
    CHECK_THROWS_WITH(erf_dual(-1, 1, 0), Catch::Contains("variance_x (= -1)"));
}

TEST_CASE("known values of duals") {
    const double pi = std::numbers::pi;
    // Cho and Saul at a right angle: 1/(2 pi) and 1/4; at equal images 1/2 and 1/2.
    CHECK(dual_activation(Activation::relu, 1, 1, 0).value == Approx(1 / (2 * pi)).epsilon(1e-14));
    CHECK(dual_activation(Activation::relu, 1, 1, 0).derivative == Approx(0.25).epsilon(1e-14));
    CHECK(dual_activation(Activation::relu, 4, 4, 4).value == Approx(2).epsilon(1e-14));
    CHECK(dual_activation(Activation::relu, 4, 4, -4).value == Approx(0).margin(1e-14));
    // leaky_relu of leak 0 is relu.
    const auto leaky = dual_activation(Activation::leaky_relu(0), 2, 3, 1),
               relu = dual_activation(Activation::relu, 2, 3, 1);
    CHECK(leaky.value == Approx(relu.value).epsilon(1e-14));
    CHECK(leaky.derivative == Approx(relu.derivative).epsilon(1e-14));
    // Independent numbers: sigmoid has the mean 1/2, gelu E[u Phi(u)] = q/sqrt(2 pi (1 + q)).
    CHECK(dual_activation(Activation::sigmoid, 2, 5, 0).value == Approx(0.25).epsilon(1e-14));
    CHECK(dual_activation(Activation::gelu, 2, 5, 0).value ==
          Approx(2 / std::sqrt(2 * pi * 3) * 5 / std::sqrt(2 * pi * 6)).epsilon(1e-14));
    // tanh of huge numbers is their sign: 2/pi arcsin(rho).
    CHECK(dual_activation(Activation::tanh, 1e16, 1e16, 0.5e16).value == Approx(1. / 3).epsilon(1e-12));
    CHECK(dual_activation(Activation::tanh, 1e16, 1e16, 1e16).value == Approx(1).epsilon(1e-7));
}

TEST_CASE("extreme arguments of duals give numbers") {
    for (const auto phi : all_activations) {
        INFO(to_string(phi));
        for (const double q : {0., std::numeric_limits<double>::denorm_min(), 1e-300, 1., 1e100})
            for (const double r : {0., 1e-300, 1., 1e100})
                for (const double rho : {-1., 0., 1.}) {
                    const auto dual = dual_activation(phi, q, r, rho * std::sqrt(q) * std::sqrt(r));
                    CHECK(std::isfinite(dual.value));
                    CHECK(std::isfinite(dual.derivative));
                }
        // What is 0 has the derivative of pstar at 0.
        const double at_zero = reference::activation_slope(phi, 0);
        CHECK(dual_activation(phi, 0, 0, 0).derivative == Approx(at_zero * at_zero).epsilon(1e-14));
        CHECK(dual_activation(phi, 0, 0, 0).value == Approx(std::pow(reference::activation(phi, 0), 2)).epsilon(1e-14));
        const auto mean_slope =
            reference::normal_mean([&](double x) { return reference::activation_slope(phi, x); }, 0, 1, 0);
        CHECK(dual_activation(phi, 0, 1, 0).derivative == Approx(mean_slope).epsilon(1e-10));
    }
}

TEST_CASE("what no pair of normal numbers has is refused") {
    const auto refused = [](double q, double r, double c, const std::string& why) {
        CHECK_THROWS_WITH(dual_activation(Activation::relu, q, r, c), Catch::Contains(why));
        CHECK_THROWS_AS(dual_activation(Activation::relu, q, r, c), std::invalid_argument);
    };
    refused(-1, 1, 0, "dual_activation: variance_x (= -1) must be finite, at least 0");
    refused(1, std::nan(""), 0, "dual_activation: variance_y (= nan) must be finite");
    refused(1, std::numeric_limits<double>::infinity(), 0, "variance_y");
    refused(1, 4, 2.1, "dual_activation: covariance (= 2.1) must be at most sqrt(variance_x variance_y) in size");
    refused(1, 4, std::nan(""), "covariance");
    CHECK_NOTHROW(dual_activation(Activation::relu, 1, 4, 2 * (1 + 1e-12)));
}

}  // namespace dual_activation_test
