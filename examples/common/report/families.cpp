#include "common/report/families.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace study {
namespace {

const std::array<SizeAxis, 4> axes{
    {{"width", "width {}", "{} channels", &pstar::RunKey::width},
     {"train", "{} training images", "{} training images", &pstar::RunKey::train_samples},
     {"depth", "depth {}", "{} blocks", &pstar::RunKey::depth},
     {"batch", "batches of {}", "batches of {}", &pstar::RunKey::batch_size}}};

/// What tells networks of several kinds apart.
const SizeAxis network_axis{"network", "MLP, width {}", "CNN, {} channels", &pstar::RunKey::width};

/// How many values the flags give to each of them; networks of several kinds are an axis of their own.
std::array<std::size_t, 4> counts(const Flags& flags) {
    const bool by_kind = !flags.networks.empty();
    return {by_kind ? 1 : flags.width.size(), flags.train.size(), by_kind ? 1 : flags.depth.size(),
            flags.batch_size.size()};
}

std::vector<const SizeAxis*> varied(const Flags& flags) {
    std::vector<const SizeAxis*> result;
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (counts(flags)[i] > 1) result.push_back(&axes[i]);
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
        family.name += fmt::format("_{}{}", axis->name, run.*axis->member);
        family.title += ", " + axis->of(run);
    }
    return family;
}

SizeTrend trend_of(const SizeAxis& axis, std::span<const FittedCurve* const> curves, SizeTrend result,
                   pstar::Estimate FittedCurve::*member) {
    std::vector<pstar::SizedValue> values;
    for (const auto* curve : curves) {
        if (!curve->comparable) continue;
        const auto size = curve->measured.run.*axis.member;
        if (size == 0) continue;  // infinite
        const auto value = pstar::at_size(static_cast<double>(size), curve->*member, 0.95, curve->interval_dof);
        if (!std::isfinite(value.value) || !std::isfinite(value.error) || value.error == 0) continue;
        result.least_repeats =
            values.empty() ? curve->least_repeats : std::min(result.least_repeats, curve->least_repeats);
        result.most_repeats = std::max(result.most_repeats, curve->repeats);
        values.push_back(value);
        result.sizes.push_back(size);
    }
    result.trend = pstar::fit_trend(values);
    return result;
}

}  // namespace

std::string SizeAxis::of(const pstar::RunKey& run) const {
    if (this == &network_axis && run.model == "rbm") return fmt::format("RBM, {} components", run.width);
    if (this == &network_axis && run.model == "softmax") return "softmax regression";
    if (run.model == "ntk" && member == &pstar::RunKey::width && run.width == 0) return "infinite width";
    const bool is_cnn = run.model == "cnn";
    return fmt::format(fmt::runtime(is_cnn ? phrase_of_cnn : phrase), run.*member);
}

const SizeAxis& colour_axis(const Flags& flags) {
    if (!flags.networks.empty()) return network_axis;
    const auto several = varied(flags);
    return several.empty() ? axes[0] : *several[0];
}

std::vector<Family> families(const Flags& flags, std::span<const FittedCurve> curves) {
    std::vector<Family> result;
    for (const auto& curve : curves) {
        auto family = family_of(flags, curve.measured.run);
        auto place = std::ranges::find(result, family.name, &Family::name);
        if (place == result.end()) place = result.insert(result.end(), std::move(family));
        place->curves.push_back(&curve);
    }
    return result;
}

bool seeds_vary(const Family& family) {
    std::size_t least = 0, most = 0;
    for (const auto* curve : family.curves) {
        if (curve->points.empty()) continue;
        least = most == 0 ? curve->least_repeats : std::min(least, curve->least_repeats);
        most = std::max(most, curve->repeats);
    }
    return least < most;
}

std::string network_name(const Flags& flags, const pstar::RunKey& run) {
    const auto name = colour_axis(flags).of(run);
    const bool says_all = flags.rbm && flags.train.size() < 2;
    return says_all ? name : family_of(flags, run).title + ", " + name;
}

std::vector<SizeTrend> size_trends(const Flags& flags, std::span<const FittedCurve> curves) {
    std::vector<SizeTrend> trends;
    for (const auto& family : families(flags, curves)) {
        for (const auto images : {pstar::TestImages::clean, pstar::TestImages::corrupted}) {
            std::vector<const FittedCurve*> some;
            std::ranges::copy_if(family.curves, std::back_inserter(some),
                                 [&](const auto* curve) { return curve->measured.images == images; });
            if (some.size() < 2) continue;
            const auto& axis = colour_axis(flags);
            trends.push_back(trend_of(axis, some, {family.title, images, "p*"}, &FittedCurve::p_star));
            trends.push_back(trend_of(axis, some, {family.title, images, "slope"}, &FittedCurve::slope));
        }
    }
    return trends;
}

}  // namespace study
