// Predictions from means and variances: exact where they are, near many draws elsewhere, and wrong where they must be.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/activation_moments.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/linear_at_mean.hpp>
#include <pstar/margin/moment_propagation.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace moments_test {

using namespace pstar;

namespace {

const TrainTest& digits() {
    static const auto data = synthetic_digits({.train = 1500, .test = 150, .seed = 4});
    return data;
}

double value(Activation phi, double x) {
    switch (phi.kind()) {
        case ActivationKind::relu:
            return std::max(x, 0.0);
        case ActivationKind::tanh:
            return std::tanh(x);
        case ActivationKind::sigmoid:
            return 1 / (1 + std::exp(-x));
        case ActivationKind::leaky_relu:
            return x > 0 ? x : phi.leak() * x;
        case ActivationKind::gelu:
            return x * normal_cdf(x);
        case ActivationKind::linear:
            return x;
        case ActivationKind::square:
            return x * x;
    }
    return 0;
}

/// E[f(t)], t standard normal, by many small steps, one of which ends at every kink of f(m + s t) for m/s in quarters.
template <class Function>
double expectation(const Function& f) {
    constexpr int steps = 6'000;
    constexpr double end = 12, h = 2 * end / steps;
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double t = -end + (i + 0.5) * h;
        sum += h * f(t) * std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi);
    }
    return sum;
}

/// The law of the logits by drawing.
LogitLaw drawn(const Mlp<double>& net, const Dataset& image, const Replacement& channel, std::size_t draws) {
    const auto classes = static_cast<Eigen::Index>(net.outputs());
    LogitLaw law{Vector<double>::Zero(classes), Matrix<double>::Zero(classes, classes)};
    std::vector<std::uint32_t> same(1000, 0);
    std::vector<double> pixels(same.size() * image.pixels());
    for (std::size_t first = 0; first < draws; first += same.size()) {
        for (std::size_t i = 0; i < same.size(); ++i) {
            const std::uint32_t only = 0;
            corrupt_images(image, std::span(&only, 1), channel, {Seed{first + i}, Stream::test_noise},
                           View<double>{pixels.data() + i * image.pixels(), {1, image.pixels()}});
        }
        Tape<double> tape;
        const auto logits = net(tape.constant(View<const double>{pixels.data(), {same.size(), image.pixels()}}));
        for (std::size_t i = 0; i < same.size(); ++i) {
            const Eigen::Map<const Vector<double>> f(logits.value().data + i * net.outputs(), classes);
            law.mean += f;
            law.covariance += f * f.transpose();
        }
    }
    const auto n = static_cast<double>(draws);
    law.mean /= n;
    law.covariance = law.covariance / n - law.mean * law.mean.transpose();
    return law;
}

LogitLaw law_of(const Mlp<double>& net, const Dataset& image, const Replacement& channel, MomentMethod method) {
    LogitLaw found;
    for_each_logit_law(net, image, PixelMoments(channel), method,
                       [&](std::size_t, const LogitLaw& law) { found = law; });
    return found;
}

double distance(const LogitLaw& a, const LogitLaw& b) {
    return (a.covariance - b.covariance).norm() / b.covariance.norm();
}

constexpr std::array methods{MomentMethod::diagonal, MomentMethod::smoothed_jacobian, MomentMethod::full};

double error(const std::vector<double>& predicted, const std::vector<double>& measured) {
    double sum = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i) sum += std::pow(predicted[i] - measured[i], 2);
    return std::sqrt(sum / static_cast<double>(predicted.size()));
}

}  // namespace

TEST_CASE("an activation's moments are those of many small steps") {
    for (const auto phi : {Activation::relu, Activation::tanh, Activation::sigmoid, Activation::leaky_relu(0.2),
                           Activation::gelu, Activation::linear, Activation::square})
        for (const double s : {0.05, 0.5, 1.0, 2.0})
            for (const double ratio : {-3.0, -0.75, 0.0, 0.5, 2.0}) {
                const double m = ratio * s;
                INFO(to_string(phi) << " m " << m << " s " << s);
                const auto found = activation_moments(phi, m, s);
                const double mean = expectation([&](double t) { return value(phi, m + s * t); });
                CHECK(found.mean == Approx(mean).margin(1e-5));
                CHECK(found.variance == Approx(expectation([&](double t) {
                                            return std::pow(value(phi, m + s * t) - mean, 2);
                                        })).margin(1e-4));
                CHECK(found.slope ==
                      Approx(expectation([&](double t) { return value(phi, m + s * t) * t; }) / s).margin(5e-5));
                double factorial = 1, sum = 0;
                for (std::size_t n = 0; n < found.hermite.size(); ++n) {
                    const double c = expectation(
                        [&](double t) { return value(phi, m + s * t) * detail::hermite_polynomials(t)[n]; });
                    CHECK(found.hermite[n] == Approx(c).margin(3e-4));
                    factorial *= n == 0 ? 1 : static_cast<double>(n);
                    if (n > 0) sum += found.hermite[n] * found.hermite[n] / factorial;
                }
                CHECK(sum <= found.variance + 1e-6);  // Parseval: what the orders left out have is not negative
                if (ratio > -2) CHECK(sum >= 0.8 * found.variance - 1e-9);
            }
    for (const double m : {-1.0, 0.0, 2.0}) {  // no fluctuation
        CHECK(activation_moments(Activation::relu, m, 0).mean == Approx(std::max(m, 0.0)).margin(1e-11));
        CHECK(activation_moments(Activation::tanh, m, 0).slope == Approx(1 - std::pow(std::tanh(m), 2)).epsilon(1e-3));
        CHECK(activation_moments(Activation::gelu, m, 0).variance == 0);
    }
    CHECK(std::isnan(activation_moments(Activation::relu, std::nan(""), 1).mean));
    CHECK(std::isnan(activation_moments(Activation::tanh, 0, std::nan("")).mean));
}

TEST_CASE("through linear layers every method but the diagonal one is exact") {
    const auto image = take(digits().test, 1);
    const Replacement channel{0.6};
    const auto net = mlp<double>({784, 20, 15, 10}, Activation::linear, Seed{3});
    const PixelMoments moments(channel);
    Matrix<double> jacobian = Matrix<double>::Identity(10, 10);
    Vector<double> mean(784);
    for (Eigen::Index j = 0; j < 784; ++j) {
        const auto v = image.image(0)[static_cast<std::size_t>(j)];
        mean[j] = v / 255.0 + moments.shift[v];
    }
    for (std::size_t l = 0; l < 3; ++l) {
        const auto w = net.parameters()[2 * l];
        const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> weight(
            w.data, static_cast<Eigen::Index>(w.shape[0]), static_cast<Eigen::Index>(w.shape[1]));
        const auto b = net.parameters()[2 * l + 1];
        mean = (weight * mean + Eigen::Map<const Vector<double>>(b.data, weight.rows())).eval();
        jacobian = l == 0 ? Matrix<double>(weight) : Matrix<double>(weight * jacobian);
    }
    Matrix<double> exact = Matrix<double>::Zero(10, 10);
    for (Eigen::Index j = 0; j < 784; ++j)
        exact += moments.variance[image.image(0)[static_cast<std::size_t>(j)]] * jacobian.col(j) *
                 jacobian.col(j).transpose();
    for (const auto method : methods) {
        const auto law = law_of(net, image, channel, method);
        CHECK((law.mean - mean).norm() < 1e-10 * mean.norm());
        if (method != MomentMethod::diagonal) CHECK((law.covariance - exact).norm() < 1e-6 * exact.norm());
    }
    const auto at_x = runner_up_report(net, digits().test, channel);
    const auto at_mean = linear_at_mean(net, digits().test, channel);
    for (std::size_t i = 0; i < at_mean.probability.size(); ++i)
        CHECK(at_mean.probability[i] == Approx(at_x.images[i].flip_probability).margin(1e-5));
}

TEST_CASE("the full moments of the logits are those of many draws", "[long]") {
    const auto image = take(digits().test, 1);
    for (const auto phi : {Activation::relu, Activation::tanh, Activation::gelu}) {
        INFO(to_string(phi));
        const auto net = mlp<double>({784, 48, 32, 10}, phi, Seed{5});
        const Replacement channel{0.5};
        const auto many = drawn(net, image, channel, 40'000);
        const auto full = law_of(net, image, channel, MomentMethod::full);
        for (Eigen::Index k = 0; k < 10;
             ++k)  // five standard errors, and 1% of the fluctuation for what is no normal law
            CHECK(std::abs(full.mean[k] - many.mean[k]) < 0.035 * std::sqrt(many.covariance(k, k)));
        CHECK(distance(full, many) < 0.05);
        CHECK(distance(law_of(net, image, channel, MomentMethod::diagonal), many) > 0.15);
    }
}

TEST_CASE("where no sum of many terms is behind a unit its law is not normal, and the prediction is wrong") {
    // One pixel decides: 0.1 or uniform with probability p = 0.5. A normal law of it fails.
    Dataset one;
    one.images.resize({1, 1, 1, 1});
    one.images.data()[0] = 26;
    one.labels.resize({1});
    one.labels.data()[0] = 0;
    one.classes = 2;
    auto net = mlp<double>({1, 1, 2}, Activation::relu, Seed{1});
    const std::vector<double> values{1, 0, 1, -1, 0, 0.3};  // unit = pixel; logits: unit, 0.3 - unit
    std::size_t at = 0;
    for (std::size_t l = 0; l < 4; ++l)
        for (double& w : net.parameters()[l].elements()) w = values[at++];
    const Replacement channel{0.5};
    const auto truth = flip_frequencies(net, one, channel, {.draws = 4000}).frequencies()[0];
    const auto full = predict_by_moments(net, one, channel, MomentMethod::full).probability[0];
    CHECK(truth == Approx(0.5 + 0.5 * 0.15).margin(0.03));
    CHECK(std::abs(full - truth) > 0.1);
}

TEST_CASE("predictions from moments are nearer to what draws do than the expansion about the clean image", "[long]") {
    const auto& data = digits();
    const Replacement channel{0.7};
    auto net = mlp<float>({784, 64, 32, 10}, Activation::relu, Seed{2});
    train(net, data.train, channel, {.epochs = 6, .batch_size = 32});
    const auto measured = flip_frequencies(net, data.test, channel, {.draws = 200}).frequencies();
    const auto at_x =
        error(failure_probabilities(runner_up_report(net, data.test, channel), Criterion::all_runner_ups), measured);
    const auto at_mean = error(linear_at_mean(net, data.test, channel).probability, measured);
    std::vector<double> by_moments;
    for (const auto method : methods)
        by_moments.push_back(error(predict_by_moments(net, data.test, channel, method).probability, measured));
    INFO(at_x << " " << at_mean << " " << by_moments[0] << " " << by_moments[1] << " " << by_moments[2]);
    CHECK(at_mean < at_x);
    CHECK(by_moments[1] < 0.08);
    CHECK(by_moments[2] < 0.06);
    CHECK(by_moments[2] < by_moments[0]);
}

TEST_CASE("without corruption predictions are what the network says, on any number of threads") {
    const auto& data = digits();
    auto net = mlp<float>({784, 16, 10}, Activation::tanh, Seed{2});
    train(net, data.train, Identity{}, {.epochs = 1, .batch_size = 32});
    auto large = data.test;
    const double clean = accuracy(net, data.test);
    CHECK(linear_at_mean(net, data.test, Replacement{0}).predicted_accuracy() == Approx(clean));
    for (const auto method : methods)
        CHECK(predict_by_moments(net, data.test, Replacement{0}, method).predicted_accuracy() == Approx(clean));
    const auto both = synthetic_digits({.train = 10, .test = 300, .seed = 9}).test;
    for (const auto method : methods)
        CHECK(predict_by_moments(net, both, Replacement{0.4}, method).probability ==
              predict_by_moments(net, both, Replacement{0.4}, method, {.threads = 2}).probability);
    CHECK(linear_at_mean(net, both, Additive{2}).probability ==
          linear_at_mean(net, both, Additive{2}, {.threads = 2}).probability);
    const auto small = cnn<float>({.channels = 2, .blocks = 1, .hidden = 8}, Activation::relu, Seed{1});
    CHECK(linear_at_mean(small, data.test, Replacement{0}).predicted_accuracy() == Approx(accuracy(small, data.test)));
    CHECK_THROWS_AS(linear_at_mean(mlp<float>({9, 4, 10}, Activation::relu, Seed{1}), data.test, Replacement{0.5}),
                    std::invalid_argument);
    CHECK_THROWS_AS(predict_by_moments(mlp<float>({9, 4, 10}, Activation::relu, Seed{1}), data.test, Replacement{0.5},
                                       MomentMethod::full),
                    std::invalid_argument);
}

}  // namespace moments_test
