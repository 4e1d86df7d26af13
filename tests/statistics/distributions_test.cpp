#include <pstar/statistics/distributions.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "catch.hpp"

namespace distributions_test {

using namespace pstar;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("chi-squared tails agree with closed forms and tables") {
    for (const double x : {0.1, 1.0, 5.0, 30.0, 200.0}) {
        CHECK(chi_squared_tail(x, 1) == Approx(std::erfc(std::sqrt(x / 2))).epsilon(1e-11));
        CHECK(chi_squared_tail(x, 2) == Approx(std::exp(-x / 2)).epsilon(1e-11));
        CHECK(chi_squared_tail(x, 4) == Approx((1 + x / 2) * std::exp(-x / 2)).epsilon(1e-11));
    }
    // NIST/SEMATECH e-Handbook, table 1.3.6.7.4
    CHECK(chi_squared_tail(18.307, 10) == Approx(0.05).margin(2e-5));
    CHECK(chi_squared_tail(2.167, 7) == Approx(0.95).margin(5e-5));
    CHECK(chi_squared_tail(0, 3) == 1);
    CHECK(chi_squared_tail(infinity, 3) == 0);
}

TEST_CASE("Student's t and Fisher's F agree with closed forms and tables") {
    for (const double t : {0.1, 1.0, 3.0, 20.0}) {
        CHECK(student_t_tails(t, 1) == Approx(1 - 2 / std::numbers::pi * std::atan(t)).epsilon(1e-9));  // Cauchy
        CHECK(student_t_tails(t, 2) == Approx(1 - t / std::sqrt(2 + t * t)).epsilon(1e-9));
    }
    // NIST/SEMATECH e-Handbook, tables 1.3.6.7.2 and 1.3.6.7.3
    CHECK(student_t_quantile(0.95, 2) == Approx(4.303).margin(5e-4));
    CHECK(student_t_quantile(0.95, 10) == Approx(2.228).margin(5e-4));
    CHECK(student_t_quantile(0.99, 7) == Approx(3.499).margin(5e-4));
    CHECK(student_t_quantile(0.95, infinity) == Approx(1.959963984540054).epsilon(1e-9));
    CHECK(f_tail(3.293, 7, 9) == Approx(0.05).margin(2e-5));
    CHECK(f_quantile(0.95, 7, 9) == Approx(3.293).margin(5e-4));
    CHECK(f_tail(f_quantile(0.025, 2, 3), 2, 3) == Approx(0.975).epsilon(1e-12));
    CHECK(f_tail(2, 5, infinity) == Approx(chi_squared_tail(10, 5)).epsilon(1e-12));
}

TEST_CASE("quantiles invert tails") {
    for (const double p : {0.001, 0.025, 0.5, 0.975, 0.999})
        for (const double dof : {1.0, 2.0, 7.5, 100.0})
            CHECK(1 - chi_squared_tail(chi_squared_quantile(p, dof), dof) == Approx(p).epsilon(1e-9));
    CHECK_THROWS_AS(chi_squared_quantile(1, 3), std::invalid_argument);
    CHECK_THROWS_AS(student_t_quantile(0.95, 0), std::invalid_argument);
}

}  // namespace distributions_test
