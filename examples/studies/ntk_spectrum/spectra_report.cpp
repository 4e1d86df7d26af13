#include "spectra_report.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <pstar/statistics/mean_interval.hpp>
#include <pstar/statistics/moments.hpp>

#include "common/cli/text.hpp"

namespace study {
namespace {

using pstar::SpectraCurve, pstar::SpectraPoint, pstar::SpectraTrend;
using pstar::SpectrumNumber, pstar::SpectrumTurn, pstar::SpectrumVerdict;

std::string name_of(const CurveStory& story, const SpectraCurve& curve) {
    return curve_name(story, curve.run, curve.inputs, "inputs");
}
std::string at_strength(const CurveStory& story, double strength) {
    return fmt::format("{} = {}", strength_symbol(story.flags), decimal(strength));
}

/// `12.3 ± 0.4`: the mean and half its interval.
std::string with_half(const SpectraPoint& point, SpectrumNumber number) {
    const auto e = pstar::mean_interval(pstar::values_of(point, number));
    if (!std::isfinite(e.value)) return "-";
    if (!std::isfinite(e.low)) return fmt::format("{:.4g}", e.value);
    const double half = (e.high - e.low) / 2;
    if (!(half > 1e-4)) return fmt::format("{:.4g}", e.value);
    const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(half))), 0, 4);
    return fmt::format("{:.{}f} \u00b1 {:.{}f}", e.value, decimals, half, decimals);
}
double mean_of(const SpectraPoint& point, SpectrumNumber number) {
    return pstar::moments(pstar::values_of(point, number)).mean;
}
std::string rank_at(const SpectraPoint& point) {
    return with_half(point, SpectrumNumber::rank);
}
std::string where_it_turns(const CurveStory& story, const SpectraCurve& curve) {
    const auto& trend = curve.trend;
    if (trend.turn == SpectrumTurn::none) {
        std::string line;
        for (const auto& [at, what] :
             {std::pair(trend.largest_at, "largest"), std::pair(trend.smallest_at, "smallest")})
            if (at > 0 && at + 1 < curve.points.size())
                line += fmt::format(" The {} mean, {}, is at {}, no turn beyond chance.", what,
                                    rank_at(curve.points[at]), at_strength(story, curve.points[at].strength));
        return line;
    }
    const auto& turn = curve.points[trend.turn_at];
    const bool is_top = trend.turn == SpectrumTurn::maximum;
    return fmt::format(" It {} to {} at {}, and {} from there on.", is_top ? "rises" : "falls", rank_at(turn),
                       at_strength(story, turn.strength), is_top ? "falls" : "rises");
}

/// Where kernels have eigenvalues that count as zero.
std::string where_singular(const CurveStory& story, const SpectraCurve& curve) {
    std::vector<std::string> strengths, counts;
    std::size_t rows = 0;
    for (const auto& point : curve.points) {
        if (point.kernels.empty()) continue;
        rows = point.kernels[0].kernel->spectrum.eigenvalues.size();
        const double nonzero = mean_of(point, SpectrumNumber::nonzero);
        if (nonzero > static_cast<double>(rows) - 0.5) continue;
        strengths.push_back(decimal(point.strength));
        counts.push_back(fmt::format("{:.3g}", nonzero));
    }
    if (strengths.empty()) return {};
    return fmt::format(" Singular at {} = {}: {} of {} eigenvalues are above zero.", strength_symbol(story.flags),
                       enumerated(strengths), enumerated(counts), rows);
}

std::string verdict_in_words(const SpectraTrend& trend) {
    if (trend.seeds < pstar::least_seeds_for_spectra)
        return fmt::format("undecided: {} with a kernel at every strength, at least {} are needed (--repeats {})",
                           counted(trend.seeds, "seed"), pstar::least_seeds_for_spectra,
                           pstar::least_seeds_for_spectra);
    if (trend.verdict == SpectrumVerdict::undecided) return "undecided whether the spectrum flattens or concentrates";
    if (trend.verdict == SpectrumVerdict::not_monotone) return "the effective rank is not monotone";
    return fmt::format("the spectrum {}", to_string(trend.verdict));
}

std::string answer(const CurveStory& story, const SpectraCurve& curve) {
    const auto& trend = curve.trend;
    auto line = fmt::format("{}: {}", name_of(story, curve), verdict_in_words(trend));
    if (trend.seeds == 0 || curve.points.size() < 2) return line + ".";
    const auto &first = curve.points.front(), &last = curve.points.back();
    line += fmt::format(". Effective rank {} at {}, {} at {}; slope {} per unit of {}", rank_at(first),
                        at_strength(story, first.strength), rank_at(last), at_strength(story, last.strength),
                        with_sign(trend.slope), strength_symbol(story.flags));
    return line +
           fmt::format("; rank correlation {}; {}.", signed_number(trend.correlation, 0.1),
                       counted(trend.seeds, "seed")) +
           where_it_turns(story, curve) + where_singular(story, curve);
}

/// The verdicts alone.
std::string in_short(const CurveStory& story, std::span<const SpectraCurve> curves) {
    std::string line;
    for (const auto& curve : curves) {
        const auto& trend = curve.trend;
        line += fmt::format("{}{}: {}{}", line.empty() ? "" : "; ", name_of(story, curve),
                            trend.turn == SpectrumTurn::none ? to_string(trend.verdict) : "not monotone",
                            trend.turn == SpectrumTurn::none
                                ? std::string()
                                : fmt::format(", with a {} at {}", to_string(trend.turn),
                                              at_strength(story, curve.points[trend.turn_at].strength)));
    }
    return line + ".";
}

std::string kernel_in_words(const CurveStory& story) {
    const auto& kernel = *story.flags.kernel;
    const auto size = [&](std::size_t rows) { return fmt::format("{} by {}", rows, rows); };
    if (kernel.output == "full")
        return fmt::format("of all logits ({} numbers)", size(kernel.subset * story.results.classes));
    return fmt::format("of {} ({} numbers)",
                       kernel.output == "trace" ? "the logits, summed over classes," : "each image's own class",
                       size(kernel.subset));
}

std::string setting(const CurveStory& story) {
    return fmt::format(
        "Networks learned for {} from {} ({}, learning rate {:g}), {}. After training, the tangent kernel {} was "
        "evaluated on {} test images drawn at random, another set for each seed, the same at every strength.",
        counted(story.flags.epochs, "epoch"), images_in_words(story), story.flags.optimizer, story.flags.learning_rate,
        seeds_in_words(story), kernel_in_words(story), story.flags.kernel->subset);
}

std::string method(const CurveStory& story) {
    return fmt::format(
        "With w = \u03bb/\u03a3\u03bb: entropy H = \u2212\u03a3 w log w in nats, effective rank exp(H), participation "
        "ratio (\u03a3\u03bb)\u00b2/\u03a3\u03bb\u00b2. A spectrum flattens where the effective rank rises: training "
        "can move the outputs along more directions equally; it concentrates where it falls. The verdict is that of a "
        "straight line of the effective rank against {0}, fitted to each seed: mean slope with its 95% interval, "
        "Student's t over seeds, decided when it leaves out 0, from {1} seeds at least. The line says which way, not "
        "that it is straight. The rank correlation (Spearman's, mean over seeds) is shown, not tested: strengths of a "
        "seed share weights at the start, order{2} and images. A turn is called where the largest or smallest mean "
        "between the ends differs from both ends, seed by seed, beyond chance, the 5% shared out over the strengths "
        "between. Each network and kind of inputs is judged for itself.",
        strength_symbol(story.flags), pstar::least_seeds_for_spectra, story.flags.noise == "common" ? ", noise" : "");
}

std::string limits(const CurveStory& story) {
    const bool to_noise = story.flags.channel != "additive" && story.flags.strength.back() == 1;
    return fmt::format(
        "On corrupted inputs the kernel changes for two reasons, the network and the inputs themselves; on clean ones "
        "for the network alone.{} Other networks, optimisers and numbers of steps may answer differently, and so may "
        "the kernels of more images: the effective rank is at most their number, or with all classes that of the "
        "kernel's rows. A kernel with few eigenvalues above zero is that of a network whose hidden units hardly answer "
        "to these images: where none does, only the output biases are left, which all images share.",
        to_noise ? " At p = 1 nothing is left of the training images: what networks learn there is noise." : "");
}

void add_table(Report& report, const CurveStory& story, const SpectraCurve& curve) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < curve.points.size(); ++i) {
        const auto& point = curve.points[i];
        const auto number = [&](SpectrumNumber which) { return with_half(point, which); };
        const auto accuracy = pstar::moments(pstar::accuracies_of(point)).mean;
        rows.push_back(
            {decimal(point.strength), std::isfinite(accuracy) ? percent(accuracy) : "-", number(SpectrumNumber::rank),
             i == 0 || curve.trend.change.empty() ? "-" : with_sign(curve.trend.change[i]),
             number(SpectrumNumber::entropy), number(SpectrumNumber::participation), number(SpectrumNumber::top_share),
             number(SpectrumNumber::nonzero), number(SpectrumNumber::alignment),
             fmt::format("{:.3g}", mean_of(point, SpectrumNumber::trace)), std::to_string(point.kernels.size())});
    }
    report.paragraph(name_of(story, curve) + ":");
    report.table(
        {strength_symbol(story.flags), fmt::format("accuracy, {} images", to_string(curve.inputs)), "effective rank",
         fmt::format("change since {}", at_strength(story, curve.points[0].strength)), "entropy (nats)",
         "participation ratio", "share of the largest", "above zero", "alignment with the labels", "trace", "seeds"},
        rows);
}

void add_figures(Report& report, const CurveStory& story, std::span<const SpectraCurve> curves,
                 const OutputFolder& out) {
    if (!story.has_figures) return;
    const auto symbol = strength_symbol(story.flags);
    const auto bars = story.flags.repeats.most < 2 ? std::string("One seed, no error bars.")
                                                   : fmt::format(
                                                         "Error bars: 95% intervals of the mean, Student's t "
                                                         "over {}.",
                                                         seeds_in_words(story));
    for (const auto& family : families(story.flags, story.curves)) {
        const auto kinds = spectra_of(family, curves);
        report.heading("Spectra against corruption: " + family.title);
        report.figure(
            out / ("spectra_" + family.name + ".svg"),
            fmt::format("Effective rank and entropy of the tangent kernel against {}, next to the accuracy of "
                        "the same networks. {} Dashed: chance.{}",
                        symbol, bars,
                        kinds[0].size() > 1 ? " Points are moved aside a little to stand side by side." : ""));
        for (const auto* curve : kinds[0])
            report.figure(
                out / (eigenvalues_name(story, family, *curve) + ".svg"),
                fmt::format("{}: eigenvalues at some {}. Left, their histogram over all seeds in bins of equal "
                            "width in log \u03bb; right, their shares in the trace, largest first, mean over "
                            "seeds. Those that count as zero (below n \u03b5 \u03bb_max) are left out.",
                            network_name(story.flags, curve->run), symbol));
    }
}

/// What was left out, in words.
std::vector<std::string> omissions(const CurveStory& story, std::span<const SpectraCurve> curves) {
    std::vector<std::string> lines;
    for (const auto& curve : curves)
        for (const auto& point : curve.points) {
            const auto tell = [&](std::size_t count, const std::string& what) {
                if (count > 0)
                    lines.push_back(fmt::format("{}, {}: {} left out, {}.", name_of(story, curve),
                                                at_strength(story, point.strength), counted(count, "kernel"), what));
            };
            tell(point.zero_trace, "all eigenvalues are zero (zero_trace)");
            tell(point.indefinite, "an eigenvalue is negative beyond rounding (indefinite)");
            tell(point.not_converged, "no eigenvalues were found (not_converged)");
            tell(point.no_network, "their runs failed or diverged");
        }
    return lines;
}

}  // namespace

std::vector<std::string> write_spectra_report(const CurveStory& story, std::span<const SpectraCurve> curves,
                                              const OutputFolder& out) {
    std::vector<std::string> answers;
    for (const auto& curve : curves) answers.push_back(answer(story, curve));
    const auto found = fmt::format("Does the spectrum flatten or concentrate as {} grows? {}",
                                   strength_symbol(story.flags), in_short(story, curves));
    write_curve_report(story, out, "Tangent kernels against corruption", found, setting(story), [&](Report& report) {
        report.heading("Flatter or more concentrated?");
        report.list(answers);
        add_figures(report, story, curves, out);
        report.heading("In numbers");
        for (const auto& curve : curves) add_table(report, story, curve);
        report.paragraph("\u00b1 and brackets: 95% intervals over seeds, changes seed by seed.");
        report.paragraph(method(story));
        report.paragraph(limits(story));
        if (const auto lines = omissions(story, curves); !lines.empty()) report.list(lines);
    });
    return answers;
}

}  // namespace study
