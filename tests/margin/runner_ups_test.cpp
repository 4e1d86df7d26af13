#include <cmath>
#include <vector>

#include <Eigen/Cholesky>

#include <pstar/corruption/replacement.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/statistics/orthant.hpp>

#include "catch.hpp"
#include "margin/cases.hpp"

namespace runner_ups_test {

using namespace margin_case;

namespace {

double any_below_zero_of(Vector<double> mean, Matrix<double> covariance) {
    return any_below_zero(mean, covariance, [](std::size_t) { return false; });
}

/// Means m, variances 1, all correlations rho: given the common part u, the z_k are independent, so
/// P(none below) = int phi(u) Phi((m + sqrt(rho) u)/sqrt(1 - rho))^K du; the sum over a fine grid is exact to 1e-10.
double any_below_zero_equicorrelated(int count, double m, double rho) {
    double none = 0;
    const double step = 0.01;
    for (double u = -8; u <= 8; u += step)
        none += step * std::exp(-u * u / 2) / std::sqrt(2 * std::numbers::pi) *
                std::pow(normal_cdf((m + std::sqrt(rho) * u) / std::sqrt(1 - rho)), count);
    return 1 - none;
}

Matrix<double> equicorrelated(Eigen::Index count, double rho) {
    Matrix<double> c = Matrix<double>::Constant(count, count, rho);
    c.diagonal().setOnes();
    return c;
}

}  // namespace

TEST_CASE("the probability that any of several normal variables is negative") {
    SECTION("one, or independent ones: exact") {
        CHECK(any_below_zero_of(Vector<double>::Constant(1, 0.7), equicorrelated(1, 0)) ==
              Approx(normal_cdf(-0.7)).epsilon(1e-14));
        Vector<double> mean(4);
        mean << 0.3, 2, -0.5, 1;
        double none = 1;
        for (const double m : mean) none *= normal_cdf(m);
        CHECK(any_below_zero_of(mean, equicorrelated(4, 0)) == Approx(1 - none).epsilon(1e-14));
    }
    SECTION("small probabilities are not lost in 1 - P") {
        CHECK(any_below_zero_of(Vector<double>::Constant(2, 20), equicorrelated(2, 0)) ==
              Approx(2 * normal_cdf(-20)).epsilon(1e-10));
    }
    SECTION("two of mean zero: 1 - (1/4 + asin(rho)/2 pi)") {
        for (const double rho : {-0.5, 0.3, 0.5})
            CHECK(any_below_zero_of(Vector<double>::Zero(2), equicorrelated(2, rho)) ==
                  Approx(0.75 - std::asin(rho) / (2 * std::numbers::pi)).margin(2e-3));
    }
    SECTION("equally correlated: the error stays within what the header states") {
        for (const int count : {2, 5, 9})
            for (const double m : {0.0, 1.0, 2.0}) {
                const auto error = [&](double rho) {
                    return std::abs(any_below_zero_of(Vector<double>::Constant(count, m), equicorrelated(count, rho)) -
                                    any_below_zero_equicorrelated(count, m, rho));
                };
                CHECK(error(0.3) < 0.003);
                CHECK(error(0.5) < 0.0081);
                CHECK(error(0.7) < 0.013);
                CHECK(error(0.9) < 0.03);
            }
    }
    SECTION("in whatever order they come") {
        Matrix<double> c = equicorrelated(3, 0.9);
        c(0, 1) = c(1, 0) = -0.2;
        c(0, 2) = c(2, 0) = 0.1;
        Vector<double> mean(3);
        mean << 1.5, 0.2, -0.3;
        const Eigen::PermutationMatrix<3> swap(Eigen::Vector3i(2, 0, 1));
        CHECK(any_below_zero_of(swap * mean, swap * c * swap.transpose()) ==
              Approx(any_below_zero_of(mean, c)).epsilon(1e-14));
    }
    SECTION("variables that do not vary") {
        Vector<double> mean(2);
        Matrix<double> c = Matrix<double>::Zero(2, 2);
        const auto p = [&](double a, double b, bool lost) {
            mean << a, b;
            c.setZero();
            return any_below_zero(mean, c, [&](std::size_t k) { return k == 1 && lost; });
        };
        CHECK(p(1, 2, true) == 0);
        CHECK(p(1, -2, false) == 1);
        CHECK(p(1, 0, true) == 1);
        CHECK(p(1, 0, false) == 0);
        CHECK(p(std::nan(""), 1, false) == 1);
    }
}

TEST_CASE("any covariance: sequential conditioning against Monte Carlo of the normal law") {
    RandomSequence random({Seed{3}});
    for (int trial = 0; trial < 12; ++trial) {
        const Eigen::Index count = 2 + trial % 8;
        // z_k = f_y - f_k with independent f: correlations about 0.5, as of runner-ups.
        Matrix<double> mix(count, count + 1);
        for (auto& x : mix.reshaped()) x = 0.3 * random.normal();
        for (Eigen::Index k = 0; k < count; ++k) mix(k, k) += 1, mix(k, count) += 1;
        Vector<double> mean(count);
        for (auto& m : mean) m = random.uniform(-0.5, 3.5);
        int below = 0;
        constexpr int draws = 20'000;
        Vector<double> e(count + 1);
        for (int d = 0; d < draws; ++d) {
            for (auto& x : e) x = random.normal();
            below += (mean + mix * e).minCoeff() < 0;
        }
        const double p = any_below_zero_of(mean, mix * mix.transpose());
        // 4 binomial errors and 0.01 of approximation.
        CHECK(std::abs(p - below / double{draws}) < 4 * std::sqrt(p * (1 - p) / draws) + 0.01);
    }
}

TEST_CASE("margins over all runner-ups: gradients and joint law, one entry after the other") {
    const auto net = mlp<double>({784, 12, 4}, Activation::relu, Seed{3});
    auto data = digits(140);  // more than a batch
    data.classes = 4;
    for (auto& label : data.labels) label %= 4;
    const std::vector<PixelMoments> channels{PixelMoments(Replacement{0.3}), PixelMoments(Replacement{0.8})};
    for_each_runner_up_law(
        net, data, std::span(channels), [&](const auto& image, std::size_t c, const RunnerUpLaw& law) {
            const auto n = image.image;
            if (n % 23 != 0) return;
            const auto pixels = data.image(n);
            const auto f = logits_of(net, seen(data, n));
            const auto g = image.gradients.matrix();
            for (std::size_t k = 0; k < 3; ++k) {
                CHECK(image.runner_up(k) == k + (k >= data.label(n)));
                CHECK(image.margins[k] == Approx(f[data.label(n)] - f[image.runner_up(k)]).margin(1e-12));
                double mean = image.margins[k];
                for (std::size_t i = 0; i < 784; ++i)
                    mean += g(Eigen::Index(k), Eigen::Index(i)) * channels[c].shift[pixels[i]];
                CHECK(law.mean[Eigen::Index(k)] == Approx(mean).margin(1e-12));
                for (std::size_t l = 0; l < 3; ++l) {
                    const auto a = Eigen::Index(k), b = Eigen::Index(l);
                    double covariance = 0;
                    for (std::size_t i = 0; i < 784; ++i)
                        covariance += g(a, Eigen::Index(i)) * g(b, Eigen::Index(i)) * channels[c].variance[pixels[i]];
                    CHECK(law.covariance(a, b) == Approx(covariance).epsilon(1e-10));
                    CHECK(law.covariance(a, b) == law.covariance(b, a));
                }
            }
            if (c == 1) return;
            for (const std::size_t i : {200, 406}) {  // finite differences; no kink of a ReLU lies within 1e-6
                auto x = seen(data, n);
                x[i] += 1e-6;
                const auto moved = logits_of(net, x);
                for (std::size_t k = 0; k < 3; ++k)
                    CHECK(g(Eigen::Index(k), Eigen::Index(i)) ==
                          Approx((moved[data.label(n)] - moved[image.runner_up(k)] - image.margins[k]) / 1e-6)
                              .margin(1e-8));
            }
        });
}

TEST_CASE("the best of all runner-ups is margin_report's, for each of many channels") {
    const auto net = mlp<float>({784, 16, 10}, Activation::relu, Seed{3});
    const auto data = digits(150);
    const std::vector<Replacement> strengths{{0.0}, {0.4}};
    const auto runner_ups = runner_up_reports(net, data, strengths);
    const auto margins = margin_reports(net, data, strengths);
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t n = 0; n < 150; ++n) {
            const auto &image = runner_ups[c].nearest.images[n], &expected = margins[c].images[n];
            // Matrix products round differently in batches of another size: some units in the last place of the logits.
            CHECK(image.margin == Approx(expected.margin).margin(1e-6));
            CHECK(image.runner_up == expected.runner_up);
            CHECK(image.label == expected.label);
            // Sums in float: 784 terms in 16 lanes, relative to their size, not to what is left of it.
            CHECK(image.mean_change == Approx(expected.mean_change).margin(1e-5 * (1 + expected.sd_change)));
            CHECK(image.sd_change == Approx(expected.sd_change).epsilon(1e-5));
            // Some runner-up is at least as threatening as the nearest one.
            CHECK(runner_ups[c].images[n].flip_probability >= image.flip_probability - 1e-6);
        }
    CHECK(runner_ups[0].predicted_accuracy() == margins[0].clean_accuracy());
    for (const auto criterion : std::span(criteria).first(clean_image_criteria)) {
        const auto failures = failure_probabilities(runner_ups[1], criterion);
        double sum = 0;
        for (const double q : failures) sum += (1 - q) / 150;
        CHECK(predicted_accuracy(runner_ups[1], criterion) == Approx(sum).epsilon(1e-12));
    }
    CHECK_THROWS_WITH(failure_probabilities(runner_ups[1], Criterion::full_moments), Catch::Contains("full_moments"));
    CHECK(failure_probabilities(runner_ups[1], Criterion::zero_shift)[7] ==
          runner_ups[1].nearest.images[7].zero_shift_probability());
    CHECK(failure_probabilities(runner_ups[1], Criterion::shifted)[7] ==
          runner_ups[1].nearest.images[7].flip_probability);
    CHECK(failure_probabilities(runner_ups[1], Criterion::all_runner_ups)[7] ==
          runner_ups[1].images[7].flip_probability);
}

TEST_CASE(
    "a linear network: P(any runner_up wins) is the frequency measured, where the nearest runner_up alone falls "
    "short") {
    auto net = mlp<double>({784, 6}, Activation::linear, Seed{12});
    auto data = digits(6);
    data.classes = 6;
    for (auto& label : data.labels) label = 2;
    const Replacement channel{0.6};
    // Logits such that the label leads every runner-up by one sd of the change on the first image.
    const std::vector<PixelMoments> moments{PixelMoments(channel)};
    for_each_runner_up_law(net, data, std::span(moments), [&](const auto& image, std::size_t, const RunnerUpLaw& law) {
        if (image.image != 0) return;
        for (Eigen::Index k = 0; k < 5; ++k)
            net.parameters()[1].data[image.runner_up(std::size_t(k))] += law.mean[k] - std::sqrt(law.covariance(k, k));
    });
    const auto report = runner_up_report(net, data, channel);
    const auto measured = flip_frequencies(net, data, channel, {.draws = 4000});
    double shortfall = 0;
    for (std::size_t n = 0; n < 6; ++n) {
        const double p = report.images[n].flip_probability, f = measured.frequencies()[n];
        // 4 binomial errors and 0.01 of approximation, by conditioning and by the finite number of pixels.
        CHECK(std::abs(p - f) < 4 * std::sqrt(p * (1 - p) / 4000) + 0.01);
        shortfall = std::max(shortfall, f - report.nearest.images[n].flip_probability);
    }
    CHECK(shortfall > 0.15);
}

TEST_CASE("all runner-ups of a dead network, and of two classes") {
    auto net = mlp<double>({4, 3}, Activation::linear, Seed{1});
    std::fill(net.parameters().values().begin(), net.parameters().values().end(), 0.0);
    const auto data = strips(4, {{0, 9, 80, 255}, {1, 2, 3, 4}, {5, 5, 5, 5}}, {0, 1, 2}, 3);
    const auto report = runner_up_report(net, data, Replacement{0.7});
    CHECK(report.images[0].flip_probability == 0);
    CHECK(report.images[1].flip_probability == 1);
    CHECK(report.images[2].flip_probability == 1);
    CHECK(report.images[1].likeliest == 0);

    net.parameters()[1].data[2] = std::nan("");
    CHECK(runner_up_report(net, data, Replacement{0.7}).images[0].flip_probability == 1);
    CHECK(runner_up_report(net, data, Replacement{0.7}).nearest.clean_accuracy() == 0);

    const auto pair = mlp<double>({4, 2}, Activation::linear, Seed{1});
    const auto two = strips(4, {{0, 9, 80, 255}, {1, 2, 3, 4}}, {0, 1}, 2);
    const auto joint = runner_up_report(pair, two, Replacement{0.7});
    for (std::size_t n = 0; n < 2; ++n) {
        CHECK(joint.images[n].flip_probability == Approx(joint.nearest.images[n].flip_probability).epsilon(1e-14));
        CHECK(joint.images[n].likeliest == 1 - n);
    }
}

}  // namespace runner_ups_test
