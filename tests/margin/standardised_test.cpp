#include <pstar/corruption/replacement.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/standardised.hpp>

#include "catch.hpp"
#include "margin/cases.hpp"

namespace standardised_test {

using namespace margin_case;

TEST_CASE("margins of a network of standardised images are those of the same function of pixels") {
    const auto data = digits(12);
    const ChannelStatistics statistics{{0.2}, {0.3}};
    const auto net = mlp<double>({784, 12, 10}, Activation::relu, Seed{4});
    auto plain = net;  // with the standardisation in its first layer
    plain.parameters()[0].array() /= statistics.stddev[0];
    plain.parameters()[1].array() -= statistics.mean[0] * plain.parameters()[0].matrix().rowwise().sum().array();
    const Standardised standardised(net, statistics);
    const Replacement channel{0.3};

    const auto expected = runner_up_report(plain, data, channel), found = runner_up_report(standardised, data, channel);
    const auto near = [](double value) { return Approx(value).epsilon(1e-9).margin(1e-12); };
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto &a = expected.nearest.images[i], &b = found.nearest.images[i];
        CHECK(b.runner_up == a.runner_up);
        CHECK(b.margin == near(a.margin));
        CHECK(b.mean_change == near(a.mean_change));
        CHECK(b.sd_change == near(a.sd_change));
        CHECK(found.images[i].flip_probability == Approx(expected.images[i].flip_probability).margin(1e-6));
    }
    const FlipOptions draws{.draws = 20};
    const auto flips = flip_frequencies(standardised, data, channel, draws),
               plain_flips = flip_frequencies(plain, data, channel, draws);
    for (std::size_t i = 0; i < data.size(); ++i)
        CHECK(flips.images[i].mean_change == near(plain_flips.images[i].mean_change));
}

}  // namespace standardised_test
