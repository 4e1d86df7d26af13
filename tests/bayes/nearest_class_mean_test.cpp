// The nearest class mean, by its definition and in closed form.
#include <pstar/bayes/nearest_class_mean.hpp>
#include <pstar/bayes/nearest_class_mean_accuracy.hpp>
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/statistics/mean_interval.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bayes/toys.hpp"
#include "catch.hpp"

namespace nearest_class_mean_test {

using namespace pstar;
using Options = NearestClassMeanOptions;

namespace {

/// The images of a batch through a channel, (N, D).
Matrix<float> seen(const Dataset& data, const auto& channel, Stream stream, std::uint64_t seed = 0) {
    Batch<float> batch;
    batch.fill_range(data, 0, data.size(), channel, {Seed{seed}, stream});
    return batch.images().matrix();
}

/// Classes that are grey templates, each pixel of each image shifted by noise of its own: N images, label n mod K.
Dataset around_templates(std::size_t size, std::size_t pixels, std::size_t classes, int spread, std::uint64_t seed) {
    RandomSequence templates(RandomStream{Seed{77}}), random(RandomStream{Seed{seed}});
    std::vector<int> of_class(classes * pixels), bytes, labels;
    for (auto& byte : of_class) byte = static_cast<int>(90 + templates.below(60));
    for (std::size_t n = 0; n < size; ++n) {
        labels.push_back(static_cast<int>(n % classes));
        for (std::size_t i = 0; i < pixels; ++i)
            bytes.push_back(of_class[n % classes * pixels + i] - spread +
                            static_cast<int>(random.below(static_cast<std::uint32_t>(2 * spread + 1))));
    }
    return bayes_toys::library(pixels, bytes, labels, classes);
}

}  // namespace

TEST_CASE("the nearest class mean is the class whose mean is nearest") {
    const auto digits = synthetic_digits({.train = 400, .test = 200, .seed = 3});
    const Replacement channel{.p = 0.4};
    for (const auto means : {Options::Means::corrupted, Options::Means::clean})
        for (const auto distance : {Options::Distance::euclidean, Options::Distance::weighted}) {
            const auto model = fit_nearest_class_mean(digits.train, channel, {.means = means, .distance = distance});
            const auto x = means == Options::Means::clean ? seen(digits.train, Identity{}, Stream::train_noise)
                                                          : seen(digits.train, channel, Stream::train_noise);
            for (Eigen::Index k = 0; k < 10; ++k) {
                Vector<double> mean = Vector<double>::Zero(784);
                double count = 0;
                for (Eigen::Index n = 0; n < x.rows(); ++n)
                    if (digits.train.label(static_cast<std::size_t>(n)) == k) {
                        mean += x.row(n).transpose().cast<double>();
                        ++count;
                    }
                CHECK((model.means.row(k).transpose() - mean / count).cwiseAbs().maxCoeff() < 1e-12);
                CHECK(model.images[static_cast<std::size_t>(k)] == static_cast<std::size_t>(count));
            }
            const auto test = seen(digits.test, channel, Stream::test_noise);
            const auto found = predict(model.classifier, test);
            for (Eigen::Index n = 0; n < test.rows(); ++n) {
                std::vector<double> distances;
                for (Eigen::Index k = 0; k < 10; ++k)
                    distances.push_back((test.row(n).cast<double>() - model.means.row(k))
                                            .transpose()
                                            .cwiseAbs2()
                                            .cwiseQuotient(model.variances)
                                            .sum());
                const auto chosen = distances[found[static_cast<std::size_t>(n)]];
                CHECK(chosen == Approx(*std::ranges::min_element(distances)).epsilon(1e-5));  // logits are in float
            }
            if (distance == Options::Distance::euclidean)
                CHECK(model.variances.minCoeff() == model.variances.maxCoeff());
            else
                CHECK(model.variances.minCoeff() < 0.8 * model.variances.maxCoeff());
        }
}

TEST_CASE("a class without an image is never chosen, and pixels that never vary are no trouble") {
    const auto train = bayes_toys::library(3, {0, 10, 0, 0, 12, 0, 0, 200, 255, 0, 210, 255}, {0, 0, 2, 2}, 3);
    for (const auto distance : {Options::Distance::euclidean, Options::Distance::weighted}) {
        const auto model = fit_nearest_class_mean(train, Identity{}, {.distance = distance});
        const auto x = seen(train, Identity{}, Stream::test_noise);
        CHECK(predict(model.classifier, x) == std::vector<std::size_t>{0, 0, 2, 2});
        const auto p = probabilities(model.classifier, x);
        CHECK(p.allFinite());
        CHECK(p.col(1).maxCoeff() < 1e-30F);
        CHECK(std::isnan(model.means(1, 0)));
    }
    const auto alike = bayes_toys::library(2, {5, 5, 5, 5}, {0, 1}, 2);
    CHECK(
        probabilities(fit_nearest_class_mean(alike, Identity{}).classifier, seen(alike, Identity{}, Stream::test_noise))
            .isConstant(0.5F));
    CHECK_THROWS_WITH(fit_nearest_class_mean(Dataset{}, Identity{}), Catch::Contains("train.size() (= 0)"));
}

TEST_CASE("the nearest class mean's accuracy in closed form is what training and testing gives", "[long]") {
    constexpr std::size_t classes = 4, pixels = 60;
    const auto population = around_templates(8000, pixels, classes, 40, 1);
    const auto test = around_templates(4000, pixels, classes, 40, 2);
    for (const std::size_t n : {8, 40, 400})
        for (const double p : {0.3, 0.7, 0.9}) {
            const Replacement channel{.p = p};
            const double expected =
                nearest_class_mean_accuracy(population, PixelMoments(channel), static_cast<double>(n));
            std::vector<double> measured;
            for (std::uint64_t seed = 0; seed < 40; ++seed) {
                const auto train = around_templates(n, pixels, classes, 40, 100 + seed);
                const auto model = fit_nearest_class_mean(train, channel, {.seed = seed});
                measured.push_back(
                    score(model.classifier, seen(test, channel, Stream::test_noise, seed), test.all_labels()).accuracy);
            }
            const auto found = mean_interval(measured, 0.999);
            INFO(n << " images, p = " << p << ": " << expected << ", measured " << found.low << " to " << found.high);
            // .006: sequential conditioning (see any_below_zero), and noise of means that is normal only in the sum
            CHECK(expected > found.low - 0.006);
            CHECK(expected < found.high + 0.006);
        }
    const PixelMoments channel(Replacement{.p = 0.9});
    const PixelMoments light(Replacement{.p = 0.3});
    CHECK(nearest_class_mean_accuracy(population, light, 8) < nearest_class_mean_accuracy(population, light) - 0.03);
    CHECK(nearest_class_mean_accuracy(population, PixelMoments(Replacement{.p = 1})) == Approx(0.25).margin(1e-3));
    CHECK_THROWS_WITH(nearest_class_mean_accuracy(population, channel, 2), Catch::Contains("train_images (= 2)"));
    const auto few = bayes_toys::library(1, {0, 1, 2}, {0, 0, 1}, 2);
    CHECK_THROWS_WITH(nearest_class_mean_accuracy(few, channel), Catch::Contains("be at least 2"));
}

}  // namespace nearest_class_mean_test
