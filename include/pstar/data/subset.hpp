#pragma once

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>

/// Parts of a dataset and simple changes of its pixels. Every function returns a new dataset.
namespace pstar {

/// Whether a random part is drawn class by class, so that every class has equally many images (the counts differ by one
/// where the number of classes does not divide the size), or from all images with equal probability.
enum class Balance : bool { no, yes };

/// The images at `indices`, in that order; an index may occur more than once.
/// Throws `std::invalid_argument` for an index that is not below `data.size()`.
inline Dataset subset(const Dataset& data, std::span<const std::size_t> indices) {
    for (const auto i : indices)
        require(i < data.size(), "subset", "index", i, "be below the number of images, " + std::to_string(data.size()));
    const std::array shape{indices.size(), data.channels(), data.height(), data.width()};
    Dataset part{.labels = Tensor<Label, 1>::from_shape({indices.size()}), .classes = data.classes};
    if (data.has_floats())
        part.float_images = Tensor<float, 4>(shape);
    else
        part.images = Tensor<std::uint8_t, 4>(shape);
    for (std::size_t i = 0; i < indices.size(); ++i) {
        part.labels.data()[i] = data.label(indices[i]);
        if (data.has_floats())
            std::ranges::copy(data.float_image(indices[i]), part.float_image(i).begin());
        else
            std::ranges::copy(data.image(indices[i]), part.image(i).begin());
    }
    return part;
}

/// Images first, ..., last - 1. Throws `std::invalid_argument` when there are fewer.
inline Dataset slice(const Dataset& data, std::size_t first, std::size_t last) {
    require(last <= data.size(), "slice", "last", last, "be at most the number of images");
    require(first <= last, "slice", "first", first, "be at most last");
    std::vector<std::size_t> indices(last - first);
    std::iota(indices.begin(), indices.end(), first);
    return subset(data, indices);
}

/// The first `n` images. Throws `std::invalid_argument` when there are fewer.
inline Dataset take(const Dataset& data, std::size_t n) {
    require(n <= data.size(), "take", "n", n, "be at most the number of images, " + std::to_string(data.size()));
    std::vector<std::size_t> indices(n);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return subset(data, indices);
}

/// `n` images spread evenly over the data: numbers floor(i size/n). Throws `std::invalid_argument` when there are
/// fewer.
inline Dataset spread_evenly(const Dataset& data, std::size_t n) {
    require(n <= data.size(), "spread_evenly", "n", n,
            "be at most the number of images, " + std::to_string(data.size()));
    std::vector<std::size_t> indices(n);
    for (std::size_t i = 0; i < n; ++i) indices[i] = i * data.size() / n;
    return subset(data, indices);
}

namespace detail {

/// Reorders shuffled indices so that any prefix is as balanced as the data allow: the k-th index of every class, in a
/// shuffled order of the classes, before the (k+1)-th of any.
inline std::vector<std::size_t> deal_by_class(const Dataset& data, std::span<const std::size_t> shuffled,
                                              RandomSequence& next) {
    std::vector<std::vector<std::size_t>> of_class(data.classes);
    for (const auto i : shuffled) of_class[data.label(i)].push_back(i);
    next.shuffle(std::span(of_class));
    std::vector<std::size_t> dealt;
    dealt.reserve(shuffled.size());
    for (std::size_t round = 0; dealt.size() < shuffled.size(); ++round)
        for (const auto& members : of_class)
            if (round < members.size()) dealt.push_back(members[round]);
    return dealt;
}

/// A random order of all images; balanced prefixes by option. With Balance::yes, throws `std::invalid_argument` when
/// the first `n` would not be balanced because a class has too few images.
inline std::vector<std::size_t> random_order(const Dataset& data, std::size_t n, Seed seed, Balance balance,
                                             std::string_view where) {
    require(n <= data.size(), where, "n", n, "be at most the number of images, " + std::to_string(data.size()));
    data.validate();
    RandomSequence next({seed, Stream::subset});
    std::vector<std::size_t> order(data.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    next.shuffle(std::span(order));
    if (balance == Balance::no) return order;
    order = deal_by_class(data, order, next);
    std::vector<std::size_t> count(data.classes);
    for (std::size_t i = 0; i < n; ++i) ++count[data.label(order[i])];
    const auto fewest = std::ranges::min_element(count);
    require(*fewest + 1 >= *std::ranges::max_element(count), where, "n", n,
            "be smaller for a balanced part: class " + std::to_string(fewest - count.begin()) + " has only " +
                std::to_string(*fewest) + " images");
    return order;
}

}  // namespace detail

/// `n` different images, drawn at random: a function of `seed` alone. For one seed the subsets are nested as n grows.
/// Throws `std::invalid_argument` when there are fewer than n images, or too few of one class with `Balance::yes`.
inline Dataset random_subset(const Dataset& data, std::size_t n, Seed seed, Balance balance = Balance::no) {
    const auto order = detail::random_order(data, n, seed, balance, "random_subset");
    return subset(data, std::span(order).first(n));
}

/// All images in two parts without a common one: `random_subset(data, n_first, seed, balance)` and the rest.
/// Throws as `random_subset` does.
inline std::pair<Dataset, Dataset> split(const Dataset& data, std::size_t n_first, Seed seed,
                                         Balance balance = Balance::no) {
    const auto order = detail::random_order(data, n_first, seed, balance, "split");
    return {subset(data, std::span(order).first(n_first)), subset(data, std::span(order).subspan(n_first))};
}

}  // namespace pstar
