#include <pstar/core/random.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/infinite_ntk.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "catch.hpp"

namespace infinite_ntk_test {

using namespace pstar;

namespace {

constexpr double pi = std::numbers::pi;

Matrix<double> images_of(const Dataset& data) {
    Matrix<double> x(static_cast<Eigen::Index>(data.size()), static_cast<Eigen::Index>(data.pixels()));
    for (std::size_t n = 0; n < data.size(); ++n)
        for (std::size_t i = 0; i < data.pixels(); ++i)
            x(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(i)) = data.image(n)[i] / 255.0;
    return x;
}
View<const double> view_of(const Matrix<double>& x) {
    return {x.data(), {static_cast<std::size_t>(x.rows()), static_cast<std::size_t>(x.cols())}};
}

/// The slope of a straight line through the points.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
    double mx = 0, my = 0, xx = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        mx += x[i] / static_cast<double>(x.size());
        my += y[i] / static_cast<double>(y.size());
    }
    for (std::size_t i = 0; i < x.size(); ++i) xx += (x[i] - mx) * (x[i] - mx), xy += (x[i] - mx) * (y[i] - my);
    return xy / xx;
}

}  // namespace

TEST_CASE("one and two hidden layers by hand") {
    // Inputs 3: x = (1, 1, 0) and y = (1, -1, 1) have x.x + 1 = 3, y.y + 1 = 4 and x.y + 1 = 1.
    Matrix<double> x(2, 3);
    x << 1, 1, 0, 1, -1, 1;
    const auto k = InfiniteNtk{.inputs = 3, .hidden_layers = 1}.ntk(view_of(x), view_of(x));
    const auto g = InfiniteNtk{.inputs = 3, .hidden_layers = 1}.nngp(view_of(x), view_of(x));
    const double sxx = 3 / 9., syy = 4 / 9., sxy = 1 / 9.;
    CHECK(k(0, 0) == Approx(sxx / 2).epsilon(1e-14));  // E[relu^2] is half the variance
    CHECK(k(1, 1) == Approx(syy / 2).epsilon(1e-14));
    const double cosine = sxy / std::sqrt(sxx * syy), theta = std::acos(cosine);
    const double e = std::sqrt(sxx * syy) / (2 * pi) * (std::sin(theta) + (pi - theta) * cosine);
    CHECK(k(0, 1) == Approx(e).epsilon(1e-14));
    CHECK(k(1, 0) == Approx(e).epsilon(1e-14));
    CHECK(g(0, 1) == Approx(e / 3).epsilon(1e-14));

    // Two: E_2 from S_2 = E_1/3, plus E_1 D_2/3.
    const auto deep = InfiniteNtk{.inputs = 3, .hidden_layers = 2}.ntk(view_of(x), view_of(x));
    const double length = std::sqrt(sxx * syy) / 6, cosine2 = e / 3 / length, theta2 = std::acos(cosine2);
    const double e2 = length / (2 * pi) * (std::sin(theta2) + (pi - theta2) * cosine2);
    CHECK(deep(0, 1) == Approx(e2 + e * (pi - theta2) / (2 * pi) / 3).epsilon(1e-13));
    CHECK(deep(0, 0) == Approx(sxx / 12 + sxx / 12).epsilon(1e-14));

    // A finite width adds the first layer, (x.y + 1)/n D_1/3, and the biases.
    const auto wide = InfiniteNtk{.inputs = 3, .hidden_layers = 1, .width = 50}.ntk(view_of(x), view_of(x));
    CHECK(wide(0, 1) == Approx(e + 1 / 50. + 1 / 50. * (pi - theta) / (2 * pi) / 3).epsilon(1e-14));
    const auto huge = InfiniteNtk{.inputs = 3, .hidden_layers = 3, .width = 1e12}.ntk(view_of(x), view_of(x));
    const auto limit = InfiniteNtk{.inputs = 3, .hidden_layers = 3}.ntk(view_of(x), view_of(x));
    CHECK((as_matrix(huge) - as_matrix(limit)).cwiseAbs().maxCoeff() <= 1e-11);
}

TEST_CASE("kernels of wide random networks converge to the closed form like width^-1/2", "[long]") {
    // Few pixels, so that the first layer's share, whose fluctuations fall like width^-3/2, is soon forgotten.
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({6, 1, 4, 4}),
                 .labels = Tensor<Label, 1>::from_shape({6}),
                 .classes = 3};
    RandomSequence next({Seed{8}});
    for (auto& pixel : elements(data.images)) pixel = static_cast<std::uint8_t>(next.below(256));
    std::ranges::fill(elements(data.labels), Label{0});
    const auto x = images_of(data);
    for (const std::size_t hidden : {1, 2, 3}) {
        const auto limit = InfiniteNtk{.inputs = 16, .hidden_layers = hidden}.ntk(view_of(x), view_of(x));
        std::vector<double> log_width, log_error;
        for (const std::size_t width : {64, 128, 256, 512}) {
            const auto n = static_cast<double>(width);
            const auto theory =
                InfiniteNtk{.inputs = 16, .hidden_layers = hidden, .width = n}.ntk(view_of(x), view_of(x));
            constexpr int seeds = 64;
            double square = 0;
            Matrix<double> mean = Matrix<double>::Zero(6, 6);
            for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                std::vector<std::size_t> widths(hidden + 2, width);
                widths.front() = 16, widths.back() = 3;
                const auto kernel = empirical_ntk(mlp<float>(widths, Activation::relu, Seed{seed}), data, NtkClass{0});
                square += (as_matrix(kernel) / n - as_matrix(theory)).squaredNorm() / seeds;
                mean += as_matrix(kernel) / n / seeds;
            }
            const double error = std::sqrt(square);
            CHECK((mean - as_matrix(theory)).norm() <= 4 * error / std::sqrt(seeds));  // the mean is the closed form
            log_width.push_back(std::log(n));
            log_error.push_back(std::log(error / as_matrix(limit).norm()));
        }
        CHECK(std::exp(log_error.back()) <= 0.2);
        // An rms of 64 seeds is known to 1/sqrt(128), so the slope over ln 8 to 0.06; three hidden layers need widths
        // beyond these to fall as slowly as in the end.
        if (hidden < 3) CHECK(slope(log_width, log_error) == Approx(-0.5).margin(0.15));
    }
}

TEST_CASE("the full kernel of a wide network is nearly diagonal in the classes, the logits' covariance the NNGP's") {
    const auto data = synthetic_digits({.train = 1, .test = 4, .seed = 3, .size = 8}).test;
    const auto x = images_of(data);
    const auto theory = InfiniteNtk{.inputs = 64, .hidden_layers = 2, .width = 1024}.ntk(view_of(x), view_of(x));
    const auto net = mlp<float>({64, 1024, 1024, 10}, Activation::relu, Seed{1});
    const auto full = empirical_ntk(net, data, NtkOutput::full);
    double worst = 0;
    for (std::size_t n = 0; n < 4; ++n)
        for (std::size_t m = 0; m < 4; ++m)
            for (std::size_t k = 0; k < 10; ++k)
                for (std::size_t l = 0; l < 10; ++l)
                    worst =
                        std::max(worst, std::abs(full(10 * n + k, 10 * m + l) / 1024 - (k == l ? theory(n, m) : 0)));
    CHECK(worst <= 0.2 * theory(0, 0));  // fluctuations of 1/sqrt(1024), the largest of 1,600

    // 400 networks with 10 logits: an average of 4,000 squares, known to sqrt(2/4000) = 2.2%; 4 of those.
    const auto nngp = InfiniteNtk{.inputs = 64, .hidden_layers = 2, .width = 256}.nngp(view_of(x), view_of(x));
    Matrix<double> covariance = Matrix<double>::Zero(4, 4);
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const auto one = mlp<double>({64, 256, 256, 10}, Activation::relu, Seed{seed});
        Tape<double> tape;
        const Matrix<double> f = one(tape.constant(view_of(x))).value().matrix();
        covariance += f * f.transpose() / 4000;
    }
    CHECK((covariance - as_matrix(nngp)).cwiseAbs().maxCoeff() <= 0.09 * nngp(0, 0));
}

TEST_CASE("float agrees with double; what does not fit is refused") {
    const auto data = synthetic_digits({.train = 1, .test = 20, .seed = 3, .size = 8}).test;
    const auto x = images_of(data);
    const Matrix<float> single = x.cast<float>();
    const InfiniteNtk kernel{.inputs = 64, .hidden_layers = 3};
    const auto precise = kernel.ntk(view_of(x), view_of(x));
    const View<const float> view{single.data(), {20, 64}};
    const auto rough = kernel.ntk(view, view);
    // arccos near 1 makes sqrt(1e-7) of rounding, which enters with the third power of theta and, in D, the first.
    CHECK((as_matrix(rough).cast<double>() - as_matrix(precise)).cwiseAbs().maxCoeff() <= 3e-4 * precise(0, 0));
    CHECK_THROWS_AS((InfiniteNtk{.inputs = 63}.ntk(view, view)), std::invalid_argument);
    CHECK_THROWS_AS((InfiniteNtk{.inputs = 64, .hidden_layers = 0}.ntk(view, view)), std::invalid_argument);
    CHECK_THROWS_AS((InfiniteNtk{.inputs = 64, .width = std::nan("")}.ntk(view, view)), std::invalid_argument);
}

}  // namespace infinite_ntk_test
