#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/contrastive_divergence.hpp>
#include <pstar/rbm/log_partition.hpp>
#include <pstar/rbm/pseudo_likelihood.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/visible_units.hpp>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace visible_units_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

constexpr auto grey_units = VisibleUnits::truncated_exponential;

/// The integral of f over [0, 1] by Gauss and Legendre's five points in each of `parts` parts.
template <class F>
double integral(const F& f, int parts = 400) {
    constexpr double x[] = {0, 0.5384693101056831, 0.9061798459386640},
                     w[] = {0.5688888888888889, 0.4786286704993665, 0.2369268850561891};
    double sum = 0;
    for (int k = 0; k < parts; ++k)
        for (int i = 0; i < 3; ++i) {
            const auto at = [&](double place) { return f((k + 0.5 + 0.5 * place) / parts); };
            sum += w[i] * (i == 0 ? at(0) : at(x[i]) + at(-x[i]));
        }
    return sum / (2 * parts);
}

Rbm<double> grey_rbm(std::size_t visible, std::size_t hidden, std::uint64_t seed, double scale) {
    auto rbm = random_rbm(visible, hidden, seed, scale);
    rbm.visible_units = grey_units;
    return rbm;
}

/// log sum_h exp(-E(v, h)) as the definition has it.
double log_unnormalised(const Rbm<double>& rbm, const Vector<double>& v) {
    double sum = 0;
    const auto hidden = rbm.weights.cols();
    for (std::size_t h = 0; h < states(hidden); ++h) sum += std::exp(-energy(rbm, v, state(h, hidden)));
    return std::log(sum);
}

/// Integrals over v in [0, 1]^2 of f(v) sum_h exp(-E(v, h)).
template <class F>
double weighed(const Rbm<double>& rbm, const F& f) {
    constexpr int parts = 12;
    const auto over_y = [&](double x) {
        return [&, x](double y) {
            const Vector<double> v = (Vector<double>(2) << x, y).finished();
            return f(v) * std::exp(log_unnormalised(rbm, v));
        };
    };
    return integral([&](double x) { return integral(over_y(x), parts); }, parts);
}

/// E[v], E[h] and E[v h^T] by enumeration of the hidden units.
Change exact_means(const Rbm<double>& rbm) {
    Change mean(rbm);
    double total = 0;
    for (std::size_t k = 0; k < states(rbm.weights.cols()); ++k) {
        const Vector<double> h = state(k, rbm.weights.cols()), a = rbm.visible_bias + rbm.weights * h;
        double weight = std::exp(rbm.hidden_bias.dot(h));
        Vector<double> v(a.size());
        for (Eigen::Index i = 0; i < a.size(); ++i) {
            weight *= std::expm1(a[i]) / a[i];
            v[i] = 1 / -std::expm1(-a[i]) - 1 / a[i];
        }
        mean.weights += weight * v * h.transpose();
        mean.visible += weight * v;
        mean.hidden += weight * h;
        total += weight;
    }
    mean.weights /= total, mean.visible /= total, mean.hidden /= total;
    return mean;
}

}  // namespace

TEST_CASE("a grey unit's normaliser, mean and quantiles are those of its density") {
    for (const double a : {-900.0, -40.0, -3.0, -0.2, -1e-3, -1e-9, 0.0, 1e-5, 0.02, 0.031, 0.7, 5.0, 60.0, 800.0}) {
        CAPTURE(a);
        const double top = std::max(a, 0.0);
        if (std::abs(a) < 100) {
            const double z = integral([&](double v) { return std::exp(a * v - top); });
            CHECK(detail::log_normaliser(grey_units, a) == Approx(top + std::log(z)).margin(1e-11));
            const double mean = integral([&](double v) { return v * std::exp(a * v - top); }) / z;
            CHECK(detail::truncated_exponential_mean(a) == Approx(mean).epsilon(1e-11));
            CHECK(detail::truncated_exponential_mean(static_cast<float>(a)) == Approx(mean).epsilon(2e-6));
        }
        for (const double u : {0.0, 0x1p-24, 0.2, 0.5, 0.9, 1 - 0x1p-24}) {
            const double v = detail::truncated_exponential_quantile(a, u);
            CHECK((v >= 0 && v <= 1));
            // The distribution function at v is u: (e^{a v} - 1)/(e^a - 1).
            if (a != 0 && std::abs(a) < 100) CHECK(std::expm1(a * v) / std::expm1(a) == Approx(u).margin(1e-7));
            const auto rough = detail::truncated_exponential_quantile(static_cast<float>(a), static_cast<float>(u));
            CHECK((rough >= 0 && rough <= 1));
            CHECK(static_cast<double>(rough) == Approx(v).margin(2e-5));
        }
    }
    for (const double mean : {1e-5, 0.01, 0.3, 0.5, 0.8, 0.9999}) {
        CHECK(detail::truncated_exponential_mean(detail::input_of_mean(grey_units, mean)) ==
              Approx(mean).epsilon(1e-12));
        CHECK(logistic(detail::input_of_mean(VisibleUnits::binary, mean)) == Approx(mean).epsilon(1e-12));
    }
    CHECK(detail::log_normaliser(VisibleUnits::binary, 2.0) == softplus(2.0));
}

TEST_CASE("a grey image has a likelihood: its density integrates to 1") {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const auto rbm = grey_rbm(2, 3, seed, 2);
        const double z = weighed(rbm, [](const auto&) { return 1.0; });
        CHECK(log_partition(rbm) == Approx(std::log(z)).margin(1e-10));
        Matrix<double> v(2, 2);
        v << 0.3, 0.9, 0, 0.5;
        const auto f = log_probabilities(rbm, v, log_partition(rbm));
        for (Eigen::Index n = 0; n < 2; ++n)
            CHECK(f[static_cast<std::size_t>(n)] ==
                  Approx(log_unnormalised(rbm, v.row(n).transpose()) - std::log(z)).margin(1e-10));
    }
    // More hidden than visible units: the density has no sum over visible states.
    CHECK(log_partition(grey_rbm(2, 6, 4, 1)) ==
          Approx(std::log(weighed(grey_rbm(2, 6, 4, 1), [](const auto&) { return 1.0; }))).margin(1e-10));
    CHECK_THROWS_AS(log_partition(grey_rbm(2, 21, 4, 1)), std::invalid_argument);
    const Matrix<double> v = Matrix<double>::Constant(1, 2, 0.5);
    CHECK_THROWS_AS(pseudo_log_likelihoods(grey_rbm(2, 3, 1, 1), v), std::invalid_argument);
}

TEST_CASE("Gibbs chains of grey images keep their density", "[long]") {
    const auto rbm = grey_rbm(2, 3, 2, 2);
    constexpr Eigen::Index chains = 40'000;
    const Matrix<double> start = Matrix<double>::Zero(chains, 2);
    const auto end = gibbs_chains(rbm, start, 30, Seed{7});
    REQUIRE((end.visible.minCoeff() >= 0 && end.visible.maxCoeff() <= 1));
    const double z = weighed(rbm, [](const auto&) { return 1.0; });
    const auto expectation = [&](const auto& f) { return weighed(rbm, f) / z; };
    const auto found = [&](const auto& f) {
        double sum = 0;
        for (Eigen::Index n = 0; n < chains; ++n) sum += f(Vector<double>(end.visible.row(n).transpose()));
        return sum / chains;
    };
    const double bound = 5 * 0.5 / std::sqrt(chains);  // each lies in [0, 1]
    const auto check = [&](const auto& f) { CHECK(found(f) == Approx(expectation(f)).margin(bound)); };
    check([](const Vector<double>& v) { return v[0]; });
    check([](const Vector<double>& v) { return v[1]; });
    check([](const Vector<double>& v) { return v[0] * v[1]; });
    check([](const Vector<double>& v) { return v[0] * v[0]; });
    CHECK((end.mean.colwise().mean() - end.visible.colwise().mean()).cwiseAbs().maxCoeff() < bound);
}

TEST_CASE("persistent learning of grey images follows the exact gradient of their likelihood", "[long]") {
    const auto rbm = grey_rbm(4, 3, 8, 1);
    const Matrix<double> data = Matrix<double>::Constant(2, 4, 0.4);
    constexpr std::size_t chains = 20'000;
    for (const std::size_t temperatures : {1, 3}) {
        auto copy = rbm;
        ContrastiveDivergence<double> learner(
            copy,
            {.learning_rate = 1e-9, .cd_k = 40, .persistent = true, .chains = chains, .temperatures = temperatures}, 2);
        std::vector<std::uint32_t> numbers(learner.chain_rows());
        std::iota(numbers.begin(), numbers.end(), 0U);
        GibbsDraws draws(Seed{1}, 0, numbers), chain_draws(Seed{2}, 0, numbers);
        auto batch = learner.batch(2);
        batch = data;
        learner.step(draws, chain_draws);
        auto exact = exact_means(rbm);
        Change of_data(rbm);
        of_data.add(rbm, data.row(0).transpose(), 1);
        const double bound = 5 * 0.5 / std::sqrt(chains);
        CHECK((((copy.weights - rbm.weights) / 1e-9) - (of_data.weights - exact.weights)).cwiseAbs().maxCoeff() <
              bound);
        CHECK((((copy.visible_bias - rbm.visible_bias) / 1e-9) - (of_data.visible - exact.visible))
                  .cwiseAbs()
                  .maxCoeff() < bound);
        CHECK((((copy.hidden_bias - rbm.hidden_bias) / 1e-9) - (of_data.hidden - exact.hidden)).cwiseAbs().maxCoeff() <
              bound);
    }
}

TEST_CASE("AIS of grey images agrees with enumeration") {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const auto rbm = grey_rbm(30, 8, seed, 0.8);
        const auto found = ais_log_partition(rbm, Vector<double>(Vector<double>::Zero(30)),
                                             {.chains = 200, .betas = ais_schedule(300), .seed = seed});
        CHECK(found.log_z == Approx(log_partition(rbm)).margin(4 * found.standard_error));
        CHECK(found.standard_error < 0.05);
    }
}

TEST_CASE("learning raises the likelihood of grey images, from biases that fit their means") {
    // A row is dark left and light right, or the reverse; each pixel a truncated exponential of input -+6.
    RandomSequence next({Seed{2}});
    Matrix<double> rows(600, 6);
    for (Eigen::Index n = 0; n < rows.rows(); ++n)
        for (Eigen::Index i = 0; i < 6; ++i)
            rows(n, i) = detail::truncated_exponential_quantile((n % 2 == 0) == (i < 3) ? 6.0 : -6.0, next.uniform());
    const auto likelihood = [&](const Rbm<double>& rbm) {
        const auto values = log_probabilities(rbm, rows, log_partition(rbm));
        return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    };
    // What is best: -log 2 + 6 (6 E[v] - log((e^6 - 1)/6)), the density of a light pixel at its own draws.
    const double best =
        -std::log(2) + 6 * (6 * detail::truncated_exponential_mean(6.0) - detail::log_normaliser(grey_units, 6.0));
    RbmOptions options{.n_components = 3, .rbm_n_iter = 0, .learning_rate = 0.1, .batch_size = 50, .seed = 1};
    options.visible_units = grey_units;
    const auto start = fit_rbm(rows, options);
    const Matrix<double> at_rest = visible_probabilities(start.rbm, Matrix<double>(Matrix<double>::Zero(1, 3)));
    CHECK((at_rest - rows.colwise().mean()).cwiseAbs().maxCoeff() < 1e-3);
    CHECK(likelihood(start.rbm) == Approx(0).margin(0.05));  // each pixel's mean is 1/2: uniform
    options.rbm_n_iter = 150;
    for (const bool persistent : {false, true}) {
        options.persistent = persistent;
        options.centred = persistent;
        const auto fit = fit_rbm(rows, options);
        CHECK(likelihood(fit.rbm) > best - 0.3);
        CHECK(likelihood(fit.rbm) < best + 0.3);
        if (!persistent) CHECK(fit.reconstruction_error.back() < fit.reconstruction_error.front());
    }
}

}  // namespace visible_units_test
