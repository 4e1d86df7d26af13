#include <pstar/core/math.hpp>
#include <pstar/core/random.hpp>
#include <pstar/softmax.hpp>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "softmax/iris.hpp"

namespace softmax_regression_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

struct Samples {
    Matrix<double> x;
    std::vector<Label> labels;
};

/// Gaussian features, classes by noisy linear scores.
Samples random_samples(Eigen::Index n, Eigen::Index features, std::size_t classes, std::uint64_t seed) {
    RandomSequence next({Seed{seed}});
    const auto normal = [&] { return next.normal(); };
    Samples s{Matrix<double>::NullaryExpr(n, features, normal), {}};
    const Matrix<double> w = Matrix<double>::NullaryExpr(static_cast<Eigen::Index>(classes), features, normal);
    for (Eigen::Index i = 0; i < n; ++i) {
        Vector<double> z = w * s.x.row(i).transpose();
        for (auto& value : z) value += 2 * next.normal();
        Eigen::Index best = 0;
        z.maxCoeff(&best);
        s.labels.push_back(static_cast<Label>(best));
    }
    return s;
}

}  // namespace

TEST_CASE("the optimum on Iris is scikit-learn's") {
    // C = 1, free intercept: objective 28.8863166, accuracy 146/150; weights by scikit-learn 1.2.1, newton-cg to the
    // end.
    const double known[3][4] = {{-0.42350992, 0.96735058, -2.51715238, -1.07933665},
                                {0.53446151, -0.32158786, -0.20639207, -0.94429847},
                                {-0.11095159, -0.64576272, 2.72354445, 2.02363511}};
    const auto labels = iris_labels();
    SoftmaxRegression model(4, 3);
    const auto x = iris_features<double>();
    const auto fit = fit_softmax(model, x, labels, {.tolerance = 1e-8});
    CHECK(fit.status == LbfgsStatus::converged);
    CHECK(fit.gradient_norm <= 1e-8);
    CHECK(fit.objective == Approx(28.8863166).margin(5e-8));
    for (Eigen::Index k = 0; k < 3; ++k)
        for (Eigen::Index i = 0; i < 4; ++i) CHECK(model.weights(k, i) == Approx(known[k][i]).margin(1e-6));
    CHECK(model.weights.colwise().sum().cwiseAbs().maxCoeff() < 1e-8);  // |gradient| / penalty
    CHECK(std::abs(model.intercepts.sum()) < 1e-8);

    const auto result = score(model, x, labels);
    CHECK((result.correct == 146 && result.total == 150));
    CHECK(result.accuracy == Approx(0.97333).margin(5e-6));
    CHECK(150 * result.cross_entropy + 0.5 * model.weights.squaredNorm() == Approx(fit.objective).epsilon(1e-12));

    SoftmaxRegression in_float(4, 3);
    const auto coarse = fit_softmax(in_float, iris_features<float>(), labels, {.tolerance = 1e-3});
    CHECK(coarse.status == LbfgsStatus::converged);
    CHECK(coarse.objective == Approx(28.8863166).epsilon(1e-6));  // ten roundings of float
    CHECK((in_float.weights - model.weights).cwiseAbs().maxCoeff() < 2e-3);
}

TEST_CASE("the gradient of the objective is that of central differences") {
    for (const auto& [n, features, classes] : {std::tuple{7, 3, 2}, {40, 5, 4}, {1, 1, 1}, {130, 784, 10}}) {
        const auto s = random_samples(n, features, static_cast<std::size_t>(classes), 5);
        for (const SoftmaxOptions& options :
             {SoftmaxOptions{.objective = SumLoss{.C = 0.7}},
              SoftmaxOptions{.objective = MeanLoss{.l2 = 0.3}, .fit_intercept = false}}) {
            SoftmaxRegression model(static_cast<std::size_t>(features), static_cast<std::size_t>(classes));
            detail::SoftmaxObjective<double> objective(model, rows_of(s.x), s.labels, options);
            std::vector<double> z(objective.size()), g(z.size()), unused(z.size());
            RandomSequence next({Seed{9}});
            for (auto& value : z) value = 0.3 * next.normal();
            objective(z, g);
            for (std::size_t i = 0; i < z.size(); i += 1 + z.size() / 40) {
                const double h = 1e-4, centre = z[i];
                z[i] = centre + h;
                const double up = objective(z, unused);
                z[i] = centre - h;
                const double slope = (up - objective(z, unused)) / (2 * h);
                z[i] = centre;
                CHECK(g[i] == Approx(slope).epsilon(1e-6).margin(1e-7));  // h^2 times third derivatives
            }
        }
    }
}

TEST_CASE("the sum form with C and the mean form with l2 = 1/(C N) have one optimum") {
    const auto s = random_samples(200, 6, 3, 1);
    SoftmaxRegression sum(6, 3), mean(6, 3);
    const auto a = fit_softmax(sum, s.x, s.labels, {.objective = SumLoss{.C = 0.25}, .tolerance = 1e-9});
    const auto b =
        fit_softmax(mean, s.x, s.labels, {.objective = MeanLoss{.l2 = 1 / (0.25 * 200)}, .tolerance = 1e-11});
    CHECK(a.objective == Approx(0.25 * 200 * b.objective).epsilon(1e-12));
    CHECK((sum.weights - mean.weights).cwiseAbs().maxCoeff() < 1e-8);
}

TEST_CASE("a warm start continues from where the model is") {
    const auto s = random_samples(300, 8, 4, 2);
    SoftmaxRegression model(8, 4);
    const SoftmaxOptions options{.tolerance = 1e-6};
    const auto cold = fit_softmax(model, s.x, s.labels, options);
    REQUIRE(cold.status == LbfgsStatus::converged);
    const auto again = fit_softmax(model, s.x, s.labels, options);
    CHECK((again.status == LbfgsStatus::converged && again.iterations == 0));
    CHECK(again.objective == Approx(cold.objective).epsilon(1e-14));

    SoftmaxRegression stopped(8, 4);
    const auto first = fit_softmax(stopped, s.x, s.labels, {.max_iter = 2});
    CHECK(first.status == LbfgsStatus::max_iterations);
    const auto second = fit_softmax(stopped, s.x, s.labels, {.max_iter = 2});
    CHECK(second.objective < first.objective);
}

TEST_CASE("columns that are zero, equal or of very different size do no harm") {
    auto s = random_samples(500, 6, 3, 4);
    s.x.col(1).setZero();
    s.x.col(3) = s.x.col(2);
    s.x.col(4) *= 1e4;
    s.x.col(5) *= 1e-4;
    SoftmaxRegression model(6, 3);
    const auto fit = fit_softmax(model, s.x, s.labels, {.tolerance = 1e-6});
    CHECK(fit.status == LbfgsStatus::converged);
    CHECK(fit.iterations < 40);
    CHECK(model.weights.col(1).cwiseAbs().maxCoeff() == 0);
    CHECK((model.weights.col(2) - model.weights.col(3)).cwiseAbs().maxCoeff() < 1e-6);  // by the penalty
    SoftmaxRegression free(6, 3);  // without a penalty equal columns leave a direction undetermined: no matter
    const auto undetermined = fit_softmax(free, s.x, s.labels, {.objective = MeanLoss{.l2 = 0}, .tolerance = 1e-7});
    CHECK(undetermined.status == LbfgsStatus::converged);
}

// The weights of features times 2^k are 2^-k times the weights, but for the penalty, which is made to vanish here; no
// rounding depends on powers of two.
TEST_CASE("features may have any units") {
    const auto s = random_samples(400, 4, 3, 4);
    const auto fit_of = [&](std::array<int, 4> exponents) {
        auto x = s.x;
        for (Eigen::Index j = 0; j < 4; ++j) x.col(j) *= std::ldexp(1.0, exponents[static_cast<std::size_t>(j)]);
        SoftmaxRegression model(4, 3);
        const auto fit = fit_softmax(model, x, s.labels, {.objective = MeanLoss{.l2 = 0}, .tolerance = 1e-9});
        CHECK(fit.status == LbfgsStatus::converged);
        for (Eigen::Index j = 0; j < 4; ++j)
            model.weights.col(j) *= std::ldexp(1.0, exponents[static_cast<std::size_t>(j)]);
        return std::pair{fit, model};
    };
    const auto [fit, model] = fit_of({0, 0, 0, 0});
    for (const std::array<int, 4>& exponents :
         {std::array{100, 100, 100, 100}, {-26, 26, 0, 4}, {900, -900, 300, -300}, {-1000, -100, 11, -11}}) {
        const auto [other, scaled] = fit_of(exponents);
        CAPTURE(exponents);
        CHECK(other.objective == Approx(fit.objective).epsilon(1e-12));
        CHECK((scaled.weights - model.weights).cwiseAbs().maxCoeff() < 1e-6);
        CHECK((scaled.intercepts - model.intercepts).cwiseAbs().maxCoeff() < 1e-6);
    }
}

TEST_CASE("a penalty holds the weights of small features down and lets those of large ones be") {
    auto s = random_samples(400, 2, 3, 8);
    s.x.col(0) *= 1e-30;
    s.x.col(1) *= 1e30;
    SoftmaxRegression model(2, 3);
    const auto fit = fit_softmax(model, s.x, s.labels, {.tolerance = 1e-8});
    CHECK(fit.status == LbfgsStatus::converged);
    CHECK(model.weights.col(0).cwiseAbs().maxCoeff() < 1e-25);
    const Matrix<double> alone = s.x.col(1) * 1e-30;
    SoftmaxRegression free(1, 3);
    fit_softmax(free, alone, s.labels, {.objective = MeanLoss{.l2 = 0}, .tolerance = 1e-10});
    // neither has a penalty: the weights are known up to a constant
    const auto differences = [](const Vector<double>& w) { return Vector<double>(w.array() - w.mean()); };
    const Vector<double> ours = differences(1e30 * model.weights.col(1)), theirs = differences(free.weights.col(0));
    CHECK((ours - theirs).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("no units of any features leave a fit without a finite result") {
    RandomSequence next({Seed{3}});
    int converged = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        auto s = random_samples(30 + static_cast<Eigen::Index>(seed % 50), 1 + static_cast<Eigen::Index>(seed % 6),
                                2 + seed % 3, seed);
        const bool single = seed % 2 == 0;
        const double range = single ? 30 : 200;
        for (Eigen::Index j = 0; j < s.x.cols(); ++j) s.x.col(j) *= std::pow(10, next.uniform(-range, range));
        SoftmaxRegression model(static_cast<std::size_t>(s.x.cols()), 2 + seed % 3);
        const auto fit =
            single ? fit_softmax(model, Matrix<float>(s.x.cast<float>()), s.labels) : fit_softmax(model, s.x, s.labels);
        CAPTURE(seed, single);
        converged += fit.status == LbfgsStatus::converged;
        CHECK(fit.status != LbfgsStatus::not_finite);
        CHECK(std::isfinite(fit.objective));
        CHECK((model.weights.allFinite() && model.intercepts.allFinite()));
    }
    CHECK(converged >= 195);  // the others stall: float's rounding
}

TEST_CASE("more features than a Cholesky factor is worth are scaled one by one") {
    auto s = random_samples(60, 1100, 3, 6);
    SoftmaxRegression model(1100, 3);
    const auto fit = fit_softmax(model, s.x, s.labels, {.tolerance = 1e-6});
    CHECK(fit.status == LbfgsStatus::converged);
    CHECK(model.weights.colwise().sum().cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("log-sum-exp minus z_y, as score has it") {
    // Logits .2 .5 .3 from one feature: weights with x = 1.
    SoftmaxRegression model(1, 3);
    model.weights << 0.2, 0.5, 0.3;
    const Matrix<double> x = Matrix<double>::Ones(1, 1);
    const double log_sum = std::log(std::exp(0.2) + std::exp(0.5) + std::exp(0.3));
    for (Label y = 0; y < 3; ++y) {
        const std::vector<Label> label{y};
        CHECK(score(model, x, label).cross_entropy == Approx(log_sum - model.weights(y, 0)).epsilon(0).margin(1e-11));
    }
    const auto p = probabilities(model, x);
    for (Eigen::Index k = 0; k < 3; ++k) CHECK(p(0, k) == Approx(std::exp(model.weights(k, 0) - log_sum)));
    CHECK(predict(model, x) == std::vector<std::size_t>{1});
}

TEST_CASE("probabilities and scores are finite for features up to 1e5, in float and double") {
    const auto check = [](auto zero) {
        using Scalar = decltype(zero);
        auto s = random_samples(30, 5, 4, 8);
        Matrix<Scalar> x = s.x.cast<Scalar>();
        x *= Scalar(1e5) / x.cwiseAbs().maxCoeff();
        SoftmaxRegression model(5, 4);
        model.weights.setRandom();
        const auto p = probabilities(model, x);
        CHECK(p.allFinite());
        CHECK((p.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-6);
        const auto result = score(model, x, s.labels);
        CHECK(std::isfinite(result.cross_entropy));
        CHECK(result.cross_entropy > 1);  // sure and often wrong
        const auto fit = fit_softmax(model, x, s.labels, {.max_iter = 50});
        CHECK(std::isfinite(fit.objective));
        CHECK(score(model, x, s.labels).cross_entropy < result.cross_entropy);
        CHECK(probabilities(model, x).allFinite());
    };
    check(0.0F);
    check(0.0);
}

TEST_CASE("probabilities, classes and score agree over many blocks of rows") {
    const auto s = random_samples(2500, 7, 5, 3);
    SoftmaxRegression model(7, 5);
    fit_softmax(model, s.x, s.labels);
    const auto p = probabilities(model, s.x);
    const auto classes = predict(model, s.x);
    const auto result = score(model, s.x, s.labels);
    std::size_t correct = 0;
    double loss = 0;
    for (Eigen::Index n = 0; n < p.rows(); ++n) {
        const auto i = static_cast<std::size_t>(n);
        Eigen::Index best = 0;
        p.row(n).maxCoeff(&best);
        REQUIRE(classes[i] == static_cast<std::size_t>(best));
        correct += classes[i] == s.labels[i];
        loss -= std::log(p(n, s.labels[i]));
    }
    CHECK(result.correct == correct);
    CHECK(result.cross_entropy == Approx(loss / 2500).epsilon(1e-12));
}

TEST_CASE("what does not fit is refused, and NaN is never right") {
    const auto labels = iris_labels();
    auto x = iris_features<double>();
    SoftmaxRegression model(4, 3), narrow(3, 3), few(4, 2);
    CHECK_THROWS_AS(fit_softmax(narrow, x, labels), std::invalid_argument);
    CHECK_THROWS_AS(fit_softmax(few, x, labels), std::invalid_argument);
    CHECK_THROWS_AS(fit_softmax(model, x, std::span(labels).first(149)), std::invalid_argument);
    CHECK_THROWS_AS(fit_softmax(model, x, labels, {.objective = SumLoss{.C = 0}}), std::invalid_argument);
    CHECK_THROWS_AS(fit_softmax(model, x, labels, {.objective = MeanLoss{.l2 = -1}}), std::invalid_argument);
    CHECK_THROWS_AS(SoftmaxRegression(4, max_classes + 1), std::invalid_argument);
    fit_softmax(model, x, labels);
    x(17, 2) = std::nan("");
    CHECK_THROWS_WITH(fit_softmax(model, x, labels), Catch::Contains("sample 17"));
    CHECK(predict(model, x)[17] == 3);
    CHECK(std::isnan(score(model, x, labels).cross_entropy));
}

TEST_CASE("threads change no bit of a fit in float") {
    const auto samples = random_samples(5000, 40, 4, 1);
    const Matrix<float> x = samples.x.cast<float>();
    const auto fit = [&](std::size_t threads) {
        SoftmaxRegression model(40, 4);
        fit_softmax(model, x, samples.labels, {.max_iter = 20, .threads = threads});
        return model;
    };
    const auto one = fit(1);
    for (const std::size_t threads : {2, 3}) {
        const auto more = fit(threads);
        CHECK(more.weights == one.weights);
        CHECK(more.intercepts == one.intercepts);
    }
}

}  // namespace softmax_regression_test
