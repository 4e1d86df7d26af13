#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/ntk/empirical_ntk.hpp>

#include <string>
#include <vector>

#include "../examples/residual_mlp.hpp"
#include "catch.hpp"
#include "reference/jacobian_kernel.hpp"

namespace empirical_ntk_test {

using namespace pstar;

namespace {

Dataset digits(std::size_t n, std::size_t size) {
    return synthetic_digits({.train = 1, .test = n, .seed = 3, .size = size}).test;
}

double difference(const Tensor<double, 2>& kernel, const Matrix<double>& twin) {
    REQUIRE(as_matrix(kernel).rows() == twin.rows());
    REQUIRE(as_matrix(kernel).cols() == twin.cols());
    return (as_matrix(kernel) - twin).cwiseAbs().maxCoeff() / twin.cwiseAbs().maxCoeff();
}
double asymmetry(const Tensor<double, 2>& kernel) {
    return (as_matrix(kernel) - as_matrix(kernel).transpose()).cwiseAbs().maxCoeff();
}

/// Sums over the diagonals of K x K blocks.
Matrix<double> traced(const Matrix<double>& full, Eigen::Index classes) {
    Matrix<double> sums = Matrix<double>::Zero(full.rows() / classes, full.cols() / classes);
    for (Eigen::Index n = 0; n < sums.rows(); ++n)
        for (Eigen::Index m = 0; m < sums.cols(); ++m)
            sums(n, m) = full.block(n * classes, m * classes, classes, classes).trace();
    return sums;
}

/// Every subject against the contraction of Jacobians. Sums of a few hundred terms in another order: 1e-12 of the
/// largest in double; in float 2e-5, since rounding enters the activations and cotangents too.
template <Network Net>
void check_all_subjects(const Net& net, const Dataset& data, double bound, const NtkOptions& options = {}) {
    const Replacement channel{0.3};
    const auto classes = static_cast<Eigen::Index>(net.outputs());
    const auto j = reference::jacobian(net, data, channel, options.seed);
    const Matrix<double> twin = j * j.transpose();
    const auto kernel = [&](const NtkSubject& of) {
        const auto k = empirical_ntk(net, data, of, channel, options);
        CHECK(asymmetry(k) == 0);
        return k;
    };
    CHECK(difference(kernel(NtkOutput::full), twin) <= bound);
    CHECK(difference(kernel(NtkOutput::trace), traced(twin, classes)) <= bound);
    CHECK(difference(kernel(NtkOutput::trace_mean), traced(twin, classes) / static_cast<double>(classes)) <= bound);
    const auto check_rows = [&](const NtkSubject& of, const auto& weights) {
        const auto rows = reference::combined(j, net.outputs(), weights);
        CHECK(difference(kernel(of), rows * rows.transpose()) <= bound);
    };
    check_rows(NtkOutput::true_class,
               [&](std::size_t n) { return Matrix<double>::Identity(classes, classes).row(data.label(n)).eval(); });
    check_rows(NtkClass{2}, [&](std::size_t) { return Matrix<double>::Identity(classes, classes).row(2).eval(); });
    // two scores: the margin against class 1, and half the squared length of the logits times (n + 1)
    const NtkScore scores{.sweeps = 2, .cotangent = [](const NtkImage& image, std::size_t sweep, std::span<double> c) {
                              c[image.label] += 1, c[1] -= 1;
                              if (sweep == 0) return;
                              for (std::size_t k = 0; k < c.size(); ++k)
                                  c[k] = image.logits[k] * static_cast<double>(image.index + 1);
                          }};
    Batch<typename Net::scalar_type> batch;
    std::vector<std::uint32_t> all(data.size());
    for (std::uint32_t n = 0; n < data.size(); ++n) all[n] = n;
    batch.fill(data, all, channel, {Seed{options.seed}, Stream::test_noise, 0});
    Tape<typename Net::scalar_type> tape;
    const Matrix<double> logits = net(tape.constant(batch.images())).value().matrix().template cast<double>();
    check_rows(scores, [&](std::size_t n) {
        const auto row = static_cast<Eigen::Index>(n);
        Matrix<double> w = Matrix<double>::Zero(2, classes);
        w(0, data.label(n)) += 1, w(0, 1) -= 1;
        w.row(1) = logits.row(row) * static_cast<double>(n + 1);
        return w;
    });
    auto summed = scores;
    summed.summed = true;
    CHECK(difference(kernel(summed), traced(as_matrix(kernel(scores)), 2)) <= bound);
}

}  // namespace

TEST_CASE("every kernel of an MLP equals the contraction of Jacobians") {
    const auto data = digits(5, 8);
    for (const auto& widths : std::vector<std::vector<std::size_t>>{{64, 10}, {64, 7, 10}, {64, 5, 6, 10}, {64, 1, 3}})
        for (const auto phi : {Activation::tanh, Activation::relu}) {
            auto some = data;
            some.classes = widths.back();
            for (auto& label : some.labels) label = static_cast<Label>(label % some.classes);
            check_all_subjects(mlp<double>(widths, phi, Seed{1}), some, 1e-12, {.seed = 9});
        }
    check_all_subjects(mlp<float>({64, 20, 10}, Activation::tanh, Seed{1}), data, 2e-5);
    check_all_subjects(mlp<float>({64, 20, 10}, Activation::tanh, Seed{1}), data, 2e-5,
                       {.products = NtkProducts::as_network});
    check_all_subjects(mlp<double>({64, 7, 10}, Activation::tanh, Seed{1}), digits(1, 8), 1e-12);
}

TEST_CASE("every kernel of a CNN equals the contraction of Jacobians, both ways to multiply convolutions") {
    const auto data = digits(4, 8);
    // 64 and 16 pixels, few channels: gradients are cheaper.
    check_all_subjects(cnn<double>({.height = 8, .width = 8, .channels = 3, .hidden = 6}, Activation::tanh, Seed{1}),
                       data, 1e-12);
    // Behind two blocks the third convolution sees 2 x 2 pixels and has 32 * 72 weights: patches are cheaper.
    check_all_subjects(
        cnn<double>({.height = 8, .width = 8, .channels = 8, .blocks = 3, .hidden = 6}, Activation::relu, Seed{2}),
        data, 1e-12);
    const auto deep =
        cnn<double>({.height = 8, .width = 8, .channels = 8, .blocks = 3, .hidden = 6}, Activation::relu, Seed{2});
    const detail::Sweeps subject(NtkOutput::full, 10);
    const Identity clean;
    detail::FactorBlocks<Cnn<double>, Identity, double> blocks(deep, data, clean, subject, {});
    blocks.plan({4, 8}, 1U << 20);
    std::vector<bool> ways;  // dense layers come first
    for (const auto& plan : blocks.plans()) ways.push_back(plan.as_gradients);
    CHECK(ways == std::vector<bool>{false, false, true, true, false});
    check_all_subjects(cnn<float>({.height = 8, .width = 8, .channels = 3, .hidden = 6}, Activation::gelu, Seed{1}),
                       data, 2e-5);
}

TEST_CASE("a linear model has K = X X^T + 1") {
    const auto data = digits(6, 28);
    const auto net = mlp<double>({784, 10}, Activation::linear, Seed{1});
    const auto one = empirical_ntk(net, data, NtkClass{2});
    const auto full = empirical_ntk(net, data, NtkOutput::full);
    for (std::size_t n = 0; n < 6; ++n)
        for (std::size_t m = 0; m < 6; ++m) {
            double inner = 1;
            for (std::size_t i = 0; i < 784; ++i) inner += data.image(n)[i] / 255.0 * data.image(m)[i] / 255.0;
            CHECK(one(n, m) == Approx(inner).epsilon(1e-12));
            CHECK(full(10 * n + 4, 10 * m + 4) == Approx(inner).epsilon(1e-12));
            CHECK(full(10 * n + 4, 10 * m + 5) == 0);
        }
}

TEST_CASE("the kernel equals finite differences of the logits") {
    // Central differences with h = 1e-5 of logits of order 1: h^2 f'''/6 + eps/h = 3e-11, in sums of 275 products.
    const auto data = digits(3, 8);
    auto net = mlp<double>({64, 4, 3}, Activation::tanh, Seed{5});
    auto some = data;
    some.classes = 3;
    for (auto& label : some.labels) label = static_cast<Label>(label % 3);
    const auto logits = [&] {
        Batch<double> batch;
        batch.fill(some, std::vector<std::uint32_t>{0, 1, 2}, Identity{}, {});
        Tape<double> tape;
        const auto f = net(tape.constant(batch.images())).value().elements();
        return Vector<double>(ConstVectorMap<double>(f.data(), std::ssize(f)));
    };
    const auto parameters = net.parameters().values();
    Matrix<double> j(9, std::ssize(parameters));
    constexpr double h = 1e-5;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const double centre = parameters[i];
        parameters[i] = centre + h;
        const auto above = logits();
        parameters[i] = centre - h;
        const auto below = logits();
        parameters[i] = centre;
        j.col(static_cast<Eigen::Index>(i)) = (above - below) / (2 * h);
    }
    CHECK(difference(empirical_ntk(net, some, NtkOutput::full), j * j.transpose()) <= 1e-8);
}

TEST_CASE("blocks of any size give the same kernel") {
    const auto data = digits(23, 8);
    const auto check = [&](const auto& net, const NtkSubject& of, std::size_t least) {
        const auto whole = empirical_ntk(net, data, of, Replacement{0.2});
        for (const std::size_t memory : {least, least * 11 / 10, least * 3 / 2}) {
            const auto parts = empirical_ntk(net, data, of, Replacement{0.2}, {.memory = memory});
            CHECK(difference(parts, as_matrix(whole)) <= 1e-13);
            CHECK(asymmetry(parts) == 0);
        }
    };
    const auto net = mlp<double>({64, 9, 10}, Activation::relu, Seed{1});
    std::size_t least = 0;  // as the refusal says
    try {
        empirical_ntk(net, data, NtkOutput::full, Identity{}, {.memory = 1000});
    } catch (const std::invalid_argument& refusal) {
        const std::string text = refusal.what();
        least = std::stoul(text.substr(text.find("at least ") + 9));
    }
    REQUIRE(least > 1000);
    check(net, NtkOutput::full, least);
    check(net, NtkOutput::true_class, 2 * least);
    check(cnn<double>({.height = 8, .width = 8, .channels = 2, .hidden = 6}, Activation::relu, Seed{2}),
          NtkOutput::trace, 4 * least);
}

TEST_CASE("threads change no bit of a kernel that is summed in float") {
    const auto data = digits(300, 28);
    const auto kernel = [&](const auto& net, NtkOutput output, std::size_t threads) {
        return empirical_ntk(net, data, output, Replacement{0.3},
                             {.products = NtkProducts::as_network, .threads = threads});
    };
    const auto check = [&](const auto& net, NtkOutput output) {
        const auto one = kernel(net, output, 1);
        for (const std::size_t threads : {2, 3}) {
            const auto more = kernel(net, output, threads);
            CHECK((as_matrix(more) == as_matrix(one)));
        }
    };
    check(mlp<float>({784, 100, 60, 10}, Activation::relu, Seed{1}), NtkOutput::true_class);
    check(mlp<float>({784, 100, 60, 10}, Activation::tanh, Seed{1}), NtkOutput::trace);
    check(cnn<float>({.channels = 4}, Activation::relu, Seed{1}), NtkOutput::true_class);
}

TEST_CASE("the cross kernel is a part of the kernel of both") {
    const auto data = digits(9, 8);
    const auto net = cnn<double>({.height = 8, .width = 8, .channels = 2, .hidden = 6}, Activation::tanh, Seed{2});
    const auto first = take(data, 4);
    std::vector<std::size_t> rest{4, 5, 6, 7, 8};
    const auto second = subset(data, rest);
    for (const auto& of : {NtkSubject{NtkOutput::full}, NtkSubject{NtkOutput::true_class}}) {
        const auto all = empirical_ntk(net, data, of);
        const auto step = std::get<NtkOutput>(of) == NtkOutput::full ? 10 : 1;
        const auto cross = cross_ntk(net, first, second, of);
        CHECK(difference(cross, as_matrix(all).block(0, 4 * step, 4 * step, 5 * step)) <= 1e-12);
    }
    const auto noisy = cross_ntk(net, first, Identity{}, first, Replacement{0}, NtkOutput::trace);
    CHECK(difference(noisy, as_matrix(empirical_ntk(net, first, NtkOutput::trace))) <= 1e-12);
}

TEST_CASE("residual networks are sums over layers too; networks with other parameters are refused") {
    const ResidualMlp<double> own(64, 7, 10, Seed{1});
    const auto j = reference::jacobian(own, digits(5, 8), Identity{});
    CHECK(difference(empirical_ntk(own, digits(5, 8), NtkOutput::full), j * j.transpose()) <= 1e-12);
    using namespace layer;
    const Sequential<double> blocks({1, 8, 8},
                                    {Conv2d{.channels = 2}, Residual{Activate{Activation::tanh}, Conv2d{.channels = 2}},
                                     MaxPool2d{}, Flatten{}, Dropout{0.5}, Dense{10}},
                                    Seed{2});
    check_all_subjects(blocks, digits(5, 8), 1e-12);
    const Sequential<double> normalised({64}, {Dense{6}, BatchNorm{}, Dense{10}}, Seed{2});
    CHECK_THROWS_WITH(empirical_ntk(normalised, digits(3, 8), NtkOutput::trace),
                      Catch::Contains("dense or convolutional layer") && Catch::Contains("NtkOperator"));
}

TEST_CASE("what does not fit is refused") {
    const auto data = digits(3, 8);
    const auto net = mlp<double>({64, 9, 10}, Activation::relu, Seed{1});
    CHECK_THROWS_AS(empirical_ntk(net, data, NtkClass{10}), std::invalid_argument);
    CHECK_THROWS_AS(empirical_ntk(net, data, NtkScore{}), std::invalid_argument);
    CHECK_THROWS_AS(empirical_ntk(net, digits(3, 9), NtkOutput::trace), std::invalid_argument);
    CHECK_THROWS_AS(empirical_ntk(net, data, NtkOutput::trace, Replacement{2}), std::invalid_argument);
}

}  // namespace empirical_ntk_test
