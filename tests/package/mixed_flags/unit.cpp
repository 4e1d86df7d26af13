// A bit of everything, for one of several translation units that are compiled with different flags: UNIT names it.
#include <array>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/infinite_ntk.hpp>
#include <pstar/ntk/kernel_ridge.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/spectrum/spectrum.hpp>

using namespace pstar;

std::array<double, 7> UNIT() {
    const auto digits = synthetic_digits({.train = 300, .test = 100, .seed = 1});
    const Replacement channel{.p = 0.5};
    std::array<double, 7> found{};

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

    KernelRidge<double> ridge(InfiniteNtk{.inputs = 784});
    ridge.fit(take(digits.train, 60));
    found[5] = ridge.accuracy(digits.test);

    const std::vector<float> a(40 * 90, 0.5F), b(90 * 70, 2.0F);
    std::vector<float> c(40 * 70);
    gemm<float>(Transpose::no, Transpose::no, 40, 70, 90, 1, a.data(), b.data(), 0, c.data());
    for (const float x : c) found[6] += static_cast<double>(x);
    return found;
}
