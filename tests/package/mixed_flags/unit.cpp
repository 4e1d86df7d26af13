// A bit of everything, for one of several translation units that are compiled with different flags: UNIT names it.
#include <array>
#include <cmath>
#include <vector>

#include <pstar/corruption.hpp>
#include <pstar/data.hpp>
#include <pstar/margin.hpp>
#include <pstar/nn.hpp>
#include <pstar/ntk.hpp>
#include <pstar/rbm.hpp>
#include <pstar/scaling.hpp>
#include <pstar/spectrum.hpp>

using namespace pstar;

std::array<double, 8> UNIT() {
    const auto digits = synthetic_digits({.train = 300, .test = 100, .seed = 1});
    const Replacement channel{.p = 0.5};
    std::array<double, 8> found{};

    auto net = mlp<float>({784, 32, 32, 10}, Activation::gelu, Seed{7});
    train(net, digits.train, channel, {.epochs = 2, .batch_size = 64});
    found[0] = evaluate(net, digits.test, channel).loss;
    found[1] = margin_report(net, digits.test, channel).predicted_accuracy();
    found[2] = spectrum(empirical_ntk(net, take(digits.test, 32), NtkOutput::true_class)).effective_rank;

    auto convolutional = cnn<float>({.channels = 4}, Activation::relu, Seed{7});
    train(convolutional, take(digits.train, 64), channel, {.epochs = 1, .batch_size = 32});
    found[3] = evaluate(convolutional, digits.test, channel).loss;

    const auto fit = fit_rbm(take(digits.train, 100), channel, {.n_components = 20, .rbm_n_iter = 1});
    found[4] = fit.rbm.weights.cast<double>().squaredNorm();

    std::vector<CurvePoint> points;
    for (const double p : {0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0})
        points.push_back({.strength = p,
                          .accuracy = 0.1 + 0.85 / (1 + std::exp((p - 0.63) / 0.08)),
                          .stderr_accuracy = 0.01,
                          .repeats = 5});
    found[5] = fit_curve(points).p_star.value;

    KernelRidge<double> ridge(InfiniteNtk{.inputs = 784});
    ridge.fit(take(digits.train, 60));
    found[6] = ridge.accuracy(digits.test);

    const std::vector<float> a(40 * 90, 0.5F), b(90 * 70, 2.0F);
    std::vector<float> c(40 * 70);
    gemm<float>(Transpose::no, Transpose::no, 40, 70, 90, 1, a.data(), b.data(), 0, c.data());
    for (const float x : c) found[7] += static_cast<double>(x);
    return found;
}
