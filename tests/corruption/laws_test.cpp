// The laws of corruptions: ours obey them, and the laws find what is planted.
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/block_occlusion.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/byte_replacement.hpp>
#include <pstar/corruption/check_channel_laws.hpp>
#include <pstar/corruption/check_corruption_laws.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>

#include <bit>
#include <string>
#include <vector>

#include "catch.hpp"
#include "corruption/spatial_cases.hpp"

namespace laws_test {

using namespace pstar;
using corruption_case::Mirror;
using Sentences = std::vector<std::string>;

namespace {

/// Salt noise, with faults to be switched on.
struct Salt {
    enum class Fault { none, variance, mean, range, identity, batch, independent, precision, nan, kernel };

    double rate = 0;
    Fault fault = Fault::none;

    void validate() const {
        if (fault != Fault::nan) require(rate >= 0 && rate <= 1, "Salt", "rate", rate, "lie in [0, 1]");
    }
    double strength() const { return rate; }
    double mean(double x) const { return x + chance() * (1 - x) * (fault == Fault::mean ? 1.02 : 1); }
    double variance(double x) const {
        return chance() * (1 - chance()) * (1 - x) * (1 - x) * (fault == Fault::variance ? 1.05 : 1);
    }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        static std::uint32_t calls = 0;
        if (fault == Fault::batch) word = derive({++calls}, word).value & ~0U;
        if (fault == Fault::independent) word = derive({std::bit_cast<std::uint64_t>(rate)}, word).value & ~0U;
        if (fault == Fault::precision && sizeof(Scalar) == sizeof(double)) word = ~word;
        const auto white = static_cast<Scalar>(fault == Fault::range ? 1.01 : 1);
        return unit_interval<double>(word) < chance() ? white : x;
    }
    Salt kernel() const { return {fault == Fault::kernel ? rate / 2 : rate, fault}; }

private:
    double chance() const { return fault == Fault::identity ? 0.1 + 0.9 * rate : rate; }
};

Sentences of_salt(Salt::Fault fault) {
    return check_channel_laws([fault](double rate) { return Salt{rate, fault}; });
}

/// An occlusion whose moments or pixels are wrong in one way.
struct Occlusion : BlockOcclusion {
    enum class Fault { mean, covariance, unwritten };
    Fault fault;

    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise) const {
        const auto last = out.data[out.size() - 1];
        BlockOcclusion::apply(image, out, noise);
        if (fault == Fault::unwritten) out.data[out.size() - 1] = last;
    }
    void mean(View<const double> image, View<double> out) const {
        BlockOcclusion::mean(image, out);
        if (fault == Fault::mean) std::copy_n(image.data, image.size(), out.data);
    }
    double variance_along(View<const double> image, View<const double> direction) const {
        if (fault != Fault::covariance) return BlockOcclusion::variance_along(image, direction);
        double sum = 0;  // as if pixels were independent
        std::vector<double> unit(image.size());
        for (std::size_t i = 0; i < image.size(); ++i) {
            unit[i] = direction.data[i];
            sum += BlockOcclusion::variance_along(image, {unit.data(), image.shape});
            unit[i] = 0;
        }
        return sum;
    }
};

Sentences of_occlusion(Occlusion::Fault fault) {
    return check_corruption_laws(
        [fault](double side) {
            return Occlusion{{.side = side}, fault};
        },
        {.largest = 6, .whole_strengths = true, .draws = 4000});
}

/// Whether there are violations and each of them contains `text`.
bool all_say(const Sentences& found, const std::string& text) {
    for (const auto& sentence : found) {
        INFO(sentence);
        CHECK(sentence.find(text) != std::string::npos);
    }
    return !found.empty();
}

}  // namespace

TEST_CASE("The built-in channels obey the laws of channels") {
    CHECK(check_channel_laws([](double p) { return Replacement{p}; }) == Sentences{});
    CHECK(check_channel_laws([](double p) { return BinaryReplacement{p}; }) == Sentences{});
    CHECK(check_channel_laws([](double p) { return ByteReplacement{p}; }) == Sentences{});
    CHECK(check_channel_laws([](double sigma) { return Additive{sigma}; }, {.largest = 5}) == Sentences{});
    CHECK(of_salt(Salt::Fault::none) == Sentences{});
    const CorruptionLawOptions composed{.identity_at_zero = false};
    CHECK(check_channel_laws(
              [](double p) {
                  return Compose{Additive{0.5}, BinaryReplacement{p}};
              },
              composed) == Sentences{});
    CHECK(check_channel_laws(
              [](double p) {
                  return Compose{Compose{Replacement{0.3}, Additive{0.4}}, Salt{p}};
              },
              composed) == Sentences{});
}

TEST_CASE("Spatial corruptions obey the laws of corruptions") {
    CHECK(check_corruption_laws([](double side) { return BlockOcclusion{.side = side}; },
                                {.largest = 9, .whole_strengths = true}) == Sentences{});
    CHECK(check_corruption_laws([](double side) { return BlockOcclusion{.side = side, .value = 0}; },
                                {.largest = 3, .whole_strengths = true, .image = {1, 3, 4}}) == Sentences{});
    CHECK(check_corruption_laws([](double sigma) { return Blur{sigma}; },
                                {.largest = 6, .nested = false, .draws = 100}) == Sentences{});
    CHECK(check_corruption_laws([](double p) { return Mirror{p}; }) == Sentences{});
    CHECK(check_corruption_laws([](double p) { return AnyCorruption(Replacement{p}); }) == Sentences{});
    CHECK(check_corruption_laws(
              [](double p) {
                  return Compose{Blur{1}, Replacement{p}};
              },
              {.identity_at_zero = false}) == Sentences{});
}

TEST_CASE("The laws of channels find planted faults, and nothing else", "[long]") {
    using Fault = Salt::Fault;
    CHECK(all_say(of_salt(Fault::variance), "variance("));
    CHECK(all_say(of_salt(Fault::mean), "mean("));
    CHECK(all_say(of_salt(Fault::nan), "at strength nan: validate() does not refuse it"));
    CHECK(all_say(of_salt(Fault::precision), "float and double differ in "));
    CHECK(all_say(of_salt(Fault::independent), " that the next smaller strength changes are not changed"));

    const auto finds = [](const Sentences& found, const std::string& text) {
        for (const auto& sentence : found)
            if (sentence.find(text) != std::string::npos) return true;
        return false;
    };
    CHECK(finds(of_salt(Fault::range), " are outside [0, 1]"));
    CHECK(finds(of_salt(Fault::identity), "at strength 0: "));
    CHECK(finds(of_salt(Fault::identity), " are changed; strength 0 must change nothing"));
    CHECK(finds(of_salt(Fault::batch), " images depend on the batch that they are in"));
    CHECK(finds(of_salt(Fault::kernel), "kernel() and the channel itself differ in "));
}

TEST_CASE("The laws of corruptions find planted faults, and nothing else") {
    CHECK(all_say(of_occlusion(Occlusion::Fault::mean), "the mean image is wrong in "));
    CHECK(all_say(of_occlusion(Occlusion::Fault::covariance), "variance_along a random direction is "));
    const auto unwritten = of_occlusion(Occlusion::Fault::unwritten);
    REQUIRE_FALSE(unwritten.empty());
    CHECK(unwritten.front() == "at strength 0: 12 of 2592 pixels are not written, or NaN");
}

TEST_CASE("The laws refuse options that make no sense") {
    const auto check = [](const CorruptionLawOptions& options) {
        return check_corruption_laws([](double p) { return Replacement{p}; }, options);
    };
    CHECK_THROWS_WITH(check({.largest = 0}), "CorruptionLawOptions: largest (= 0) must be positive and finite");
    CHECK_THROWS_AS(check({.image = {3, 4}}), std::invalid_argument);
    CHECK_THROWS_AS(check({.draws = 1}), std::invalid_argument);
    CHECK_THROWS_AS(check({.sigmas = 0}), std::invalid_argument);
}

}  // namespace laws_test
