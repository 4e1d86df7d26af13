#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/corruption/replacement.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace corruption_instruction_sets_test {

using namespace pstar;

namespace {

/// A channel of one's own that multiplies and adds.
struct Faded {
    double share = 0;
    void validate() const {}
    double strength() const { return share; }
    double mean(double x) const { return x * (1 - share) + 0.5 * share; }
    double variance(double) const { return share * share / 12; }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return x * static_cast<Scalar>(1 - share) + unit_interval<Scalar>(word) * static_cast<Scalar>(share);
    }
};

/// Images of bytes and of numbers, seen through the channel, and its moments.
template <class Scalar, class C>
std::vector<Scalar> seen_through(const C& channel) {
    std::vector<std::uint8_t> pixels(1500);
    std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
    std::vector<Scalar> out(2 * pixels.size());
    const std::span<Scalar> all(out), first = all.first(pixels.size()), second = all.last(pixels.size());
    corrupt(channel, std::span<const std::uint8_t>(pixels), first, RandomStream{Seed{1}});
    corrupt(channel, std::span<const Scalar>(first), second, RandomStream{Seed{2}});
    const PixelMoments moments(channel);
    for (const auto& numbers : {moments.shift, moments.variance})
        for (const double number : numbers) out.push_back(static_cast<Scalar>(number));
    return out;
}

template <class Scalar, class C>
void check_sets(const C& channel) {
    std::vector<Scalar> first;
    for_each_instruction_set([&](detail::InstructionSet set) {
        const auto found = seen_through<Scalar>(channel);
        if (first.empty()) first = found;
        Scalar apart = 0;
        for (std::size_t i = 0; i < found.size(); ++i) apart = std::max(apart, std::abs(found[i] - first[i]));
        CAPTURE(static_cast<int>(set));
        CHECK(apart <= (fuses(set) ? 0 : 4 * std::numeric_limits<Scalar>::epsilon()));
    });
}

}  // namespace

TEMPLATE_TEST_CASE("channels give the same numbers with every instruction set", "", float, double) {
    check_sets<TestType>(Replacement{0.4});
    check_sets<TestType>(Additive{0.3});
    check_sets<TestType>(BinaryReplacement{0.6});
    check_sets<TestType>(Faded{0.3});
}

}  // namespace corruption_instruction_sets_test
