#include "common/report/families.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace study {
namespace {

using pstar::RunSize;

/// In the order of `pstar::run_sizes`.
const std::array<SizeAxis, 8> axes{
    {{"width", "width {}", "{} channels", RunSize::width},
     {"train", "{} training images", "{} training images", RunSize::train_samples},
     {"depth", "depth {}", "{} blocks", RunSize::depth},
     {"batch", "batches of {}", "batches of {}", RunSize::batch_size},
     {"per_class", "{} training images per class", "{} training images per class", RunSize::samples_per_class},
     {"clean", "clean share {}", "clean share {}", RunSize::clean_fraction},
     {"clean_per_class", "{} clean per class", "{} clean per class", RunSize::clean_per_class},
     {"labels", "label noise {}", "label noise {}", RunSize::label_noise}}};

/// What tells models of several kinds apart.
const SizeAxis network_axis{"network", "MLP, width {}", "CNN, {} channels", RunSize::width};

/// How many values each axis has; models of several kinds are an axis of their own.
std::array<std::size_t, 8> counts(const Flags& flags) {
    const bool by_kind = !flags.networks.empty();
    const VariationFlags none;
    const auto& set = flags.variations ? *flags.variations : none;
    const bool per_class_alone = flags.train.empty();  // else they are among the numbers of training images
    const auto per_class = set.samples_per_class.size();
    return {by_kind ? 1 : flags.width.size(),
            flags.train.size() + (per_class_alone ? 0 : per_class),
            by_kind ? 1 : flags.depth.size(),
            flags.batch_size.size(),
            per_class_alone ? per_class : 0,
            set.clean_fraction.size(),
            set.clean_per_class.size() + 1,  // and none
            set.label_noise.size()};
}

/// The axes that have several values.
std::vector<const SizeAxis*> varied(const Flags& flags) {
    std::vector<const SizeAxis*> result;
    const auto of_axis = counts(flags);
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (of_axis[i] > 1) result.push_back(&axes[i]);
    return result;
}

Family family_of(const Flags& flags, const pstar::RunKey& run) {
    Family family{.name = to_string(run.activation), .title = to_string(run.activation)};
    if (flags.rbm) family = {.name = "models", .title = "all models"};  // some have no activation
    if (flags.networks.empty() && run.model != "mlp") {
        family.name = run.model + "_" + family.name;
        family.title = run.model + ", " + family.title;
    }
    for (const auto* axis : varied(flags)) {
        if (axis == &colour_axis(flags)) continue;
        family.name += fmt::format("_{}{}", axis->name, decimal(axis->value(run)));
        family.title += ", " + axis->of(run);
    }
    if (run.clean_only) {
        family.name += "_clean_only";
        family.title += ", clean images alone";
    }
    return family;
}

}  // namespace

std::string SizeAxis::of(const pstar::RunKey& run) const {
    if (this == &network_axis && run.model == "rbm") return fmt::format("RBM, {} components", run.width);
    if (this == &network_axis && run.model == "rbm_plain")
        return fmt::format("RBM by plain CD-1, {} components", run.width);
    if (this == &network_axis && run.model == "softmax") return "softmax regression";
    if (is_kernel(run.model) && size == RunSize::width && run.width == 0) return "infinite width";
    return fmt::format(fmt::runtime(run.model == "cnn" ? phrase_of_cnn : phrase), decimal(value(run)));
}

const SizeAxis& colour_axis(const Flags& flags) {
    if (!flags.networks.empty()) return network_axis;
    if (flags.variations && !flags.variations->size.empty())
        for (const auto& axis : axes)
            if (to_string(axis.size) == flags.variations->size) return axis;
    const auto several = varied(flags);
    return several.empty() ? axes[0] : *several[0];
}

std::vector<const pstar::FittedCurve*> Family::tested_on(pstar::TestImages images) const {
    std::vector<const pstar::FittedCurve*> result;
    for (const auto* curve : curves)
        if (curve->measured.images == images && !curve->points.empty()) result.push_back(curve);
    return result;
}

bool Family::seeds_vary() const {
    std::vector<std::size_t> repeats;
    for (const auto* curve : curves)
        for (const auto& point : curve->points) repeats.push_back(point.repeats);
    return !repeats.empty() && std::ranges::min(repeats) < std::ranges::max(repeats);
}

std::vector<Family> families(const Flags& flags, std::span<const pstar::FittedCurve> curves) {
    std::vector<Family> result;
    for (const auto& curve : curves) {
        auto family = family_of(flags, curve.measured.run);
        auto place = std::ranges::find(result, family.name, &Family::name);
        if (place == result.end()) place = result.insert(result.end(), std::move(family));
        place->curves.push_back(&curve);
    }
    return result;
}

std::string family_title(const Flags& flags, const pstar::RunKey& run) {
    return family_of(flags, run).title;
}

std::string network_name(const Flags& flags, const pstar::RunKey& run) {
    const auto name = colour_axis(flags).of(run);
    const bool says_all = flags.rbm && flags.train.size() < 2;
    return says_all ? name : family_title(flags, run) + ", " + name;
}

}  // namespace study
