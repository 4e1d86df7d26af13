#include <pstar/scaling/curve/count_likelihood.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

namespace count_likelihood_test {

using namespace pstar;

TEST_CASE("the probabilities of all counts add up to 1, with the mean and variance that are claimed") {
    for (const double rho : {0.0, 0.001, 0.1, 0.5})
        for (const double mu : {0.03, 0.5, 0.98}) {
            double total = 0, mean = 0, square = 0;
            const std::size_t n = 40;
            for (std::size_t k = 0; k <= n; ++k) {
                const double p = std::exp(CountLikelihood(std::vector<Count>{{k, n}}, rho).log_likelihood(mu));
                total += p;
                mean += p * static_cast<double>(k);
                square += p * static_cast<double>(k * k);
            }
            CAPTURE(rho, mu);
            CHECK(total == Approx(1).epsilon(1e-10));
            CHECK(mean == Approx(40 * mu).epsilon(1e-9));
            CHECK(square - mean * mean == Approx(40 * mu * (1 - mu) * (1 + 39 * rho)).epsilon(1e-8));
            const double error = CountLikelihood(std::vector<Count>{{3, n}}, rho).error(mu);
            CHECK(error * 40 == Approx(std::sqrt(square - mean * mean)).epsilon(1e-8));
        }
}

TEST_CASE("the square of the residual is the deviance, and its slope is a derivative") {
    const std::vector<Count> runs{{93, 100}, {88, 100}, {480, 500}};
    for (const double rho : {0.0, 0.004, 0.2}) {
        const CountLikelihood counts(runs, rho);
        const double best = counts.best_mean();
        if (rho == 0) CHECK(best == Approx(661.0 / 700));
        // no mean is more likely
        for (const double away : {-1e-3, 1e-3}) CHECK(counts.log_likelihood(best) > counts.log_likelihood(best + away));
        for (const double mu : {0.3, 0.9, 0.93, best - 1e-3, best + 1e-3, 0.99}) {
            const auto r = counts.residual(mu);
            CAPTURE(rho, mu);
            CHECK(r.value * r.value ==
                  Approx(2 * (counts.log_likelihood(best) - counts.log_likelihood(mu))).epsilon(1e-5));
            CHECK((r.value > 0) == (mu > best));
            const double h = 1e-5;
            CHECK(r.slope ==
                  Approx((counts.residual(mu + h).value - counts.residual(mu - h).value) / (2 * h)).epsilon(1e-3));
        }
        CHECK(std::abs(counts.residual(best).value) < 1e-6);
    }
}

TEST_CASE("means beyond 0 and 1 are pushed back, without a jump") {
    for (const double rho : {0.0, 0.01})
        for (const std::size_t correct : {0U, 50U, 100U}) {
            const CountLikelihood counts(std::vector<Count>{{correct, 100}, {correct, 100}}, rho);
            double last = -1e300;
            for (double mu = -0.01; mu <= 1.01; mu += 1e-4) {
                const auto r = counts.residual(mu);
                CHECK((std::isfinite(r.value) && r.slope > 0));
                CHECK(r.value > last);
                last = r.value;
            }
        }
}

TEST_CASE("dispersion is found where it was planted, and is 0 for counts that vary less than binomial") {
    CHECK(estimate_dispersion({{0, 1}, {{{50, 100}, {50, 100}}, {{20, 100}, {20, 100}}}}).rho == 0);
    // two runs at 60 and 40 of 100: Pearson's chi^2 is 2 * 10^2 / 25 = 8, so that 1 + 99 rho = 8
    const auto wide = estimate_dispersion({{0}, {{{60, 100}, {40, 100}}}});
    CHECK(wide.rho == Approx(7.0 / 99));
    CHECK(wide.dof == 1);
    CHECK(wide.p_value == Approx(chi_squared_tail(8, 1)));
    // neither all correct nor a single run has any information
    CHECK(estimate_dispersion({{0, 1}, {{{100, 100}, {100, 100}}, {{50, 100}}}}).dof == 0);
}

}  // namespace count_likelihood_test
