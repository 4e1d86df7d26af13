#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/image_moments.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

/// Which properties of a corruption are checked, and how closely.
struct CorruptionLawOptions {
    double largest = 1;            ///< the largest strength to try; positive
    bool identity_at_zero = true;  ///< strength 0 changes nothing
    bool unit_range = true;        ///< corrupted pixels lie in [0, 1]
    bool nested = true;            ///< with one noise, pixels that differ from strength 0 do so at every larger one
    bool whole_strengths = false;  ///< only whole numbers are strengths
    Shape image{2, 9, 12};         ///< (C, H, W) of the images tried
    std::size_t draws = 20'000;    ///< corrupted images for the comparison of moments with Monte Carlo
    double sigmas = 5;             ///< standard errors that moments may be off by
    Seed seed{1};                  ///< of images, strengths and noise

    void validate() const {
        require(largest > 0 && std::isfinite(largest), "CorruptionLawOptions", "largest", largest,
                "be positive and finite");
        require(image.rank() == 3 && image.size() > 0, "CorruptionLawOptions", "image", image,
                "be (C, H, W), not empty");
        require(draws >= 100, "CorruptionLawOptions", "draws", draws, "be at least 100");
        require(sigmas > 0, "CorruptionLawOptions", "sigmas", sigmas, "be positive");
    }
};

namespace detail {

/// What was found to be broken, one sentence each.
class Violations {
public:
    template <class... Words>
    void add(double strength, const Words&... words) {
        std::ostringstream text;
        text << "at strength " << strength << ": ";
        (text << ... << words);
        sentences_.push_back(text.str());
    }
    std::vector<std::string> sentences() const { return sentences_; }

private:
    std::vector<std::string> sentences_;
};

/// Strengths to try, in order: 0, a hundredth of the largest, three at random, the largest.
inline std::vector<double> law_strengths(const CorruptionLawOptions& options) {
    RandomSequence random({options.seed, Stream::user, 0, 1});
    std::vector<double> strengths{0, options.largest / 100};
    for (int i = 0; i < 3; ++i) strengths.push_back(options.largest * random.uniform());
    strengths.push_back(options.largest);
    if (options.whole_strengths)
        for (double& s : strengths) s = std::ceil(s);
    std::ranges::sort(strengths);
    strengths.erase(std::unique(strengths.begin(), strengths.end()), strengths.end());
    return strengths;
}

/// Random images, each with black, white and values between them.
inline Dataset law_images(const CorruptionLawOptions& options) {
    constexpr std::size_t count = 12;
    const auto& shape = options.image;
    Dataset data;
    data.images = Tensor<std::uint8_t, 4>::from_shape({count, shape[0], shape[1], shape[2]});
    data.labels = Tensor<Label, 1>::from_shape({count});
    RandomSequence random({options.seed, Stream::user, 0, 2});
    for (auto& pixel : elements(data.images)) {
        const auto kind = random.below(4);
        pixel = static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 255 : random.below(256));
    }
    std::fill_n(data.labels.data(), count, Label{0});
    return data;
}

template <class Scalar, class C>
std::vector<Scalar> law_rows(const Dataset& data, std::span<const std::uint32_t> indices, const C& corruption,
                             Seed seed, std::uint32_t draw = 0) {
    std::vector<Scalar> rows(indices.size() * data.pixels(), std::numeric_limits<Scalar>::quiet_NaN());
    corrupt_images(data, indices, corruption, {seed, Stream::user, draw},
                   View<Scalar>{rows.data(), {indices.size(), data.pixels()}});
    return rows;
}

inline std::vector<std::uint32_t> law_indices(const Dataset& data) {
    std::vector<std::uint32_t> all(data.size());
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

template <class C>
void check_values(const C& corruption, double strength, const Dataset& data, const CorruptionLawOptions& options,
                  Violations& found) {
    const auto all = law_indices(data);
    const auto clean = law_rows<double>(data, all, Identity{}, options.seed);
    const auto singles = law_rows<float>(data, all, corruption, options.seed);
    const auto doubles = law_rows<double>(data, all, corruption, options.seed);
    std::size_t unset = 0, outside = 0, changed = 0, apart = 0;
    for (std::size_t i = 0; i < doubles.size(); ++i) {
        unset += std::isnan(doubles[i]) || std::isnan(singles[i]);
        outside += doubles[i] < 0 || doubles[i] > 1 || singles[i] < 0 || singles[i] > 1;
        changed += doubles[i] != clean[i];
        apart += std::abs(doubles[i] - static_cast<double>(singles[i])) > 1e-5;
    }
    const auto of_all = " of " + std::to_string(doubles.size()) + " pixels";
    if (unset > 0) found.add(strength, unset, of_all, " are not written, or NaN");
    if (options.unit_range && outside > 0) found.add(strength, outside, of_all, " are outside [0, 1]");
    if (options.identity_at_zero && strength == 0 && changed > 0)
        found.add(strength, changed, of_all, " are changed; strength 0 must change nothing");
    // A threshold may fall between the two roundings of a pixel: rarely.
    if (apart * 1000 > doubles.size()) found.add(strength, "float and double differ in ", apart, of_all);
}

/// One image at a time, in another order, all at once, a second time: the same bits.
template <class C>
void check_batches(const C& corruption, double strength, const Dataset& data, const CorruptionLawOptions& options,
                   Violations& found) {
    const auto all = law_indices(data);
    const auto together = law_rows<float>(data, all, corruption, options.seed);
    const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
    std::size_t differ = 0;
    for (auto i = data.size(); i-- > 0;) {
        const auto alone = law_rows<float>(data, std::span(all).subspan(i, 1), corruption, options.seed);
        differ += !std::equal(alone.begin(), alone.end(),
                              together.begin() + static_cast<std::ptrdiff_t>(i * data.pixels()), same);
    }
    if (differ > 0)
        found.add(strength, differ, " of ", data.size(),
                  " images depend on the batch that they are in, or on what was corrupted before");
    const AnyCorruption any(corruption);
    const auto through_any = law_rows<float>(data, all, any, options.seed);
    if (differ == 0 && !std::ranges::equal(through_any, together, same))
        found.add(strength, "a copy of the corruption does not do the same");
}

/// Pixels that differ from those at strength 0 do so at every larger strength.
template <class Make>
void check_nested(const Make& make, std::span<const double> strengths, const Dataset& data,
                  const CorruptionLawOptions& options, Violations& found) {
    const auto all = law_indices(data);
    const auto at_zero = law_rows<double>(data, all, make(strengths.front()), options.seed);
    std::vector<bool> before(at_zero.size());
    for (const double strength : strengths) {
        const auto rows = law_rows<double>(data, all, make(strength), options.seed);
        std::size_t restored = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const bool changed = rows[i] != at_zero[i];
            restored += before[i] && !changed;
            before[i] = changed;
        }
        if (restored > 0)
            found.add(strength, restored, " pixels that the next smaller strength changes are not changed");
    }
}

/// A mean and a variance measured in draws.
struct MeasuredMoments {
    double mean = 0, variance = 0, fourth = 0, draws = 0;

    explicit MeasuredMoments(std::span<const double> values) : draws(static_cast<double>(values.size())) {
        for (const double v : values) mean += v / draws;
        for (const double v : values) {
            const double square = (v - mean) * (v - mean);
            variance += square / draws;
            fourth += square * square / draws;
        }
    }
    /// Whether they are as stated, within so many standard errors and a rounding error.
    bool mean_is(double stated, double sigmas, double rounding) const {
        return std::abs(mean - stated) <= sigmas * std::sqrt(variance / draws) + rounding;
    }
    bool variance_is(double stated, double sigmas, double rounding) const {
        return std::abs(variance - stated) <=
               sigmas * std::sqrt(std::max(fourth - variance * variance, 0.0) / draws) + rounding;
    }
};

/// The mean image pixel by pixel, and variances along single pixels and along random directions.
template <HasImageMoments C>
void check_image_moments(const C& corruption, double strength, const Dataset& data, const CorruptionLawOptions& options,
                         Violations& found) {
    const auto pixels = data.pixels();
    const std::vector<std::uint32_t> first{0};
    const auto clean = law_rows<double>(data, first, Identity{}, options.seed);
    const View<const double> image{clean.data(), options.image};
    std::vector<double> stated(pixels);
    corruption.mean(image, View<double>{stated.data(), options.image});

    std::vector<std::vector<double>> directions;
    RandomSequence random({options.seed, Stream::user, 0, 3});
    for (int d = 0; d < 4; ++d) {
        auto& direction = directions.emplace_back(pixels);
        for (double& g : direction) g = d < 2 ? random.normal() : 0;
        if (d >= 2) direction[random.below(static_cast<std::uint32_t>(pixels))] = 1;
    }
    std::vector<std::vector<double>> by_pixel(pixels), along(directions.size());
    for (std::uint32_t draw = 0; draw < options.draws; ++draw) {
        const auto seen = law_rows<double>(data, first, corruption, options.seed, draw);
        for (std::size_t i = 0; i < pixels; ++i) by_pixel[i].push_back(seen[i]);
        for (std::size_t d = 0; d < directions.size(); ++d)
            along[d].push_back(std::inner_product(seen.begin(), seen.end(), directions[d].begin(), 0.0));
    }
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < pixels; ++i)
        wrong += !MeasuredMoments(by_pixel[i]).mean_is(stated[i], options.sigmas, 1e-7);
    if (wrong > 0) found.add(strength, "the mean image is wrong in ", wrong, " of ", pixels, " pixels");
    for (std::size_t d = 0; d < directions.size(); ++d) {
        const double variance =
            corruption.variance_along(image, View<const double>{directions[d].data(), options.image});
        const MeasuredMoments measured(along[d]);
        if (!measured.variance_is(variance, options.sigmas, 1e-7))
            found.add(strength, "variance_along ", d < 2 ? "a random direction" : "a single pixel", " is ", variance,
                      ", measured ", measured.variance);
    }
}

template <class Make>
void check_nan_is_refused(const Make& make, Violations& found) {
    try {
        make(std::numeric_limits<double>::quiet_NaN()).validate();
        found.add(std::numeric_limits<double>::quiet_NaN(), "validate() does not refuse it");
    } catch (const std::invalid_argument&) {
    }
}

}  // namespace detail

/// The laws that every corruption must obey, checked on random images: `make(strength)` is the corruption at a
/// strength, tried at 0, a tiny one, random ones and the largest. Returns what is broken, one sentence each; nothing if
/// all is well. For tests of your own corruption:
///
///     REQUIRE(pstar::check_corruption_laws([](double k) { return pstar::BlockOcclusion{k}; },
///                                          {.largest = 9, .whole_strengths = true}) == std::vector<std::string>{});
///
/// - `validate()` accepts these strengths and refuses NaN;
/// - strength 0 changes nothing, every pixel is written, corrupted pixels lie in [0, 1];
/// - float and double agree;
/// - an image does not depend on the batch that it is in;
/// - common random numbers nest: pixels that differ from those at strength 0 do so at every larger strength;
/// - the moments of images, if it `HasImageMoments`, agree with Monte Carlo.
/// Switch off in the options what a corruption does not guarantee. Throws std::invalid_argument for bad options.
template <class Make>
std::vector<std::string> check_corruption_laws(const Make& make, const CorruptionLawOptions& options = {}) {
    options.validate();
    detail::Violations found;
    const auto data = detail::law_images(options);
    const auto strengths = detail::law_strengths(options);
    for (const double strength : strengths) {
        const auto corruption = make(strength);
        using C = std::remove_const_t<decltype(corruption)>;
        static_assert(Corruption<C>, "check_corruption_laws: make(strength) must return a pstar::Corruption");
        corruption.validate();
        detail::check_values(corruption, strength, data, options, found);
        detail::check_batches(corruption, strength, data, options, found);
        if constexpr (HasImageMoments<C>) detail::check_image_moments(corruption, strength, data, options, found);
    }
    if (options.nested) detail::check_nested(make, strengths, data, options, found);
    detail::check_nan_is_refused(make, found);
    return found.sentences();
}

}  // namespace pstar
