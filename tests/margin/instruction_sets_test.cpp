#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/mlp.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace margin_instruction_sets_test {

using namespace pstar;

TEST_CASE("margins and flips have the same bits with every instruction set that fuses multiply and add") {
    const auto digits = synthetic_digits({.train = 1, .test = 60, .seed = 1});
    const auto net = mlp<float>({784, 33, 10}, Activation::gelu, Seed{7});
    const Replacement channel{0.4};
    std::vector<double> first;
    for_each_instruction_set([&](detail::InstructionSet set) {
        std::vector<double> found;
        for (const auto& image : margin_report(net, digits.test, channel).images)
            found.insert(found.end(), {image.margin, image.mean_change, image.sd_change, image.flip_probability});
        for (const auto& image : flip_frequencies(net, digits.test, channel, {.draws = 3}).images)
            found.insert(found.end(), {image.mean_change, image.sd_change});
        if (first.empty()) first = found;
        double apart = 0;
        for (std::size_t i = 0; i < found.size(); ++i) apart = std::max(apart, std::abs(found[i] - first[i]));
        CAPTURE(static_cast<int>(set));
        CHECK(apart <= (fuses(set) ? 0 : 1e-5));
    });
}

}  // namespace margin_instruction_sets_test
