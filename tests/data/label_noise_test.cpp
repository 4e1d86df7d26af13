#include <cmath>
#include <cstddef>
#include <stdexcept>

#include <pstar/data/label_noise.hpp>
#include <pstar/data/subset.hpp>

#include "catch.hpp"

namespace label_noise_test {

namespace {

/// Images of no interest, labels 0, 1, ..., classes - 1 again and again.
pstar::Dataset labelled(std::size_t size, std::size_t classes) {
    pstar::Dataset data{.images = pstar::Tensor<std::uint8_t, 4>::from_shape({size, 1, 1, 1}),
                        .labels = pstar::Tensor<pstar::Label, 1>::from_shape({size}),
                        .classes = classes};
    for (std::size_t i = 0; i < size; ++i) data.labels.data()[i] = static_cast<pstar::Label>(i % classes);
    return data;
}

pstar::Dataset noisy(const pstar::Dataset& data, double q, std::uint64_t seed = 5) {
    auto result = data;
    pstar::add_label_noise(result, q, pstar::Seed{seed});
    return result;
}

}  // namespace

TEST_CASE("a share q (K - 1)/K of the labels becomes wrong, every class equally often") {
    constexpr std::size_t size = 40'000, classes = 4;
    const auto clean = labelled(size, classes);
    const auto data = noisy(clean, 0.4);
    std::vector<double> count(classes);
    double wrong = 0;
    for (std::size_t i = 0; i < size; ++i) {
        if (data.label(i) == clean.label(i)) continue;
        ++wrong;
        ++count[data.label(i)];
    }
    const double expected = 0.4 * 3 / 4 * size;
    CHECK(std::abs(wrong - expected) < 4 * std::sqrt(expected * (1 - 0.3)));
    for (const double of_class : count) CHECK(std::abs(of_class - expected / 4) < 4 * std::sqrt(expected / 4));
}

TEST_CASE("label noise is a function of seed and image, nested in q") {
    const auto clean = labelled(3000, 10);
    const auto little = noisy(clean, 0.2), much = noisy(clean, 0.7), all = noisy(clean, 1),
               other = noisy(clean, 0.7, 6);
    std::size_t differ = 0;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        if (little.label(i) != clean.label(i)) CHECK(much.label(i) == little.label(i));
        if (much.label(i) != clean.label(i)) CHECK(all.label(i) == much.label(i));
        differ += other.label(i) != much.label(i);
    }
    CHECK(differ > 1000);
    const auto part = noisy(pstar::take(clean, 100), 0.7);
    for (std::size_t i = 0; i < part.size(); ++i) CHECK(part.label(i) == much.label(i));
    CHECK((noisy(clean, 0).labels == clean.labels));
    CHECK_THROWS_AS(noisy(clean, 1.1), std::invalid_argument);
    CHECK_THROWS_AS(noisy(clean, -0.1), std::invalid_argument);
}

}  // namespace label_noise_test
