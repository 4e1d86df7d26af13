// Kernels of infinite networks of every activation, with variances and parameterisations, against wide finite networks
// and against what theory says of their depth.
#include <pstar/core/random.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/dual_activation.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/ntk/infinite_ntk.hpp>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "reference/jacobian_kernel.hpp"

namespace wide_networks_test {

using namespace pstar;

namespace {

const std::vector<Activation> all_activations{
    Activation::relu, Activation::tanh,   Activation::sigmoid, Activation::leaky_relu(0.3),
    Activation::gelu, Activation::linear, Activation::square};

template <class Scalar>
View<const Scalar> view_of(const Matrix<Scalar>& x) {
    return {x.data(), {static_cast<std::size_t>(x.rows()), static_cast<std::size_t>(x.cols())}};
}

/// Rows of normal numbers of this standard deviation.
Matrix<double> random_rows(Eigen::Index rows, Eigen::Index columns, double stddev = 1) {
    RandomSequence next({Seed{4}});
    Matrix<double> x(rows, columns);
    for (Eigen::Index i = 0; i < rows; ++i)
        for (Eigen::Index j = 0; j < columns; ++j) x(i, j) = stddev * next.normal();
    return x;
}

/// Five random images of 16 pixels.
Dataset few_images() {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({5, 1, 4, 4}),
                 .labels = Tensor<Label, 1>::from_shape({5}),
                 .classes = 3};
    RandomSequence next({Seed{8}});
    for (auto& pixel : elements(data.images)) pixel = static_cast<std::uint8_t>(next.below(256));
    std::ranges::fill(elements(data.labels), Label{0});
    return data;
}
Matrix<double> pixels_of(const Dataset& data) {
    Matrix<double> x(std::ssize(elements(data.labels)), static_cast<Eigen::Index>(data.pixels()));
    for (std::size_t n = 0; n < data.size(); ++n)
        for (std::size_t i = 0; i < data.pixels(); ++i)
            x(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(i)) = data.image(n)[i] / 255.0;
    return x;
}

/// Draws an MLP's parameters from normal distributions of variances w/fan_in and b, and returns the standard
/// deviations, one per parameter. Sums of 16 uniform weights are so far from normal that the averages below would show
/// it.
Eigen::VectorXd draw_parameters(Mlp<double>& net, double weight, double bias, std::uint64_t seed) {
    RandomSequence next({Seed{seed}});
    Eigen::VectorXd result(static_cast<Eigen::Index>(net.parameters().size()));
    Eigen::Index at = 0;
    for (std::size_t l = 0; l < net.layers(); ++l) {
        const double of_weights = std::sqrt(weight / static_cast<double>(net.widths()[l]));
        for (const auto& [view, stddev] :
             {std::pair{net.parameters()[2 * l], of_weights}, std::pair{net.parameters()[2 * l + 1], std::sqrt(bias)}})
            for (double& p : view.elements()) {
                p = stddev * next.normal();
                result[at++] = stddev;
            }
    }
    return result;
}

/// Averages over random networks, and their fluctuation.
struct Average {
    Matrix<double> sum = Matrix<double>::Zero(5, 5), squares = Matrix<double>::Zero(5, 5);
    int count = 0;

    void add(const Matrix<double>& kernel) {
        sum += kernel;
        squares += kernel.cwiseAbs2();
        ++count;
    }
    /// The largest distance from `theory`, in units of its largest element.
    double distance(const Tensor<double, 2>& theory) const {
        return (sum / count - as_matrix(theory)).cwiseAbs().maxCoeff() / as_matrix(theory).cwiseAbs().maxCoeff();
    }
    /// The largest standard error of an element, in the same units.
    double error(const Tensor<double, 2>& theory) const {
        const Matrix<double> variance = squares / count - (sum / count).cwiseAbs2();
        return std::sqrt(variance.maxCoeff() / count) / as_matrix(theory).cwiseAbs().maxCoeff();
    }
};

/// The logits' tangent kernels in standard parameterisation, one per image pair: J J^T of the first logit.
Matrix<double> one_logit(const Matrix<double>& jacobian, Eigen::Index classes) {
    Matrix<double> rows(jacobian.rows() / classes, jacobian.cols());
    for (Eigen::Index n = 0; n < rows.rows(); ++n) rows.row(n) = jacobian.row(n * classes);
    return rows * rows.transpose();
}

}  // namespace

TEST_CASE("kernels of wide random networks are those of the infinite one, for every activation", "[long]") {
    // Two hidden layers of 256 units. 48 networks leave 1/sqrt(48) of their fluctuation, which the test measures: 1 to
    // 3% of the kernel, 7% for square, whose fourth moments are large. Means differ by about 1/256 beyond that.
    constexpr std::size_t width = 256;
    constexpr int seeds = 48;
    const auto data = few_images();
    const auto x = pixels_of(data);
    for (const auto phi : all_activations) {
        const double weight = 1.5, bias = 0.2;
        InfiniteNtk infinite{
            .inputs = 16, .width = width, .activation = phi, .weight_variance = weight, .bias_variance = bias};
        const auto standard = infinite.ntk(view_of(x), view_of(x)), nngp = infinite.nngp(view_of(x), view_of(x));
        infinite.parameterisation = NtkParameterisation::ntk;
        infinite.width = std::numeric_limits<double>::infinity();  // which it does not depend on
        const auto rescaled = infinite.ntk(view_of(x), view_of(x));
        Average of_standard, of_rescaled, of_logits;
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            auto net = mlp<double>({16, width, width, 3}, phi, Seed{seed});
            const auto scales = draw_parameters(net, weight, bias, seed);
            const auto j = reference::jacobian(net, data, Identity{});
            of_standard.add(one_logit(j, 3) / width);
            of_rescaled.add(one_logit(j * scales.asDiagonal(), 3));
            // Many logits at once, for each is one draw only.
            auto many = mlp<double>({16, width, width, 200}, phi, Seed{seed});
            draw_parameters(many, weight, bias, seed);
            Tape<double> tape;
            const Matrix<double> f = many(tape.constant(view_of(x))).value().matrix();
            of_logits.add(f * f.transpose() / 200);
        }
        INFO(to_string(phi) << ": standard " << of_standard.distance(standard) << " +- " << of_standard.error(standard)
                            << ", ntk " << of_rescaled.distance(rescaled) << " +- " << of_rescaled.error(rescaled)
                            << ", nngp " << of_logits.distance(nngp) << " +- " << of_logits.error(nngp));
        const double noise = phi == Activation::square ? 0.1 : 0.035;
        for (const auto& [average, theory] :
             {std::pair{&of_standard, &standard}, std::pair{&of_rescaled, &rescaled}, std::pair{&of_logits, &nngp}}) {
            CHECK(average->error(*theory) <= noise);
            CHECK(average->distance(*theory) <= 4 * average->error(*theory) + 1. / width);
        }
    }
}

TEST_CASE("kernels of few images are the recursion over duals, pair by pair") {
    // Standard deviations 0.3 to 20 reach short and long series, and the sums in their place.
    for (const double stddev : {0.3, 1., 4., 20.}) {
        Matrix<double> x = random_rows(11, 6, stddev);
        x.row(3) = x.row(2), x.row(5) = -x.row(4);
        x.row(7) = x.row(6) + 0.05 * x.row(0);  // nearly equal
        x.row(8) = 0.1 * x.row(0);              // of one direction, but not of one length
        const Matrix<double> y = x.topRows(9);  // a block of 8 and one image
        for (const auto phi : all_activations) {
            const InfiniteNtk infinite{.inputs = 6,
                                       .hidden_layers = 2,
                                       .activation = phi,
                                       .weight_variance = 1.3,
                                       .bias_variance = 0.1,
                                       .parameterisation = NtkParameterisation::ntk};
            const auto ntk = infinite.ntk(view_of(x), view_of(y)), nngp = infinite.nngp(view_of(x), view_of(y));
            for (Eigen::Index i = 0; i < x.rows(); ++i)
                for (Eigen::Index j = 0; j < y.rows(); ++j) {
                    const auto first = [&](auto&& u, auto&& v) { return 1.3 * u.dot(v) / 6 + 0.1; };
                    double s = first(x.row(i), y.row(j)), q = first(x.row(i), x.row(i)), r = first(y.row(j), y.row(j));
                    double t = s;
                    for (int l = 0; l < 2; ++l) {
                        const auto dual = dual_activation(phi, q, r, s);
                        s = 1.3 * dual.value + 0.1;
                        t = s + 1.3 * dual.derivative * t;
                        q = 1.3 * dual_activation(phi, q, q, q).value + 0.1;
                        r = 1.3 * dual_activation(phi, r, r, r).value + 0.1;
                    }
                    INFO(to_string(phi) << ", stddev " << stddev << ", images " << i << " and " << j);
                    const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
                    // relu's angle between equal images is rounding, 1e-8; series end at 1e-9.
                    CHECK(ntk(a, b) == Approx(t).epsilon(1e-7).margin(1e-7 * std::sqrt(q * r)));
                    CHECK(nngp(a, b) == Approx(s).epsilon(1e-9).margin(1e-9 * std::sqrt(q * r)));
                }
        }
    }
}

TEST_CASE("a pair's kernel has the same bits in any company, and is symmetric") {
    const Matrix<double> x = random_rows(19, 1, 2);  // one pixel: no order of summation in which products could differ
    for (const auto phi : all_activations) {
        INFO(to_string(phi));
        const InfiniteNtk infinite{.inputs = 1, .activation = phi, .weight_variance = 1, .bias_variance = 0.3};
        const auto all = infinite.ntk(view_of(x), view_of(x));
        for (const Eigen::Index first : {0, 5, 7, 17}) {
            const Matrix<double> two = x.middleRows(first, 2);
            const auto alone = infinite.ntk(view_of(two), view_of(two));
            const auto i = static_cast<std::size_t>(first);
            CHECK(alone(0, 1) == all(i, i + 1));
            CHECK(alone(1, 1) == all(i + 1, i + 1));
        }
        CHECK((as_matrix(all) - as_matrix(all).transpose()).isZero(0));
    }
}

TEST_CASE("kernels are positive semi-definite") {
    for (const double stddev : {0.2, 1., 5.}) {
        const Matrix<double> x = random_rows(40, 5, stddev);
        for (const auto phi : all_activations)
            for (const auto kind : {WideKernel::ntk, WideKernel::nngp}) {
                INFO(to_string(phi) << ", stddev " << stddev);
                const InfiniteNtk infinite{
                    .inputs = 5, .hidden_layers = 3, .activation = phi, .weight_variance = 1, .bias_variance = 0.1};
                const auto kernel = infinite.kernel(view_of(x), view_of(x), kind);
                const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(as_matrix(kernel));
                // relu's diagonal has an error of 1e-8 through the angle of equal images.
                CHECK(solver.eigenvalues().minCoeff() >= -1e-8 * solver.eigenvalues().maxCoeff());
            }
    }
}

TEST_CASE("what theory says of depth") {
    const Matrix<double> x = random_rows(6, 8);
    const auto correlations = [&](const InfiniteNtk& infinite) {
        const auto kernel = infinite.nngp(view_of(x), view_of(x));
        Matrix<double> result(6, 6);
        for (std::size_t i = 0; i < 6; ++i)
            for (std::size_t j = 0; j < 6; ++j)
                result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                    kernel(i, j) / std::sqrt(kernel(i, i) * kernel(j, j));
        return result;
    };
    const auto at_depth = [](Activation phi, std::size_t depth, double weight, double bias) {
        return InfiniteNtk{.inputs = 8,
                           .hidden_layers = depth,
                           .activation = phi,
                           .weight_variance = weight,
                           .bias_variance = bias,
                           .parameterisation = NtkParameterisation::ntk};
    };
    // relu with (2, 0) keeps lengths, and draws all images together: Daniely et al. 2016, Poole et al. 2016.
    Matrix<double> before = correlations(at_depth(Activation::relu, 1, 2, 0));
    for (const std::size_t depth : {2, 4, 8, 16, 64}) {
        const auto infinite = at_depth(Activation::relu, depth, 2, 0);
        const Matrix<double> now = correlations(infinite);
        CHECK((now - before).minCoeff() >= -1e-12);
        CHECK((now - before).maxCoeff() > 0);
        before = now;
        const auto nngp = infinite.nngp(view_of(x), view_of(x)), ntk = infinite.ntk(view_of(x), view_of(x));
        for (std::size_t i = 0; i < 6; ++i) {
            const double length = 2 * x.row(static_cast<Eigen::Index>(i)).squaredNorm() / 8;
            CHECK(nngp(i, i) == Approx(length).epsilon(1e-12));
            // T_{l+1} = S + T 2 D with D = 1/2: one S for each of depth + 1 layers of weights. The angle that rounding
            // leaves between equal images, 1e-8 for each layer, is in D.
            CHECK(ntk(i, i) == Approx(length * static_cast<double>(depth + 1)).epsilon(1e-6));
        }
    }
    CHECK(before.minCoeff() > 0.98);
    // tanh without biases: ordered for weights below 1, where images shrink to 0; chaotic above, where images of
    // correlation near 1 part (Poole et al. 2016).
    CHECK(as_matrix(at_depth(Activation::tanh, 40, 0.8, 0).nngp(view_of(x), view_of(x))).maxCoeff() < 1e-3);
    Matrix<double> close(2, 8);
    close.row(0) = x.row(0);
    close.row(1) = x.row(0) + 0.01 * x.row(1);
    double correlation = 1;
    for (const std::size_t depth : {10, 20, 40}) {
        const auto chaotic = at_depth(Activation::tanh, depth, 4, 0).nngp(view_of(close), view_of(close));
        CHECK(chaotic(0, 0) > 1);
        CHECK(chaotic(0, 1) / chaotic(0, 0) < correlation);
        correlation = chaotic(0, 1) / chaotic(0, 0);
    }
    CHECK(correlation < 0.5);
    // A linear network's kernels are S_1 times powers: nngp w^L S_1, ntk (L + 1) w^L S_1.
    const auto linear = at_depth(Activation::linear, 3, 0.5, 0);
    const Matrix<double> first = 0.5 * x * x.transpose() / 8;
    CHECK((as_matrix(linear.nngp(view_of(x), view_of(x))) - 0.125 * first).cwiseAbs().maxCoeff() <= 1e-14);
    CHECK((as_matrix(linear.ntk(view_of(x), view_of(x))) - 0.5 * first).cwiseAbs().maxCoeff() <= 1e-14);
}

TEST_CASE("equal, opposite, tiny and zero images give numbers, in float and in double") {
    const auto check = [&](auto one) {
        using Scalar = decltype(one);
        Matrix<Scalar> x = random_rows(6, 4).cast<Scalar>();
        x.row(1) = x.row(0), x.row(2) = -x.row(0);
        x.row(3).setZero();
        x.row(4) *= Scalar{1e-15F}, x.row(5) *= Scalar{1e3F};
        for (const auto phi : all_activations)
            for (const double bias : {0., 1.})
                for (const double width : {100., std::numeric_limits<double>::infinity()})
                    for (const auto how : {NtkParameterisation::standard, NtkParameterisation::ntk})
                        for (const auto kind : {WideKernel::ntk, WideKernel::nngp}) {
                            const InfiniteNtk infinite{.inputs = 4,
                                                       .width = width,
                                                       .activation = phi,
                                                       .weight_variance = 1,
                                                       .bias_variance = bias,
                                                       .parameterisation = how};
                            INFO(to_string(phi) << ", bias " << bias << ", width " << width);
                            const auto kernel = infinite.kernel(view_of(x), view_of(x), kind);
                            CHECK(as_matrix(kernel).allFinite());
                            CHECK(kernel(0, 1) == Approx(kernel(0, 0)).epsilon(1e-3));
                        }
        // Without biases a relu network is 0 at a zero image, and so are its gradients but for those of the last bias.
        const InfiniteNtk infinite{.inputs = 4, .width = 100, .weight_variance = 2, .bias_variance = 0};
        const auto kernel = infinite.ntk(view_of(x), view_of(x));
        for (std::size_t j = 0; j < 6; ++j) CHECK(kernel(3, j) == Scalar(0.01));
        // 100 layers shrink it 6-fold each: floats end in zeros, not in what is no number.
        CHECK(as_matrix(InfiniteNtk{.inputs = 4, .hidden_layers = 100}.ntk(view_of(x), view_of(x))).allFinite());
    };
    check(1.F);
    check(1.);
}

TEST_CASE("defaults are those of mlp, and what makes no network is refused") {
    const Matrix<double> x = random_rows(5, 16);
    const auto usual = InfiniteNtk{.inputs = 16, .width = 50}.ntk(view_of(x), view_of(x));
    const auto same =
        InfiniteNtk{.inputs = 16, .width = 50, .activation = Activation::relu, .weight_variance = 1. / 3}.ntk(
            view_of(x), view_of(x));
    CHECK(as_matrix(usual) == as_matrix(same));
    // Biases like the weights of their layer are no one number, so one hidden layer shows it: b_1 = w/16.
    const InfiniteNtk shallow{.inputs = 16, .hidden_layers = 1, .weight_variance = 2, .bias_variance = 2. / 16};
    const auto given = shallow.ntk(view_of(x), view_of(x));
    const auto left_out =
        InfiniteNtk{.inputs = 16, .hidden_layers = 1, .weight_variance = 2}.ntk(view_of(x), view_of(x));
    CHECK((as_matrix(given) - as_matrix(left_out)).cwiseAbs().maxCoeff() <= 1e-14);

    const auto refused = [&](const InfiniteNtk& infinite, const std::string& why) {
        CHECK_THROWS_WITH(infinite.nngp(view_of(x), view_of(x)), Catch::Contains(why));
        CHECK_THROWS_AS(infinite.validate(), std::invalid_argument);
    };
    refused({.inputs = 16, .weight_variance = 0}, "InfiniteNtk: weight_variance (= 0) must be positive and finite");
    refused({.inputs = 16, .weight_variance = std::nan("")}, "weight_variance (= nan)");
    refused({.inputs = 16, .bias_variance = -1}, "InfiniteNtk: bias_variance (= -1) must be finite, at least 0");
    refused({.inputs = 16, .bias_variance = std::numeric_limits<double>::infinity()}, "bias_variance (= inf)");
}

}  // namespace wide_networks_test
