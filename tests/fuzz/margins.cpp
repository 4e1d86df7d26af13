// Margins: networks with any weights give probabilities in [0, 1]; what is no number counts as lost.
#include <stdexcept>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/mlp.hpp>

#include "fuzz/fuzz.hpp"

namespace {

template <class Channel>
void report(const pstar::Mlp<float>& net, const pstar::Dataset& data, const Channel& channel) {
    const auto margins = pstar::margin_report(net, data, channel);
    fuzz::must(margins.images.size() == data.size(), "every image has a margin");
    for (const auto& image : margins.images) {
        fuzz::must(image.flip_probability >= 0 && image.flip_probability <= 1, "a probability lies in [0, 1]");
        const bool known =
            !std::isnan(image.margin) && !std::isnan(image.mean_change) && std::isfinite(image.sd_change);
        if (!known) fuzz::must(image.flip_probability == 1, "what is no number counts as lost");
        fuzz::must(!(image.sd_change < 0), "a standard deviation is not negative");
    }
}

}  // namespace

FUZZ_TARGET(margins) {
    fuzz::Cursor cursor(bytes);
    const auto n = 1 + cursor.below(5), hidden = 1 + cursor.below(4), classes = 2 + cursor.below(3);
    pstar::Dataset data{.classes = classes};
    data.images = pstar::Tensor<std::uint8_t, 4>::from_shape({n, 1, 2, 2});
    data.labels = pstar::Tensor<pstar::Label, 1>::from_shape({n});
    for (std::size_t i = 0; i < n; ++i) {
        data.labels(i) = static_cast<pstar::Label>(cursor.below(classes));
        for (auto& pixel : data.image(i)) pixel = cursor.byte();
    }
    const double p = cursor.number();
    auto net = pstar::mlp<float>({4, hidden, classes}, pstar::Activation::relu, pstar::Seed{cursor.byte()});
    if (cursor.below(2))
        for (auto& value : net.parameters().values()) value = static_cast<float>(cursor.number());
    try {
        report(net, data, pstar::Replacement{.p = p});
    } catch (const std::invalid_argument&) {
    }
    try {
        report(net, data, pstar::Additive{.sigma = p});
    } catch (const std::invalid_argument&) {
    }
}
