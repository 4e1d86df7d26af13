#include <pstar/data/subset.hpp>

#include <algorithm>
#include <set>

#include "catch.hpp"

namespace subset_test {

using namespace pstar;

namespace {

/// `per_class[k]` images of class k, in turns; image i has two pixels that spell i, so that it is known anywhere.
Dataset numbered(std::vector<std::size_t> per_class) {
    const auto n = std::accumulate(per_class.begin(), per_class.end(), std::size_t{0});
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({n, 1, 1, 2}),
                 .labels = Tensor<Label, 1>::from_shape({n}),
                 .classes = per_class.size()};
    for (std::size_t i = 0, k = 0; i < n; k = (k + 1) % per_class.size()) {
        if (per_class[k] == 0) continue;
        --per_class[k];
        data.image(i)[0] = static_cast<std::uint8_t>(i / 256);
        data.image(i)[1] = static_cast<std::uint8_t>(i % 256);
        data.labels(i++) = static_cast<Label>(k);
    }
    return data;
}

std::size_t number(const Dataset& data, std::size_t i) {
    return data.image(i)[0] * 256UL + data.image(i)[1];
}

std::vector<std::size_t> numbers(const Dataset& data) {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < data.size(); ++i) all.push_back(number(data, i));
    return all;
}

std::vector<std::size_t> class_counts(const Dataset& data) {
    std::vector<std::size_t> counts(data.classes);
    for (const auto label : data.labels) ++counts[label];
    return counts;
}

bool labels_follow(const Dataset& part, const Dataset& whole) {
    for (std::size_t i = 0; i < part.size(); ++i)
        if (part.label(i) != whole.label(number(part, i))) return false;
    return part.classes == whole.classes;
}

}  // namespace

TEST_CASE("take gives the first images, and says how many there are") {
    const auto data = numbered({4, 4, 4});
    const auto part = take(data, 5);
    CHECK(numbers(part) == std::vector<std::size_t>{0, 1, 2, 3, 4});
    CHECK(labels_follow(part, data));
    CHECK(take(data, 12).size() == 12);
    CHECK(take(data, 0).size() == 0);
    CHECK(take(data, 0).pixels() == 2);
    CHECK_THROWS_WITH(take(data, 13), "take: n (= 13) must be at most the number of images, 12");
}

TEST_CASE("subset follows the indices, repeats included") {
    const auto data = numbered({4, 4, 4});
    const auto part = subset(data, std::vector<std::size_t>{7, 0, 7});
    CHECK(numbers(part) == std::vector<std::size_t>{7, 0, 7});
    CHECK(labels_follow(part, data));
    CHECK_THROWS_WITH(subset(data, std::vector<std::size_t>{1, 12}),
                      "subset: index (= 12) must be below the number of images, 12");
}

TEST_CASE("a random subset is a function of the seed, without repeats, nested in size") {
    const auto data = numbered({400, 300, 300});
    for (const auto balance : {Balance::no, Balance::yes}) {
        const auto part = random_subset(data, 200, Seed{3}, balance);
        CHECK(part.size() == 200);
        CHECK(labels_follow(part, data));
        const auto chosen = numbers(part);
        CHECK(std::set(chosen.begin(), chosen.end()).size() == 200);
        CHECK(numbers(random_subset(data, 200, Seed{3}, balance)) == chosen);
        CHECK(numbers(random_subset(data, 200, Seed{4}, balance)) != chosen);
        CHECK(numbers(take(random_subset(data, 350, Seed{3}, balance), 200)) == chosen);
    }
}

TEST_CASE("every image is equally likely to be chosen") {
    const auto data = numbered({10, 10});
    for (const auto balance : {Balance::no, Balance::yes}) {
        std::vector<double> chosen(20);
        constexpr int draws = 4000;
        for (std::uint64_t seed = 0; seed < draws; ++seed)
            for (const auto i : numbers(random_subset(data, 5, Seed{seed}, balance))) chosen[i] += 1;
        // Binomial(4000, 1/4): 1000 with standard deviation 27.4; 4.5 of them, as 20 counts are looked at.
        for (const auto count : chosen) CHECK(count == Approx(1000).margin(4.5 * 27.4));
    }
}

TEST_CASE("a balanced subset has equally many images of every class") {
    const auto data = numbered({90, 30, 60});
    CHECK(class_counts(random_subset(data, 60, Seed{1}, Balance::yes)) == std::vector<std::size_t>{20, 20, 20});
    CHECK(class_counts(random_subset(data, 90, Seed{1}, Balance::yes)) == std::vector<std::size_t>{30, 30, 30});
    const auto counts = class_counts(random_subset(data, 50, Seed{1}, Balance::yes));
    for (const auto count : counts) CHECK((count == 16 || count == 17));
    CHECK_THROWS_WITH(random_subset(data, 120, Seed{1}, Balance::yes), Catch::Contains("class 1 has only 30 images"));
    CHECK_THROWS_WITH(random_subset(data, 181, Seed{1}), Catch::Contains("at most the number of images, 180"));
    CHECK_THROWS_WITH(random_subset(numbered({9, 0, 9}), 6, Seed{1}, Balance::yes),
                      Catch::Contains("class 1 has only 0 images"));
}

TEST_CASE("a split shares no image and loses none") {
    const auto data = numbered({40, 40, 40});
    for (const auto balance : {Balance::no, Balance::yes})
        for (const std::size_t n : {0UL, 1UL, 50UL, 120UL}) {
            const auto [first, second] = split(data, n, Seed{5}, balance);
            CHECK(first.size() == n);
            CHECK(numbers(first) == numbers(random_subset(data, n, Seed{5}, balance)));
            CHECK((labels_follow(first, data) && labels_follow(second, data)));
            auto all = numbers(first);
            const auto rest = numbers(second);
            all.insert(all.end(), rest.begin(), rest.end());
            std::sort(all.begin(), all.end());
            CHECK(all == numbers(data));
        }
    CHECK(class_counts(split(data, 60, Seed{5}, Balance::yes).second) == std::vector<std::size_t>{20, 20, 20});
    CHECK_THROWS_WITH(split(data, 121, Seed{5}), Catch::Contains("split: n (= 121)"));
}

TEST_CASE("parts of a dataset of floats are floats") {
    Dataset data{.labels = Tensor<Label, 1>::from_shape({4}), .float_images = Tensor<float, 4>({4, 1, 1, 3})};
    for (std::size_t i = 0; i < 4; ++i) {
        data.labels(i) = static_cast<Label>(i);
        std::ranges::fill(data.float_image(i), static_cast<float>(i) / 8);
    }
    const auto part = subset(data, std::vector<std::size_t>{3, 1});
    REQUIRE((part.has_floats() && part.size() == 2 && part.pixels() == 3));
    CHECK((part.label(0) == 3 && part.float_image(0)[2] == 0.375F));
    CHECK((part.label(1) == 1 && part.float_image(1)[0] == 0.125F));
    const auto [all, none] = split(data, 4, Seed{1});
    CHECK((all.size() == 4 && none.size() == 0 && none.has_floats() && none.pixels() == 3));
}

}  // namespace subset_test
